// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * How fast the store takes samples and a comparison reads them: two kernels,
 * CELLS cells x BOOTS boots of each x SAMPLES samples of three metrics and six
 * counters, in another order in each boot. Not a test: it prints figures of the
 * machine it runs on.
 *
 *	store_perf FOLDER/foliobench.db [CELLS BOOTS SAMPLES [PROGRAM FORMAT...]]
 *
 * PROGRAM is foliobench: its "compare baseline patched" is timed as a whole, in each format.
 */
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/cleanup.h"
#include "lib/rng.h"
#include "lib/strbuf.h"
#include "lib/units.h"
#include "results/compare.h"

struct shape {
	int cells, boots, samples;
};

static void die(const struct error *e)
{
	fprintf(stderr, "store_perf: %s\n", e->msg);
	exit(2);
}

static void put(struct store *s, int64_t boot, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static void put(struct store *s, int64_t boot, const char *fmt, ...)
{
	char line[1024];
	struct record rec;
	struct error e;
	va_list ap;
	int len;

	va_start(ap, fmt);
	len = vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	if (record_parse(line, (size_t)len, &rec, &e) || store_record(s, boot, &rec, &e))
		die(&e);
	record_release(&rec);
}

/* Of the normal distribution, near enough: the sum of twelve. */
static double noise(uint64_t *rng)
{
	double sum = -6;

	for (int i = 0; i < 12; i++)
		sum += (double)(rng_next(rng) >> 11) * 0x1p-53;
	return sum;
}

/* Samples vary by 2 %, boots by 1 %; the first sample of a cell takes 5 % longer. */
static void put_cell(struct store *s, int64_t boot, int c, int samples, double level, double *at,
		     uint64_t *rng)
{
	put(s, boot,
	    "{\"t\":\"cell\",\"cell\":%d,\"case\":\"case-%d\",\"params\":{\"folio\":\"%dK\"},"
	    "\"metrics\":[{\"name\":\"per_page\",\"unit\":\"ticks\",\"better\":\"lower\","
	    "\"headline\":true},{\"name\":\"faults\",\"unit\":\"count\",\"better\":\"lower\"},"
	    "{\"name\":\"reused\",\"unit\":\"share\",\"better\":\"neither\"}]}",
	    c, c / 10, 4 << (c % 10));
	for (int n = 0; n < samples; n++, *at += 0.01) {
		double v = level * exp(0.02 * noise(rng)) * (n ? 1 : 1.05);

		put(s, boot,
		    "{\"t\":\"sample\",\"cell\":%d,\"n\":%d,\"state\":\"ok\",\"ops\":4096,"
		    "\"ticks\":%.0f,\"laps\":0,\"at\":%.3f,\"minor_faults\":4096,\"values\":{"
		    "\"per_page\":%.6f,\"faults\":1.0005,\"reused\":1},\"counters\":{\"cycles\":%."
		    "0f,"
		    "\"instructions:u\":{\"unsupported\":\"ENOENT\"},\"instructions:k\":%d,"
		    "\"dTLB-load-misses\":{\"value\":%d,\"running\":0.5},\"page-faults\":4100,"
		    "\"context-switches\":0},\"evidence\":{\"pages_reused\":4096,"
		    "\"folio_share\":1.0,\"split_deferred\":0}}",
		    c, n, v * 4096, *at, v, v * 8192, 9000000 + n, 5000 + n);
	}
}

static void put_boot(struct store *s, int64_t run, int side, int number, const struct shape *sh)
{
	static const char *const hashes[] = { "00000000aaaaaaaa", "11111111bbbbbbbb" };
	const struct store_boot b = {
		.run_id = run,
		.kernel = { .name = side ? "patched" : "baseline", .hash = hashes[side] },
		.target = "local",
		.block = (unsigned int)number,
		.number = (unsigned int)number,
	};
	uint64_t rng = rng_begin(1, (uint64_t)side, (uint64_t)number);
	double level = (195.3 + side) * exp(0.01 * noise(&rng)), at = 3;
	int *order __free = xcalloc((size_t)sh->cells, sizeof(*order));
	struct error e;
	int64_t id;

	for (int i = 0; i < sh->cells; i++) {
		int j = (int)rng_below(&rng, (size_t)i + 1);

		order[i] = order[j];
		order[j] = i;
	}
	if (store_boot_begin(s, &b, &id, &e))
		die(&e);
	put(s, id,
	    "{\"t\":\"hello\",\"v\":1,\"agent\":\"perf\",\"kernel\":\"x\",\"unit\":\"ns\","
	    "\"facts\":{}}");
	for (int i = 0; i < sh->cells; i++)
		put_cell(s, id, order[i], sh->samples, level * (1 + order[i] / 100.0), &at, &rng);
	if (store_boot_end(s, id, "ok", "", 1, 1, &e))
		die(&e);
}

static void fill(const char *path, const struct shape *sh)
{
	double n = 2.0 * sh->boots * sh->cells * sh->samples, t = now_seconds();
	struct store *s;
	struct error e;
	int64_t run;

	if (store_open(path, &s, &e) || store_run_begin(s, "perf", "local", NULL, 1, &run, &e))
		die(&e);
	for (int i = 0; i < 2 * sh->boots; i++)
		put_boot(s, run, i % 2, i / 2, sh);
	if (store_run_end(s, run, "complete", &e))
		die(&e);
	store_close(s);
	t = now_seconds() - t;
	printf("insert: %.0f samples in %.1f s, %.0f/s (parsing included)\n", n, t, n / t);
}

static void load(const char *path)
{
	const struct compare_query q = { .baseline = "baseline", .patched = "patched" };
	struct comparison c;
	struct rusage ru;
	struct store *s;
	struct error e;

	if (store_open(path, &s, &e))
		die(&e);
	for (int i = 0; i < 2; i++) {
		double t = now_seconds();

		if (compare_load(s, &q, &c, &e))
			die(&e);
		printf("compare: %zu cells and metrics in %.2f s%s\n", c.n_cells, now_seconds() - t,
		       i ? ", again" : "");
		comparison_release(&c);
	}
	getrusage(RUSAGE_SELF, &ru);
	printf("memory: at most %ld MB\n", ru.ru_maxrss / 1024);
	store_close(s);
}

/* The whole command, its output thrown away. */
static void run(const char *path, const char *program, const char *format)
{
	double t = now_seconds();
	struct rusage ru;
	int status = 0;
	pid_t pid = fork();

	if (!pid) {
		char *home = xstrdup(path);

		*strrchr(home, '/') = '\0';
		setenv("FOLIOBENCH_HOME", home, 1);
		if (dup2(open("/dev/null", O_WRONLY), 1) < 0)
			_exit(2);
		execl(program, program, "compare", "--format", format, "baseline", "patched",
		      (char *)NULL);
		_exit(2);
	}
	if (wait4(pid, &status, 0, &ru) < 0)
		exit(2);
	t = now_seconds() - t;
	printf("foliobench compare --format %s: %.2f s (%.2f s of CPU), %ld MB%s\n", format, t,
	       (double)ru.ru_utime.tv_sec + (double)ru.ru_utime.tv_usec / 1e6 +
		       (double)ru.ru_stime.tv_sec + (double)ru.ru_stime.tv_usec / 1e6,
	       ru.ru_maxrss / 1024,
	       WIFEXITED(status) && WEXITSTATUS(status) <= 1 ? "" : ": FAILED");
}

int main(int argc, char **argv)
{
	const struct shape sh = {
		.cells = argc > 2 ? atoi(argv[2]) : 500,
		.boots = argc > 3 ? atoi(argv[3]) : 20,
		.samples = argc > 4 ? atoi(argv[4]) : 50,
	};

	if (argc < 2 || !strchr(argv[1], '/'))
		return 129;
	if (access(argv[1], F_OK)) /* one that is there is measured again */
		fill(argv[1], &sh);
	fflush(stdout);
	load(argv[1]);
	for (int i = 6; i < argc; i++)
		run(argv[1], argv[5], argv[i]);
	return 0;
}

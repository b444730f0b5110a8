// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * How fast the store takes samples and a comparison reads them: two kernels,
 * CELLS cells x BOOTS boots of each x SAMPLES samples of three metrics.
 * Not a test: it prints figures of the machine it runs on.
 *
 *	store_perf FILE [CELLS BOOTS SAMPLES]
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "lib/cleanup.h"
#include "lib/strbuf.h"
#include "lib/units.h"
#include "results/compare.h"

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

static void put_boot(struct store *s, int64_t run, int side, int number, int cells, int samples)
{
	static const char *const hashes[] = { "00000000aaaaaaaa", "11111111bbbbbbbb" };
	const struct store_boot b = {
		.run_id = run,
		.kernel = { .name = side ? "patched" : "baseline", .hash = hashes[side] },
		.target = "local",
		.number = (unsigned int)number,
	};
	struct error e;
	int64_t id;

	if (store_boot_begin(s, &b, &id, &e))
		die(&e);
	put(s, id,
	    "{\"t\":\"hello\",\"v\":1,\"agent\":\"perf\",\"kernel\":\"x\",\"unit\":\"ns\","
	    "\"facts\":{}}");
	for (int c = 0; c < cells; c++) {
		put(s, id,
		    "{\"t\":\"cell\",\"cell\":%d,\"case\":\"case-%d\",\"params\":{\"folio\":\"%"
		    "dK\"},"
		    "\"metrics\":[{\"name\":\"per_page\",\"unit\":\"ticks\",\"better\":\"lower\","
		    "\"headline\":true},{\"name\":\"faults\",\"unit\":\"count\",\"better\":"
		    "\"lower\"},"
		    "{\"name\":\"reused\",\"unit\":\"share\",\"better\":\"neither\"}]}",
		    c, c / 10, 4 << (c % 10));
		for (int n = 0; n < samples; n++)
			put(s, id,
			    "{\"t\":\"sample\",\"cell\":%d,\"n\":%d,\"state\":\"ok\",\"ops\":4096,"
			    "\"ticks\":%d,\"minor_faults\":4096,\"values\":{\"per_page\":%.4f,"
			    "\"faults\":1.0005,\"reused\":1},\"counters\":{\"pgfault\":4100,"
			    "\"pgreuse\":4099},\"evidence\":{\"pages_reused\":4096,"
			    "\"folio_share\":1.0,\"split_deferred\":0}}",
			    c, n, 800000 + n, 195.3 + side + n * 0.01 + number * 0.1);
	}
	if (store_boot_end(s, id, "ok", "", 1, 1, &e))
		die(&e);
}

int main(int argc, char **argv)
{
	int cells = argc > 2 ? atoi(argv[2]) : 500, boots = argc > 3 ? atoi(argv[3]) : 20;
	int samples = argc > 4 ? atoi(argv[4]) : 50;
	const struct compare_query q = { .baseline = "baseline", .patched = "patched" };
	struct comparison c;
	struct rusage ru;
	struct store *s;
	struct error e;
	int64_t run;
	double t;

	if (argc < 2 || store_open(argv[1], &s, &e) ||
	    store_run_begin(s, "perf", "local", NULL, 1, &run, &e))
		return 2;
	t = now_seconds();
	for (int i = 0; i < 2 * boots; i++)
		put_boot(s, run, i % 2, i / 2, cells, samples);
	t = now_seconds() - t;
	printf("insert: %d samples in %.1f s, %.0f/s (parsing included)\n",
	       2 * boots * cells * samples, t, 2.0 * boots * cells * samples / t);
	store_close(s);
	if (store_open(argv[1], &s, &e))
		die(&e);
	for (int i = 0; i < 2; i++) {
		t = now_seconds();
		if (compare_load(s, &q, &c, &e))
			die(&e);
		printf("compare: %zu cells and metrics in %.2f s%s\n", c.n_cells, now_seconds() - t,
		       i ? ", again" : "");
		comparison_release(&c);
	}
	getrusage(RUSAGE_SELF, &ru);
	printf("memory: at most %ld MB\n", ru.ru_maxrss / 1024);
	store_close(s);
	return 0;
}

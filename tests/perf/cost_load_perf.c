// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * How long it takes to store counts and to compare those of two kernels: one cell, BOOTS boots of
 * each with WINDOWS windows of INSNS instructions, all windows different, and (again) all alike.
 * Not a test: it prints figures of the machine it runs on.
 *
 *	cost_load_perf FOLDER [BOOTS WINDOWS INSNS]
 *
 * FOLDER is where two stores are made. The kernels have 50000 functions of 256 bytes; the
 * instructions of a window are in every tenth of the first ones, up to 32 of each.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "lib/cleanup.h"
#include "lib/profile.h"
#include "lib/units.h"
#include "results/cost.h"

#define FUNCTIONS 50000
#define SPAN	  256 /* bytes of a function */
#define OF_EACH	  32

static const uint64_t text[] = { 0xffffffff81000000, 0xffffffff81400000 };

static void die(const struct error *e)
{
	fprintf(stderr, "cost_load_perf: %s\n", e->msg);
	exit(2);
}

static void put(struct store *s, int64_t boot, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static void put(struct store *s, int64_t boot, const char *fmt, ...)
{
	struct strbuf line __strbuf = { 0 };
	struct record rec;
	struct error e;
	va_list ap;

	va_start(ap, fmt);
	strbuf_vaddf(&line, fmt, ap);
	va_end(ap);
	if (record_parse(strbuf_str(&line), line.len, &rec, &e) || store_record(s, boot, &rec, &e))
		die(&e);
	record_release(&rec);
}

static void make_map(int side, struct strbuf *out)
{
	for (unsigned int i = 0; i < FUNCTIONS; i++)
		strbuf_addf(out, "%llx %c function_of_the_kernel_%u\n",
			    (unsigned long long)(text[side] + i * SPAN), i % 3 ? 't' : 'T', i);
}

/* SEED makes other counts, of the same instructions. */
static void make_profile(int side, unsigned int n, unsigned int seed, struct strbuf *out)
{
	struct profile p __cleanup(profile_release) = { 0 };

	for (unsigned int i = 0; i < n; i++)
		profile_add(&p, &(struct profile_insn){
					.addr = text[side] + (uint64_t)(i / OF_EACH) * 10 * SPAN +
						(i % OF_EACH) * 4,
					.count = 16 + (i ? 0 : seed) + (i / 6 + seed) % 7 +
						 (i / OF_EACH + seed) % 3,
					.flags = i % 97 ? 0 : PROFILE_ATOMIC,
					.size = 4,
					.loads = i % 3 == 0,
					.stores = i % 5 == 0,
				});
	profile_seal(&p);
	profile_encode(&p, out);
}

struct shape {
	unsigned int boots, windows, insns;
	bool alike;
};

static void put_window(struct store *s, int64_t boot, int side, const struct shape *sh,
		       unsigned int window, unsigned int seed)
{
	struct strbuf data __strbuf = { 0 };
	char id[65];
	struct error e;

	make_profile(side, sh->insns, seed, &data);
	snprintf(id, sizeof(id), "%056u%08x", (unsigned int)side, seed);
	if (store_cost_part(s, boot,
			    &(struct store_cost_part){
				    .window = window,
				    .context = "task",
				    .profile_id = id,
				    .profile = data.buf,
				    .profile_size = data.len,
			    },
			    &e))
		die(&e);
}

static void put_boot(struct store *s, int64_t run, int side, unsigned int number,
		     const struct shape *sh)
{
	struct strbuf map __strbuf = { 0 };
	const struct store_boot b = {
		.run_id = run,
		.kernel = { .name = side ? "patched" : "baseline",
			    .hash = side ? "11111111bbbbbbbb" : "00000000aaaaaaaa",
			    .arch = "x86_64" },
		.target = "qemu",
		.number = number,
	};
	struct error e;
	int64_t id;

	if (store_boot_begin(s, &b, &id, &e))
		die(&e);
	put(s, id,
	    "{\"t\":\"hello\",\"v\":1,\"agent\":\"perf\",\"kernel\":\"x\",\"unit\":\"insn\","
	    "\"facts\":{}}");
	put(s, id,
	    "{\"t\":\"cell\",\"cell\":0,\"case\":\"cow\",\"params\":{},\"metrics\":[{\"name\":"
	    "\"per_page\",\"unit\":\"ticks\",\"better\":\"lower\",\"headline\":true,\"span\":0}]}");
	for (unsigned int w = 0; w < sh->windows; w++)
		put(s, id,
		    "{\"t\":\"sample\",\"cell\":0,\"n\":%u,\"state\":\"ok\",\"ops\":16,\"ticks\":"
		    "16000,\"window\":%u,\"values\":{\"per_page\":1000},\"evidence\":{}}",
		    w, w + 2);
	make_map(side, &map);
	if (store_cost_boot(s, id,
			    &(struct store_cost_boot){ side ? "1" : "0", map.buf, "perf", NULL },
			    &e))
		die(&e);
	for (unsigned int w = 0; w < sh->windows; w++)
		put_window(s, id, side, sh, w + 2, sh->alike ? 0 : number * sh->windows + w);
	if (store_boot_end(s, id, "ok", "", 1, 1, &e))
		die(&e);
}

/* Of this program, whatever else the machine does. */
static double cpu_seconds(void)
{
	struct rusage ru;

	getrusage(RUSAGE_SELF, &ru);
	return (double)(ru.ru_utime.tv_sec + ru.ru_stime.tv_sec) +
	       (double)(ru.ru_utime.tv_usec + ru.ru_stime.tv_usec) / 1e6;
}

static void compare(struct store *s, bool again)
{
	const struct cost_query q = { .baseline = "baseline", .patched = "patched" };
	struct cost_comparison c;
	struct error e;
	double t = now_seconds(), cpu = cpu_seconds();

	if (cost_load(s, &q, &c, &e))
		die(&e);
	printf("  compare%s: %.3f s (%.3f s of CPU), %zu rows, %zu and %zu different windows of "
	       "%zu and %zu\n",
	       again ? ", again" : "", now_seconds() - t, cpu_seconds() - cpu, c.cells[0].n_rows,
	       c.cells[0].baseline.distinct, c.cells[0].patched.distinct,
	       c.cells[0].baseline.windows, c.cells[0].patched.windows);
	cost_release(&c);
}

static void measure(const char *path, const struct shape *sh)
{
	struct store *s;
	struct error e;
	int64_t run;
	double t;

	if (store_open(path, &s, &e) || store_run_begin(s, "perf", "qemu", NULL, 1, &run, &e))
		die(&e);
	t = now_seconds();
	for (unsigned int i = 0; i < 2 * sh->boots; i++)
		put_boot(s, run, (int)(i % 2), i / 2, sh);
	store_close(s);
	printf("windows %s: stored in %.2f s (profiles made and encoded included)\n",
	       sh->alike ? "alike" : "different", now_seconds() - t);
	if (store_open(path, &s, &e))
		die(&e);
	for (int i = 0; i < 3; i++)
		compare(s, i);
	store_close(s);
}

int main(int argc, char **argv)
{
	struct shape sh = { 3, 20, 10000, false };
	struct rusage ru;

	if (argc < 2)
		return 2;
	if (argc > 4)
		sh = (struct shape){ (unsigned int)atoi(argv[2]), (unsigned int)atoi(argv[3]),
				     (unsigned int)atoi(argv[4]), false };
	for (int alike = 0; alike < 2; alike++) {
		char *path __free = xasprintf("%s/cost-%d.db", argv[1], alike);

		sh.alike = alike;
		measure(path, &sh);
	}
	getrusage(RUSAGE_SELF, &ru);
	printf("memory: at most %ld MB\n", ru.ru_maxrss / 1024);
	return 0;
}

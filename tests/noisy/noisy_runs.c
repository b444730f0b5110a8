// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Makes runs as of a noisy machine from the exact figures of two kernels:
 *
 *	noisy_runs FOLDER/foliobench.db EXACT BASELINE PATCHED RUNS BLOCKS SAMPLES SEED [same]
 *
 * The exact figures are those of run EXACT, which has both kernels. RUNS runs of BLOCKS
 * blocks are written to the same store through the records that an agent sends; with `same` both
 * arms are the baseline, the second one named as foliobench calibrate names it. The numbers of the
 * runs are printed, one a line. Noise: boots differ by 1 %, samples by 2 % with long tails to the
 * right, the machine by 3 % from block to block, the first sample of a boot is 10 % less, its last
 * one 1 % more.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "lib/cleanup.h"
#include "lib/rng.h"
#include "lib/strbuf.h"
#include "results/compare.h"
#include "results/simulate_parts.h"

#define NS_PER_INSN 0.31

struct noisy {
	struct store *s;
	struct comparison exact;
	struct sim_model model;
	struct sim_room room;
	uint64_t seed;
	bool same;
	char *second; /* the second arm's name */
};

static void die(const char *what)
{
	fprintf(stderr, "noisy_runs: %s\n", what);
	exit(2);
}

static void check(int rc, const struct error *e)
{
	if (rc)
		die(e->msg);
}

static void put(struct store *s, int64_t boot, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static void put(struct store *s, int64_t boot, const char *fmt, ...)
{
	struct strbuf line __strbuf = { 0 };
	struct error e = { "" };
	struct record rec;
	va_list ap;

	va_start(ap, fmt);
	strbuf_vaddf(&line, fmt, ap);
	va_end(ap);
	check(record_parse(strbuf_str(&line), line.len, &rec, &e), &e);
	check(store_record(s, boot, &rec, &e), &e);
	record_release(&rec);
}

/* A figure that noise can be put on. */
static bool is_cost(const struct compare_cell *c)
{
	return !strcmp(c->unit, "insn") && c->headline && c->has_change && c->baseline.value > 0;
}

/* The boots of SIDE that room.values has, as samples of cell NUMBER. */
static void put_cell(const struct noisy *n, const struct compare_cell *c, int number, int side,
		     unsigned int block, int64_t boot)
{
	const double *v =
		n->room.values + ((size_t)side * n->model.boots + block) * n->model.samples;
	char *params __free = json_dumps(c->params, JSON_COMPACT | JSON_SORT_KEYS);

	put(n->s, boot,
	    "{\"t\":\"cell\",\"cell\":%d,\"case\":\"%s\",\"params\":%s,\"metrics\":[{\"name\":"
	    "\"%s\",\"unit\":\"ticks\",\"better\":\"lower\",\"headline\":true}]}",
	    number, c->case_name, params, c->metric);
	for (unsigned int i = 0; i < n->model.samples; i++)
		put(n->s, boot,
		    "{\"t\":\"sample\",\"cell\":%d,\"n\":%u,\"state\":\"ok\",\"why\":\"\","
		    "\"ops\":4096,\"ticks\":1,\"minor_faults\":0,\"values\":{\"%s\":%.10g},"
		    "\"counters\":{},\"evidence\":{}}",
		    number, i, c->metric, v[i] / 100 * c->baseline.value * NS_PER_INSN);
}

static int64_t begin_boot(const struct noisy *n, int64_t run, int side, unsigned int block)
{
	const struct compare_side *k = side && !n->same ? &n->exact.patched : &n->exact.baseline;
	char *inputs __free = k->inputs ? json_dumps(k->inputs, JSON_COMPACT) : NULL;
	struct store_boot b = {
		.run_id = run,
		.kernel = { .name = side ? n->second : k->name,
			    .hash = k->hash,
			    .arch = k->arch,
			    .release = k->release,
			    .source = k->source,
			    .description = k->description,
			    .inputs = inputs },
		.target = "local",
		.block = block,
		.number = block,
	};
	struct error e = { "" };
	int64_t id = 0;

	check(store_boot_begin(n->s, &b, &id, &e), &e);
	put(n->s, id,
	    "{\"t\":\"hello\",\"v\":1,\"agent\":\"0.1.0\",\"kernel\":\"%s\",\"unit\":\"ns\","
	    "\"facts\":{}}",
	    k->release);
	return id;
}

/* Each cell of a run has noise of its own; what is drawn for one stays until the next is. */
static void put_run(struct noisy *n, int64_t run, uint64_t number)
{
	struct error e = { "" };
	int64_t *boots __free = xcalloc(2 * (size_t)n->model.boots, sizeof(*boots));
	uint64_t rng = rng_begin(n->seed, number, 1);
	int cell = 0;

	for (unsigned int block = 0; block < n->model.boots; block++) {
		unsigned int first = (unsigned int)rng_below(&rng, 2);

		for (unsigned int i = 0; i < 2; i++) {
			unsigned int side = i ^ first;

			boots[side * n->model.boots + block] = begin_boot(n, run, (int)side, block);
		}
	}
	for (size_t i = 0; i < n->exact.n_cells; i++) {
		const struct compare_cell *c = &n->exact.cells[i];

		if (!is_cost(c))
			continue;
		n->model.change = n->same ? 0 : log(c->patched.value / c->baseline.value);
		sim_draw(&n->room, &n->model, n->seed, number * 1000 + i);
		for (unsigned int at = 0; at < 2 * n->model.boots; at++)
			put_cell(n, c, cell, at >= n->model.boots, at % n->model.boots, boots[at]);
		cell++;
	}
	if (!cell)
		die("the exact run has no figure in instructions that both kernels have");
	for (unsigned int at = 0; at < 2 * n->model.boots; at++) {
		put(n->s, boots[at], "{\"t\":\"end\",\"cells\":%d,\"samples\":1}", cell);
		check(store_boot_end(n->s, boots[at], "ok", "", 20, 5, &e), &e);
	}
}

static unsigned int number_of(const char *text)
{
	char *end;
	unsigned long v = strtoul(text, &end, 10);

	if (*end || !v || v > 1000000)
		die("EXACT, RUNS, BLOCKS, SAMPLES and SEED are numbers from 1");
	return (unsigned int)v;
}

static void put_runs(struct noisy *n, unsigned int runs)
{
	struct error e = { "" };

	for (unsigned int i = 0; i < runs; i++) {
		int64_t run = 0;

		check(store_run_begin(n->s, "noisy_runs", "local", NULL, n->seed, &run, &e), &e);
		put_run(n, run, i);
		check(store_run_end(n->s, run, "complete", &e), &e);
		printf("%lld\n", (long long)run);
	}
}

int main(int argc, char **argv)
{
	struct noisy n = { .model = { .sd_boot = 0.01,
				      .sd_sample = 0.02,
				      .sd_block = 0.03,
				      .shape = SIM_LOGNORMAL,
				      .warmup = -0.1,
				      .drift = 0.01 } };
	struct compare_query q = { 0 };
	struct error e = { "" };

	if (argc < 9 || argc > 10 || (argc == 10 && strcmp(argv[9], "same")))
		die("usage: noisy_runs DB EXACT BASELINE PATCHED RUNS BLOCKS SAMPLES SEED [same]");
	q.run_id = number_of(argv[2]);
	q.baseline = argv[3];
	q.patched = argv[4];
	n.same = argc == 10;
	n.model.boots = number_of(argv[6]);
	n.model.samples = number_of(argv[7]);
	n.seed = number_of(argv[8]);
	check(store_open(argv[1], &n.s, &e), &e);
	check(compare_load(n.s, &q, &n.exact, &e), &e);
	n.second = n.same ? xasprintf("%s/again", argv[3]) : xstrdup(n.exact.patched.name);
	sim_room_init(&n.room, &n.model);
	put_runs(&n, number_of(argv[5]));
	sim_room_release(&n.room);
	comparison_release(&n.exact);
	free(n.second);
	store_close(n.s);
	return 0;
}

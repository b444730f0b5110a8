// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Made-up experiments, judged by judge(); see simulate.h. Threads take chunks of experiments; each
 * experiment has a stream of random numbers of its own, and the chunks' sums are added in their
 * order, so that the number of threads shows in nothing but the time.
 */
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/strbuf.h"
#include "results/simulate_parts.h"

#define CHUNK	    32 /* experiments */
#define THREADS_MAX 256

/* What the experiments of a chunk add up to. Changes are summed as distances from the true one. */
struct chunk {
	struct sim_result counts;
	double sum, squares, false_share;
	uint64_t figures;
};

struct job {
	const struct sim_model *m;
	const struct judge_rules *rules;
	uint64_t n, seed;
	const volatile sig_atomic_t *cancel;
	atomic_uint_fast64_t next; /* chunk */
	struct chunk *chunks;
	uint64_t n_chunks;
};

/* One thread's. */
struct worker {
	struct sim_room room;
	struct judge_cell *cells;
	struct judgement *verdicts;
};

static size_t within_blocks(const struct judge_boot *v, size_t n, unsigned int blocks)
{
	while (n && v[n - 1].block >= blocks)
		n--;
	return n;
}

/* What the first BLOCKS blocks say. */
static void judge_blocks(struct worker *w, const struct job *job, unsigned int blocks,
			 const struct judge_rules *rules)
{
	const struct sim_model *m = job->m;

	for (unsigned int i = 0; i < w->room.cells; i++) {
		const struct judge_boot *a = w->room.a + (size_t)i * m->boots;
		const struct judge_boot *b = w->room.b + (size_t)i * m->boots;

		w->cells[i] = (struct judge_cell){
			.a = a,
			.b = b,
			.n_a = within_blocks(a, w->room.n_a[i], blocks),
			.n_b = within_blocks(b, w->room.n_b[i], blocks),
			.better = BETTER_LOWER,
			.is_time = true,
			.named = i < m->named,
			.floor = m->floor,
			.floor_built = m->floor_built,
		};
	}
	judge(w->cells, w->room.cells, rules, w->verdicts);
}

static void count_cells(const struct worker *w, const struct sim_model *m, struct chunk *c)
{
	const unsigned int changed = m->change != 0 ? (m->changed ? m->changed : 1) : 0;
	unsigned int found = 0, wrong = 0;

	for (unsigned int i = 0; i < w->room.cells; i++) {
		bool differs = verdict_differs(w->verdicts[i].verdict);

		found += differs;
		c->counts.null_cells += i >= changed;
		wrong += differs && i >= changed;
	}
	c->counts.false_cells += wrong;
	c->counts.any_false += wrong > 0;
	if (found)
		c->false_share += (double)wrong / found;
}

static void count_first(const struct judgement *j, const struct sim_model *m, unsigned int look,
			struct chunk *c)
{
	const double truth = expm1(m->change);
	const enum verdict right = m->change < 0 ? VERDICT_IMPROVED : VERDICT_REGRESSED;

	c->counts.verdicts[j->verdict]++;
	c->counts.found += m->change != 0 && j->verdict == right;
	c->counts.covered += j->lo <= truth && truth <= j->hi;
	c->counts.fragile += j->fragile;
	c->counts.units += j->n;
	c->counts.ended[look]++;
	if (!isnan(j->change)) {
		c->figures++;
		c->sum += j->change - truth;
		c->squares += (j->change - truth) * (j->change - truth);
	}
}

static void one_experiment(struct worker *w, const struct job *job, uint64_t number,
			   struct chunk *c)
{
	const unsigned int asked = job->rules->looks < LOOKS_MAX ? job->rules->looks : LOOKS_MAX;
	const unsigned int looks = asked ? asked : 1;
	struct judge_rules rules = *job->rules;
	unsigned int look;

	rules.power = 0; /* what could have been seen is not counted, and takes longest */
	rules.brief = rules.brief || job->m->boots > SIM_FRAGILE_MAX;
	sim_draw(&w->room, job->m, job->seed, number);
	for (look = 1;; look++) {
		/* equal steps, rounded up, as a run that looks takes them */
		unsigned int blocks = (job->m->boots * look + looks - 1) / looks;

		rules.look = rules.looks ? look : 0;
		judge_blocks(w, job, blocks, &rules);
		if (look == looks || verdict_differs(w->verdicts[0].verdict))
			break;
	}
	c->counts.experiments++;
	count_first(&w->verdicts[0], job->m, look - 1, c);
	count_cells(w, job->m, c);
}

static void worker_init(struct worker *w, const struct sim_model *m)
{
	sim_room_init(&w->room, m);
	w->cells = xcalloc(w->room.cells, sizeof(*w->cells));
	w->verdicts = xcalloc(w->room.cells, sizeof(*w->verdicts));
}

static void *work(void *arg)
{
	struct job *job = arg;
	struct worker w;

	worker_init(&w, job->m);
	while (!job->cancel || !*job->cancel) {
		uint64_t chunk = atomic_fetch_add(&job->next, 1);
		uint64_t first = chunk * CHUNK, end = first + CHUNK;

		if (chunk >= job->n_chunks)
			break;
		for (uint64_t i = first; i < end && i < job->n; i++)
			one_experiment(&w, job, i, &job->chunks[chunk]);
	}
	sim_room_release(&w.room);
	free(w.cells);
	free(w.verdicts);
	return NULL;
}

/* Runs work() on THREADS threads; on fewer where the system gives no more. */
static void run_threads(struct job *job, unsigned int threads)
{
	pthread_t ids[THREADS_MAX];
	unsigned int started = 0;

	while (started + 1 < threads && started < THREADS_MAX) {
		if (pthread_create(&ids[started], NULL, work, job))
			break;
		started++;
	}
	work(job);
	while (started)
		pthread_join(ids[--started], NULL);
}

static void add_counts(struct sim_result *to, const struct sim_result *from)
{
	to->experiments += from->experiments;
	for (size_t i = 0; i < sizeof(to->verdicts) / sizeof(*to->verdicts); i++)
		to->verdicts[i] += from->verdicts[i];
	for (size_t i = 0; i < sizeof(to->ended) / sizeof(*to->ended); i++)
		to->ended[i] += from->ended[i];
	to->found += from->found;
	to->covered += from->covered;
	to->any_false += from->any_false;
	to->false_cells += from->false_cells;
	to->null_cells += from->null_cells;
	to->fragile += from->fragile;
	to->units += from->units;
}

static void add_up(const struct job *job, struct sim_result *out)
{
	struct chunk all = { .counts = { 0 } };

	for (uint64_t i = 0; i < job->n_chunks; i++) {
		const struct chunk *c = &job->chunks[i];

		add_counts(&all.counts, &c->counts);
		all.sum += c->sum;
		all.squares += c->squares;
		all.false_share += c->false_share;
		all.figures += c->figures;
	}
	*out = all.counts;
	out->mean_change = out->sd_change = NAN;
	if (all.figures) {
		double n = (double)all.figures, mean = all.sum / n;

		out->mean_change = expm1(job->m->change) + mean;
		if (all.figures > 1)
			out->sd_change = sqrt(fmax(0, all.squares - n * mean * mean) / (n - 1));
	}
	if (out->experiments)
		out->false_share = all.false_share / (double)out->experiments;
}

void simulate(const struct sim_model *m, const struct judge_rules *rules, uint64_t n, uint64_t seed,
	      unsigned int threads, const volatile sig_atomic_t *cancel, struct sim_result *out)
{
	struct job job = {
		.m = m,
		.rules = rules,
		.n = m->boots && m->samples ? n : 0,
		.seed = seed,
		.cancel = cancel,
	};
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);

	job.n_chunks = (job.n + CHUNK - 1) / CHUNK;
	job.chunks = xcalloc(job.n_chunks ? job.n_chunks : 1, sizeof(*job.chunks));
	if (!threads)
		threads = cpus > 0 ? (unsigned int)cpus : 1;
	if (threads > job.n_chunks)
		threads = job.n_chunks ? (unsigned int)job.n_chunks : 1;
	if (job.n)
		run_threads(&job, threads);
	add_up(&job, out);
	free(job.chunks);
}

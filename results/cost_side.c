// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The windows of one cell, metric and kernel: their means, and the functions that are not the
 * same in all of them. Counts are added up as whole numbers and divided once, at the end.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cleanup.h"
#include "results/cost_parts.h"
#include "results/stats/order.h"

#define TASK "task" /* the context of the case itself */

static void make_room(struct gather *g, size_t n)
{
	if (n <= g->n_functions)
		return;
	g->sum = xrealloc(g->sum, n * sizeof(*g->sum));
	memset(g->sum + g->n_functions, 0, (n - g->n_functions) * sizeof(*g->sum));
	g->f = xrealloc(g->f, n * sizeof(*g->f));
	memset(g->f + g->n_functions, 0, (n - g->n_functions) * sizeof(*g->f));
	g->n_functions = n;
}

/* Whether the counts per operation are not those of the first window with this function. */
static bool differs(const struct gather_function *f, const struct tally_row *row, uint64_t ops)
{
	if (row->print * f->ops != f->print * ops)
		return true;
	for (size_t i = 0; i < COST_EVENTS; i++) {
		if (row->n[i] * f->ops != f->n[i] * ops)
			return true;
	}
	return false;
}

static void add_row(struct gather *g, const struct tally_row *row, uint64_t ops)
{
	struct gather_function *f = &g->f[row->function];
	double insns = (double)row->n[COST_INSNS] / (double)ops;

	for (size_t i = 0; i < COST_EVENTS; i++)
		g->sum[row->function][i] += row->n[i];
	if (!f->windows++) {
		f->lo = f->hi = insns;
		f->ops = ops;
		f->print = row->print;
		memcpy(f->n, row->n, sizeof(f->n));
		return;
	}
	f->lo = insns < f->lo ? insns : f->lo;
	f->hi = insns > f->hi ? insns : f->hi;
	f->varies = f->varies || differs(f, row, ops);
}

static void add_apart(struct gather *g, const struct code *c, const struct gather_part *part)
{
	struct gather_apart *a = NULL;

	for (size_t i = 0; i < g->n_apart && !a; i++) {
		if (!strcmp(g->apart[i].context, part->context))
			a = &g->apart[i];
	}
	if (!a) {
		g->apart = xrealloc(g->apart, (g->n_apart + 1) * sizeof(*g->apart));
		a = &g->apart[g->n_apart++];
		*a = (struct gather_apart){ .context = xstrdup(part->context) };
	}
	for (size_t i = 0; i < part->tally->n; i++) {
		const struct tally_row *row = &part->tally->v[i];

		a->insns += row->n[COST_INSNS];
		if (c->v[row->function].entry == ENTRY_INTERRUPT)
			g->interrupts += row->n[COST_CALLS];
	}
	if (a->last != g->n_windows) /* another vCPU's is the same window */
		a->windows++;
	a->last = g->n_windows;
}

/* The case's own parts of a window as one: several vCPUs may have worked on it. */
static void merge_tasks(const struct gather_part *parts, size_t n, size_t n_functions,
			struct tally *out)
{
	uint32_t *slot __free = xcalloc(n_functions, sizeof(*slot));

	out->v = xcalloc(n_functions, sizeof(*out->v));
	for (size_t i = 0; i < n; i++) {
		const struct tally *t = parts[i].tally;

		for (size_t k = 0; k < t->n && !strcmp(parts[i].context, TASK); k++) {
			const struct tally_row *row = &t->v[k];
			struct tally_row *to;

			if (!slot[row->function])
				slot[row->function] = (uint32_t)++out->n;
			to = &out->v[slot[row->function] - 1];
			to->function = row->function;
			to->print += row->print;
			for (size_t e = 0; e < COST_EVENTS; e++)
				to->n[e] += row->n[e];
		}
	}
}

/* The same for windows with the same counts, in whatever order their functions are. */
static uint64_t print_of(const struct tally *t)
{
	uint64_t print = 0;

	for (size_t i = 0; i < t->n; i++) {
		uint64_t x = (t->v[i].print ^ t->v[i].function) * 0x9e3779b97f4a7c15;

		print += (x ^ x >> 31) * 0xbf58476d1ce4e5b9;
	}
	return print;
}

static void add_tasks(struct gather *g, const struct code *c, const struct tally *t, uint64_t ops)
{
	uint64_t kernel[COST_EVENTS] = { 0 };

	for (size_t i = 0; i < t->n; i++) {
		add_row(g, &t->v[i], ops);
		if (c->v[t->v[i].function].entry == ENTRY_INTERRUPT)
			g->interrupts += t->v[i].n[COST_CALLS];
		for (size_t k = 0; k < COST_EVENTS && !c->v[t->v[i].function].user; k++)
			kernel[k] += t->v[i].n[k];
	}
	for (size_t k = 0; k < COST_EVENTS; k++)
		g->kernel[k][g->n_windows - 1] = (double)kernel[k] / (double)ops;
	g->prints[g->n_windows - 1] = print_of(t);
}

static void make_window(struct gather *g)
{
	size_t n = g->n_windows++, room = n ? 2 * n : 1;
	bool full = !(n & (n - 1)); /* at each power of two */

	if (full)
		g->prints = xrealloc(g->prints, room * sizeof(*g->prints));
	g->prints[n] = 0;
	for (size_t k = 0; k < COST_EVENTS; k++) {
		if (full)
			g->kernel[k] = xrealloc(g->kernel[k], room * sizeof(double));
		g->kernel[k][n] = 0;
	}
}

void gather_window(struct gather *g, const struct code *c, const struct gather_part *parts,
		   size_t n, uint64_t ops, double ticks)
{
	const struct tally *one = NULL;
	size_t tasks = 0;

	make_room(g, c->n);
	make_window(g);
	g->ops += ops;
	g->ticks += ticks;
	for (size_t i = 0; i < n; i++) {
		if (strcmp(parts[i].context, TASK) != 0) {
			add_apart(g, c, &parts[i]);
			continue;
		}
		one = parts[i].tally;
		tasks++;
	}
	if (tasks > 1) {
		struct tally sum = { 0 };

		merge_tasks(parts, n, c->n, &sum);
		add_tasks(g, c, &sum, ops);
		free(sum.v);
	} else if (one) {
		add_tasks(g, c, one, ops);
	}
}

static int by_number(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static void count_prints(struct gather *g, struct cost_side *out)
{
	qsort(g->prints, g->n_windows, sizeof(*g->prints), by_number);
	for (size_t i = 0, run = 0; i < g->n_windows; i++) {
		run = i && g->prints[i] == g->prints[i - 1] ? run + 1 : 1;
		out->distinct += run == 1;
		out->modal = run > out->modal ? run : out->modal;
	}
}

static int by_insns(const void *a, const void *b)
{
	const struct cost_function *x = a, *y = b;

	if (x->c.n[COST_INSNS] != y->c.n[COST_INSNS])
		return x->c.n[COST_INSNS] < y->c.n[COST_INSNS] ? 1 : -1;
	return strcmp(x->name, y->name);
}

static void finish_function(const struct gather *g, const struct code *c, size_t i,
			    struct cost_function *out)
{
	const struct gather_function *f = &g->f[i];

	*out = (struct cost_function){
		.name = xstrdup(c->v[i].name),
		.addr = c->v[i].addr,
		.user = c->v[i].user,
		.varies = f->varies || f->windows < g->n_windows,
		.lo = f->windows < g->n_windows ? 0 : f->lo,
		.hi = f->hi,
	};
	for (size_t k = 0; k < COST_EVENTS; k++)
		out->c.n[k] = (double)g->sum[i][k] / (double)g->ops;
}

static void finish_functions(const struct gather *g, const struct code *c, struct cost_side *out)
{
	uint64_t sums[2][COST_EVENTS] = { 0 }, entered[ENTRIES] = { 0 };

	out->v = xcalloc(g->n_functions + 1, sizeof(*out->v));
	for (size_t i = 0; i < g->n_functions; i++) {
		if (!g->f[i].windows)
			continue;
		for (size_t k = 0; k < COST_EVENTS; k++)
			sums[c->v[i].user][k] += g->sum[i][k];
		entered[c->v[i].entry] += g->sum[i][COST_CALLS];
		finish_function(g, c, i, &out->v[out->n++]);
	}
	qsort(out->v, out->n, sizeof(*out->v), by_insns);
	for (size_t k = 0; k < COST_EVENTS; k++) {
		out->kernel.n[k] = (double)sums[false][k] / (double)g->ops;
		out->user.n[k] = (double)sums[true][k] / (double)g->ops;
	}
	for (size_t k = 0; k < COST_EVENTS; k++) {
		out->typical.n[k] = stats_median(g->kernel[k], g->n_windows);
		out->least.n[k] = g->kernel[k][0];
		for (size_t i = 1; i < g->n_windows; i++)
			out->least.n[k] = fmin(out->least.n[k], g->kernel[k][i]);
	}
	out->faults = (double)entered[ENTRY_FAULT] / (double)g->ops;
	out->syscalls = (double)entered[ENTRY_SYSCALL] / (double)g->ops;
}

static int by_apart(const void *a, const void *b)
{
	const struct cost_apart *x = a, *y = b;

	if (x->insns != y->insns)
		return x->insns < y->insns ? 1 : -1;
	return strcmp(x->context, y->context);
}

void gather_finish(struct gather *g, const struct code *c, struct cost_side *out)
{
	double n = (double)g->n_windows;

	out->windows = g->n_windows;
	if (!g->n_windows)
		return;
	count_prints(g, out);
	finish_functions(g, c, out);
	out->ops = (double)g->ops / n;
	out->ticks = g->ticks / n;
	out->interrupts = (double)g->interrupts / n;
	out->apart = xcalloc(g->n_apart + 1, sizeof(*out->apart));
	for (size_t i = 0; i < g->n_apart; i++) {
		struct gather_apart *a = &g->apart[i];

		out->apart[out->n_apart++] = (struct cost_apart){
			.context = take_ptr(a->context),
			.insns = (double)a->insns / n,
			.windows = a->windows,
		};
	}
	qsort(out->apart, out->n_apart, sizeof(*out->apart), by_apart);
}

void gather_release(struct gather *g)
{
	for (size_t i = 0; i < g->n_apart; i++)
		free(g->apart[i].context);
	free(g->apart);
	free(g->sum);
	free(g->f);
	free(g->prints);
	for (size_t k = 0; k < COST_EVENTS; k++)
		free(g->kernel[k]);
	memset(g, 0, sizeof(*g));
}

void cost_side_release(struct cost_side *side)
{
	for (size_t i = 0; i < side->n; i++)
		free(side->v[i].name);
	free(side->v);
	for (size_t i = 0; i < side->n_apart; i++)
		free(side->apart[i].context);
	free(side->apart);
	free(side->bad);
	memset(side, 0, sizeof(*side));
}

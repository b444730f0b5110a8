// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Functions of two kernels side by side: by name, by what is left of a name without the suffixes
 * that compilers add, and without the function that something was inlined into. Each function of
 * either kernel is in one row, so that the rows' deltas add up to the whole difference.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cleanup.h"
#include "results/cost_parts.h"

#define NAME_MAX_LEN 256
#define INLINED	     " [in " /* how names from debug information go on */

typedef const char *(*key_fn)(const char *name, char *buf, size_t size);

/* Functions that no row has yet, of one side, by a key made of their names. */
struct waiting {
	const struct cost_function *f;
	char *key;
	bool taken;
};

struct matching {
	struct cost_cell *cell;
	struct code *code[2];
	struct waiting *w[2];
	size_t n[2];
};

static const char *whole_name(const char *name, char *buf, size_t size)
{
	snprintf(buf, size, "%s", name);
	return buf;
}

/* "zap_present_ptes [in zap_pte_range]" -> "zap_present_ptes" */
static const char *inlined_name(const char *name, char *buf, size_t size)
{
	char *in;

	symbol_base(name, buf, size);
	in = strstr(buf, INLINED);
	if (in)
		*in = '\0';
	return buf;
}

static int by_key(const void *a, const void *b)
{
	const struct waiting *x = a, *y = b;
	int order;

	if (x->f->user != y->f->user)
		return x->f->user - y->f->user;
	order = strcmp(x->key, y->key);
	if (order)
		return order;
	if (x->f->c.n[COST_INSNS] != y->f->c.n[COST_INSNS])
		return x->f->c.n[COST_INSNS] < y->f->c.n[COST_INSNS] ? 1 : -1;
	return strcmp(x->f->name, y->f->name);
}

/* Drops what is taken, makes keys of the rest and sorts it by them. */
static void prepare(struct matching *m, int side, key_fn key)
{
	struct waiting *w = m->w[side];
	char buf[NAME_MAX_LEN];
	size_t n = 0;

	for (size_t i = 0; i < m->n[side]; i++) {
		free(w[i].key);
		w[i].key = NULL;
		if (w[i].taken)
			continue;
		w[n].f = w[i].f;
		w[n].taken = false;
		w[n++].key = xstrdup(key(w[i].f->name, buf, sizeof(buf)));
	}
	m->n[side] = n;
	if (n)
		qsort(w, n, sizeof(*w), by_key);
}

static struct cost_row *add_row(struct matching *m, const struct cost_function *a,
				const struct cost_function *b)
{
	struct cost_row *r = &m->cell->rows[m->cell->n_rows++];

	*r = (struct cost_row){
		.name = b ? b->name : a->name,
		.user = b ? b->user : a->user,
		.baseline = a,
		.patched = b,
		.note = xstrdup(""),
	};
	for (size_t i = 0; i < COST_EVENTS; i++)
		r->delta.n[i] = (b ? b->c.n[i] : 0) - (a ? a->c.n[i] : 0);
	return r;
}

static void note(struct cost_row *r, char *text)
{
	free(r->note);
	r->note = text;
}

static const char *inlined_into(const char *name)
{
	const char *in = strstr(name, INLINED);

	return in ? in + strlen(INLINED) : NULL;
}

/* Of two names that are not the same. */
static char *renamed(const char *from, const char *to)
{
	const char *a = inlined_into(from), *b = inlined_into(to);
	int a_len = a ? (int)strcspn(a, "]") : 0, b_len = b ? (int)strcspn(b, "]") : 0;

	if (a && b)
		return xasprintf("was inlined into %.*s", a_len, a);
	if (b)
		return xasprintf("now inlined into %.*s", b_len, b);
	if (a)
		return xasprintf("no longer inlined into %.*s", a_len, a);
	return xasprintf("was %s", from);
}

/* Whether what has the key of W[I] is alone with it. */
static bool alone(const struct waiting *w, size_t n, size_t i)
{
	return (!i || w[i - 1].f->user != w[i].f->user || strcmp(w[i - 1].key, w[i].key) != 0) &&
	       (i + 1 == n || w[i + 1].f->user != w[i].f->user ||
		strcmp(w[i + 1].key, w[i].key) != 0);
}

/*
 * Makes rows of those with the same key: the largest of them with the largest, or ONE: only those
 * of which neither side has another.
 */
static void match(struct matching *m, key_fn key, bool one)
{
	struct waiting *a, *b;

	prepare(m, 0, key);
	prepare(m, 1, key);
	for (size_t i = 0, k = 0; i < m->n[0] && k < m->n[1];) {
		int order;

		a = &m->w[0][i];
		b = &m->w[1][k];
		order = a->f->user != b->f->user ? a->f->user - b->f->user : strcmp(a->key, b->key);
		if (!order &&
		    (!one || (alone(m->w[0], m->n[0], i) && alone(m->w[1], m->n[1], k)))) {
			struct cost_row *r = add_row(m, a->f, b->f);

			if (strcmp(a->f->name, b->f->name) != 0)
				note(r, renamed(a->f->name, b->f->name));
			a->taken = b->taken = true;
		}
		i += order <= 0;
		k += order >= 0;
	}
}

/* What only one kernel executes. */
static void leftovers(struct matching *m)
{
	static const char *const words[2][2] = { { "gone", "no longer called" },
						 { "new", "not called before" } };

	for (int side = 0; side < 2; side++) {
		prepare(m, side, whole_name);
		for (size_t i = 0; i < m->n[side]; i++) {
			const struct cost_function *f = m->w[side][i].f;
			bool there = !inlined_into(f->name) && code_has(m->code[!side], f->name);
			struct cost_row *r = add_row(m, side ? NULL : f, side ? f : NULL);

			note(r, xstrdup(words[side][there]));
		}
	}
}

/*
 * Where did the code go? A function that is executed in one kernel only, and another one near it
 * whose code grew and whose instructions became more by about as many: the compiler decided anew
 * whether to inline one into the other. Compilers do that within a file, and files are in one piece
 * in an image. It saves the call, so that there may be fewer; hardly ever more. Without a look at
 * the code's size kernels that take another path would look the same.
 */
#define NEAR	     256 /* functions */
#define MOVED_LEAST  0.5
#define MOVED_MOST   1.1
#define CODE_LEAST   0.3
#define WORTH_A_WORD 1.0 /* instructions per operation */

/* The move of the instructions of rows of SIDE to or from others. */
struct moves {
	struct matching *m;
	int side;
	double *left; /* by row: how many it has more (less), not yet explained */
	bool *done;
};

/* What changes how kernels scale must have moved, too. */
static bool takes_events(const struct moves *v, const struct cost_row *from,
			 const struct cost_row *to)
{
	static const enum cost_event kept[] = { COST_STRING, COST_ATOMICS, COST_TLB, COST_BARRIERS,
						COST_DSB };
	double sign = v->side ? -1 : 1;

	for (size_t i = 0; i < ARRAY_SIZE(kept); i++) {
		double n = fabs(from->delta.n[kept[i]]);

		if (n > 0 && sign * to->delta.n[kept[i]] < MOVED_LEAST * n)
			return false;
	}
	return true;
}

/* Whether the code of TO is larger by a good part of FROM's where FROM is not by itself. */
static bool code_moved(const struct moves *v, const struct cost_row *from,
		       const struct cost_row *to)
{
	const struct code *with = v->m->code[v->side], *without = v->m->code[!v->side];
	const struct cost_function *a = v->side ? from->patched : from->baseline;
	const struct cost_function *b = v->side ? to->patched : to->baseline;
	const struct cost_function *larger = v->side ? to->baseline : to->patched;

	return (double)code_size(without, larger->addr) >=
	       (double)code_size(with, b->addr) + CODE_LEAST * (double)code_size(with, a->addr);
}

static bool is_near(const struct moves *v, const struct cost_row *from, const struct cost_row *to)
{
	const struct cost_function *a = v->side ? from->patched : from->baseline;
	const struct cost_function *b = v->side ? to->patched : to->baseline;

	return code_distance(v->m->code[v->side], a->addr, b->addr) <= NEAR;
}

/* Whether instructions of row FROM can have gone to row TO (side 1: come from it). */
static bool may_move(const struct moves *v, size_t from, size_t to)
{
	const struct cost_row *a = &v->m->cell->rows[from], *b = &v->m->cell->rows[to];
	const struct cost_function *only = v->side ? a->patched : a->baseline;

	/* one that both images have was rather not called: another path was taken */
	if (v->done[from] || (v->side ? a->baseline : a->patched) || a->user || !only ||
	    strcmp(a->note, v->side ? "new" : "gone") != 0 ||
	    only->c.n[COST_INSNS] < WORTH_A_WORD || only->name[0] == '[')
		return false;
	return b->baseline && b->patched && !b->user && v->left[to] > 0 && is_near(v, a, b) &&
	       code_moved(v, a, b) && takes_events(v, a, b);
}

static double size_of(const struct moves *v, size_t row)
{
	return fabs(v->m->cell->rows[row].delta.n[COST_INSNS]);
}

static bool fits(double all, double room)
{
	return room >= MOVED_LEAST * all && room <= MOVED_MOST * all;
}

static void tell_move(struct moves *v, size_t from, size_t to)
{
	struct cost_row *a = &v->m->cell->rows[from];
	const char *name = v->m->cell->rows[to].name;

	note(a, xasprintf("%s %s?", v->side ? "split off" : "now inlined into", name));
	v->done[from] = true;
	v->left[to] -= size_of(v, from);
}

/* One that fits by itself: of several the best. */
static void move_alone(struct moves *v, size_t from)
{
	size_t n = v->m->cell->n_rows, best = n;
	double size = size_of(v, from);

	for (size_t to = 0; to < n; to++) {
		if (!may_move(v, from, to) || !fits(size, v->left[to]))
			continue;
		if (best == n || fabs(v->left[to] - size) < fabs(v->left[best] - size))
			best = to;
	}
	if (best < n)
		tell_move(v, from, best);
}

/* Several that only together are as many as what one has more. */
static void move_together(struct moves *v, size_t to)
{
	size_t n = v->m->cell->n_rows;
	double all = 0;

	for (size_t from = 0; from < n && v->left[to] > 0; from++) {
		if (may_move(v, from, to))
			all += size_of(v, from);
	}
	if (all <= 0 || !fits(all, v->left[to]))
		return;
	for (size_t from = 0; from < n; from++) {
		double left = v->left[to];

		if (!may_move(v, from, to))
			continue;
		tell_move(v, from, to);
		v->left[to] = left; /* of all of them at once */
	}
	v->left[to] = 0;
}

static void guess_moves(struct matching *m, int side)
{
	size_t n = m->cell->n_rows;
	struct moves v = { .m = m, .side = side };

	v.left = xcalloc(n + 1, sizeof(*v.left));
	v.done = xcalloc(n + 1, sizeof(*v.done));
	for (size_t i = 0; i < n; i++)
		v.left[i] = (side ? -1 : 1) * m->cell->rows[i].delta.n[COST_INSNS];
	for (size_t i = 0; i < n; i++)
		move_alone(&v, i);
	for (size_t i = 0; i < n; i++)
		move_together(&v, i);
	free(v.left);
	free(v.done);
}

static int compare_sizes(double a, double b)
{
	return (fabs(a) < fabs(b)) - (fabs(a) > fabs(b));
}

static int by_delta(const void *a, const void *b)
{
	/* what changes how kernels scale goes before what is only work */
	static const enum cost_event order[] = { COST_INSNS,	 COST_ATOMICS,	 COST_TLB,
						 COST_DSB,	 COST_BARRIERS,	 COST_TLB_ALL,
						 COST_TLB_SPACE, COST_TLB_RANGE, COST_TLB_PAGE,
						 COST_STRING,	 COST_CALLS,	 COST_STORES,
						 COST_LOADS };
	const struct cost_row *x = a, *y = b;
	int rc = 0;

	for (size_t i = 0; i < ARRAY_SIZE(order) && !rc; i++)
		rc = compare_sizes(x->delta.n[order[i]], y->delta.n[order[i]]);
	if (!rc)
		rc = compare_sizes(x->patched ? x->patched->c.n[COST_INSNS] : 0,
				   y->patched ? y->patched->c.n[COST_INSNS] : 0);
	return rc ? rc : strcmp(x->name, y->name);
}

/* Of one kernel: its functions as they are. */
static void list_functions(struct cost_cell *cell)
{
	for (size_t i = 0; i < cell->baseline.n; i++)
		cell->rows[cell->n_rows++] = (struct cost_row){
			.name = cell->baseline.v[i].name,
			.user = cell->baseline.v[i].user,
			.baseline = &cell->baseline.v[i],
			.note = xstrdup(""),
		};
}

void cost_match(struct cost_cell *cell, struct code *baseline, struct code *patched)
{
	struct matching m = { .cell = cell, .code = { baseline, patched } };
	const struct cost_side *sides[] = { &cell->baseline, &cell->patched };

	cell->rows = xcalloc(cell->baseline.n + cell->patched.n + 1, sizeof(*cell->rows));
	if (!patched) {
		list_functions(cell);
		return;
	}
	if (!cell->baseline.windows || !cell->patched.windows)
		return; /* nothing to compare */
	for (int side = 0; side < 2; side++) {
		m.n[side] = sides[side]->n;
		m.w[side] = xcalloc(m.n[side] + 1, sizeof(struct waiting));
		for (size_t i = 0; i < m.n[side]; i++)
			m.w[side][i].f = &sides[side]->v[i];
	}
	match(&m, whole_name, false);
	match(&m, symbol_base, false);
	match(&m, inlined_name, true);
	leftovers(&m);
	if (!baseline->namer) { /* debug information knows better */
		guess_moves(&m, 0);
		guess_moves(&m, 1);
	}
	qsort(cell->rows, cell->n_rows, sizeof(*cell->rows), by_delta);
	for (int side = 0; side < 2; side++) {
		for (size_t i = 0; i < m.n[side]; i++)
			free(m.w[side][i].key);
		free(m.w[side]);
	}
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* The floor of a cell, from a comparison of a kernel with itself; see calibration.h and floor.h. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cleanup.h"
#include "lib/strbuf.h"
#include "results/calibration.h"
#include "results/floor.h"
#include "results/stats/dist.h"
#include "results/txn.h"

#define ROUNDING 1e-12

/* Figures by layout: those of one group are together in V. */
struct groups {
	double *v;
	size_t *sizes;
	size_t n;
};

/* What figures are taken as: their logarithms, else shares of SCALE. */
struct scale {
	bool log;
	double unit;
};

static double on_scale(const struct scale *s, double v)
{
	return s->log ? log(v) : v / s->unit;
}

static double as_share(const struct scale *s, double v)
{
	return s->log ? expm1(v) : v;
}

static struct scale scale_of(const struct compare_cell *c)
{
	struct scale s = { .log = c->baseline.lo > 0 && c->patched.lo > 0 };

	s.unit = fabs(c->baseline.value);
	return s;
}

/* Appends the figures of one arm, layout by layout. */
static void group_arm(const struct series *arm, const struct scale *sc, struct groups *g)
{
	size_t at = 0;

	for (size_t i = 0; i < g->n; i++)
		at += g->sizes[i];
	for (size_t i = 0; i < arm->n_boots; i++) {
		size_t k = 0;

		while (k < i && arm->at[k].layout != arm->at[i].layout)
			k++;
		if (k < i)
			continue;
		g->sizes[g->n] = 0;
		for (; k < arm->n_boots; k++) {
			if (arm->at[k].layout != arm->at[i].layout)
				continue;
			g->v[at++] = on_scale(sc, arm->boots[k]);
			g->sizes[g->n]++;
		}
		g->n++;
	}
}

/*
 * What another build does by chance: both arms' builds are builds of one source. The spread of
 * their means is taken as it is, with what their few boots bring to it. An estimate without that is
 * 0 in every few calibrations though builds differ, and comparisons of one build each would be
 * called different in 10 to 24 of 100 cases (simulated: docs/statistics.md) instead of 5.
 */
static double rebuild_of(const struct compare_cell *c, const struct scale *sc)
{
	size_t boots = c->baseline.n_boots + c->patched.n_boots;
	double *v __free = xcalloc(boots + 1, sizeof(*v));
	size_t *sizes __free = xcalloc(boots + 1, sizeof(*sizes));
	struct groups g = { .v = v, .sizes = sizes };
	double sum = 0, squares = 0, *mean = v;

	group_arm(&c->baseline, sc, &g);
	group_arm(&c->patched, sc, &g);
	if (g.n < 2)
		return -1;
	for (size_t i = 0, at = 0; i < g.n; at += g.sizes[i++]) {
		double of_build = 0;

		for (size_t k = at; k < at + g.sizes[i]; k++)
			of_build += v[k] / (double)g.sizes[i];
		mean[i] = of_build; /* what was there has been used */
		sum += of_build;
	}
	for (size_t i = 0; i < g.n; i++)
		squares += pow(mean[i] - sum / (double)g.n, 2);
	squares /= (double)(g.n - 1);
	/* logarithms of the same figure differ by rounding */
	if (squares < ROUNDING * ROUNDING)
		return 0;
	return as_share(sc, dist_t_quantile(0.975, (double)(g.n - 1)) * sqrt(2 * squares));
}

static const struct boot_at *partner(const struct series *b, unsigned int block, double *value)
{
	for (size_t i = 0; i < b->n_boots; i++) {
		if (b->at[i].block == block) {
			*value = b->boots[i];
			return &b->at[i];
		}
	}
	return NULL;
}

/*
 * What booting again does, of arms with different layouts: how the differences of blocks vary that
 * have the same two layouts. The mean is left out, as it is of builds.
 */
static double reboot_of_layouts(const struct compare_cell *c, const struct scale *sc)
{
	const struct series *a = &c->baseline;
	double *d __free = xcalloc(a->n_boots + 1, sizeof(*d));
	unsigned int *layout __free = xcalloc(a->n_boots + 1, sizeof(*layout));
	double squares = 0, df = 0;
	size_t n = 0;

	for (size_t i = 0; i < a->n_boots; i++) {
		double b;

		if (!partner(&c->patched, a->at[i].block, &b))
			continue;
		layout[n] = a->at[i].layout;
		d[n++] = on_scale(sc, b) - on_scale(sc, a->boots[i]);
	}
	for (size_t i = 0; i < n; i++) {
		double sum = 0, count = 0;

		for (size_t k = 0; k < n; k++) {
			sum += layout[k] == layout[i] ? d[k] : 0;
			count += layout[k] == layout[i];
		}
		squares += (d[i] - sum / count) * (d[i] - sum / count);
		df += 1 - 1 / count; /* a group of COUNT loses one */
	}
	if (!(df > 0.5))
		return -1;
	return as_share(sc, dist_t_quantile(0.95, df) * sqrt(squares / df / (double)n));
}

/* Of figures that repeat: the widest that boots of one image were apart. */
static double reboot_exact(const struct compare_cell *c, const struct scale *sc)
{
	const struct series *arms[] = { &c->baseline, &c->patched };
	double widest = 0;
	bool twice = false;

	for (size_t arm = 0; arm < ARRAY_SIZE(arms); arm++) {
		for (size_t other = 0; other < ARRAY_SIZE(arms); other++) {
			for (size_t i = 0; i < arms[arm]->n_boots; i++) {
				for (size_t k = 0; k < arms[other]->n_boots; k++) {
					if ((arm == other && i == k) ||
					    arms[arm]->at[i].layout != arms[other]->at[k].layout)
						continue;
					twice = true;
					widest = fmax(widest,
						      on_scale(sc, arms[arm]->boots[i]) -
							      on_scale(sc, arms[other]->boots[k]));
				}
			}
		}
	}
	return twice ? as_share(sc, widest) : -1;
}

static size_t layouts_of(const struct series *s)
{
	size_t n = 0;

	for (size_t i = 0; i < s->n_boots; i++) {
		size_t k = 0;

		while (k < i && s->at[k].layout != s->at[i].layout)
			k++;
		n += k == i;
	}
	return n;
}

struct cell_floor calibration_floor(const struct compare_cell *c)
{
	const struct judgement *j = &c->j;
	const struct scale sc = scale_of(c);
	struct cell_floor f = { -1, -1 };
	const bool built = layouts_of(&c->baseline) > 1 && layouts_of(&c->patched) > 1;

	if (!c->baseline.n_boots || !c->patched.n_boots || j->unit == JUDGE_NOTHING)
		return f;
	if (!sc.log && !(sc.unit > 0)) {
		/* a count that is 0: nothing can be a share of it, unless it always is */
		if (c->baseline.lo == 0 && c->baseline.hi == 0 && c->patched.lo == 0 &&
		    c->patched.hi == 0)
			f = (struct cell_floor){ 0, built ? 0 : -1 };
		return f;
	}
	if (built)
		f.rebuild = rebuild_of(c, &sc);
	if (j->unit == JUDGE_EXACT)
		f.reboot = reboot_exact(c, &sc);
	else if (built)
		f.reboot = reboot_of_layouts(c, &sc);
	else if (!isnan(j->lo90))
		f.reboot = fmax(fabs(j->lo90), fabs(j->hi90));
	return f;
}

/* A floor of booting again alone leaves what was known of builds. */
#define STORE_SQL                                                                                  \
	"INSERT INTO floor(machine, cell_id, metric, unit, reboot, rebuild, boots, layouts,"       \
	" run_id) SELECT ?1, id, ?2, ?3, ?4, CASE WHEN ?5 >= 0 THEN ?5 END, ?6, ?7, ?8 FROM cell"  \
	" WHERE case_name = ?9 AND key = ?10 ON CONFLICT DO UPDATE SET reboot = excluded.reboot,"  \
	" rebuild = coalesce(excluded.rebuild, rebuild), boots = excluded.boots, layouts = CASE"   \
	" WHEN excluded.rebuild IS NULL THEN layouts ELSE excluded.layouts END,"                   \
	" run_id = excluded.run_id"

static int store_one(struct store *s, const struct comparison *c, const struct compare_cell *cell,
		     sqlite3_stmt *st, size_t *n, struct error *e)
{
	const struct cell_floor f = calibration_floor(cell);
	const size_t layouts = layouts_of(&cell->baseline) + layouts_of(&cell->patched);
	const size_t boots = cell->baseline.n_boots < cell->patched.n_boots ? cell->baseline.n_boots
									    : cell->patched.n_boots;
	char *key __free = NULL;

	if (f.reboot < 0)
		return 0;
	key = json_canonical(cell->params);
	db_bind(st, "tttrriiitt", c->machine, cell->metric, cell->unit, f.reboot, f.rebuild,
		(int64_t)boots, (int64_t)(f.rebuild < 0 ? 1 : layouts), c->run_id, cell->case_name,
		key);
	++*n;
	return db_run(s, st, e);
}

int calibration_store(struct store *s, const struct comparison *c, size_t *n_stored,
		      struct error *e)
{
	sqlite3_stmt *st __stmt = NULL;
	size_t n = 0;
	int rc = txn_enter(s, e);

	if (rc)
		return rc;
	rc = txn_begin(s, e);
	if (!rc)
		rc = db_prepare(s, STORE_SQL, &st, e);
	for (size_t i = 0; i < c->n_cells && !rc; i++)
		rc = store_one(s, c, &c->cells[i], st, &n, e);
	if (n_stored)
		*n_stored = n;
	return txn_leave(s, rc, true, e);
}

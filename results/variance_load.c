// SPDX-License-Identifier: GPL-2.0-or-later
/* The best source of each cell's variances, and what boots and samples take; see variance.h. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cleanup.h"
#include "results/db.h"
#include "results/variance_parts.h"

/* An A/A run with fewer degrees of freedom is no better than any other. */
#define CALIBRATION_DF 4

/* How good a run is for a cell: its kind counts before the degrees of freedom. */
struct rank {
	int kind;
	double df;
};

struct chosen {
	struct rank rank;
	double builds, df_builds, boots; /* best of the builds, and */
	struct size_cell of;		 /* what its boots were like */
	int64_t run, build_run;
};

struct load {
	struct store *s;
	const struct variance_query *q;
	struct variances *out;
	struct chosen *chosen; /* of each cell of out */
	struct variance_run *runs;
	size_t n_runs;
};

static int kind_of(const struct variance_run *r, const struct variance_found *f)
{
	if (!f->paired)
		return 1;
	return r->rules.calibration && f->size.df >= CALIBRATION_DF ? 3 : 2;
}

static size_t cell_index(const struct variance_query *q, const char *case_name,
			 const json_t *params)
{
	size_t n = json_array_size(q->cells);

	for (size_t i = 0; i < n; i++) {
		const json_t *cell = json_array_get(q->cells, i);
		const char *name = json_string_value(json_object_get(cell, "case"));

		if (name && !strcmp(name, case_name) &&
		    json_equal(json_object_get(cell, "params"), params))
			return i;
	}
	return n;
}

/* The row of that cell and metric, made where there is none yet. */
static size_t row_of(struct load *l, size_t cell, const char *metric, const char *unit)
{
	const json_t *asked = json_array_get(l->q->cells, cell);
	struct variances *out = l->out;
	size_t i = 0;

	while (i < out->n && (out->v[i].cell != cell || strcmp(out->v[i].metric, metric) != 0 ||
			      strcmp(out->v[i].unit, unit) != 0))
		i++;
	if (i < out->n)
		return i;
	out->v = xrealloc(out->v, (i + 1) * sizeof(*out->v));
	l->chosen = xrealloc(l->chosen, (i + 1) * sizeof(*l->chosen));
	l->chosen[i] = (struct chosen){ .builds = NAN };
	out->v[i] = (struct variance_cell){
		.case_name = xstrdup(json_string_value(json_object_get(asked, "case"))),
		.params = json_incref(json_object_get(asked, "params")),
		.metric = xstrdup(metric),
		.unit = xstrdup(unit),
		.cell = cell,
	};
	out->n++;
	return i;
}

static void take(struct load *l, const struct variance_run *r, size_t row,
		 const struct variance_found *f)
{
	struct variance_cell *c = &l->out->v[row];
	struct chosen *had = &l->chosen[row];
	const struct rank rank = { kind_of(r, f), f->size.df };

	if (rank.kind > had->rank.kind || (rank.kind == had->rank.kind && rank.df > had->rank.df)) {
		had->rank = rank;
		had->run = r->id;
		c->size = f->size;
		c->exact = f->exact;
		c->shifted = f->shifted;
		c->scale = f->scale;
		c->paired = f->paired;
	}
	if (!isnan(f->builds) && (isnan(had->builds) || f->df_builds > had->df_builds)) {
		had->builds = f->builds;
		had->df_builds = f->df_builds;
		had->boots = f->boots;
		had->of = f->size;
		had->build_run = r->id;
	}
}

/* All headline metrics that the boots of R had. */
static int visit_run(struct load *l, const struct variance_run *r, struct error *e)
{
	sqlite3_stmt *st __stmt = NULL;
	int rc = db_prepare(
		l->s,
		"SELECT m.id, c.case_name, c.params, m.name, m.unit FROM metric m JOIN cell c"
		" ON c.id = m.cell_id WHERE m.headline AND m.id IN (SELECT bm.metric_id FROM boot b"
		" JOIN boot_metric bm ON bm.boot_id = b.id WHERE b.run_id = ? AND b.state = 'ok')"
		" ORDER BY c.id, m.position, m.id",
		&st, e);

	if (rc)
		return rc;
	db_bind(st, "i", r->id);
	while ((rc = db_step(l->s, st, e)) > 0) {
		const char *text = db_text(st, 2);
		json_t *params __json = json_parse(text, strlen(text), NULL);
		size_t cell = cell_index(l->q, db_text(st, 1), params);
		struct variance_samples samples __cleanup(variance_samples_release) = { 0 };
		struct variance_found found;

		if (cell == json_array_size(l->q->cells))
			continue;
		rc = variance_samples(l->s, r, sqlite3_column_int64(st, 0), &samples, e);
		if (rc)
			return rc;
		if (variance_work_out(r, &samples, &found))
			take(l, r, row_of(l, cell, db_text(st, 3), db_text(st, 4)), &found);
	}
	return rc;
}

static size_t source_of(struct load *l, int64_t run)
{
	struct variances *out = l->out;
	const struct variance_run *r = l->runs;
	struct variance_source *src;
	struct strbuf names __strbuf = { 0 };
	size_t i = 0;

	while (i < out->n_sources && out->sources[i].run_id != run)
		i++;
	if (i < out->n_sources)
		return i;
	while (r->id != run)
		r++;
	strv_for_each(&r->names, it)
		strbuf_addf(&names, "%s%s", names.len ? ", " : "", *it);
	out->sources = xrealloc(out->sources, (i + 1) * sizeof(*out->sources));
	src = &out->sources[out->n_sources++];
	*src = (struct variance_source){
		.run_id = run,
		.when = xstrdup(r->when),
		.kernels = strbuf_detach(&names),
		.calibration = r->rules.calibration,
		.pilot = r->rules.pilot,
	};
	for (size_t b = 0; b < r->n_boots; b++)
		src->boots += r->boots[b].kernel == 0;
	return i;
}

/* Without what boots and samples bring, as a plan has to know it of any number of those. */
static void set_builds(struct load *l, size_t row)
{
	struct variance_cell *c = &l->out->v[row];
	const struct chosen *had = &l->chosen[row];

	c->build_source = (size_t)-1;
	c->size.build = NAN;
	if (isnan(had->builds))
		return;
	c->size.build = fmax(0, had->builds - size_boot_variance(&c->size, had->of.samples, NULL) /
						      had->boots);
	c->size.df_build = had->df_builds;
	c->size.build_means = had->builds;
	c->size.build_boots = had->boots;
	c->build_source = source_of(l, had->build_run);
}

/* Seconds and numbers of a boot on the average. */
struct usual_boot {
	double seconds, first_sample_s, samples, cells;
};

static int usual_boot(struct store *s, int64_t run, struct usual_boot *out, struct error *e)
{
	sqlite3_stmt *st __stmt = NULL;
	int rc =
		db_prepare(s,
			   "SELECT avg(b.seconds), avg(b.first_sample_s),"
			   " avg((SELECT count(*) FROM sample WHERE boot_id = b.id)),"
			   " avg((SELECT count(DISTINCT cell_id) FROM sample WHERE boot_id = b.id))"
			   " FROM boot b WHERE b.run_id = ? AND b.state = 'ok'"
			   " AND b.first_sample_s >= 0 AND b.seconds > b.first_sample_s",
			   &st, e);

	*out = (struct usual_boot){ 0 };
	if (rc)
		return rc;
	db_bind(st, "i", run);
	rc = db_step(s, st, e);
	if (rc > 0)
		*out = (struct usual_boot){
			.seconds = sqlite3_column_double(st, 0),
			.first_sample_s = sqlite3_column_double(st, 1),
			.samples = sqlite3_column_double(st, 2),
			.cells = sqlite3_column_double(st, 3),
		};
	return rc < 0 ? rc : 0;
}

/*
 * What comes behind a boot's first sample are the others, and a warm-up of each cell but the first,
 * which take as long. The rest of the boot is there with any number of samples.
 */
static int set_costs(struct load *l, int64_t run, struct error *e)
{
	const double cells = (double)json_array_size(l->q->cells);
	struct variances *out = l->out;
	struct usual_boot b;
	int rc = usual_boot(l->s, run, &b, e);
	double each;

	out->boot_s = out->sample_s = -1;
	if (rc || !(b.samples + b.cells > 2))
		return rc;
	each = (b.seconds - b.first_sample_s) / (b.samples + b.cells - 2);
	out->sample_s = each * cells;
	out->boot_s = fmax(0, b.seconds - each * b.samples + each * (cells - b.cells));
	return 0;
}

static void find_missing(struct load *l)
{
	const json_t *cell;
	size_t i;

	json_array_foreach(l->q->cells, i, cell) {
		struct strbuf sb __strbuf = { 0 };
		const char *param;
		json_t *value;
		bool there = false;

		for (size_t k = 0; k < l->out->n; k++)
			there |= l->out->v[k].cell == i;
		if (there)
			continue;
		strbuf_addstr(&sb, json_string_value(json_object_get(cell, "case")));
		json_object_foreach(json_object_get(cell, "params"), param, value)
			strbuf_addf(&sb, " %s=%s", param, json_string_value(value));
		strv_add(&l->out->missing, strbuf_str(&sb));
	}
}

/* By cell; the metrics of one stay in their order. */
static void sort_cells(struct variance_cell *v, size_t n)
{
	for (size_t i = 1; i < n; i++) {
		const struct variance_cell one = v[i];
		size_t k = i;

		for (; k && v[k - 1].cell > one.cell; k--)
			v[k] = v[k - 1];
		v[k] = one;
	}
}

static int finish(struct load *l, struct error *e)
{
	struct variances *out = l->out;
	int64_t run = l->n_runs ? l->runs[0].id : 0;
	double cells = -1;

	for (size_t i = 0; i < out->n; i++) {
		size_t served = 0;

		out->v[i].source = source_of(l, l->chosen[i].run);
		set_builds(l, i);
		/* the time that boots take is best known of the run that most cells are from */
		for (size_t k = 0; k < out->n; k++)
			served += l->chosen[k].run == l->chosen[i].run;
		if ((double)served > cells)
			run = l->chosen[i].run;
		cells = fmax(cells, (double)served);
	}
	sort_cells(out->v, out->n);
	find_missing(l);
	out->boot_s = out->sample_s = -1;
	if (!l->n_runs || !l->runs[0].machine)
		return 0;
	out->machine = xstrdup(l->runs[0].machine);
	out->run_unit = xstrdup(l->runs[0].unit);
	return set_costs(l, run, e);
}

int variances_load(struct store *s, const struct variance_query *q, struct variances *out,
		   struct error *e)
{
	struct load l = { .s = s, .q = q, .out = out };
	int rc;

	memset(out, 0, sizeof(*out));
	rc = variance_runs(s, q, &l.runs, &l.n_runs, e);
	for (size_t i = 0; i < l.n_runs && !rc; i++)
		rc = visit_run(&l, &l.runs[i], e);
	if (!rc)
		rc = finish(&l, e);
	for (size_t i = 0; i < l.n_runs; i++)
		variance_run_release(&l.runs[i]);
	free(l.runs);
	free(l.chosen);
	if (rc)
		variances_release(out);
	return rc;
}

void variances_release(struct variances *v)
{
	for (size_t i = 0; i < v->n; i++) {
		free(v->v[i].case_name);
		free(v->v[i].metric);
		free(v->v[i].unit);
		json_decref(v->v[i].params);
	}
	for (size_t i = 0; i < v->n_sources; i++) {
		free(v->sources[i].when);
		free(v->sources[i].kernels);
	}
	free(v->v);
	free(v->sources);
	free(v->machine);
	free(v->run_unit);
	strv_release(&v->missing);
	memset(v, 0, sizeof(*v));
}

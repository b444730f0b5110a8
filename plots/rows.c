// SPDX-License-Identifier: GPL-2.0-or-later
/* The order in which people read results; see rows.h. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lib/units.h"
#include "plots/rows.h"
#include "plots/text.h"

#define REMARKS 100 /* columns */

/* What a comparison's and a summary's cell have in common. */
struct item {
	const char *case_name, *metric, *unit, *note, *varies;
	json_t *params;
	enum better better;
	bool headline, whole;
	uint64_t folio;
};

const char *row_folio(json_t *params)
{
	const char *text = json_string_value(json_object_get(params, ROW_PARAM));

	return text ? text : "";
}

static void add_param(struct strbuf *sb, const char *name, json_t *value)
{
	char *text = json_is_string(value) ? xstrdup(json_string_value(value)) : json_line(value);

	strbuf_addf(sb, "%s%s=%s", sb->len ? " " : "", name, text);
	free(text);
}

void row_params(json_t *params, struct strbuf *sb)
{
	struct strbuf all = { 0 };
	const char *name;
	json_t *value;

	if (*row_folio(params))
		strbuf_addf(&all, ROW_PARAM "=%s", row_folio(params));
	json_object_foreach(params, name, value) {
		if (strcmp(name, ROW_PARAM) != 0)
			add_param(&all, name, value);
	}
	strbuf_addstr(sb, strbuf_str(&all));
	strbuf_release(&all);
}

/* Whether all cells of the case give that param that value. */
static bool is_fixed(const struct item *items, size_t n, const char *case_name, const char *param,
		     json_t *value)
{
	for (size_t i = 0; i < n; i++) {
		if (!strcmp(items[i].case_name, case_name) &&
		    !json_equal(json_object_get(items[i].params, param), value))
			return false;
	}
	return true;
}

/* The params of an item, other than the folio size, that vary (or do not). */
static char *other_params(const struct item *items, size_t n, const struct item *it, bool fixed)
{
	struct strbuf sb = { 0 };
	const char *name;
	json_t *value;

	json_object_foreach(it->params, name, value) {
		if (strcmp(name, ROW_PARAM) != 0 &&
		    is_fixed(items, n, it->case_name, name, value) == fixed)
			add_param(&sb, name, value);
	}
	return strbuf_detach(&sb);
}

static size_t first_case(const struct item *items, const char *name)
{
	size_t i = 0;

	while (strcmp(items[i].case_name, name) != 0)
		i++;
	return i;
}

/* By first sight of the metric in the case: cells of a case list theirs alike. */
static size_t first_metric(const struct item *items, const struct item *it)
{
	size_t i = 0;

	while (strcmp(items[i].case_name, it->case_name) != 0 ||
	       strcmp(items[i].metric, it->metric) != 0 || strcmp(items[i].unit, it->unit) != 0)
		i++;
	return i;
}

static struct row_group *find_group(struct rows *r, const struct item *it, const char *others)
{
	for (size_t i = 0; i < r->n; i++) {
		struct row_group *g = &r->groups[i];

		if (!strcmp(g->case_name, it->case_name) && !strcmp(g->metric, it->metric) &&
		    !strcmp(g->unit, it->unit) && !strcmp(g->others, others))
			return g;
	}
	return NULL;
}

static struct row_group *add_group(struct rows *r, const struct item *items, const struct item *it,
				   const char *others)
{
	struct row_group *g;

	r->groups = xrealloc(r->groups, (r->n + 1) * sizeof(*r->groups));
	g = &r->groups[r->n++];
	memset(g, 0, sizeof(*g));
	g->case_name = it->case_name;
	g->metric = it->metric;
	g->unit = it->unit;
	g->better = it->better;
	g->headline = it->headline;
	g->others = xstrdup(others);
	g->case_rank = first_case(items, it->case_name);
	g->metric_rank = first_metric(items, it);
	return g;
}

/* Keeps the group ordered by folio size; equal sizes stay in the order of the plan. */
static void insert(struct row_group *g, const struct item *items, size_t index)
{
	size_t at = g->n;

	g->index = xrealloc(g->index, (g->n + 1) * sizeof(*g->index));
	while (at && items[g->index[at - 1]].folio > items[index].folio) {
		g->index[at] = g->index[at - 1];
		at--;
	}
	g->index[at] = index;
	g->n++;
}

/* Insertion sort: groups come nearly ordered, and their order among equals counts. */
static void sort_groups(struct rows *r)
{
	for (size_t i = 1; i < r->n; i++) {
		struct row_group g = r->groups[i];
		size_t at = i;

		while (at && (r->groups[at - 1].case_rank > g.case_rank ||
			      (r->groups[at - 1].case_rank == g.case_rank &&
			       r->groups[at - 1].metric_rank > g.metric_rank))) {
			r->groups[at] = r->groups[at - 1];
			at--;
		}
		r->groups[at] = g;
	}
}

/* Cases with the same fixed params share a line. */
static void list_fixed(struct rows *r, const struct item *items, size_t n)
{
	struct strv params = { 0 };

	for (size_t i = 0; i < n; i++) {
		size_t at = 0;
		char *fixed;

		if (first_case(items, items[i].case_name) != i)
			continue;
		fixed = other_params(items, n, &items[i], true);
		while (at < params.n && strcmp(params.v[at], fixed) != 0)
			at++;
		if (*fixed && at == params.n) {
			strv_add(&params, fixed);
			strv_add(&r->fixed, items[i].case_name);
		} else if (*fixed) {
			char *cases = xasprintf("%s, %s", r->fixed.v[at], items[i].case_name);

			free(r->fixed.v[at]);
			r->fixed.v[at] = cases;
		}
		free(fixed);
	}
	for (size_t i = 0; i < params.n; i++) {
		char *cases = r->fixed.v[i];

		r->fixed.v[i] = xasprintf("%s: %s", cases, params.v[i]);
		free(cases);
	}
	strv_release(&params);
}

static void mark_whole(struct rows *r, const struct item *items)
{
	for (size_t i = 0; i < r->n; i++) {
		struct row_group *g = &r->groups[i];

		g->whole = true;
		for (size_t j = 0; j < g->n; j++)
			g->whole &= items[g->index[j]].whole;
	}
}

static bool same_cell(const struct item *a, const struct item *b)
{
	return !strcmp(a->case_name, b->case_name) && json_equal(a->params, b->params);
}

/* Whether other metrics of the cell have just this note too: then it is about the cell. */
static bool is_of_cell(const struct item *items, size_t n, const struct item *it)
{
	for (size_t i = 0; i < n; i++) {
		if (&items[i] != it && same_cell(&items[i], it) && !strcmp(items[i].note, it->note))
			return true;
	}
	return false;
}

/* "mprotect folio=64K exclusive=half", with the params that vary; the metric if METRIC. */
static char *note_about(const struct item *items, size_t n, const struct item *it, bool metric)
{
	char *others = other_params(items, n, it, false);
	const char *folio = row_folio(it->params);
	char *text =
		xasprintf("%s%s%s%s%s%s%s", it->case_name, *folio ? " " ROW_PARAM "=" : "", folio,
			  *others ? " " : "", others, metric ? " " : "", metric ? it->metric : "");

	free(others);
	return text;
}

/* One line a note: of a metric, or of all metrics of a cell. */
static void list_notes(struct rows *r, const struct item *items, size_t n)
{
	for (size_t i = 0; i < r->n; i++) {
		for (size_t j = 0; j < r->groups[i].n; j++) {
			const struct item *it = &items[r->groups[i].index[j]];
			char *about, *line;

			if (!*it->note)
				continue;
			about = note_about(items, n, it, !is_of_cell(items, n, it));
			line = xasprintf("%s: %s", about, it->note);
			if (!strv_contains(&r->notes, line))
				strv_add(&r->notes, line);
			free(line);
			free(about);
		}
	}
}

/* Which cells do not repeat, and why: one line a case and reason. */
static void list_varying(struct rows *r, const struct item *items, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		char *line;

		if (!*items[i].varies)
			continue;
		line = xasprintf("%s: %s", items[i].case_name, items[i].varies);
		if (!strv_contains(&r->varying, line))
			strv_add(&r->varying, line);
		free(line);
	}
}

static void arrange(const struct item *items, size_t n, bool all, struct rows *out)
{
	memset(out, 0, sizeof(*out));
	for (size_t i = 0; i < n; i++) {
		struct row_group *g;
		char *others;

		if (!all && !items[i].headline)
			continue;
		others = other_params(items, n, &items[i], false);
		g = find_group(out, &items[i], others);
		if (!g)
			g = add_group(out, items, &items[i], others);
		insert(g, items, i);
		free(others);
	}
	sort_groups(out);
	list_fixed(out, items, n);
	mark_whole(out, items);
	list_notes(out, items, n);
	list_varying(out, items, n);
}

/* What orders folio sizes: "2M-pmd" comes right after "2M". */
static uint64_t folio_rank(const char *folio)
{
	size_t len = strcspn(folio, "-");
	char size[24];
	uint64_t bytes;

	if (len >= sizeof(size))
		return 0;
	memcpy(size, folio, len);
	size[len] = '\0';
	return parse_size(size, &bytes) ? 0 : bytes + (folio[len] == '-');
}

static struct item make_item(const char *case_name, json_t *params, const char *metric,
			     const char *unit, enum better better, bool headline, const char *note)
{
	struct item it = {
		.case_name = case_name,
		.params = params,
		.metric = metric,
		.unit = unit,
		.better = better,
		.headline = headline,
		.note = note,
	};

	it.folio = folio_rank(row_folio(params));
	return it;
}

static bool is_whole(const struct series *s)
{
	return !s->n_boots || s->value == rint(s->value);
}

const char *rows_note(const struct comparison *c, const struct compare_cell *cell)
{
	size_t len = c->apart ? strlen(c->apart) : 0;
	const char *note = cell->note;

	if (!len || strncmp(note, c->apart, len) != 0)
		return note;
	return strncmp(note + len, "; ", 2) ? "" : note + len + 2;
}

void rows_of_comparison(const struct comparison *c, bool all, struct rows *out)
{
	struct item *items = xcalloc(c->n_cells, sizeof(*items));

	for (size_t i = 0; i < c->n_cells; i++) {
		const struct compare_cell *cell = &c->cells[i];

		items[i] = make_item(cell->case_name, cell->params, cell->metric, cell->unit,
				     cell->better, cell->headline, rows_note(c, cell));
		items[i].varies = cell->varies;
		items[i].whole = is_whole(&cell->baseline) && is_whole(&cell->patched);
	}
	arrange(items, c->n_cells, all, out);
	free(items);
}

void rows_of_summary(const struct summary *s, bool all, struct rows *out)
{
	struct item *items = xcalloc(s->n_cells, sizeof(*items));

	for (size_t i = 0; i < s->n_cells; i++) {
		const struct summary_cell *cell = &s->cells[i];

		items[i] = make_item(cell->case_name, cell->params, cell->metric, cell->unit,
				     cell->better, cell->headline, cell->note);
		items[i].varies = cell->varies;
		items[i].whole = true;
		for (size_t k = 0; k < s->n_kernels; k++)
			items[i].whole &= is_whole(&cell->series[k]);
	}
	arrange(items, s->n_cells, all, out);
	free(items);
}

void rows_remarks(const struct rows *r, const struct strv *lacks, const struct strv *warnings,
		  FILE *out)
{
	if (r->fixed.n)
		fprintf(out, "%s:\n", ROWS_FIXED);
	strv_for_each(&r->fixed, it)
		fprintf(out, "  %s\n", *it);
	if (r->varying.n)
		fprintf(out, "%s:\n", ROWS_VARYING);
	strv_for_each(&r->varying, it)
		fprintf(out, "  %s\n", *it);
	strv_for_each(&r->notes, it)
		text_wrapped(out, "* ", 2, REMARKS, *it);
	strv_for_each(lacks, it)
		fprintf(out, "lacks: %s\n", *it);
	strv_for_each(warnings, it)
		fprintf(out, "warning: %s\n", *it);
}

void rows_release(struct rows *r)
{
	for (size_t i = 0; i < r->n; i++) {
		free(r->groups[i].others);
		free(r->groups[i].index);
	}
	free(r->groups);
	strv_release(&r->fixed);
	strv_release(&r->notes);
	strv_release(&r->varying);
	memset(r, 0, sizeof(*r));
}

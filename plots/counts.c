// SPDX-License-Identifier: GPL-2.0-or-later
/* Counts per operation, as a table and as JSON; see counts.h. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cleanup.h"
#include "plots/counts.h"
#include "plots/rows.h"
#include "plots/table.h"
#include "plots/text.h"

/* Where time is measured, the cost that explains it, as far as the machine counts it. */
#define KERNEL_INSTRUCTIONS "instructions:k"

enum { CASE, FOLIO, PARAMS, EVENT, FIRST };

static bool is_named(const struct counts_view *v, const char *event)
{
	for (size_t k = 0; k < v->counts->n_kernels; k++) {
		json_t *names = json_object_get(v->sides[k].hello, "events");
		json_t *name;
		size_t i;

		json_array_foreach(names, i, name) {
			if (json_is_string(name) && !strcmp(json_string_value(name), event))
				return true;
		}
	}
	return false;
}

static bool is_wanted(const struct counts_view *v, const struct count_row *r)
{
	if (v->all || is_named(v, r->event))
		return true;
	return !strcmp(r->event, KERNEL_INSTRUCTIONS) && !strcmp(v->unit, "ns") && !r->laps;
}

static bool is_counted(const struct counts *c, const struct count_row *r)
{
	for (size_t k = 0; k < c->n_kernels; k++) {
		if (r->series[k].n_boots)
			return true;
	}
	return false;
}

/* Events that happened in any cell. The caller releases it. */
static struct strv all_that_happened(const struct counts *c)
{
	struct strv names = { 0 };

	for (size_t i = 0; i < c->n; i++) {
		bool some = false;

		for (size_t k = 0; k < c->n_kernels; k++)
			some |= c->rows[i].series[k].n_boots && c->rows[i].series[k].hi > 0;
		if (some && !strv_contains(&names, c->rows[i].event))
			strv_add(&names, c->rows[i].event);
	}
	return names;
}

/* Whether cells of the case of row I differ in the param. */
static bool varies(const struct counts *c, size_t i, const char *param, json_t *value)
{
	for (size_t j = 0; j < c->n; j++) {
		if ((j && c->rows[j].cell == c->rows[j - 1].cell) ||
		    strcmp(c->rows[j].case_name, c->rows[i].case_name) != 0)
			continue;
		if (!json_equal(json_object_get(c->rows[j].params, param), value))
			return true;
	}
	return false;
}

static char *other_params(const struct counts *c, size_t i)
{
	struct strbuf sb = { 0 };
	const char *param;
	json_t *value;

	json_object_foreach(c->rows[i].params, param, value) {
		const char *text = json_string_value(value);

		if (text && strcmp(param, ROW_PARAM) != 0 && varies(c, i, param, value))
			strbuf_addf(&sb, "%s%s=%s", sb.len ? " " : "", param, text);
	}
	return strbuf_detach(&sb);
}

/* For each row its params in words; rows of a cell share them. The caller frees all. */
static char **all_params(const struct counts *c)
{
	char **others = xcalloc(c->n + 1, sizeof(*others));

	for (size_t i = 0; i < c->n; i++)
		others[i] = i && c->rows[i].cell == c->rows[i - 1].cell ? xstrdup(others[i - 1])
									: other_params(c, i);
	return others;
}

/* "1093", "1093 (40%)" for one that had its counter for so much of the time, "ENOENT". */
static void set_count(struct table *t, size_t column, const struct count_series *s)
{
	char value[TEXT_MAX];

	if (!s->n_boots)
		table_set(t, column, "%s", s->unsupported ? s->unsupported : "-");
	else if (s->running < 1)
		table_set(t, column, "%s (%.0f%%)",
			  text_value(value, s->value, s->value == rint(s->value)),
			  100 * s->running);
	else
		table_set(t, column, "%s", text_value(value, s->value, s->value == rint(s->value)));
}

static void add_row(const struct counts_view *v, struct table *t, const struct count_row *r,
		    const char *others, bool first)
{
	size_t n = v->counts->n_kernels;
	char change[TEXT_MAX];

	table_row(t);
	if (first) {
		table_set(t, CASE, "%s", r->case_name);
		table_set(t, PARAMS, "%s", others);
		table_set(t, EVENT, "%s%s", r->event, r->laps ? " *" : "");
	}
	table_set(t, FOLIO, "%s", row_folio(r->params));
	for (size_t k = 0; k < n; k++)
		set_count(t, FIRST + k, &r->series[k]);
	if (v->change && r->series[0].n_boots && r->series[1].n_boots && r->series[0].value > 0)
		table_set(t, FIRST + n, "%s",
			  text_percent(change, r->series[1].value / r->series[0].value - 1));
}

/* Events of a cell's case together, each over the folio sizes. Returns how many have laps. */
static size_t add_rows(const struct counts_view *v, struct table *t, char **others,
		       const struct strv *happened)
{
	const struct counts *c = v->counts;
	bool *done __free = xcalloc(c->n + 1, sizeof(*done));
	size_t laps = 0;

	for (size_t i = 0; i < c->n; i++) {
		bool first = true;

		for (size_t j = i; j < c->n && !done[i]; j++) {
			const struct count_row *a = &c->rows[i], *b = &c->rows[j];

			if (done[j] || strcmp(a->case_name, b->case_name) != 0 ||
			    strcmp(a->event, b->event) != 0 || strcmp(others[i], others[j]) != 0)
				continue;
			done[j] = j != i;
			if (!is_wanted(v, b) || !is_counted(c, b) ||
			    !strv_contains(happened, b->event))
				continue;
			add_row(v, t, b, others[j], first);
			laps += b->laps;
			first = false;
		}
	}
	return laps;
}

static struct table_column *make_columns(const struct counts_view *v, char **others)
{
	static const struct table_column left[FIRST] = {
		[CASE] = { "case", "CASE" },
		[FOLIO] = { "folio", "FOLIO", TABLE_RIGHT },
		[PARAMS] = { "params", "PARAMS" },
		[EVENT] = { "event", "EVENT" },
	};
	size_t n = v->counts->n_kernels;
	struct table_column *c = xcalloc(FIRST + n + 1, sizeof(*c));
	bool params = false, folio = false;

	memcpy(c, left, sizeof(left));
	for (size_t i = 0; i < v->counts->n; i++) {
		params |= *others[i] != '\0';
		folio |= *row_folio(v->counts->rows[i].params) != '\0';
	}
	if (!params)
		c[PARAMS].title = NULL;
	if (!folio)
		c[FOLIO].title = NULL;
	for (size_t k = 0; k < n; k++)
		c[FIRST + k] =
			(struct table_column){ "per_op", v->sides[k].name, TABLE_RIGHT, false };
	c[FIRST + n] =
		(struct table_column){ "change", v->change ? "CHANGE" : NULL, TABLE_RIGHT, false };
	return c;
}

/* Why an event is in no row, NULL if it is in one. */
static const char *absence(const struct counts *c, const struct count_row *r,
			   const struct strv *happened)
{
	const char *why = NULL;

	if (is_counted(c, r))
		return strv_contains(happened, r->event) ? NULL : "";
	for (size_t k = 0; k < c->n_kernels && !why; k++)
		why = r->series[k].unsupported;
	return why;
}

/* Events that are in no row, those with one reason together. */
static void print_absent(const struct counts_view *v, const struct strv *happened, FILE *out)
{
	const struct counts *c = v->counts;
	struct strv told __strv = { 0 };

	for (size_t i = 0; i < c->n; i++) {
		const char *event = c->rows[i].event;
		const char *why = absence(c, &c->rows[i], happened);
		size_t before = told.n;

		if (!why || strv_contains(&told, event) || !(v->all || is_named(v, event)))
			continue;
		for (size_t j = i; j < c->n; j++) {
			const struct count_row *r = &c->rows[j];
			const char *other = absence(c, r, happened);

			if (!other || strcmp(other, why) != 0 || strv_contains(&told, r->event) ||
			    (!v->all && !is_named(v, r->event)))
				continue;
			if (told.n == before)
				fprintf(out, *why ? "not counted (%s): " : "not once%s: ", why);
			fprintf(out, "%s%s", told.n == before ? "" : ", ", r->event);
			strv_add(&told, r->event);
		}
		if (told.n > before)
			fputc('\n', out);
	}
}

static bool anything_to_show(const struct counts_view *v, const struct strv *happened)
{
	for (size_t i = 0; i < v->counts->n; i++) {
		const struct count_row *r = &v->counts->rows[i];

		if (is_wanted(v, r) && is_counted(v->counts, r) &&
		    strv_contains(happened, r->event))
			return true;
	}
	return false;
}

int counts_print(const struct counts_view *v, FILE *out, struct error *e)
{
	struct strv happened __strv = all_that_happened(v->counts);
	char **others = all_params(v->counts);
	struct table_column *columns __free = make_columns(v, others);
	struct table *t __table = table_new(columns, FIRST + v->counts->n_kernels + 1);
	size_t laps = add_rows(v, t, others, &happened);
	int rc = 0;

	if (anything_to_show(v, &happened)) {
		fputs("\nCounted besides, per operation, in the measuring thread alone:\n\n", out);
		rc = table_print(t, out, e);
	}
	if (laps)
		fputs("* over whole samples, also what is between the laps that are timed\n", out);
	print_absent(v, &happened, out);
	for (size_t i = 0; i < v->counts->n; i++)
		free(others[i]);
	free(others);
	return rc;
}

static json_t *series_to_json(const struct count_series *s)
{
	json_t *boots = json_array();

	for (size_t i = 0; i < s->n_boots; i++)
		json_array_append_new(boots, json_real(s->boots[i]));
	return json_pack("{s:o, s:o, s:I, s:o, s:s?}", "per_op",
			 s->n_boots ? json_real(s->value) : json_null(), "boots", boots, "samples",
			 (json_int_t)s->n_samples, "running",
			 s->n_boots ? json_real(s->running) : json_null(), "unsupported",
			 s->unsupported);
}

json_t *counts_to_json(const struct counts *c, bool compared)
{
	json_t *list = json_array();

	for (size_t i = 0; i < c->n; i++) {
		const struct count_row *r = &c->rows[i];
		json_t *obj = json_pack("{s:s, s:O, s:s, s:b}", "case", r->case_name, "params",
					r->params, "event", r->event, "laps", (int)r->laps);
		json_t *kernels = json_array();

		for (size_t k = 0; k < c->n_kernels; k++)
			json_array_append_new(kernels, series_to_json(&r->series[k]));
		if (compared) {
			json_object_set(obj, "baseline", json_array_get(kernels, 0));
			json_object_set(obj, "patched", json_array_get(kernels, 1));
		} else {
			json_object_set(obj, "kernels", kernels);
		}
		json_decref(kernels);
		json_array_append_new(list, obj);
	}
	return list;
}

void counts_head(const struct compare_side *side, int width, FILE *out)
{
	json_t *names = json_object_get(side->hello, "events");
	json_t *name;
	size_t i;

	if (!json_array_size(names))
		return;
	fprintf(out, "%-*s ", width, "events");
	json_array_foreach(names, i, name)
		fprintf(out, "%s%s", i ? ", " : "",
			json_is_string(name) ? json_string_value(name) : "?");
	fputs(": what counting them costs is in the figures\n", out);
}

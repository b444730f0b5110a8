// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Counts of a series patch by patch: for each cell a table of patches by what is counted, then
 * what each patch that changes any of it does; see cost.h.
 */
#include <string.h>

#include "lib/cleanup.h"
#include "plots/cost.h"
#include "plots/table.h"
#include "plots/text.h"

#define JSON_FORMAT_VERSION 1
#define SUBJECT		    36 /* characters of it that fit beside the figures */
#define COLUMNS		    100
#define FOLD_FROM	    3 /* rows with nothing to say that are made one */

/* The columns behind number and subject. */
static const struct {
	enum cost_event event;
	const char *key, *title;
} shown[] = {
	{ COST_INSNS, "instructions", "INSTRUCTIONS" }, { COST_STRING, "string", "STRING" },
	{ COST_ATOMICS, "atomics", "ATOMICS" },		{ COST_TLB, "tlb", "TLB" },
	{ COST_BARRIERS, "barriers", "BARRIERS" },	{ COST_DSB, "dsb", "DSB" },
};

enum { NUMBER, PATCH, FIGURES };
#define N_COLUMNS (FIGURES + ARRAY_SIZE(shown) + 1)
#define STEP	  (N_COLUMNS - 1)

/* The cell of step I that is the cell CELL of the base, or NULL: it was not measured. */
static const struct cost_cell *find(const struct cost_steps *s, size_t i,
				    const struct cost_cell *cell)
{
	const struct cost_comparison *c = &s->v[s->steps[i].same_as];

	for (size_t k = 0; k < c->n_cells; k++) {
		const struct cost_cell *other = &c->cells[k];

		if (!strcmp(other->case_name, cell->case_name) &&
		    !strcmp(other->metric, cell->metric) && json_equal(other->params, cell->params))
			return other;
	}
	return NULL;
}

/* What the kernel of step I executes, or NULL. */
static const struct cost_side *side_at(const struct cost_steps *s, size_t i,
				       const struct cost_cell *cell)
{
	const struct cost_cell *c = find(s, i, cell);
	const struct cost_side *side;

	if (!c)
		return NULL;
	side = s->steps[i].same_as ? &c->patched : &c->baseline;
	return side->windows ? side : NULL;
}

/* Whether any step executes EVENT in CELL: else its column says nothing. */
static bool any_has(const struct cost_steps *s, const struct cost_cell *cell, enum cost_event event)
{
	for (size_t i = 0; i < s->n; i++) {
		const struct cost_side *side = side_at(s, i, cell);

		if (side && side->kernel.n[event] > 0)
			return true;
	}
	return false;
}

static bool is_copy(const struct cost_steps *s, size_t i)
{
	return s->steps[i].same_as != i;
}

static void add_row(struct table *t, const struct cost_steps *s, const struct cost_cell *cell,
		    size_t i)
{
	const struct cost_side *side = side_at(s, i, cell);
	const struct cost_cell *step = i && !is_copy(s, i) ? find(s, i, cell) : NULL;
	char *subject __free = text_cut(i ? s->steps[i].subject : s->steps[i].name, SUBJECT);
	char buf[COST_TEXT_MAX];

	table_row(t);
	table_set(t, NUMBER, "%zu", i);
	table_set(t, PATCH, "%s", subject);
	for (size_t k = 0; k < ARRAY_SIZE(shown); k++)
		table_set(t, FIGURES + k, "%s",
			  side ? cost_number(buf, side->kernel.n[shown[k].event], false) : "-");
	if (is_copy(s, i))
		table_set(t, STEP, "=");
	else if (step && step->baseline.windows && step->patched.windows)
		table_set(t, STEP, "%s",
			  cost_number(buf,
				      step->patched.kernel.n[COST_INSNS] -
					      step->baseline.kernel.n[COST_INSNS],
				      true));
	for (size_t c = 0; c < N_COLUMNS && is_copy(s, i); c++)
		table_set_color(t, c, TABLE_DIM);
}

/* Step I executes in CELL what the one before it does. */
static bool is_quiet(const struct cost_steps *s, const struct cost_cell *cell, size_t i)
{
	const struct cost_cell *c = find(s, i, cell);

	if (!i || is_copy(s, i))
		return i > 0;
	return c && c->baseline.windows && c->patched.windows && cost_all_chance(c);
}

/* Steps FROM to TO in one row. */
static void add_folded(struct table *t, const struct cost_steps *s, const struct cost_cell *cell,
		       size_t from, size_t to)
{
	add_row(t, s, cell, to);
	table_set(t, NUMBER, "%zu-%zu", from, to);
	table_set(t, PATCH, "(%zu patches)", to - from + 1);
	table_set(t, STEP, "=");
	for (size_t c = 0; c < N_COLUMNS; c++)
		table_set_color(t, c, TABLE_DIM);
}

/* Every step has a row, but unless ALL are wanted those that change nothing share one. */
static void add_rows(struct table *t, const struct cost_steps *s, const struct cost_cell *cell,
		     bool all)
{
	for (size_t i = 0, end; i < s->n; i = end) {
		for (end = i; end < s->n && is_quiet(s, cell, end);)
			end++;
		if (!all && end - i >= FOLD_FROM) {
			add_folded(t, s, cell, i, end - 1);
			continue;
		}
		end = end > i ? end : i + 1;
		for (size_t k = i; k < end; k++)
			add_row(t, s, cell, k);
	}
}

static int put_table(const struct cost_steps *s, const struct cost_cell *cell, bool all, FILE *out,
		     struct error *e)
{
	struct table_column columns[N_COLUMNS] = {
		[NUMBER] = { "number", "#", TABLE_RIGHT },
		[PATCH] = { "patch", "PATCH" },
		[STEP] = { "step", "STEP", TABLE_RIGHT },
	};
	struct table *t __table = NULL;

	for (size_t k = 0; k < ARRAY_SIZE(shown); k++)
		columns[FIGURES + k] = (struct table_column){
			.key = shown[k].key,
			.title = !k || any_has(s, cell, shown[k].event) ? shown[k].title : NULL,
			.align = TABLE_RIGHT,
		};
	t = table_new(columns, N_COLUMNS);
	add_rows(t, s, cell, all);
	return table_print(t, out, e);
}

/* What each patch does that changes a count of CELL. */
static void put_patches(const struct cost_steps *s, const struct cost_cell *cell, FILE *out)
{
	bool any = false;

	for (size_t i = 1; i < s->n; i++) {
		const struct cost_cell *c = is_copy(s, i) ? NULL : find(s, i, cell);
		char *first __free = NULL, *text __free = NULL;

		if (!c || !c->baseline.windows || !c->patched.windows || !cost_changed(c) ||
		    cost_all_chance(c))
			continue;
		fputs(any ? "" : "\n", out);
		any = true;
		first = xasprintf("  patch %zu: ", i);
		text = cost_why_cell(c);
		text_wrapped(out, first, 4, COLUMNS, text);
	}
	if (!any)
		fputs("  No patch changes any count.\n", out);
}

/* Functions that are not executed equally often in all windows of some kernel. */
static void put_varying(const struct cost_steps *s, const struct cost_cell *cell, FILE *out)
{
	struct strv names __strv = { 0 };
	struct strbuf sb __strbuf = { 0 };

	for (size_t i = 0; i < s->n; i++) {
		const struct cost_side *side = is_copy(s, i) ? NULL : side_at(s, i, cell);

		for (size_t k = 0; side && k < side->n; k++) {
			if (side->v[k].varies && !strv_contains(&names, side->v[k].name))
				strv_add(&names, side->v[k].name);
		}
	}
	strv_for_each(&names, it)
		strbuf_addf(&sb, "%s%s", it == names.v ? "" : ", ", *it);
	if (names.n)
		text_wrapped(out, "  not the same in all windows of a kernel: ", 4, COLUMNS,
			     strbuf_str(&sb));
}

static void put_head(const struct cost_steps *s, FILE *out)
{
	const struct cost_comparison *c = &s->v[0];
	size_t copies = 0;

	for (size_t i = 0; i < s->n; i++)
		copies += is_copy(s, i);
	fprintf(out, "%-9s %s  %s, then %zu patch%s", "base", c->baseline.name, c->baseline.release,
		s->n - 1, s->n == 2 ? "" : "es");
	if (copies)
		fprintf(out, ", %zu without a change in the code (=)", copies);
	fprintf(out, "\n%-9s instructions executed on an emulated %s, run %lld: a cost, not time\n",
		"counted", c->baseline.arch, (long long)c->run_id);
}

/* What was left out, each thing once: a kernel is in the step after it, too. */
static void put_warnings(const struct cost_steps *s, FILE *out)
{
	struct strv told __strv = { 0 };

	for (size_t i = 0; i < s->n; i++) {
		strv_for_each(&s->v[i].warnings, it) {
			if (strv_contains(&told, *it))
				continue;
			fputs(told.n ? "" : "\n", out);
			text_wrapped(out, "! ", 2, COLUMNS, *it);
			strv_add(&told, *it);
		}
	}
}

int cost_steps_table(const struct cost_steps *s, bool all, FILE *out, struct error *e)
{
	put_head(s, out);
	for (size_t i = 0; i < s->v[0].n_cells; i++) {
		const struct cost_cell *cell = &s->v[0].cells[i];
		char *title __free = cost_cell_title(cell), *per __free = cost_per_label(cell);
		char *line __free = NULL;
		int rc;

		line = xasprintf("%s, %s", title, per);
		fputc('\n', out);
		text_wrapped(out, "", 2, COLUMNS, line);
		rc = put_table(s, cell, all, out, e);
		if (rc)
			return rc;
		put_patches(s, cell, out);
		put_varying(s, cell, out);
	}
	put_warnings(s, out);
	return output_end(out, e);
}

static json_t *step_of(const struct cost_steps *s, size_t i)
{
	const struct step *step = &s->steps[i];

	return json_pack("{s:i, s:s, s:s, s:s, s:i, s:o}", "number", (int)i, "subject",
			 step->subject, "name", step->name, "hash", step->hash, "code_of",
			 (int)step->same_as, "cost",
			 !s->v[i].n_cells ? json_null() : cost_to_json(&s->v[i]));
}

json_t *cost_steps_to_json(const struct cost_steps *s)
{
	json_t *steps = json_array();

	for (size_t i = 0; i < s->n; i++)
		json_array_append_new(steps, step_of(s, i));
	return json_pack("{s:i, s:o}", "version", JSON_FORMAT_VERSION, "steps", steps);
}

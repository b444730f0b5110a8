// SPDX-License-Identifier: GPL-2.0-or-later
/* By which rules a comparison is judged, and what comes of it; see compare_rules.h. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cleanup.h"
#include "results/apart.h"
#include "results/compare_rules.h"
#include "results/floor.h"
#include "results/judge_series.h"

/* Headline metrics stand in one table, the others in the long one: adjusted apart. */
enum { FAMILY_HEADLINE, FAMILY_REST };

/*
 * Whether WORDS name C. A case's cells by themselves are those of its headline metrics; any other
 * metric has to be named. No metric is called "", so that fits only words without one.
 */
static bool names(const char *words, const struct compare_cell *c)
{
	bool any_metric = rules_names(words, c->case_name, c->params, "");

	return rules_names(words, c->case_name, c->params, c->metric) &&
	       (c->headline || !any_metric);
}

/* "folio=4K,64K size=16M": all values that the cells of a case have of their params. */
static void add_params(const struct comparison *c, const char *case_name, struct strbuf *out)
{
	struct strv said __strv = { 0 }, names __strv = { 0 };

	for (size_t i = 0; i < c->n_cells; i++) {
		const char *name;
		json_t *value;

		if (strcmp(c->cells[i].case_name, case_name) != 0)
			continue;
		json_object_foreach(c->cells[i].params, name, value) {
			if (!strv_contains(&names, name))
				strv_add(&names, name);
		}
	}
	strv_for_each(&names, name) {
		strbuf_addf(out, " %s=", *name);
		for (size_t i = 0; i < c->n_cells; i++) {
			const struct compare_cell *it = &c->cells[i];
			const char *value = json_string_value(json_object_get(it->params, *name));
			char *word __free = xasprintf("%s=%s", *name, value ? value : "");

			if (strcmp(it->case_name, case_name) != 0 || !value ||
			    strv_contains(&said, word))
				continue;
			strbuf_addf(out, "%s%s", out->buf[out->len - 1] == '=' ? "" : ",", value);
			strv_add(&said, word);
		}
	}
}

/* What WORDS could have named: of their case its params, else the cases. */
static char *cells_there(const struct comparison *c, const char *words)
{
	struct strv cases __strv = { 0 }, first __strv = { 0 };
	struct strbuf sb = { 0 };

	strv_split(&first, words, " \t");
	for (size_t i = 0; i < c->n_cells; i++) {
		if (!strv_contains(&cases, c->cells[i].case_name))
			strv_add(&cases, c->cells[i].case_name);
	}
	if (first.n && strv_contains(&cases, first.v[0])) {
		strbuf_addstr(&sb, first.v[0]);
		add_params(c, first.v[0], &sb);
		return strbuf_detach(&sb);
	}
	strv_for_each(&cases, it)
		strbuf_addf(&sb, "%s%s", sb.len ? ", " : "", *it);
	return strbuf_detach(&sb);
}

/* Marks the cells that LIST names. ASKED: now, so that a word for nothing is a mistake. */
static int mark_named(struct comparison *c, const struct strv *list, bool asked, struct error *e)
{
	strv_for_each(list, it) {
		bool any = false;

		for (size_t i = 0; i < c->n_cells; i++) {
			if (names(*it, &c->cells[i]))
				any = c->cells[i].named = true;
		}
		if (!any && asked) {
			char *there __free = cells_there(c, *it);

			return error_set(e, EINVAL, "--headline '%s': no such cell; there are: %s",
					 *it, *there ? there : "none");
		}
		if (!any)
			strv_addf(&c->warnings,
				  "'%s' was named before the run and was not measured", *it);
	}
	return 0;
}

static bool same_words(const struct strv *a, const struct strv *b)
{
	if (a->n != b->n)
		return false;
	strv_for_each(a, it) {
		if (!strv_contains(b, *it))
			return false;
	}
	return true;
}

static int choose_rules(struct store *s, const struct compare_query *q, struct comparison *c,
			struct error *e)
{
	const bool asked = q->headline && q->headline->n;
	struct judge_rules before;
	int rc = rules_load(s, c->run_id, &c->rules, e);

	if (rc)
		return rc;
	if (q->margin < 0 || q->margin >= 1)
		return error_set(e, EINVAL, "--margin: wants more than 0%% and less than 100%%");
	before = judging_rules(&c->rules, 0);
	c->judged_by = judging_rules(&c->rules, q->margin);
	c->named_after = c->judged_by.margin != before.margin ||
			 (asked && !same_words(q->headline, &c->rules.headline));
	return mark_named(c, asked ? q->headline : &c->rules.headline, asked, e);
}

/* The floors of this machine; none for a run that is to make them. */
static int load_floors(struct store *s, struct comparison *c, struct floor **v, size_t *n,
		       struct error *e)
{
	*v = NULL;
	*n = 0;
	c->machine = machine_key(c->target, c->host, c->baseline.hello, c->baseline.facts);
	return c->rules.calibration ? 0 : floors_load(s, c->machine, v, n, e);
}

static struct judge_cell like(const struct comparison *c, const struct compare_cell *cell,
			      const struct floor *f)
{
	return (struct judge_cell){
		.better = cell->better,
		.exact = c->exact && !*cell->varies,
		.is_time = judging_is_time(cell->unit),
		.apart = *c->apart,
		.named = cell->named,
		.family = cell->headline ? FAMILY_HEADLINE : FAMILY_REST,
		.floor = f ? f->reboot : -1,
		.floor_built = f ? f->rebuild : -1,
	};
}

static void take(const struct judgement *j, struct compare_cell *cell)
{
	cell->j = *j;
	cell->verdict = j->verdict;
	cell->has_change = isfinite(j->change);
	cell->change = cell->has_change ? j->change : 0;
}

/* Reasons that hold for all cells stand at the head of each note, and are warned of once. */
static int find_apart(struct store *s, struct comparison *c, struct error *e)
{
	struct strv why __strv = { 0 };
	struct strbuf text = { 0 };
	int rc;

	strv_copy(&why, &c->built.apart);
	rc = apart_by_machine(s, c, &why, e);
	strv_for_each(&why, it) {
		strv_addf(&c->warnings, "not comparable: %s", *it);
		strbuf_addf(&text, "%s%s", text.len ? "; " : "", *it);
	}
	c->apart = strbuf_detach(&text);
	for (size_t i = 0; i < c->n_cells && *c->apart; i++) {
		char *old = c->cells[i].note;

		c->cells[i].note = xasprintf("%s%s%s", c->apart, *old ? "; " : "", old);
		free(old);
	}
	return rc;
}

int compare_rules(struct store *s, const struct compare_query *q, struct comparison *c,
		  struct error *e)
{
	/* streams were recorded one by one, or elsewhere: their numbers are no blocks */
	const bool unpaired = !strcmp(c->target, "replay");
	struct judging g = { 0 };
	struct floor *floors;
	size_t n_floors;
	int rc = choose_rules(s, q, c, e);

	if (!rc)
		rc = find_apart(s, c, e);
	if (!rc)
		rc = load_floors(s, c, &floors, &n_floors, e);
	if (rc)
		return rc;
	for (size_t i = 0; i < c->n_cells; i++) {
		struct compare_cell *cell = &c->cells[i];
		const struct floor *f = floor_find(floors, n_floors, cell->case_name, cell->params,
						   cell->metric, cell->unit);
		struct judge_cell jc = like(c, cell, f);

		judging_add(&g, &cell->baseline, &cell->patched, &jc, unpaired);
	}
	judging_do(&g, &c->judged_by);
	for (size_t i = 0; i < c->n_cells; i++)
		take(&g.out[i], &c->cells[i]);
	judging_release(&g);
	floors_free(floors, n_floors);
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* Cells in words; see labels.h. */
#include <stdlib.h>
#include <string.h>

#include "lib/cleanup.h"
#include "lib/strbuf.h"
#include "results/labels.h"

/* Cases of which the same is chosen. */
struct label {
	char *values; /* "folio=16K,64K"; "": no more than their names */
	struct strv names;
};

struct labels {
	struct label *v;
	size_t n;
};

/* The cells of one case. */
struct group {
	const struct label_cell *cells;
	size_t n;
	const char *name;
	size_t total, chosen;
};

static void add_label(struct labels *l, const char *name, const struct strbuf *values)
{
	const char *text = strbuf_str(values);
	size_t i = 0;

	text += *text == ' ';
	while (i < l->n && strcmp(l->v[i].values, text) != 0)
		i++;
	if (i == l->n) {
		l->v = xrealloc(l->v, (l->n + 1) * sizeof(*l->v));
		l->v[l->n++] = (struct label){ .values = xstrdup(text) };
	}
	strv_add(&l->v[i].names, name);
}

static bool in_group(const struct group *g, size_t i)
{
	return !strcmp(g->cells[i].case_name, g->name);
}

static const char *value_of(const struct label_cell *c, const char *param)
{
	const char *text = json_string_value(json_object_get(c->params, param));

	return text ? text : "";
}

/* The different values that a param has in the group, or in what is chosen of it. */
static void list_values(const struct group *g, const char *param, bool chosen, struct strv *out)
{
	for (size_t i = 0; i < g->n; i++) {
		if (!in_group(g, i) || (chosen && !g->cells[i].chosen))
			continue;
		if (!strv_contains(out, value_of(&g->cells[i], param)))
			strv_add(out, value_of(&g->cells[i], param));
	}
}

static bool varies(const struct group *g, const char *param)
{
	struct strv values __strv = { 0 };

	list_values(g, param, false, &values);
	return values.n > 1;
}

static void add_list(struct strbuf *sb, const char *param, const struct strv *values)
{
	strbuf_addf(sb, " %s=", param);
	for (size_t i = 0; i < values->n; i++)
		strbuf_addf(sb, "%s%s", i ? "," : "", values->v[i]);
}

/* All chosen cells at once, where they are each combination of the values listed. */
static bool add_product(struct labels *l, const struct group *g, json_t *params)
{
	struct strbuf text __strbuf = { 0 };
	size_t product = 1;
	const char *param;
	json_t *value;

	json_object_foreach(params, param, value) {
		struct strv values __strv = { 0 }, all __strv = { 0 };

		list_values(g, param, true, &values);
		list_values(g, param, false, &all);
		product *= values.n;
		if (values.n < all.n || g->total == 1)
			add_list(&text, param, &values);
	}
	if (product != g->chosen)
		return false;
	add_label(l, g->name, &text);
	return true;
}

static void add_each(struct labels *l, const struct group *g)
{
	for (size_t i = 0; i < g->n; i++) {
		const struct label_cell *c = &g->cells[i];
		struct strbuf text __strbuf = { 0 };
		const char *param;
		json_t *value;

		if (!in_group(g, i) || !c->chosen)
			continue;
		json_object_foreach(c->params, param, value) {
			if (varies(g, param))
				strbuf_addf(&text, " %s=%s", param, value_of(c, param));
		}
		add_label(l, g->name, &text);
	}
}

static void add_group(struct labels *l, struct group *g, json_t *params, bool by_case)
{
	const struct strbuf nothing = { 0 };

	for (size_t i = 0; i < g->n; i++) {
		g->total += in_group(g, i);
		g->chosen += in_group(g, i) && g->cells[i].chosen;
	}
	if (by_case && g->chosen == g->total)
		add_label(l, g->name, &nothing);
	else if (!add_product(l, g, params))
		add_each(l, g);
}

/* "fork folio=64K", or "folio=64K of fork, cow": a list of names that ends with a semicolon. */
static char *join(const struct labels *l)
{
	struct strbuf sb = { 0 };
	bool list = false;

	for (size_t i = 0; i < l->n; i++) {
		const struct label *label = &l->v[i];

		if (i)
			strbuf_addf(&sb, "%s ", list ? ";" : ",");
		list = label->names.n > 1 && *label->values;
		if (list)
			strbuf_addf(&sb, "%s of ", label->values);
		for (size_t k = 0; k < label->names.n; k++)
			strbuf_addf(&sb, "%s%s", k ? ", " : "", label->names.v[k]);
		if (!list && *label->values)
			strbuf_addf(&sb, " %s", label->values);
	}
	strbuf_addstr(&sb, "");
	return strbuf_detach(&sb);
}

char *labels_of(const struct label_cell *cells, size_t n, bool by_case)
{
	struct strv seen __strv = { 0 };
	struct labels l = { 0 };
	char *text;

	for (size_t i = 0; i < n; i++) {
		struct group g = { .cells = cells, .n = n, .name = cells[i].case_name };

		if (!cells[i].chosen || strv_contains(&seen, cells[i].case_name))
			continue;
		strv_add(&seen, cells[i].case_name);
		add_group(&l, &g, cells[i].params, by_case);
	}
	text = join(&l);
	for (size_t i = 0; i < l.n; i++) {
		free(l.v[i].values);
		strv_release(&l.v[i].names);
	}
	free(l.v);
	return text;
}

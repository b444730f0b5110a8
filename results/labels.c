// SPDX-License-Identifier: GPL-2.0-or-later
/* Cells in words; see labels.h. */
#include <string.h>

#include "lib/cleanup.h"
#include "lib/strbuf.h"
#include "results/labels.h"

/* The cells of one case. */
struct group {
	const struct label_cell *cells;
	size_t n;
	const char *name;
	size_t total, chosen;
};

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
static bool add_product(struct strbuf *sb, const struct group *g, json_t *params)
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
	strbuf_addf(sb, "%s%s%s", sb->len ? ", " : "", g->name, strbuf_str(&text));
	return true;
}

static void add_each(struct strbuf *sb, const struct group *g)
{
	for (size_t i = 0; i < g->n; i++) {
		const struct label_cell *c = &g->cells[i];
		const char *param;
		json_t *value;

		if (!in_group(g, i) || !c->chosen)
			continue;
		strbuf_addf(sb, "%s%s", sb->len ? ", " : "", g->name);
		json_object_foreach(c->params, param, value) {
			if (varies(g, param))
				strbuf_addf(sb, " %s=%s", param, value_of(c, param));
		}
	}
}

static void add_group(struct strbuf *sb, struct group *g, json_t *params, bool by_case)
{
	for (size_t i = 0; i < g->n; i++) {
		g->total += in_group(g, i);
		g->chosen += in_group(g, i) && g->cells[i].chosen;
	}
	if (by_case && g->chosen == g->total)
		strbuf_addf(sb, "%s%s", sb->len ? ", " : "", g->name);
	else if (!add_product(sb, g, params))
		add_each(sb, g);
}

char *labels_of(const struct label_cell *cells, size_t n, bool by_case)
{
	struct strv seen __strv = { 0 };
	struct strbuf sb = { 0 };

	for (size_t i = 0; i < n; i++) {
		struct group g = { .cells = cells, .n = n, .name = cells[i].case_name };

		if (!cells[i].chosen || strv_contains(&seen, cells[i].case_name))
			continue;
		strv_add(&seen, cells[i].case_name);
		add_group(&sb, &g, cells[i].params, by_case);
	}
	return strbuf_detach(&sb);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* foliobench kernel diff: in what two kernels differ, built or not. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/kernel_diff.h"
#include "lib/cleanup.h"
#include "lib/dotconfig.h"
#include "lib/json.h"
#include "plots/table.h"

struct side {
	struct kernel k;
	struct dotconfig config;
	json_t *inputs; /* or NULL */
};

static void side_release(struct side *s)
{
	kernel_release(&s->k);
	dotconfig_release(&s->config);
	json_decref(s->inputs);
	*s = (struct side){ 0 };
}

static int side_load(struct cli *cli, const struct kernel_spec *spec, struct side *s,
		     struct error *e)
{
	struct strbuf text __strbuf = { 0 };
	int rc = kernel_resolve(&cli->runner, spec, &s->k, e);

	if (!rc)
		rc = kernel_config(&cli->runner, &s->k, &text, &s->inputs, e);
	if (rc < 0)
		return error_prefix(e, rc, "kernel %s", s->k.name ? s->k.name : spec->name);
	dotconfig_parse(strbuf_str(&text), &s->config);
	return 0;
}

static const char *input(const struct side *s, const char *key)
{
	const char *text = json_string_value(json_object_get(s->inputs, key));

	return text ? text : "";
}

/* The compiler and linker of a prebuilt kernel are in its configuration. Caller frees. */
static char *tool(const struct side *s, const char *key,
		  char *(*of_config)(const struct dotconfig *c))
{
	return *input(s, key) ? xstrdup(input(s, key)) : of_config(&s->config);
}

static void add_fact(json_t *facts, const char *what, const char *a, const char *b)
{
	if (strcmp(a, b) != 0)
		json_array_append_new(facts,
				      json_pack("{s:s, s:s, s:s}", "what", what, "a", a, "b", b));
}

static const char *or_empty(const char *text)
{
	return text ? text : "";
}

/* What differs besides the configuration and patches: [{"what":, "a":, "b":}]. */
static json_t *facts_of(const struct side *a, const struct side *b)
{
	json_t *facts = json_array();
	char *cc_a __free = tool(a, "compiler", dotconfig_compiler);
	char *cc_b __free = tool(b, "compiler", dotconfig_compiler);
	char *ld_a __free = tool(a, "linker", dotconfig_linker);
	char *ld_b __free = tool(b, "linker", dotconfig_linker);
	char *layout_a __free = xasprintf("%u", a->k.spec.layout);
	char *layout_b __free = xasprintf("%u", b->k.spec.layout);

	add_fact(facts, "source", or_empty(a->k.source), or_empty(b->k.source));
	add_fact(facts, "version",
		 a->k.source_version ? a->k.source_version : or_empty(a->k.release),
		 b->k.source_version ? b->k.source_version : or_empty(b->k.release));
	/* a tree with other contents may call itself the same */
	if (!strcmp(or_empty(a->k.source_version), or_empty(b->k.source_version)))
		add_fact(facts, "tree", input(a, "key"), input(b, "key"));
	add_fact(facts, "arch", or_empty(a->k.arch), or_empty(b->k.arch));
	add_fact(facts, "compiler", cc_a, cc_b);
	add_fact(facts, "linker", ld_a, ld_b);
	add_fact(facts, "layout", layout_a, layout_b);
	return facts;
}

static bool has_patch(const struct side *s, const char *id)
{
	json_t *patch;
	size_t i;

	json_array_foreach(json_object_get(s->inputs, "series"), i, patch) {
		const char *other = json_string_value(json_object_get(patch, "id"));

		if (other && !strcmp(other, id))
			return true;
	}
	return false;
}

/* The patches of S that OTHER has not, as its inputs have them. */
static json_t *patches_only_in(const struct side *s, const struct side *other)
{
	json_t *list = json_array(), *patch;
	size_t i;

	json_array_foreach(json_object_get(s->inputs, "series"), i, patch) {
		const char *id = json_string_value(json_object_get(patch, "id"));

		if (!id || !has_patch(other, id))
			json_array_append(list, patch);
	}
	return list;
}

static void print_patches(const char *name, const json_t *list)
{
	const json_t *patch;
	size_t i;

	json_array_foreach(list, i, patch) {
		printf("only in %s: %s (%.12s)\n", name,
		       or_empty(json_string_value(json_object_get(patch, "subject"))),
		       or_empty(json_string_value(json_object_get(patch, "id"))));
	}
}

static int print_text(const struct side *a, const struct side *b, const struct dotconfig_diff *d,
		      json_t *facts, json_t *only_a, json_t *only_b, struct error *e)
{
	const struct table_column columns[] = {
		{ "symbol", "SYMBOL", TABLE_LEFT, false },
		{ "a", a->k.name, TABLE_LEFT, true },
		{ "b", b->k.name, TABLE_LEFT, true },
	};
	struct table *t __table = table_new(columns, ARRAY_SIZE(columns));
	json_t *fact;
	size_t i;
	int rc = 0;

	for (i = 0; i < d->n; i++) {
		table_row(t);
		table_set(t, 0, "%s", d->v[i].symbol);
		table_set(t, 1, "%s", d->v[i].a);
		table_set(t, 2, "%s", d->v[i].b);
	}
	if (d->n)
		rc = table_print(t, stdout, e);
	printf("%s%zu of %zu symbols differ\n", d->n ? "\n" : "", d->n,
	       a->config.n > b->config.n ? a->config.n : b->config.n);
	json_array_foreach(facts, i, fact) {
		const char *x = json_string_value(json_object_get(fact, "a"));
		const char *y = json_string_value(json_object_get(fact, "b"));

		printf("%s: %s, %s\n", json_string_value(json_object_get(fact, "what")),
		       *x ? x : "unknown", *y ? y : "unknown");
	}
	print_patches(a->k.name, only_a);
	print_patches(b->k.name, only_b);
	if (!d->n && !json_array_size(facts) && !json_array_size(only_a) &&
	    !json_array_size(only_b))
		puts("no difference");
	return rc;
}

static void print_json(const struct side *a, const struct side *b, const struct dotconfig_diff *d,
		       json_t *facts, json_t *only_a, json_t *only_b)
{
	json_t *config = json_array();
	json_t *j __json = NULL;

	for (size_t i = 0; i < d->n; i++)
		json_array_append_new(config, json_pack("{s:s, s:s, s:s}", "symbol", d->v[i].symbol,
							"a", d->v[i].a, "b", d->v[i].b));
	j = json_pack("{s:{s:s, s:s*}, s:{s:s, s:s*}, s:o, s:O, s:O, s:O}", "a", "name", a->k.name,
		      "hash", a->k.hash, "b", "name", b->k.name, "hash", b->k.hash, "config",
		      config, "inputs", facts, "patches_only_in_a", only_a, "patches_only_in_b",
		      only_b);
	json_dumpf(j, stdout, JSON_INDENT(1));
	putchar('\n');
}

/* One kernel and what makes it different: the other one is it without that. */
static void add_bare(struct kernel_words *w)
{
	struct kernel_spec bare;

	/* what --config says is of all kernels */
	if (w->n != 1 || (w->v[0].config.n <= w->config.n && !w->v[0].series.n))
		return;
	kernel_words_add(w, w->v[0].name);
	bare = w->v[1];
	w->v[1] = w->v[0];
	strv_copy(&bare.config, &w->config);
	bare.cc = w->v[1].cc ? xstrdup(w->v[1].cc) : NULL;
	bare.arch = w->v[1].arch ? xstrdup(w->v[1].arch) : NULL;
	w->v[0] = bare;
}

int kernel_diff_print(struct cli *cli, struct kernel_words *w, bool json, struct error *e)
{
	struct side a __cleanup(side_release) = { 0 };
	struct side b __cleanup(side_release) = { 0 };
	struct dotconfig_diff d __cleanup(dotconfig_diff_release) = { 0 };
	json_t *facts __json = NULL;
	json_t *only_a __json = NULL;
	json_t *only_b __json = NULL;
	int rc;

	add_bare(w);
	if (w->n != 2)
		return error_set(e, EINVAL,
				 "diff wants two kernels, or one and what changes it: --series, "
				 "+CONFIG_X=y");
	rc = cli_session(cli, e);
	if (!rc)
		rc = side_load(cli, &w->v[0], &a, e);
	if (!rc)
		rc = side_load(cli, &w->v[1], &b, e);
	if (rc)
		return rc;
	ui_clear();
	dotconfig_diff(&a.config, &b.config, &d);
	facts = facts_of(&a, &b);
	only_a = patches_only_in(&a, &b);
	only_b = patches_only_in(&b, &a);
	if (json)
		print_json(&a, &b, &d, facts, only_a, only_b);
	else
		rc = print_text(&a, &b, &d, facts, only_a, only_b, e);
	return rc;
}

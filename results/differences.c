// SPDX-License-Identifier: GPL-2.0-or-later
/* Kernels that differ by more than their patches; see differences.h. */
#include <stdlib.h>
#include <string.h>

#include "lib/cleanup.h"
#include "results/apart.h"
#include "results/db.h"
#include "results/differences.h"
#include "results/summary.h"

#define NAMES_MAX   6
#define HASH_DIGITS 12

static int load_config(struct store *s, const struct compare_side *side, struct dotconfig *out,
		       bool *known, struct error *e)
{
	sqlite3_stmt *st __stmt = NULL;
	int rc = db_prepare(s, "SELECT config FROM kernel WHERE id = ? AND config IS NOT NULL", &st,
			    e);

	if (rc)
		return rc;
	db_bind(st, "i", side->kernel_id);
	rc = db_step(s, st, e);
	*known = rc > 0;
	if (rc > 0)
		dotconfig_parse(db_text(st, 0), out);
	return rc < 0 ? rc : 0;
}

const char *side_input(const struct compare_side *side, const char *key)
{
	const char *text = json_string_value(json_object_get(side->inputs, key));

	return text ? text : "";
}

json_t *side_config(const struct compare_side *side, const char *key)
{
	return json_object_get(json_object_get(side->inputs, "config"), key);
}

bool same_json(json_t *a, json_t *b)
{
	return a == b || (a && b && json_equal(a, b));
}

/* The same Kconfig files, tools and ground: whatever differs follows from what was asked for. */
static bool same_ground(const struct compare_side *a, const struct compare_side *b)
{
	static const char *const keys[] = { "key", "arch", "compiler", "linker" };

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		if (!*side_input(a, keys[i]) ||
		    strcmp(side_input(a, keys[i]), side_input(b, keys[i])) != 0)
			return false;
	}
	return side_config(a, "asked") && side_config(b, "asked") &&
	       same_json(side_config(a, "full_sha256"), side_config(b, "full_sha256"));
}

/* Whether one of the two was asked for SYMBOL, and not the other for the same. */
static bool is_asked(const struct compare_side *a, const struct compare_side *b, const char *symbol)
{
	json_t *x = json_object_get(side_config(a, "asked"), symbol);
	json_t *y = json_object_get(side_config(b, "asked"), symbol);

	return (x || y) && !same_json(x, y);
}

struct pick {
	const struct dotconfig_change **v;
	size_t n;
};

static int by_rank(const void *a, const void *b)
{
	const struct dotconfig_change *x = *(const struct dotconfig_change *const *)a;
	const struct dotconfig_change *y = *(const struct dotconfig_change *const *)b;
	int order = dotconfig_rank(x->symbol) - dotconfig_rank(y->symbol);

	return order ? order : strcmp(x->symbol, y->symbol);
}

/* Those that were asked for, or the others; without what only tells the tools, if TOOLS. */
static struct pick pick(const struct differences *d, bool asked, bool tools)
{
	struct pick p = { .v = xcalloc(d->config.n + 1, sizeof(struct dotconfig_change *)) };

	for (size_t i = 0; i < d->config.n; i++) {
		if (d->asked[i] == asked && !(tools && dotconfig_is_tool(d->config.v[i].symbol)))
			p.v[p.n++] = &d->config.v[i];
	}
	qsort(p.v, p.n, sizeof(struct dotconfig_change *), by_rank);
	return p;
}

/* "CONFIG_A n -> y, CONFIG_B 4 -> 8, ..." */
static char *names_of(const struct pick *p)
{
	struct strbuf sb = { 0 };

	for (size_t i = 0; i < p->n && i < NAMES_MAX; i++)
		strbuf_addf(&sb, "%s%s %s -> %s", i ? ", " : "", p->v[i]->symbol, p->v[i]->a,
			    p->v[i]->b);
	if (p->n > NAMES_MAX)
		strbuf_addstr(&sb, ", ...");
	return strbuf_detach(&sb);
}

const char *compiler_without_name(const char *version)
{
	const char *rest = strchr(version, ' ');

	return rest && rest[1] == '(' ? rest : version;
}

/* Whether the tools differ, then with a warning of it. */
static bool compare_tools(const struct compare_side *a, const struct compare_side *b,
			  const struct dotconfig *x, const struct dotconfig *y,
			  struct strv *warnings)
{
	char *cc_a __free = *side_input(a, "compiler") ? xstrdup(side_input(a, "compiler"))
						       : dotconfig_compiler(x);
	char *cc_b __free = *side_input(b, "compiler") ? xstrdup(side_input(b, "compiler"))
						       : dotconfig_compiler(y);
	/* inputs have a line of the linker's, a .config its number: one or the other */
	bool lines = *side_input(a, "linker") && *side_input(b, "linker");
	char *ld_a __free = lines ? xstrdup(side_input(a, "linker")) : dotconfig_linker(x);
	char *ld_b __free = lines ? xstrdup(side_input(b, "linker")) : dotconfig_linker(y);
	bool differ = false;

	if (*cc_a && *cc_b &&
	    strcmp(compiler_without_name(cc_a), compiler_without_name(cc_b)) != 0) {
		strv_addf(warnings, "the compilers differ: %s (%s), %s (%s)", cc_a, a->name, cc_b,
			  b->name);
		differ = true;
	}
	if (*ld_a && *ld_b && strcmp(ld_a, ld_b) != 0) {
		strv_addf(warnings, "the linkers differ: %s (%s), %s (%s)", ld_a, a->name, ld_b,
			  b->name);
		differ = true;
	}
	if (*a->arch && *b->arch && strcmp(a->arch, b->arch) != 0)
		strv_addf(warnings, "the architectures differ: %s (%s), %s (%s)", a->arch, a->name,
			  b->arch, b->name);
	return differ;
}

static void warn_of_rest(const struct compare_side *a, const struct compare_side *b,
			 const struct pick *rest, bool patches, bool tools, struct strv *warnings)
{
	char *names __free = names_of(rest);

	strv_addf(warnings,
		  "the configurations differ in %zu symbol%s%s %s: %s; all of them: foliobench "
		  "kernel diff %.*s %.*s",
		  rest->n, rest->n == 1 ? "" : "s", tools ? " (without those of the tools)" : "",
		  patches ? "by what the patches change" : "that nobody asked for", names,
		  HASH_DIGITS, a->hash, HASH_DIGITS, b->hash);
}

/* Puts what differs into words: for the head what was asked for, a warning of all else. */
static void describe(const struct compare_side *a, const struct compare_side *b, bool tools,
		     struct differences *d, struct strv *warnings)
{
	struct pick asked = pick(d, true, false), rest = pick(d, false, tools);
	bool ground = same_ground(a, b);
	struct strbuf fact = { 0 };

	if (asked.n) {
		char *names __free = names_of(&asked);

		strbuf_addf(&fact, "differ as asked for: %s", names);
	}
	if (rest.n && asked.n && ground) {
		char *names __free = names_of(&rest);

		strbuf_addf(&fact, "; %zu more follow%s from that: %s", rest.n,
			    rest.n == 1 ? "s" : "", names);
	} else if (rest.n) {
		warn_of_rest(a, b, &rest, ground, tools, warnings);
	}
	d->fact = strbuf_detach(&fact);
	free(asked.v);
	free(rest.v);
}

int differences_load(struct store *s, const struct compare_side *a, const struct compare_side *b,
		     struct differences *d, struct strv *warnings, struct error *e)
{
	struct dotconfig x __cleanup(dotconfig_release) = { 0 };
	struct dotconfig y __cleanup(dotconfig_release) = { 0 };
	bool known_a = false, known_b = false, tools;
	int rc;

	*d = (struct differences){ 0 };
	rc = load_config(s, a, &x, &known_a, e);
	if (!rc)
		rc = load_config(s, b, &y, &known_b, e);
	if (rc)
		return rc;
	tools = compare_tools(a, b, &x, &y, warnings);
	d->known = known_a && known_b;
	if (d->known)
		dotconfig_diff(&x, &y, &d->config);
	d->asked = xcalloc(d->config.n + 1, sizeof(*d->asked));
	for (size_t i = 0; i < d->config.n; i++)
		d->asked[i] = is_asked(a, b, d->config.v[i].symbol);
	describe(a, b, tools, d, warnings);
	apart_by_build(a, b, &x, &y, d, same_ground(a, b), &d->apart);
	return 0;
}

void differences_release(struct differences *d)
{
	dotconfig_diff_release(&d->config);
	free(d->asked);
	free(d->fact);
	strv_release(&d->apart);
	*d = (struct differences){ 0 };
}

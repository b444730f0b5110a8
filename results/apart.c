// SPDX-License-Identifier: GPL-2.0-or-later
/* Kernels whose difference is not that of their patches; see apart.h. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cleanup.h"
#include "results/apart.h"
#include "results/db.h"
#include "results/floor.h"

#define NAMES_MAX 4

/* Checks and debugging: dear wherever they are on, whatever the other configuration knows of. */
static const char *const dear[] = {
	"KASAN",
	"KCSAN",
	"KMSAN",
	"KCOV",
	"GCOV_KERNEL",
	"PROVE_LOCKING",
	"PROVE_RCU",
	"LOCKDEP",
	"LOCK_STAT",
	"DEBUG_LOCK_ALLOC",
	"DEBUG_SPINLOCK",
	"DEBUG_MUTEXES",
	"DEBUG_RWSEMS",
	"DEBUG_PREEMPT",
	"DEBUG_ATOMIC_SLEEP",
	"DEBUG_VM",
	"DEBUG_VM_PGFLAGS",
	"DEBUG_VM_RB",
	"DEBUG_VM_MAPLE_TREE",
	"DEBUG_VIRTUAL",
	"DEBUG_PAGEALLOC",
	"DEBUG_KMEMLEAK",
	"DEBUG_OBJECTS",
	"DEBUG_LIST",
	"PAGE_POISONING",
	"PAGE_TABLE_CHECK",
	"SLUB_DEBUG_ON",
	"PREEMPT_RT",
};

/*
 * What makes another kernel of it. Counts where both configurations speak of the symbol: one that
 * a release does not have, or not any more, is no decision of anybody's.
 */
static const char *const features[] = {
	"SMP",
	"NUMA",
	"MEMCG",
	"TRANSPARENT_HUGEPAGE",
	"PREEMPT",
	"SLUB_TINY",
	"LTO_NONE",
	"CC_OPTIMIZE_FOR_SIZE",
	"PAGE_SHIFT",
	"ARM64_4K_PAGES",
	"ARM64_16K_PAGES",
	"ARM64_64K_PAGES",
	"PGTABLE_LEVELS",
	"INIT_ON_ALLOC_DEFAULT_ON",
	"INIT_ON_FREE_DEFAULT_ON",
	"CPU_MITIGATIONS",
	"MITIGATION_PAGE_TABLE_ISOLATION",
};

/* Whose defaults move from release to release. Counts between kernels of one. */
static const char *const moving[] = { "PREEMPT_NONE", "PREEMPT_VOLUNTARY",
				      "PREEMPT_LAZY", "PREEMPT_DYNAMIC",
				      "HZ",	      "UBSAN",
				      "KFENCE",	      "LRU_GEN_ENABLED" };

static bool listed(const char *symbol, const char *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (!strcmp(symbol + strlen("CONFIG_"), list[i]))
			return true;
	}
	return false;
}

/* "7.3" of "7.3.4+deb13-amd64": between releases of one such number Kconfig hardly moves. */
static bool same_release(const struct compare_side *a, const struct compare_side *b)
{
	size_t len = strcspn(a->release, ".");

	if (!a->release[len])
		return false;
	len += 1 + strspn(a->release + len + 1, "0123456789");
	return !strncmp(a->release, b->release, len) && !isdigit((unsigned char)b->release[len]);
}

static bool weighs(const struct dotconfig_change *c, const struct dotconfig *x,
		   const struct dotconfig *y, bool one_release)
{
	bool both = dotconfig_get(x, c->symbol) && dotconfig_get(y, c->symbol);

	if (listed(c->symbol, dear, ARRAY_SIZE(dear)))
		return true;
	if (!both)
		return false;
	return listed(c->symbol, features, ARRAY_SIZE(features)) ||
	       (one_release && listed(c->symbol, moving, ARRAY_SIZE(moving)));
}

/* Whether somebody asked for another configuration of one of the two: symbols, or a whole one. */
static bool was_asked(const struct compare_side *a, const struct compare_side *b)
{
	return !same_json(side_config(a, "asked"), side_config(b, "asked")) ||
	       !same_json(side_config(a, "full_sha256"), side_config(b, "full_sha256"));
}

static bool built_here(const struct compare_side *side)
{
	return *side_input(side, "compiler");
}

/* Adds the symbols that weigh, or (ALL) any. */
static void add_symbols(const struct differences *d, const struct dotconfig *x,
			const struct dotconfig *y, bool all, bool one_release, struct strv *out)
{
	struct strbuf names __strbuf = { 0 };
	size_t n = 0;

	for (size_t i = 0; i < d->config.n; i++) {
		const struct dotconfig_change *c = &d->config.v[i];

		if (d->asked[i] || dotconfig_is_tool(c->symbol) ||
		    !(all || weighs(c, x, y, one_release)))
			continue;
		if (n < NAMES_MAX)
			strbuf_addf(&names, "%s%s %s -> %s", n ? ", " : "", c->symbol, c->a, c->b);
		n++;
	}
	if (n)
		strv_addf(out, "the configurations differ and nobody asked: %s%s",
			  strbuf_str(&names), n > NAMES_MAX ? ", ..." : "");
}

/*
 * On the same ground all differences follow from what was asked for and from the patches; where
 * those are the same, too, something else made them. On another ground what was asked for may bring
 * more along: a person who asks knows that the configurations differ.
 */
static void by_config(const struct compare_side *a, const struct compare_side *b,
		      const struct dotconfig *x, const struct dotconfig *y,
		      const struct differences *d, bool ground, struct strv *out)
{
	json_t *series_a = json_object_get(a->inputs, "series");
	json_t *series_b = json_object_get(b->inputs, "series");

	if (built_here(a) && built_here(b) && was_asked(a, b))
		return;
	if (!ground)
		add_symbols(d, x, y, false, same_release(a, b), out);
	else if (series_a && same_json(series_a, series_b))
		add_symbols(d, x, y, true, true, out);
}

/*
 * Two kernels that came as images are compared as they came. Of kernels that were built here
 * "cc = clang" is asked for; that the same word meant another compiler on another day is not.
 */
static void by_compiler(const struct compare_side *a, const struct compare_side *b,
			const struct dotconfig *x, const struct dotconfig *y, struct strv *out)
{
	char *cc_a __free =
		built_here(a) ? xstrdup(side_input(a, "compiler")) : dotconfig_compiler(x);
	char *cc_b __free =
		built_here(b) ? xstrdup(side_input(b, "compiler")) : dotconfig_compiler(y);

	if (!*cc_a || !*cc_b || !strcmp(compiler_without_name(cc_a), compiler_without_name(cc_b)))
		return;
	if (!built_here(a) && !built_here(b))
		return;
	if (built_here(a) && built_here(b) && strcmp(side_input(a, "cc"), side_input(b, "cc")) != 0)
		return;
	strv_addf(out, "the compilers differ and nobody asked: %s, %s", cc_a, cc_b);
}

void apart_by_build(const struct compare_side *a, const struct compare_side *b,
		    const struct dotconfig *x, const struct dotconfig *y,
		    const struct differences *d, bool ground, struct strv *out)
{
	if (*a->arch && *b->arch && strcmp(a->arch, b->arch) != 0) {
		strv_addf(out, "the architectures differ: %s, %s", a->arch, b->arch);
		return; /* and with it everything else */
	}
	by_compiler(a, b, x, y, out);
	if (d->known)
		by_config(a, b, x, y, d, ground, out);
}

/* What one side's boots ran on, each once; and who measured, and what was counted meanwhile. */
struct conditions {
	struct strv machines, agents, events;
};

static void conditions_release(struct conditions *c)
{
	strv_release(&c->machines);
	strv_release(&c->agents);
	strv_release(&c->events);
}

static void add_once(struct strv *list, const char *text)
{
	if (!strv_contains(list, text))
		strv_add(list, text);
}

static int load_conditions(struct store *s, const struct comparison *c, int64_t kernel,
			   struct conditions *out, struct error *e)
{
	sqlite3_stmt *st __stmt = NULL;
	int rc = db_prepare(s,
			    "SELECT DISTINCT hello, facts FROM boot WHERE run_id = ? AND"
			    " kernel_id = ? AND state = 'ok' ORDER BY id",
			    &st, e);

	if (rc)
		return rc;
	db_bind(st, "ii", c->run_id, kernel);
	while ((rc = db_step(s, st, e)) > 0) {
		json_t *hello __json = json_parse(db_text(st, 0), strlen(db_text(st, 0)), NULL);
		json_t *facts __json = json_parse(db_text(st, 1), strlen(db_text(st, 1)), NULL);
		char *machine __free = machine_key(c->target, NULL, hello, facts);
		const char *agent = json_string_value(json_object_get(hello, "agent"));
		json_t *counted = json_object_get(hello, "events");
		char *events __free =
			json_array_size(counted) ? json_line(counted) : xstrdup("none");

		add_once(&out->machines, machine);
		add_once(&out->agents, agent ? agent : "unknown");
		add_once(&out->events, events);
	}
	return rc;
}

static void compare_lists(const struct strv *a, const struct strv *b, const char *what,
			  struct strv *out)
{
	struct strv all __strv = { 0 };
	struct strbuf text __strbuf = { 0 };

	strv_for_each(a, it)
		add_once(&all, *it);
	strv_for_each(b, it)
		add_once(&all, *it);
	if (all.n < 2)
		return;
	strv_for_each(&all, it)
		strbuf_addf(&text, "%s%s", text.len ? "; " : "", *it);
	strv_addf(out, "%s: %s", what, strbuf_str(&text));
}

int apart_by_machine(struct store *s, const struct comparison *c, struct strv *out, struct error *e)
{
	struct conditions a __cleanup(conditions_release) = { 0 };
	struct conditions b __cleanup(conditions_release) = { 0 };
	int rc = load_conditions(s, c, c->baseline.kernel_id, &a, e);

	if (!rc)
		rc = load_conditions(s, c, c->patched.kernel_id, &b, e);
	if (rc)
		return rc;
	compare_lists(&a.machines, &b.machines, "the boots were of several machines", out);
	compare_lists(&a.agents, &b.agents, "the boots were measured by several agents", out);
	compare_lists(&a.events, &b.events, "other events were counted", out);
	return 0;
}

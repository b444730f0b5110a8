// SPDX-License-Identifier: GPL-2.0-or-later
/* Whether a final .config is as asked, and why not; see config.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cleanup.h"
#include "lib/dotconfig.h"
#include "runner/config.h"
#include "runner/kconfig_tree.h"

#define REASONS_MAX 4
#define DEPENDS_MAX 160
#define LOST_MAX    5

static bool holds(const struct config_want *w, const char *got)
{
	return !got ? w->optional || !strcmp(w->value, "n") : !strcmp(got, w->value);
}

int config_check(const struct config_wants *cw, const char *text, struct error *e)
{
	struct dotconfig c __cleanup(dotconfig_release) = { 0 };
	struct strbuf bad __strbuf = { 0 };
	unsigned int n = 0;

	dotconfig_parse(text, &c);
	for (size_t i = 0; i < cw->n; i++) {
		const struct config_want *w = &cw->w[i];
		const char *got = dotconfig_get(&c, w->symbol);

		if (!holds(w, got))
			strbuf_addf(&bad, "%s%s wanted %s, got %s", n++ ? "; " : "", w->symbol,
				    w->value, got ? got : "nothing");
	}
	if (!n)
		return 0;
	return error_set(e, ENOTSUP,
			 "the configuration does not hold %u of the symbols asked for: %s", n,
			 strbuf_str(&bad));
}

struct verify {
	const struct config_wants *cw;
	const char *tree, *srcarch;
	struct kconfig_tree kconfig;
	struct dotconfig final;
	struct strbuf reasons;
	unsigned int n;
};

static void verify_release(struct verify *v)
{
	kconfig_tree_release(&v->kconfig);
	dotconfig_release(&v->final);
	strbuf_release(&v->reasons);
}

static const char *name_of(const struct config_want *w)
{
	return w->symbol + strlen("CONFIG_");
}

/* Whether another symbol of W's choice was asked for, to which W's line of the ground gives way. */
static bool gives_way(const struct verify *v, const struct config_want *w)
{
	const struct kconfig_symbol *s = kconfig_tree_find(&v->kconfig, name_of(w));

	if (!s || !s->choice || w->asked || strcmp(w->value, "y") != 0)
		return false;
	for (size_t i = 0; i < v->cw->n; i++) {
		const struct config_want *o = &v->cw->w[i];
		const struct kconfig_symbol *os = kconfig_tree_find(&v->kconfig, name_of(o));

		if (o->asked && !strcmp(o->value, "y") && os && os->choice == s->choice)
			return true;
	}
	return false;
}

/* For kconfig_unmet(). */
static const char *value_of(void *data, const char *name)
{
	char *symbol __free = xasprintf("CONFIG_%s", name);

	return dotconfig_get(data, symbol);
}

static void explain_missing(struct verify *v, const struct config_want *w)
{
	char *other __free = kconfig_tree_other_arch(v->tree, v->srcarch, name_of(w));
	const char *near = kconfig_tree_nearest(&v->kconfig, name_of(w));

	if (other)
		strbuf_addf(&v->reasons, "%s is no symbol of %s (%s has it)", w->symbol, v->srcarch,
			    other);
	else if (near)
		strbuf_addf(&v->reasons, "no symbol %s in this version (did you mean CONFIG_%s?)",
			    w->symbol, near);
	else
		strbuf_addf(&v->reasons, "no symbol %s in this version", w->symbol);
}

static void explain_depends(struct verify *v, const struct kconfig_symbol *s)
{
	char *unmet __free = kconfig_unmet(s->depends, value_of, &v->final);
	size_t len = strlen(s->depends);

	if (!len)
		return;
	strbuf_addf(&v->reasons, ": depends on %.*s%s", DEPENDS_MAX, s->depends,
		    len > DEPENDS_MAX ? "..." : "");
	if (unmet)
		strbuf_addf(&v->reasons, ", but %s", unmet);
}

/* Why W, which does not hold, does not. */
static void explain(struct verify *v, const struct config_want *w, const char *got)
{
	const struct kconfig_symbol *s = kconfig_tree_find(&v->kconfig, name_of(w));
	bool off = !got || !strcmp(got, "n");

	if (v->n++ >= REASONS_MAX) {
		strbuf_addf(&v->reasons, "%s%s", v->n == REASONS_MAX + 1 ? "; and " : ", ",
			    w->symbol);
		return;
	}
	strbuf_addstr(&v->reasons, v->n > 1 ? "; " : "");
	if (!s) {
		explain_missing(v, w);
	} else {
		strbuf_addf(&v->reasons, "%s=%s does not hold, it is %s", w->symbol, w->value,
			    off ? "off" : got);
		if (!s->prompt)
			strbuf_addstr(&v->reasons,
				      ": nobody can set it, it follows from other symbols");
		else if (off)
			explain_depends(v, s);
		else if (!strcmp(w->value, "n"))
			strbuf_addstr(&v->reasons, ": another symbol selects it");
	}
	if (strcmp(w->from, w->symbol) != 0 && *w->from != '+')
		strbuf_addf(&v->reasons, " (%s)", w->from);
}

/* What does not hold of what was asked for, or of the ground. */
static void verify_part(struct verify *v, bool asked)
{
	for (size_t i = 0; i < v->cw->n; i++) {
		const struct config_want *w = &v->cw->w[i];
		const char *got = dotconfig_get(&v->final, w->symbol);
		bool unknown = w->typed && !got && !w->optional &&
			       !kconfig_tree_find(&v->kconfig, name_of(w));

		if (w->asked == asked && (unknown || !holds(w, got)) && !gives_way(v, w))
			explain(v, w, got);
	}
}

/* Without a look at the source, which takes a moment. */
static bool plainly_holds(const struct config_wants *cw, const struct dotconfig *final)
{
	for (size_t i = 0; i < cw->n; i++) {
		const char *got = dotconfig_get(final, cw->w[i].symbol);

		if (!holds(&cw->w[i], got) || (cw->w[i].typed && !got))
			return false;
	}
	return true;
}

int config_verify(const struct config_wants *cw, const char *tree, const char *make_arch,
		  const char *text, struct error *e)
{
	struct verify v __cleanup(verify_release) = { .cw = cw, .tree = tree };

	v.srcarch = strcmp(make_arch, "x86_64") != 0 ? make_arch : "x86";
	dotconfig_parse(text, &v.final);
	if (plainly_holds(cw, &v.final))
		return 0;
	kconfig_tree_load(tree, v.srcarch, &v.kconfig);
	verify_part(&v, true);
	verify_part(&v, false);
	if (!v.n)
		return 0;
	return error_set(e, EINVAL, "the configuration cannot be as asked: %s",
			 strbuf_str(&v.reasons));
}

static bool on_top(const struct config_wants *cw, const char *symbol)
{
	for (size_t i = 0; i < cw->n; i++) {
		if (!strcmp(cw->w[i].symbol, symbol))
			return true;
	}
	return false;
}

static int by_rank(const void *a, const void *b)
{
	const struct dotconfig_change *x = a, *y = b;
	int order = dotconfig_rank(x->symbol) - dotconfig_rank(y->symbol);

	return order ? order : strcmp(x->symbol, y->symbol);
}

char *config_lost(const struct config_plan *p, const char *full, const char *final)
{
	struct dotconfig a __cleanup(dotconfig_release) = { 0 };
	struct dotconfig b __cleanup(dotconfig_release) = { 0 };
	struct dotconfig_diff d __cleanup(dotconfig_diff_release) = { 0 };
	struct strbuf names __strbuf = { 0 };
	size_t n = 0;

	dotconfig_parse(full, &a);
	dotconfig_parse(final, &b);
	dotconfig_diff(&a, &b, &d);
	if (d.n)
		qsort(d.v, d.n, sizeof(*d.v), by_rank);
	for (size_t i = 0; i < d.n; i++) {
		/* what it says nothing of is new in this version */
		if (!dotconfig_get(&a, d.v[i].symbol) || on_top(&p->wants, d.v[i].symbol) ||
		    dotconfig_is_tool(d.v[i].symbol))
			continue;
		if (n++ < LOST_MAX)
			strbuf_addf(&names, "%s%s %s, now %s", n > 1 ? "; " : "", d.v[i].symbol,
				    d.v[i].a, d.v[i].b);
	}
	if (!n)
		return NULL;
	if (n > LOST_MAX)
		strbuf_addstr(&names, "; ...");
	return xasprintf("%zu of the %zu lines of %s cannot hold in this version: %s", n, a.n,
			 p->full, strbuf_str(&names));
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* Fragments and whole configurations, put together; see config.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/cleanup.h"
#include "lib/dotconfig.h"
#include "lib/fs.h"
#include "runner/config.h"

#define SYMBOL_CHARS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_"

static void want_release(struct config_want *w)
{
	free(w->symbol);
	free(w->value);
	free(w->from);
}

/* Takes SYMBOL and VALUE. */
static void want(struct config_wants *cw, char *symbol, char *value, bool optional,
		 const char *from)
{
	size_t i = 0;

	while (i < cw->n && strcmp(cw->w[i].symbol, symbol))
		i++;
	if (i < cw->n) {
		/* what comes last is written last: of a choice the last one holds */
		want_release(&cw->w[i]);
		memmove(cw->w + i, cw->w + i + 1, (--cw->n - i) * sizeof(*cw->w));
	}
	cw->w = xrealloc(cw->w, (cw->n + 1) * sizeof(*cw->w));
	cw->w[cw->n++] = (struct config_want){ .symbol = symbol,
					       .value = value,
					       .optional = optional,
					       .asked = cw->asked,
					       .typed = cw->typed,
					       .from = xstrdup(from) };
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* One line without its end. false if it is none of those that may be. */
static bool take_line(struct config_wants *cw, char *line, const char *from)
{
	const bool off = !strncmp(line, "# CONFIG_", 9);
	char *sym = off ? line + 2 : line;
	size_t len = strspn(sym, SYMBOL_CHARS);
	char *comment, *value;
	bool optional;

	str_trim(line);
	if (off && !strcmp(sym + len, " is not set")) {
		want(cw, xasprintf("%.*s", (int)len, sym), xstrdup("n"), false, from);
		return true;
	}
	if (!*line || *line == '#')
		return true;
	if (strncmp(line, "CONFIG_", 7) != 0 || len <= 7 || line[len] != '=')
		return false;
	value = line + len + 1;
	/* behind a text's closing quote only: a # may be in it */
	comment = strstr(*value == '"' && strrchr(value + 1, '"') ? strrchr(value, '"') : value,
			 " #");
	optional = comment && !strcmp(comment, " # optional");
	if (comment && !optional)
		return false;
	if (comment)
		*comment = '\0';
	str_trim(value);
	if (!*value)
		return false;
	want(cw, xasprintf("%.*s", (int)len, line), xstrdup(value), optional, from);
	return true;
}

int config_wants_add(struct config_wants *cw, const char *text, const char *name, struct error *e)
{
	char *copy __free = xstrdup(text);
	unsigned int number = 1;

	for (char *line = copy; line; number++) {
		char *next = strchr(line, '\n');

		if (next)
			*next++ = '\0';
		if (!take_line(cw, line, base_name(name)))
			return error_set(e, EINVAL,
					 "%s:%u: not CONFIG_X=value (a comment after it may only "
					 "be '# optional'): %.100s",
					 name, number, line);
		line = next;
	}
	return 0;
}

/* "+CONFIG_X=y" */
static int add_typed(struct config_wants *cw, const char *word, struct error *e)
{
	struct dotconfig_line l = { 0 };
	int rc = dotconfig_assignment(word + 1, &l, e);

	if (rc < 0)
		return rc;
	cw->typed = true;
	want(cw, l.symbol, l.value, false, word);
	cw->typed = false;
	return 0;
}

/* Appends the file at PATH, which a person named, to TEXT. */
static int read_config(const char *path, struct strbuf *text, struct error *e)
{
	static const char gzip[] = "\x1f\x8b";
	int rc = fs_read(path, text, e);

	if (rc < 0)
		return rc;
	if (!strncmp(strbuf_str(text), gzip, 2))
		return error_set(e, EINVAL, "%s: is compressed: zcat %s >FILE, and give that", path,
				 path);
	if (strlen(strbuf_str(text)) != text->len)
		return error_set(e, EINVAL, "%s: is no text, so no configuration", path);
	return 0;
}

static int add_fragment(struct config_plan *p, const char *path, struct error *e)
{
	struct strbuf text __strbuf = { 0 };
	int rc = read_config(path, &text, e);

	if (rc < 0)
		return rc;
	strv_add(&p->fragments, path);
	return config_wants_add(&p->wants, strbuf_str(&text), path, e);
}

/* Finds the whole .config among WORDS. */
static int find_full(const struct strv *words, struct config_plan *p, struct error *e)
{
	strv_for_each(words, it) {
		struct strbuf text __strbuf = { 0 };
		int rc = **it == '+' ? 0 : read_config(*it, &text, e);

		if (rc < 0)
			return rc;
		if (**it == '+' || !dotconfig_is_whole(strbuf_str(&text)) ||
		    (p->full && !strcmp(p->full, *it)))
			continue;
		if (p->full)
			return error_set(e, EINVAL,
					 "two whole configurations, %s and %s: one can be the "
					 "ground, what is on top of it is a fragment",
					 p->full, *it);
		p->full = xstrdup(*it);
	}
	return 0;
}

/* What lies under all words. */
static int add_ground(const char *kernels_dir, const char *arch, struct config_plan *p,
		      struct error *e)
{
	char *all __free = xasprintf("%s/config/%s.config", kernels_dir, p->full ? "boot" : "base");
	char *own __free =
		xasprintf("%s/config/%s%s.config", kernels_dir, p->full ? "boot-" : "", arch);
	int rc = add_fragment(p, all, e);

	return rc < 0 ? rc : add_fragment(p, own, e);
}

static bool have_program(const char *name)
{
	struct strv dirs __strv = { 0 };
	const char *path = getenv("PATH");

	strv_split(&dirs, path ? path : "/usr/bin:/bin", ":");
	strv_for_each(&dirs, it) {
		char *file __free = xasprintf("%s/%s", *it, name);

		if (!access(file, X_OK))
			return true;
	}
	return false;
}

static bool is_wanted(const struct config_wants *cw, const char *symbol)
{
	for (size_t i = 0; i < cw->n; i++) {
		if (!strcmp(cw->w[i].symbol, symbol))
			return true;
	}
	return false;
}

/*
 * What the whole .config asks for and cannot be: debugging data that pahole makes, where that is
 * not installed, and modules. Cases need a swap device, so zram is built in where it was one.
 */
static int adapt_full(struct config_plan *p, struct error *e)
{
	static const char btf[] = "CONFIG_DEBUG_INFO_BTF", zram[] = "CONFIG_ZRAM";
	struct dotconfig c __cleanup(dotconfig_release) = { 0 };
	struct strbuf text __strbuf = { 0 };
	const char *value;
	int rc = fs_read(p->full, &text, e);

	if (rc < 0)
		return rc;
	dotconfig_parse(strbuf_str(&text), &c);
	value = dotconfig_get(&c, zram);
	if (value && !strcmp(value, "m") && !is_wanted(&p->wants, zram))
		want(&p->wants, xstrdup(zram), xstrdup("y"), false, "boot.config");
	value = dotconfig_get(&c, btf);
	if (!value || strcmp(value, "y") != 0 || is_wanted(&p->wants, btf) ||
	    have_program("pahole"))
		return 0;
	want(&p->wants, xstrdup(btf), xstrdup("n"), false, "boot.config");
	strv_addf(&p->remarks,
		  "%s: %s is switched off, and what depends on it: pahole is not installed",
		  p->full, btf);
	return 0;
}

int config_plan_make(const char *kernels_dir, const char *arch, const struct strv *words,
		     struct config_plan *p, struct error *e)
{
	int rc;

	*p = (struct config_plan){ 0 };
	rc = find_full(words, p, e);
	if (!rc)
		rc = add_ground(kernels_dir, arch, p, e);
	p->wants.asked = true;
	for (size_t i = 0; i < words->n && !rc; i++) {
		const char *word = words->v[i];

		if (*word == '+')
			rc = add_typed(&p->wants, word, e);
		else if ((!p->full || strcmp(word, p->full) != 0) &&
			 !strv_contains(&p->fragments, word))
			rc = add_fragment(p, word, e);
	}
	p->wants.asked = false;
	if (!rc && p->full)
		rc = adapt_full(p, e);
	if (rc < 0)
		config_plan_release(p);
	return rc;
}

void config_plan_release(struct config_plan *p)
{
	free(p->full);
	strv_release(&p->fragments);
	strv_release(&p->remarks);
	config_wants_release(&p->wants);
	*p = (struct config_plan){ 0 };
}

void config_wants_release(struct config_wants *cw)
{
	for (size_t i = 0; i < cw->n; i++)
		want_release(&cw->w[i]);
	free(cw->w);
	*cw = (struct config_wants){ 0 };
}

void config_wants_format(const struct config_wants *cw, struct strbuf *out)
{
	for (size_t i = 0; i < cw->n; i++) {
		if (!strcmp(cw->w[i].value, "n"))
			strbuf_addf(out, "# %s is not set\n", cw->w[i].symbol);
		else
			strbuf_addf(out, "%s=%s\n", cw->w[i].symbol, cw->w[i].value);
	}
}

int config_plan_text(const struct config_plan *p, struct strbuf *out, struct error *e)
{
	struct dotconfig c __cleanup(dotconfig_release) = { 0 };
	struct strbuf text __strbuf = { 0 };
	int rc = p->full ? fs_read(p->full, &text, e) : 0;

	if (rc < 0)
		return rc;
	/* kconfig would take the last of two lines as well, with a warning for each */
	dotconfig_parse(strbuf_str(&text), &c);
	for (size_t i = 0; i < c.n; i++) {
		if (is_wanted(&p->wants, c.v[i].symbol))
			continue;
		if (!strcmp(c.v[i].value, "n"))
			strbuf_addf(out, "# %s is not set\n", c.v[i].symbol);
		else
			strbuf_addf(out, "%s=%s\n", c.v[i].symbol, c.v[i].value);
	}
	config_wants_format(&p->wants, out);
	return 0;
}

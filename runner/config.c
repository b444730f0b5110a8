// SPDX-License-Identifier: GPL-2.0-or-later
/* Configuration fragments; see config.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cleanup.h"
#include "lib/fs.h"
#include "runner/config.h"

#define SYMBOL_CHARS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_"

static void want(struct config_wants *cw, char *symbol, char *value, bool optional)
{
	size_t i = 0;

	while (i < cw->n && strcmp(cw->w[i].symbol, symbol))
		i++;
	if (i == cw->n) {
		cw->w = xrealloc(cw->w, (cw->n + 1) * sizeof(*cw->w));
		cw->n++;
	} else {
		free(cw->w[i].symbol);
		free(cw->w[i].value);
	}
	cw->w[i] = (struct config_want){ symbol, value, optional };
}

/* One line without its end. false if it is none of those that may be. */
static bool take_line(struct config_wants *cw, char *line)
{
	const bool off = !strncmp(line, "# CONFIG_", 9);
	char *sym = off ? line + 2 : line;
	size_t len = strspn(sym, SYMBOL_CHARS);
	char *comment, *value;
	bool optional;

	str_trim(line);
	if (off && !strcmp(sym + len, " is not set")) {
		want(cw, xasprintf("%.*s", (int)len, sym), xstrdup("n"), false);
		return true;
	}
	if (!*line || *line == '#')
		return true;
	if (strncmp(line, "CONFIG_", 7) || len <= 7 || line[len] != '=')
		return false;
	value = line + len + 1;
	comment = strstr(value, " #");
	optional = comment && !strcmp(comment, " # optional");
	if (comment && !optional)
		return false;
	if (comment)
		*comment = '\0';
	str_trim(value);
	if (!*value)
		return false;
	want(cw, xasprintf("%.*s", (int)len, line), xstrdup(value), optional);
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
		if (!take_line(cw, line))
			return error_set(e, EINVAL,
					 "%s:%u: not CONFIG_X=value (a comment after it may only "
					 "be '# optional'): %s",
					 name, number, line);
		line = next;
	}
	return 0;
}

int config_wants_load(struct config_wants *cw, const struct strv *paths, struct error *e)
{
	strv_for_each(paths, it) {
		struct strbuf text __strbuf = { 0 };
		int rc = fs_read(*it, &text, e);

		if (!rc)
			rc = config_wants_add(cw, strbuf_str(&text), *it, e);
		if (rc < 0)
			return rc;
	}
	return 0;
}

int config_plan_make(const char *kernels_dir, const char *arch, const struct strv *words,
		     struct config_plan *p, struct error *e)
{
	int rc;

	*p = (struct config_plan){ 0 };
	strv_addf(&p->fragments, "%s/config/base.config", kernels_dir);
	strv_addf(&p->fragments, "%s/config/%s.config", kernels_dir, arch);
	strv_for_each(words, it) {
		if (**it != '+')
			strv_add(&p->fragments, *it);
	}
	rc = config_wants_load(&p->wants, &p->fragments, e);
	for (size_t i = 0; i < words->n && !rc; i++) {
		if (*words->v[i] == '+')
			rc = config_wants_add(&p->wants, words->v[i] + 1, words->v[i], e);
	}
	if (rc < 0)
		config_plan_release(p);
	return rc;
}

void config_plan_release(struct config_plan *p)
{
	free(p->full);
	strv_release(&p->fragments);
	config_wants_release(&p->wants);
	*p = (struct config_plan){ 0 };
}

void config_wants_release(struct config_wants *cw)
{
	for (size_t i = 0; i < cw->n; i++) {
		free(cw->w[i].symbol);
		free(cw->w[i].value);
	}
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

/* What TEXT says of SYMBOL: its value, "n" where it is off, NULL where it is absent. */
static char *lookup(const char *text, const char *symbol)
{
	size_t len = strlen(symbol);

	for (const char *line = text; line && *line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (!strncmp(line, symbol, len) && line[len] == '=')
			return xasprintf("%.*s", (int)strcspn(line + len + 1, "\n"),
					 line + len + 1);
		if (!strncmp(line, "# ", 2) && !strncmp(line + 2, symbol, len) &&
		    !strncmp(line + 2 + len, " is not set", 11))
			return xstrdup("n");
	}
	return NULL;
}

int config_check(const struct config_wants *cw, const char *text, struct error *e)
{
	struct strbuf bad __strbuf = { 0 };
	unsigned int n = 0;

	for (size_t i = 0; i < cw->n; i++) {
		const struct config_want *w = &cw->w[i];
		char *got __free = lookup(text, w->symbol);

		if (!got ? w->optional || !strcmp(w->value, "n") : !strcmp(got, w->value))
			continue;
		strbuf_addf(&bad, "%s%s wanted %s, got %s", n++ ? "; " : "", w->symbol, w->value,
			    got ? got : "nothing");
	}
	if (!n)
		return 0;
	return error_set(e, ENOTSUP,
			 "the configuration does not hold %u of the symbols asked for: %s", n,
			 strbuf_str(&bad));
}

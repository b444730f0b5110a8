// SPDX-License-Identifier: GPL-2.0-or-later
/* Reading a source's Kconfig files, line by line; see kconfig_tree.h. */
#include <ctype.h>
#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cleanup.h"
#include "lib/fs.h"
#include "runner/kconfig_tree.h"

#define NAME_CHARS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_"
#define DEPTH_MAX  40
#define FAR	   99u

/* What is open around a line: if, menu, choice. Their dependencies are those of what is inside. */
struct level {
	enum { LEVEL_IF, LEVEL_MENU, LEVEL_CHOICE } kind;
	char *depends;
};

struct parser {
	struct kconfig_tree *t;
	const char *tree, *srcarch;
	struct level *levels;
	size_t n_levels;
	unsigned int choices, choice; /* how many there were; the one that is open */
	struct kconfig_symbol *entry; /* what lines of properties belong to; NULL: to the level */
	bool comment;		      /* lines of properties are a comment's */
	unsigned int depth;	      /* of source in source */
};

static bool has_outer_or(const char *expr)
{
	int braces = 0;

	for (; *expr; expr++) {
		braces += (*expr == '(') - (*expr == ')');
		if (!braces && expr[0] == '|' && expr[1] == '|')
			return true;
	}
	return false;
}

/* Runs of blanks, which lines that go on leave, as one. In place. */
static void squeeze(char *text)
{
	char *to = text;

	for (const char *p = text; *p; p++) {
		if (isblank((unsigned char)*p) && isblank((unsigned char)p[1]))
			continue;
		*to++ = isblank((unsigned char)*p) ? ' ' : *p;
	}
	*to = '\0';
}

/* *ALL && TERM. */
static void conjoin(char **all, const char *term, bool may_be_or)
{
	bool braces = may_be_or && has_outer_or(term);
	char *old = *all;

	if (!*term)
		return;
	*all = xasprintf("%s%s%s%s%s", old && *old ? old : "", old && *old ? " && " : "",
			 braces ? "(" : "", term, braces ? ")" : "");
	squeeze(*all);
	free(old);
}

/* LINE begins with WORD and a blank or its end: what follows, else NULL. */
static char *after(char *line, const char *word)
{
	size_t len = strlen(word);

	if (strncmp(line, word, len) != 0 || (line[len] && !isblank((unsigned char)line[len])))
		return NULL;
	line += len;
	return line + strspn(line, " \t");
}

static void open_level(struct parser *p, int kind, const char *depends)
{
	p->levels = xrealloc(p->levels, (p->n_levels + 1) * sizeof(*p->levels));
	p->levels[p->n_levels] = (struct level){ .depends = xstrdup("") };
	p->levels[p->n_levels].kind = kind;
	conjoin(&p->levels[p->n_levels].depends, depends, true);
	p->n_levels++;
	p->entry = NULL;
	if (kind == LEVEL_CHOICE)
		p->choice = ++p->choices;
}

static void close_level(struct parser *p)
{
	p->entry = NULL;
	if (!p->n_levels)
		return;
	p->n_levels--;
	if (p->levels[p->n_levels].kind == LEVEL_CHOICE)
		p->choice = 0;
	free(p->levels[p->n_levels].depends);
}

static void add_entry(struct parser *p, const char *name)
{
	struct kconfig_tree *t = p->t;
	size_t len = strspn(name, NAME_CHARS);

	if (!(t->n & (t->n + 1))) /* room for a power of two, doubled when full */
		t->v = xrealloc(t->v, 2 * (t->n + 1) * sizeof(*t->v));
	t->v[t->n] = (struct kconfig_symbol){ .name = xasprintf("%.*s", (int)len, name),
					      .depends = xstrdup(""),
					      .choice = p->choice };
	for (size_t i = 0; i < p->n_levels; i++)
		conjoin(&t->v[t->n].depends, p->levels[i].depends, false);
	p->entry = &t->v[t->n++];
}

static void read_file(struct parser *p, const char *name);

/* source "arch/$(SRCARCH)/Kconfig", in quotes or not. */
static void include(struct parser *p, char *rest)
{
	static const char variable[] = "$(SRCARCH)";
	char *name, *at, *full __free = NULL;

	p->entry = NULL;
	name = rest + (*rest == '"');
	name[strcspn(name, "\"")] = '\0';
	at = strstr(name, variable);
	if (at)
		full = xasprintf("%.*s%s%s", (int)(at - name), name, p->srcarch,
				 at + strlen(variable));
	read_file(p, full ? full : name);
}

/* Lines that a block opens or closes; false if LINE is none of them. */
static bool take_block(struct parser *p, char *line)
{
	bool comment = after(line, "comment") != NULL;
	char *rest;

	if (comment)
		p->entry = NULL;
	else if ((rest = after(line, "config")) || (rest = after(line, "menuconfig")))
		add_entry(p, rest);
	else if ((rest = after(line, "if")))
		open_level(p, LEVEL_IF, rest);
	else if (after(line, "menu"))
		open_level(p, LEVEL_MENU, "");
	else if (after(line, "choice"))
		open_level(p, LEVEL_CHOICE, "");
	else if (after(line, "endif") || after(line, "endmenu") || after(line, "endchoice"))
		close_level(p);
	else if ((rest = after(line, "source")) || (rest = after(line, "osource")))
		include(p, rest);
	else
		return false;
	p->comment = comment;
	return true;
}

static void take_property(struct parser *p, char *line)
{
	static const char *const types[] = { "bool", "tristate", "int", "hex", "string", "prompt" };
	char *rest = after(line, "depends");

	rest = rest ? after(rest, "on") : NULL;
	if (rest && p->entry)
		conjoin(&p->entry->depends, rest, true);
	else if (rest && p->n_levels && !p->comment)
		conjoin(&p->levels[p->n_levels - 1].depends, rest, true);
	for (size_t i = 0; i < ARRAY_SIZE(types) && p->entry; i++) {
		rest = after(line, types[i]);
		if (rest && (*rest == '"' || *rest == '\''))
			p->entry->prompt = true;
	}
}

/* Off what is behind a #, which is not in quotes. */
static void cut_comment(char *line)
{
	char quote = '\0';

	for (; *line; line++) {
		if (quote)
			quote = *line == quote ? '\0' : quote;
		else if (*line == '"' || *line == '\'')
			quote = *line;
		else if (*line == '#')
			*line = '\0';
		if (!*line)
			return;
	}
}

static size_t indent_of(const char *line)
{
	size_t columns = 0;

	for (; isblank((unsigned char)*line); line++)
		columns = *line == '\t' ? (columns | 7) + 1 : columns + 1;
	return columns;
}

/* Lines that end in a backslash go on. In place. */
static void join_lines(char *text)
{
	for (char *p = strstr(text, "\\\n"); p; p = strstr(p, "\\\n"))
		p[0] = p[1] = ' ';
}

static void read_lines(struct parser *p, char *text)
{
	size_t help = 0; /* columns that a help text is indented by; 0: in none */
	bool help_begins = false;

	for (char *line = text; line;) {
		char *next = strchr(line, '\n');
		size_t indent;

		if (next)
			*next++ = '\0';
		str_trim(line);
		indent = indent_of(line);
		line += strspn(line, " \t");
		if (help_begins && *line) {
			help = indent;
			help_begins = false;
		}
		if (*line && help && indent < help)
			help = 0;
		if (!help && !help_begins) {
			cut_comment(line);
			str_trim(line);
			help_begins = after(line, "help") || after(line, "---help---");
			if (!help_begins && *line && !take_block(p, line))
				take_property(p, line);
		}
		line = next;
	}
}

static void read_file(struct parser *p, const char *name)
{
	char *path __free = xasprintf("%s/%s", p->tree, name);
	struct strbuf text __strbuf = { 0 };

	if (p->depth >= DEPTH_MAX || fs_read(path, &text, NULL) < 0 || !text.len)
		return;
	p->depth++;
	join_lines(text.buf);
	read_lines(p, text.buf);
	p->depth--;
	p->entry = NULL;
}

static int by_name(const void *a, const void *b)
{
	const struct kconfig_symbol *x = a, *y = b;

	return strcmp(x->name, y->name);
}

static void load_from(const char *tree, const char *srcarch, const char *file,
		      struct kconfig_tree *t)
{
	struct parser p = { .t = t, .tree = tree, .srcarch = srcarch };

	*t = (struct kconfig_tree){ 0 };
	read_file(&p, file);
	while (p.n_levels)
		close_level(&p);
	free(p.levels);
	if (t->n)
		qsort(t->v, t->n, sizeof(*t->v), by_name);
}

void kconfig_tree_load(const char *tree, const char *srcarch, struct kconfig_tree *t)
{
	load_from(tree, srcarch, "Kconfig", t);
}

void kconfig_tree_release(struct kconfig_tree *t)
{
	for (size_t i = 0; i < t->n; i++) {
		free(t->v[i].name);
		free(t->v[i].depends);
	}
	free(t->v);
	*t = (struct kconfig_tree){ 0 };
}

const struct kconfig_symbol *kconfig_tree_find(const struct kconfig_tree *t, const char *name)
{
	struct kconfig_symbol key = { .name = (char *)name };
	const struct kconfig_symbol *s =
		t->n ? bsearch(&key, t->v, t->n, sizeof(*t->v), by_name) : NULL;

	if (!s)
		return NULL;
	while (s > t->v && !strcmp(s[-1].name, name))
		s--;
	for (const struct kconfig_symbol *i = s; i < t->v + t->n && !strcmp(i->name, name); i++) {
		if (i->prompt)
			return i;
	}
	return s;
}

/* Insertions, deletions and changes from A to B, letters of any case; FAR if above MOST. */
static unsigned int distance(const char *a, const char *b, unsigned int most)
{
	size_t n = strlen(a), m = strlen(b);
	unsigned int row[128];

	if (m >= ARRAY_SIZE(row) || (n > m ? n - m : m - n) > most)
		return FAR;
	for (unsigned int j = 0; j <= m; j++)
		row[j] = j;
	for (size_t i = 0; i < n; i++) {
		unsigned int corner = row[0], best = ++row[0];

		for (size_t j = 0; j < m; j++) {
			bool same = toupper((unsigned char)a[i]) == toupper((unsigned char)b[j]);
			unsigned int d = corner + !same;

			corner = row[j + 1];
			d = row[j] + 1 < d ? row[j] + 1 : d;
			row[j + 1] = corner + 1 < d ? corner + 1 : d;
			best = row[j + 1] < best ? row[j + 1] : best;
		}
		if (best > most)
			return FAR;
	}
	return row[m] <= most ? row[m] : FAR;
}

const char *kconfig_tree_nearest(const struct kconfig_tree *t, const char *name)
{
	unsigned int most = strlen(name) < 6 ? 1 : strlen(name) < 12 ? 2 : 4;
	const struct kconfig_symbol *best = NULL;

	for (size_t i = 0; i < t->n; i++) {
		unsigned int d = distance(name, t->v[i].name, most);

		if (d == FAR || (best && d == most && (best->prompt || !t->v[i].prompt)))
			continue;
		most = d;
		best = &t->v[i];
	}
	return best ? best->name : NULL;
}

char *kconfig_tree_other_arch(const char *tree, const char *srcarch, const char *name)
{
	char *path __free = xasprintf("%s/arch", tree);
	DIR *d __closedir = opendir(path);
	struct dirent *de;

	while (d && (de = readdir(d))) {
		char *file __free = xasprintf("arch/%s/Kconfig", de->d_name);
		struct kconfig_tree t __cleanup(kconfig_tree_release) = { 0 };

		if (de->d_name[0] == '.' || !strcmp(de->d_name, srcarch))
			continue;
		load_from(tree, de->d_name, file, &t);
		if (kconfig_tree_find(&t, name))
			return xstrdup(de->d_name);
	}
	return NULL;
}

/* "A" or "!A", nothing else: whether it does not hold, then told in OUT. */
static void judge(const char *term, size_t len, const char *(*get)(void *data, const char *name),
		  void *data, struct strbuf *out)
{
	bool not = *term == '!';
	char *name __free = xasprintf("%.*s", (int)len - not, term + not );
	const char *value;
	bool on;

	str_trim(name);
	if (!*name || name[strspn(name, NAME_CHARS)] || strspn(name, "0123456789") == strlen(name))
		return;
	value = get(data, name);
	on = value && strcmp(value, "n") != 0;
	if (on == not )
		strbuf_addf(out, "%s%s is %s", out->len ? ", " : "", name, on ? "on" : "off");
}

char *kconfig_unmet(const char *depends, const char *(*get)(void *data, const char *name),
		    void *data)
{
	struct strbuf out = { 0 };
	const char *term = depends;
	int braces = 0;

	for (const char *p = depends;; p++) {
		bool end = !*p || (!braces && p[0] == '&' && p[1] == '&');

		braces += (*p == '(') - (*p == ')');
		if (!end)
			continue;
		term += strspn(term, " \t");
		judge(term, (size_t)(p - term), get, data, &out);
		if (!*p)
			break;
		p++;
		term = p + 1;
	}
	if (out.len)
		return strbuf_detach(&out);
	strbuf_release(&out);
	return NULL;
}

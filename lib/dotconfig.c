// SPDX-License-Identifier: GPL-2.0-or-later
/* The text of a kernel's .config; see dotconfig.h. */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cleanup.h"
#include "lib/dotconfig.h"
#include "lib/strbuf.h"

#define SYMBOL_CHARS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_"
#define HEADER	     "Automatically generated file"
#define HEADER_LINES 10

/* One line of LEN bytes into OUT; false if it says nothing of a symbol. */
static bool parse_line(const char *line, size_t len, struct dotconfig_line *out)
{
	static const char unset[] = " is not set";
	bool off = len > 2 && !strncmp(line, "# ", 2);
	const char *symbol = off ? line + 2 : line;
	const char *end = line + len;
	const char *value;

	while (end > line && strchr(" \t\r", end[-1]))
		end--;
	if (strncmp(symbol, "CONFIG_", 7) != 0)
		return false;
	value = symbol + strspn(symbol, SYMBOL_CHARS);
	if (value >= end)
		return false;
	if (off) {
		if ((size_t)(end - value) != strlen(unset) ||
		    strncmp(value, unset, strlen(unset)) != 0)
			return false;
	} else if (*value != '=') {
		return false;
	}
	out->symbol = xasprintf("%.*s", (int)(value - symbol), symbol);
	out->value = off ? xstrdup("n") : xasprintf("%.*s", (int)(end - value - 1), value + 1);
	return true;
}

void dotconfig_line_release(struct dotconfig_line *l)
{
	free(l->symbol);
	free(l->value);
	*l = (struct dotconfig_line){ 0 };
}

/* A line together with where it was: qsort alone would not keep the order of equals. */
struct numbered {
	struct dotconfig_line line;
	size_t number;
};

static int by_symbol_then_number(const void *a, const void *b)
{
	const struct numbered *x = a, *y = b;
	int order = strcmp(x->line.symbol, y->line.symbol);

	return order ? order : (x->number > y->number) - (x->number < y->number);
}

static int by_symbol(const void *a, const void *b)
{
	const struct dotconfig_line *x = a, *y = b;

	return strcmp(x->symbol, y->symbol);
}

void dotconfig_parse(const char *text, struct dotconfig *out)
{
	struct numbered *all = NULL;
	size_t n = 0, room = 0;

	*out = (struct dotconfig){ 0 };
	for (const char *line = text; *line;) {
		size_t len = strcspn(line, "\n");

		if (n == room) {
			room = room ? 2 * room : 256;
			all = xrealloc(all, room * sizeof(*all));
		}
		all[n].number = n;
		if (parse_line(line, len, &all[n].line))
			n++;
		line += len + (line[len] == '\n');
	}
	if (!n) {
		free(all);
		return;
	}
	qsort(all, n, sizeof(*all), by_symbol_then_number);
	out->v = xcalloc(n, sizeof(*out->v));
	for (size_t i = 0; i < n; i++) {
		if (i + 1 < n && !strcmp(all[i].line.symbol, all[i + 1].line.symbol))
			dotconfig_line_release(&all[i].line);
		else
			out->v[out->n++] = all[i].line;
	}
	free(all);
}

void dotconfig_release(struct dotconfig *c)
{
	for (size_t i = 0; i < c->n; i++)
		dotconfig_line_release(&c->v[i]);
	free(c->v);
	*c = (struct dotconfig){ 0 };
}

const char *dotconfig_get(const struct dotconfig *c, const char *symbol)
{
	struct dotconfig_line key = { .symbol = (char *)symbol };
	struct dotconfig_line *found;

	if (!c->n)
		return NULL;
	found = bsearch(&key, c->v, c->n, sizeof(*c->v), by_symbol);
	return found ? found->value : NULL;
}

bool dotconfig_is_whole(const char *text)
{
	struct dotconfig c __cleanup(dotconfig_release) = { 0 };
	const char *line = text;

	for (int i = 0; i < HEADER_LINES && *line; i++) {
		size_t len = strcspn(line, "\n");
		const char *found = *line == '#' ? strstr(line, HEADER) : NULL;

		if (found && found < line + len)
			return true;
		line += len + (line[len] == '\n');
	}
	dotconfig_parse(text, &c);
	return c.n >= DOTCONFIG_WHOLE;
}

/* "CONFIG_debug_vm": symbols have capitals; a few are of digits and an x (CONFIG_4xx). */
static bool is_lower_case(const char *name, size_t len)
{
	size_t lower = 0;

	for (size_t i = 0; i < len; i++) {
		if (isupper((unsigned char)name[i]))
			return false;
		lower += islower((unsigned char)name[i]) && name[i] != 'x';
	}
	return lower > 0;
}

static bool is_number(const char *s)
{
	bool hex = s[0] == '0' && (s[1] == 'x' || s[1] == 'X');

	if (hex)
		return s[2] && !s[2 + strspn(s + 2, "0123456789abcdefABCDEF")];
	s += *s == '-';
	return *s && !s[strspn(s, "0123456789")];
}

/* "foo" of foo; what kconfig reads back as the same. */
static char *quoted(const char *text)
{
	struct strbuf out = { 0 };

	strbuf_addch(&out, '"');
	for (const char *p = text; *p; p++) {
		if (*p == '"' || *p == '\\')
			strbuf_addch(&out, '\\');
		strbuf_addch(&out, *p);
	}
	strbuf_addch(&out, '"');
	return strbuf_detach(&out);
}

/* The value as a .config has it, or NULL with a line in E. */
static char *assigned(const char *text, const char *value, struct error *e)
{
	static const char *const meant[][2] = { { "Y", "y" },	 { "N", "n" },	  { "yes", "y" },
						{ "no", "n" },	 { "on", "y" },	  { "off", "n" },
						{ "true", "y" }, { "false", "n" } };
	size_t len = strlen(value);

	if (!strcmp(value, "m")) {
		error_set(e, EINVAL, "+%s: modules are not built here: =y or =n", text);
		return NULL;
	}
	if (strpbrk(value, "\r\n")) {
		error_set(e, EINVAL, "+%.*s: one line, one symbol", (int)strcspn(text, "\r\n"),
			  text);
		return NULL;
	}
	for (size_t i = 0; i < ARRAY_SIZE(meant); i++) {
		if (strcmp(value, meant[i][0]) != 0)
			continue;
		error_set(e, EINVAL, "+%s: a symbol is switched with =%s", text, meant[i][1]);
		return NULL;
	}
	if (!strcmp(value, "y") || !strcmp(value, "n") || is_number(value))
		return xstrdup(value);
	if (*value != '"')
		return quoted(value);
	if (len < 2 || value[len - 1] != '"') {
		error_set(e, EINVAL, "+%s: a quote without its end", text);
		return NULL;
	}
	return xstrdup(value);
}

int dotconfig_assignment(const char *text, struct dotconfig_line *out, struct error *e)
{
	size_t len = strspn(text, SYMBOL_CHARS);
	char *value;

	*out = (struct dotconfig_line){ 0 };
	if (strncmp(text, "CONFIG_", 7) != 0 || len <= 7)
		return error_set(e, EINVAL, "+%s: wants +CONFIG_X=y", text);
	if (!text[len])
		return error_set(e, EINVAL, "+%s: wants a value: +%s=y, or =n to switch it off",
				 text, text);
	if (text[len] != '=')
		return error_set(e, EINVAL,
				 "+%s: '%c' is in no symbol: capitals, digits and _, then =value",
				 text, text[len]);
	if (!text[len + 1])
		return error_set(e, EINVAL, "+%s: wants a value: +%sy, or n to switch it off", text,
				 text);
	if (is_lower_case(text + 7, len - 7))
		return error_set(e, EINVAL, "+%s: symbols are written in capitals", text);
	value = assigned(text, text + len + 1, e);
	if (!value)
		return -EINVAL;
	*out = (struct dotconfig_line){ xasprintf("%.*s", (int)len, text), value };
	return 0;
}

static void add_change(struct dotconfig_diff *out, const char *symbol, const char *a, const char *b)
{
	if (!strcmp(a, b))
		return;
	out->v = xrealloc(out->v, (out->n + 1) * sizeof(*out->v));
	out->v[out->n++] = (struct dotconfig_change){ xstrdup(symbol), xstrdup(a), xstrdup(b) };
}

void dotconfig_diff(const struct dotconfig *a, const struct dotconfig *b,
		    struct dotconfig_diff *out)
{
	size_t i = 0, j = 0;

	*out = (struct dotconfig_diff){ 0 };
	while (i < a->n || j < b->n) {
		int order = i == a->n ? 1 : j == b->n ? -1 : strcmp(a->v[i].symbol, b->v[j].symbol);

		if (order < 0) {
			add_change(out, a->v[i].symbol, a->v[i].value, "n");
			i++;
		} else if (order > 0) {
			add_change(out, b->v[j].symbol, "n", b->v[j].value);
			j++;
		} else {
			add_change(out, a->v[i].symbol, a->v[i].value, b->v[j].value);
			i++;
			j++;
		}
	}
}

void dotconfig_diff_release(struct dotconfig_diff *d)
{
	for (size_t i = 0; i < d->n; i++) {
		free(d->v[i].symbol);
		free(d->v[i].a);
		free(d->v[i].b);
	}
	free(d->v);
	*d = (struct dotconfig_diff){ 0 };
}

bool dotconfig_is_tool(const char *symbol)
{
	static const char *const prefixes[] = {
		"CC_HAS_",     "CC_VERSION", "CC_IS_",	"CC_CAN_",    "CC_HAVE_",     "CC_NO_",
		"CC_IMPLICIT", "GCC_",	     "CLANG_",	"AS_",	      "LD_",	      "LLD_",
		"RUSTC_",      "BINDGEN_",   "PAHOLE_", "TOOLCHAIN_", "TOOLS_SUPPORT"
	};
	const char *name = symbol + strlen("CONFIG_");

	if (strncmp(symbol, "CONFIG_", strlen("CONFIG_")) != 0)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(prefixes); i++) {
		if (!strncmp(name, prefixes[i], strlen(prefixes[i])))
			return strncmp(name, "GCC_PLUGIN", 10) != 0;
	}
	return false;
}

int dotconfig_rank(const char *symbol)
{
	static const char *const moving[] = {
		"PAGE",	    "HUGE",	"THP",	    "MEMCG",	    "NUMA",	  "SWAP",
		"ZRAM",	    "SLUB",	"SLAB",	    "MEMORY",	    "COMPACT",	  "MIGRAT",
		"KSM",	    "TLB",	"DEBUG_VM", "LOCKDEP",	    "PROVE_",	  "KASAN",
		"KCSAN",    "KMSAN",	"UBSAN",    "KFENCE",	    "PREEMPT",	  "CONFIG_HZ",
		"SMP",	    "NR_CPUS",	"LRU_GEN",  "USERFAULTFD",  "SOFT_DIRTY", "PGTABLE",
		"_LOCK_",   "VM_",	"OPTIMIZE", "INIT_ON_",	    "MITIGATION", "RETPOLINE",
		"PARAVIRT", "CONTPTE",	"FTRACE",   "DEBUG_ATOMIC", "HARDENED",	  "FORTIFY",
		"LTO_",	    "RANDOMIZE"
	};
	static const char *const idle[] = { "LOCALVERSION",   "BUILD_SALT", "DEFAULT_HOSTNAME",
					    "SYSTEM_TRUSTED", "MODULE_SIG", "INITRAMFS_SOURCE",
					    "UNAME",	      "IKCONFIG" };

	for (size_t i = 0; i < ARRAY_SIZE(idle); i++) {
		if (strstr(symbol, idle[i]))
			return 2;
	}
	if (dotconfig_is_tool(symbol))
		return 2;
	for (size_t i = 0; i < ARRAY_SIZE(moving); i++) {
		if (strstr(symbol, moving[i]))
			return 0;
	}
	return 1;
}

char *dotconfig_compiler(const struct dotconfig *c)
{
	const char *value = dotconfig_get(c, "CONFIG_CC_VERSION_TEXT");
	size_t len = value ? strlen(value) : 0;

	if (len < 2 || value[0] != '"' || value[len - 1] != '"')
		return xstrdup("");
	return xasprintf("%.*s", (int)len - 2, value + 1);
}

/* kconfig has 24400 for 2.44, 160006 for 16.0.6. */
char *dotconfig_linker(const struct dotconfig *c)
{
	static const char *const linkers[][2] = { { "CONFIG_LD_VERSION", "ld" },
						  { "CONFIG_LLD_VERSION", "lld" } };

	for (size_t i = 0; i < ARRAY_SIZE(linkers); i++) {
		const char *value = dotconfig_get(c, linkers[i][0]);
		long number = value ? strtol(value, NULL, 10) : 0;

		if (number <= 0)
			continue;
		return number % 100 ? xasprintf("%s %ld.%ld.%ld", linkers[i][1], number / 10000,
						number / 100 % 100, number % 100)
				    : xasprintf("%s %ld.%ld", linkers[i][1], number / 10000,
						number / 100 % 100);
	}
	return xstrdup("");
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* The text of a kernel's .config; see dotconfig.h. */
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

static void line_release(struct dotconfig_line *l)
{
	free(l->symbol);
	free(l->value);
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
			line_release(&all[i].line);
		else
			out->v[out->n++] = all[i].line;
	}
	free(all);
}

void dotconfig_release(struct dotconfig *c)
{
	for (size_t i = 0; i < c->n; i++)
		line_release(&c->v[i]);
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

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The text of a kernel's .config: what it says of each symbol, and in what two of them differ.
 */
#ifndef FB_LIB_DOTCONFIG_H
#define FB_LIB_DOTCONFIG_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/error.h"

struct dotconfig_line {
	char *symbol; /* with CONFIG_ */
	char *value;  /* "y", "m", "n" for "is not set", a number, a string with its quotes */
};

/* Sorted by symbol, each once: the last line on a symbol is the one that counts. */
struct dotconfig {
	struct dotconfig_line *v;
	size_t n;
};

/* Lines that are no "CONFIG_X=value" or "# CONFIG_X is not set" are passed over. */
void dotconfig_parse(const char *text, struct dotconfig *out);
void dotconfig_release(struct dotconfig *c);
/* The value of SYMBOL, owned by C; NULL where nothing is said of it. */
const char *dotconfig_get(const struct dotconfig *c, const char *symbol);

/*
 * Whether TEXT is a whole configuration rather than a fragment of one: it has the header that
 * kconfig writes, or speaks of DOTCONFIG_WHOLE symbols or more (a defconfig).
 */
#define DOTCONFIG_WHOLE 200
bool dotconfig_is_whole(const char *text);

/*
 * Reads what a person wrote on the command line or in a recipe, "CONFIG_X=y", strictly: y, n, a
 * number, or a text, which gets its quotes if the shell took them. For the caller to free. 0 or
 * -EINVAL with what is wrong and what would be right.
 */
int dotconfig_assignment(const char *text, struct dotconfig_line *out, struct error *e);
void dotconfig_line_release(struct dotconfig_line *l);

struct dotconfig_change {
	char *symbol, *a, *b; /* "n" where it is off or not there */
};

/* Sorted by symbol. */
struct dotconfig_diff {
	struct dotconfig_change *v;
	size_t n;
};

/* What differs between A and B. "n" and not being there are the same. */
void dotconfig_diff(const struct dotconfig *a, const struct dotconfig *b,
		    struct dotconfig_diff *out);
void dotconfig_diff_release(struct dotconfig_diff *d);

/*
 * Whether SYMBOL only says what the compiler and its companions are and can do (CC_VERSION_TEXT,
 * AS_HAS_...): it differs whenever they do.
 */
bool dotconfig_is_tool(const char *symbol);

/*
 * The tools that C names, for people and for the caller to free: "gcc-14
 * (Debian 14.2.0-19) 14.2.0", "ld 2.44"; "" where it names none.
 */
char *dotconfig_compiler(const struct dotconfig *c);
char *dotconfig_linker(const struct dotconfig *c);

/*
 * How likely SYMBOL is to move a figure of memory management: 0 the likeliest (page sizes, huge
 * pages, debugging of mm), 1 anything, 2 names and identities.
 */
int dotconfig_rank(const char *symbol);

#endif

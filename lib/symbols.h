/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Symbol tables: which function an address is in. From System.map or /proc/kallsyms text for a
 * kernel, plus the agent's functions (user addresses); kept in the store as one text.
 */
#ifndef FB_LIB_SYMBOLS_H
#define FB_LIB_SYMBOLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/error.h"
#include "lib/strbuf.h"

struct symbol {
	uint64_t addr;
	uint64_t end;	  /* address behind it: where the next one begins, or its own size says */
	const char *name; /* in the table's own memory */
};

struct symbols {
	struct symbol *v; /* functions alone, by address; one for each address */
	size_t n;
	char *text; /* owned: what the names point into */
};

/*
 * Reads "ADDRESS TYPE NAME [MODULE]" lines (System.map, kallsyms; and what symbols_encode()
 * made, which has "u" as the type of user functions and their sizes). Functions are types t, T,
 * w, W, u. Where several names are at one address the first that is no local label, in the order
 * of the text, wins; a module's is "name [module]". -EPROTO with a line if there is no function.
 */
int symbols_parse(const char *text, size_t size, struct symbols *s, struct error *e);
void symbols_release(struct symbols *s);

/* The function at ADDR, or NULL. A binary search. */
const struct symbol *symbols_at(const struct symbols *s, uint64_t addr);
/* The function of that name, or NULL: the first one. */
const struct symbol *symbols_find(const struct symbols *s, const char *name);

/*
 * NAME without what the compiler put behind it, into BUF: "zap_pte_range.isra.0" and
 * "zap_pte_range.cold" are zap_pte_range. What functions of two kernels are matched by.
 */
const char *symbol_base(const char *name, char *buf, size_t size);

#endif

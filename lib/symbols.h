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
 * Reads "ADDRESS TYPE NAME [MODULE]" lines (System.map, kallsyms, and what symbols_encode() made;
 * in any order, so that texts may be put behind each other), addresses in hexadecimal.
 *
 * Functions are types t, T, w, W and end where the next symbol of any type begins. A function of
 * a user program is "ADDRESS u NAME SIZE", SIZE in hexadecimal too. Where several names are at
 * one address, a name from the source goes before what only marks a place (__pfx_*, *_text_start,
 * .L*), a global one before a local one, a short one before a long one: the choice does not depend
 * on the order of the text. A module's is "name [module]". -EPROTO with a line for a line that
 * is none of these, and if there is no function.
 */
int symbols_parse(const char *text, size_t size, struct symbols *s, struct error *e);
void symbols_release(struct symbols *s);

/*
 * Appends a text to OUT that symbols_parse() reads as the same table: a line for each function
 * and for each end that is not the beginning of the next. About 40 bytes a function: 0.8 MB for
 * a kernel of foliobench's own, 4.5 MB for a distribution's, half of whose symbols are __pfx_*.
 */
void symbols_encode(const struct symbols *s, struct strbuf *out);

/* The function at ADDR, or NULL. A binary search. */
const struct symbol *symbols_at(const struct symbols *s, uint64_t addr);
/* The function of that name, or NULL: the first one. Looks through all. */
const struct symbol *symbols_find(const struct symbols *s, const char *name);

/*
 * NAME without what the compiler put behind it, into BUF, which it returns: "zap_pte_range.isra.0",
 * "zap_pte_range.cold" and "zap_pte_range.llvm.123" are zap_pte_range, and "f.part.0 [zram]" is
 * "f [zram]". What functions of two kernels are matched by. Cut off where BUF is too short.
 */
const char *symbol_base(const char *name, char *buf, size_t size);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where the names of functions come from: a kernel that was built here has its System.map; one
 * that was not, or that has modules, is asked for /proc/kallsyms in a boot of its own, once. The
 * agent's functions are in its ELF file.
 */
#ifndef FB_RUNNER_COST_SYMBOLS_H
#define FB_RUNNER_COST_SYMBOLS_H

#include <stdbool.h>

#include "lib/error.h"
#include "lib/strbuf.h"
#include "runner/runner.h"

/* The file beside a kernel in the cache that its symbols boot has made. */
#define COST_KALLSYMS "kallsyms"

/*
 * Appends the functions of kernel K (built) and of the agent for it to TEXT, in one form for the
 * same functions, for symbols_parse(). May boot K, and then says so to the user. -ENOENT where
 * its functions cannot be known, -ESTALE where its System.map is of another image and nothing
 * else tells.
 */
int cost_symbols(const struct runner *r, const struct kernel *k, struct strbuf *text,
		 struct error *e);

/*
 * Whether MAP (the text of a System.map) is that of IMAGE, of a kernel RELEASE: the banner has to
 * be where it says. 1: it is, 0: it is not, -ENOTSUP where the image is packed and nothing can be
 * told.
 */
int cost_map_fits(const char *image, const char *release, const char *map);

/*
 * Whether the functions of MAP are where OWN, what the kernel itself says, has functions, but for
 * one in a hundred: what is not in the one or the other is a matter of taste.
 */
bool cost_map_agrees(const struct strbuf *map, const struct strbuf *own);

/* Appends the functions of an ELF program that runs where it was linked to: "ADDR u NAME SIZE". */
int cost_program_symbols(const char *path, struct strbuf *text, struct error *e);

#endif

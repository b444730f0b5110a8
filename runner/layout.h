/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Layouts: the same code at other addresses. Where a function lies decides which cache
 * lines, BTB entries and pages it shares with others, and a patch moves all that are linked
 * behind it: a comparison of one image each also measures that.
 *
 * The linker is told in which order to take the .text of each object, and how many bytes to
 * leave between them. No object is compiled again, so code stays the same up to relocations,
 * and initcalls, tables and data keep their order. The functions of one object keep their
 * distances from each other. Special sections (.noinstr.text, .text.unlikely, .sched.text and the
 * like) keep their order, too, and move as a whole.
 */
#ifndef FB_RUNNER_LAYOUT_H
#define FB_RUNNER_LAYOUT_H

#include "lib/error.h"
#include "runner/arch.h"

/*
 * Lays out the kernel whose source is SRC (files may be links into a shared tree) and all of whose
 * objects are made in OBJ; the next make links it anew. SEED 0: as its linker script has it.
 * The order is a function of SEED and the objects' names alone. -EINVAL where that cannot be
 * done: LTO, or a source before 6.1.
 */
int layout_apply(const char *src, const char *obj, const struct arch *a, unsigned int seed,
		 struct error *e);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who shares a region, who leaves it and who writes to it, as params say it, and what a
 * correct kernel may do then. No system calls: only what follows from the params.
 */
#ifndef FB_BENCH_CAST_H
#define FB_BENCH_CAST_H

#include <stdbool.h>
#include <stddef.h>

#include "bench/hold.h"
#include "bench/siblings.h"
#include "lib/params.h"

/* clang-format off */
#define CAST_PARAMS                                                                                \
	{ .name = "writer", .type = PARAM_ENUM, .defaults = "parent",                              \
	  .choices = (const char *const[]){ "parent", "child", NULL },                             \
	  .help = "who writes; child: the parent unmaps first, then one child writes" },           \
	{ .name = "child", .type = PARAM_ENUM, .defaults = "exit",                                 \
	  .choices = (const char *const[]){ "exit", "exec", "unmap", "unmap-half", NULL },         \
	  .help = "how children leave; unmap-half: they unmap half of each folio and live" },      \
	{ .name = "children", .type = PARAM_UINT, .defaults = "1", .min = 1, .max = SIBLINGS_MAX,  \
	  .help = "children, forked one after the other" },                                        \
	{ .name = "end_order", .type = PARAM_ENUM, .defaults = "fork",                                 \
	  .choices = (const char *const[]){ "fork", "reverse", NULL },                             \
	  .help = "order in which children leave" },                                               \
	{ .name = "left", .type = PARAM_ENUM, .defaults = "none",                                  \
	  .choices = (const char *const[]){ "none", "first", "second", "last", "all", "parent", NULL }, \
	  .help = "child that does not leave: maps it still, or is the writer (writer=child)" },   \
	{ .name = "hold", .type = PARAM_ENUM, .defaults = "none", .choices = hold_names,           \
	  .help = "what else holds the pages, or takes part of each folio away" }
/* clang-format on */

/* No child but the parent writes. */
#define CAST_PARENT (-1)

struct cast {
	size_t children;
	int writer;		   /* index of the child that writes, or CAST_PARENT */
	bool parent_stays;	   /* and is not the writer */
	bool stays[SIBLINGS_MAX];  /* child maps all of it when the write comes; not the writer */
	bool halves[SIBLINGS_MAX]; /* child maps the first half of each folio then */
	enum leave how;		   /* the others */
	size_t leaving[SIBLINGS_MAX], n_leaving; /* which, in order */
	enum hold_kind hold;
};

/* Fills C from the params above. NULL, or why there is no such cast and what to do. */
const char *cast_from_params(const struct param_set *params, struct cast *c);

/* Whether somebody besides the writer maps a whole folio when the write comes. */
bool cast_shared(const struct cast *c);
/* Whether children map a part of each folio then. */
bool cast_halved(const struct cast *c);

/* What a correct kernel may do, in a few words. */
const char *cast_rule(const struct cast *c);

#endif

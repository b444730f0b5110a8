/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Configurations: what a kernel's .config is made from, and what it must hold in the end.
 *
 * A fragment's line is CONFIG_X=value, "# CONFIG_X is not set", a comment, or blank. "=n" means
 * off or not there. "# optional" after a value lets the symbol be absent: for symbols that only
 * some versions have. Of two lines on one symbol the later one holds.
 */
#ifndef FB_RUNNER_CONFIG_H
#define FB_RUNNER_CONFIG_H

#include <stdbool.h>

#include "lib/error.h"
#include "lib/strbuf.h"

struct config_want {
	char *symbol; /* with CONFIG_ */
	char *value;
	bool optional;
	bool asked; /* by a person or a recipe; else it is of the ground */
	bool typed; /* as "+CONFIG_X=value" */
	char *from; /* what says so: "numa.config", "+CONFIG_X=y" */
};

struct config_wants {
	struct config_want *w;
	size_t n;
	bool asked, typed; /* what is added from now on */
};

/* Adds one fragment's lines; NAME is for messages. 0 or -EINVAL with "NAME:LINE: ...". */
int config_wants_add(struct config_wants *cw, const char *text, const char *name, struct error *e);
void config_wants_release(struct config_wants *cw);

/* As kconfig reads it (KCONFIG_ALLCONFIG). */
void config_wants_format(const struct config_wants *cw, struct strbuf *out);

/*
 * What a kernel's configuration is made from: nothing but what is wanted (allnoconfig), or a
 * whole .config of the user's, with what is wanted on top.
 */
struct config_plan {
	char *full;	       /* path of a whole .config; NULL: allnoconfig */
	struct strv fragments; /* paths, in order */
	struct config_wants wants;
	struct strv remarks; /* what a person should know of it, one line each */
};

/*
 * WORDS as a recipe has them: paths, one of which may be a whole .config, and "+CONFIG_X=y". The
 * ground under them is base and the fragment of the architecture ARCH in KERNELS_DIR/config; of a
 * whole .config it is boot and boot-ARCH, what it takes to boot and to hear the guest. 0; -EINVAL
 * with file and line, or for two whole ones; -errno for files that cannot be read.
 */
int config_plan_make(const char *kernels_dir, const char *arch, const struct strv *words,
		     struct config_plan *p, struct error *e);
void config_plan_release(struct config_plan *p);

/*
 * The text that make starts from, appended to OUT: without P->full what KCONFIG_ALLCONFIG reads
 * for allnoconfig, else the .config for olddefconfig. 0 or -errno.
 */
int config_plan_text(const struct config_plan *p, struct strbuf *out, struct error *e);

/*
 * Whether the final configuration TEXT holds all of it; else -ENOTSUP with the list of
 * those that do not: symbol, wanted, got.
 */
int config_check(const struct config_wants *cw, const char *text, struct error *e);

/*
 * The same, against the source TREE (as patched) and for MAKE_ARCH, which says why: no such symbol
 * (and which one may be meant), or what it depends on. A line of the ground gives way to what was
 * asked for where kconfig lets only one of them be y (HZ_100 to HZ_1000). Symbols typed by a person
 * must exist even to be off.
 */
int config_verify(const struct config_wants *cw, const char *tree, const char *make_arch,
		  const char *text, struct error *e);

/*
 * What of the whole .config FULL is not so in the FINAL one, other than what is wanted on top: one
 * line for people, for the caller to free; NULL if nothing.
 */
char *config_lost(const struct config_plan *p, const char *full, const char *final);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Configuration fragments: what a kernel's configuration must hold. A line is
 * CONFIG_X=value, "# CONFIG_X is not set", a comment, or blank. "=n" means
 * off or not there. "# optional" after a value lets the symbol be absent:
 * for symbols that only some versions have. Of two lines on one symbol the
 * later one holds.
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
};

struct config_wants {
	struct config_want *w;
	size_t n;
};

/* Adds one fragment's lines; NAME is for messages. 0 or -EINVAL with "NAME:LINE: ...". */
int config_wants_add(struct config_wants *cw, const char *text, const char *name, struct error *e);
/* Adds the fragments at PATHS, in order. */
int config_wants_load(struct config_wants *cw, const struct strv *paths, struct error *e);
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
};

/*
 * WORDS as a recipe has them (paths, "+CONFIG_X=y"), after base and the fragment of the
 * architecture ARCH in KERNELS_DIR/config. 0 or -EINVAL with file and line.
 */
int config_plan_make(const char *kernels_dir, const char *arch, const struct strv *words,
		     struct config_plan *p, struct error *e);
void config_plan_release(struct config_plan *p);

/*
 * Whether the final configuration TEXT holds all of it; else -EINVAL with the list of
 * those that do not: symbol, wanted, got.
 */
int config_check(const struct config_wants *cw, const char *text, struct error *e);

#endif

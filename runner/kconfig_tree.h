/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the Kconfig files of a source tree say of its symbols: enough to tell a person why a symbol
 * is not set as asked. No evaluation as kconfig does it; that is kconfig's.
 */
#ifndef FB_RUNNER_KCONFIG_TREE_H
#define FB_RUNNER_KCONFIG_TREE_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/strbuf.h"

struct kconfig_symbol {
	char *name; /* without CONFIG_ */
	/* "A && (B || C)": its own "depends on" and the "if" and menus around it; "" for none */
	char *depends;
	bool prompt;	     /* a person may set it; else it follows from others */
	unsigned int choice; /* of one number only one symbol can be y; 0: in no choice */
};

/* Sorted by name; a symbol that is defined in several places is there several times. */
struct kconfig_tree {
	struct kconfig_symbol *v;
	size_t n;
};

/*
 * Reads Kconfig in the folder TREE and what it names with source, for the architecture SRCARCH
 * ("x86", "arm64": a folder of arch/). Files that are not there are passed over.
 */
void kconfig_tree_load(const char *tree, const char *srcarch, struct kconfig_tree *t);
void kconfig_tree_release(struct kconfig_tree *t);

/* The definition of NAME (without CONFIG_) that a person can set, else any; NULL: there is none. */
const struct kconfig_symbol *kconfig_tree_find(const struct kconfig_tree *t, const char *name);
/* The name that a person most likely meant by NAME, owned by T; NULL if none is near. */
const char *kconfig_tree_nearest(const struct kconfig_tree *t, const char *name);
/* The folder of arch/ other than SRCARCH whose files define NAME, for the caller to free. */
char *kconfig_tree_other_arch(const char *tree, const char *srcarch, const char *name);

/*
 * Those terms of DEPENDS, joined by &&, that do not hold by what GET says of their symbols (value
 * without CONFIG_; NULL or "n": off). Only plain symbols and !symbols are judged; NULL when none is
 * found. For the caller to free: "A is off, B is on".
 */
char *kconfig_unmet(const char *depends, const char *(*get)(void *data, const char *name),
		    void *data);

#endif

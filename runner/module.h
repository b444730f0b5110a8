/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The modules that a prebuilt kernel needs before records can leave the guest, and to swap. */
#ifndef FB_RUNNER_MODULE_H
#define FB_RUNNER_MODULE_H

#include "runner/runner.h"

/* Whether a kernel with CONFIG (a path, or NULL for unknown) needs any. */
bool modules_missing(const char *config);

/* Their names, for the inputs of a prebuilt kernel; the caller frees. */
char *modules_names(void);

/*
 * Finds these drivers and what they depend on below ROOT and puts them,
 * uncompressed, into DIR; their names go to MODULES in the order of loading. A
 * driver that is nowhere is taken to be built in, unless CONFIG says that it is a module (-ENOENT).
 */
int modules_collect(const struct runner *r, const char *root, const char *config, const char *dir,
		    struct strv *modules, struct error *e);

/* The names in a module's "depends=", appended to NAMES. 0 or -ENOEXEC. */
int module_depends(const char *path, struct strv *names, struct error *e);

#endif

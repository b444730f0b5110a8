/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Seals on folders of the cache: a hash over the names, sizes and modification times of all
 * files below one, kept in the folder. It costs a walk (0.3 s for a kernel's source), no
 * reading, and shows what was lost, cut off, added or edited.
 */
#ifndef FB_RUNNER_MANIFEST_H
#define FB_RUNNER_MANIFEST_H

#include <stdbool.h>

#include "lib/error.h"

/* The seal's name; no file of that name counts. */
#define MANIFEST_FILE ".foliobench-manifest"

/* Seals DIR, which is complete. 0 or -errno. */
int manifest_seal(const char *dir, struct error *e);
/*
 * 0 if DIR is as it was sealed; -ENOENT without a seal of its own (a copy has none), -EBADMSG if
 * it is not, or -errno.
 */
int manifest_check(const char *dir, struct error *e);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Patches on source trees whose files may be links into a shared one. */
#ifndef FB_RUNNER_PATCH_H
#define FB_RUNNER_PATCH_H

#include "runner/patch_series.h"

/*
 * Applies P to TREE (-p1, no fuzz). Files that it touches become
 * files of their own first, with the time of now. -EINVAL if it does not apply: the
 * message says which patch, file and hunk, and where in r->log_dir the reject is.
 */
int patch_apply(const struct runner *r, const char *tree, const struct patch *p, struct error *e);

/* The files that a patch touches (without a/, b/), appended to FILES once each. */
void patch_files(const char *text, struct strv *files);

#endif

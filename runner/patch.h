/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Patches on source trees whose files may be links into a shared one. */
#ifndef FB_RUNNER_PATCH_H
#define FB_RUNNER_PATCH_H

#include "runner/patch_series.h"

/*
 * Applies P to TREE: all of it, or nothing. No fuzz; hunks may have moved, r->log_dir/patch.log
 * says by how many lines. Files that it touches become files of their own first, with the time
 * of now. -EINVAL for a patch that leaves the tree through a link, -EBADMSG if it does not
 * apply: the message says which patch, file and hunk, and where the state is kept for a person,
 * r->log_dir/failed-NAME: the patch, each file as patch(1) has left it, before it (.orig),
 * and what was rejected (.rej).
 */
int patch_apply(const struct runner *r, const char *tree, const struct patch *p, struct error *e);

/* The files that a patch of a series touches (without a/, b/), appended to FILES once each. */
void patch_files(const char *text, struct strv *files);

#endif

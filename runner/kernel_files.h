/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The files of a finished kernel: what they must be, and the patches kept for people. */
#ifndef FB_RUNNER_KERNEL_FILES_H
#define FB_RUNNER_KERNEL_FILES_H

#include "lib/json.h"
#include "runner/patch_series.h"

/* What says so itself, and is the last to be written. */
#define KERNEL_JSON "kernel.json"

/*
 * {"vmlinux": "SHA-256", "series/0001-a.patch": ...} of all files below DIR but kernel.json,
 * for the caller to drop; NULL with a line.
 */
json_t *kernel_files_sums(const char *dir, struct error *e);
/* Whether the files in DIR are those that its kernel.json names. 0, -EBADMSG or -errno. */
int kernel_files_check(const char *dir, struct error *e);

/* Writes the patches of S to DIR/series/NNNN-NAME. */
int kernel_files_series(const char *dir, const struct patch_series *s, struct error *e);

#endif

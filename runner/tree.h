/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Looking for files in unpacked packages. */
#ifndef FB_RUNNER_TREE_H
#define FB_RUNNER_TREE_H

#include <stdint.h>

/*
 * The first regular file below ROOT, of at least MIN_BYTES, that is called
 * STEM or STEM followed by '-' or '.' ('-' and '_' within STEM are the same, as in module names).
 * Path for the caller to free; NULL if there is none.
 */
char *tree_find(const char *root, const char *stem, uint64_t min_bytes);

#endif

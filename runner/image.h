/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What can be told from a kernel image. */
#ifndef FB_RUNNER_IMAGE_H
#define FB_RUNNER_IMAGE_H

#include "runner/hash.h"

/*
 * Hash over an image's code and data. Of an ELF image: every loaded section but the notes,
 * the banner, and the configuration it carries. Of anything else: the whole file. 0 or -errno.
 */
int image_code_hash(const char *path, char out[HASH_TEXT], struct error *e);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Comparing code that was linked twice: what may differ are fields that the linker filled in,
 * and those must mean the same place in both images.
 */
#ifndef FB_TESTS_LAYOUT_FIELDS_H
#define FB_TESTS_LAYOUT_FIELDS_H

#include "tests/layout/image_code.h"

/*
 * Whether functions F of image A and G of image B, of one size, are the same code. Adds the
 * number of fields that differ in value to *FIELDS. Else false, with the offset of the first
 * byte that nothing explains in *AT.
 */
bool same_code(const struct image *a, const struct symbol *f, const struct image *b,
	       const struct symbol *g, size_t *fields, size_t *at);

#endif

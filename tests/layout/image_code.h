/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The functions of a kernel's ELF image, and what an address in it belongs to. */
#ifndef FB_TESTS_LAYOUT_IMAGE_CODE_H
#define FB_TESTS_LAYOUT_IMAGE_CODE_H

#include "runner/elf.h"

struct symbol {
	const char *name; /* in the file's memory */
	uint64_t addr, size;
	unsigned int section;
	const unsigned char *code; /* of a function with a size; else NULL */
};

struct image {
	struct elf file;
	struct symbol *by_addr; /* all symbols that lie in a section */
	struct symbol *by_name; /* the same, by name and then by address */
	size_t n;
};

int image_open(const char *path, struct image *im, struct error *e);
void image_release(struct image *im);

/* The symbols called NAME: the first, and in *N how many follow each other. NULL if none. */
const struct symbol *image_named(const struct image *im, const char *name, size_t *n);

/*
 * Whether address X of image A and address Y of image B are the same place: the same
 * distance behind a symbol of one name.
 */
bool image_same_place(const struct image *a, uint64_t x, const struct image *b, uint64_t y);

#endif

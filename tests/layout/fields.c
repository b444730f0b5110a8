// SPDX-License-Identifier: GPL-2.0-or-later
/* What differs in a function that was linked twice; see fields.h. */
#include <stdlib.h>
#include <string.h>

#include "tests/layout/fields.h"

/* A function in two images. */
struct pair {
	const struct image *a, *b;
	const struct symbol *f, *g;
};

static int64_t get32(const unsigned char *p)
{
	int32_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

static uint64_t get64(const unsigned char *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

/* The last byte of something counts from its end. */
static bool same_place(const struct pair *p, uint64_t x, uint64_t y)
{
	return image_same_place(p->a, x, p->b, y) || image_same_place(p->a, x + 1, p->b, y + 1);
}

/* x86_64 has physical addresses of the image in it, too: without its __START_KERNEL_map. */
static bool same_address(const struct pair *p, uint64_t x, uint64_t y)
{
	const uint64_t map = 0xffffffff80000000;

	return same_place(p, x, y) || same_place(p, x + map, y + map);
}

/* Four bytes at OFF as an address, sign-extended, or as a distance. */
static bool same_32(const struct pair *p, size_t off)
{
	/* a distance counts from the end of the instruction, which may have an immediate behind */
	static const unsigned int ends[] = { 4, 5, 6, 8, 0 };
	int64_t x = get32(p->f->code + off), y = get32(p->g->code + off);

	for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++) {
		if (same_place(p, p->f->addr + off + ends[i] + (uint64_t)x,
			       p->g->addr + off + ends[i] + (uint64_t)y))
			return true;
	}
	return same_address(p, (uint64_t)x, (uint64_t)y);
}

static bool same_64(const struct pair *p, size_t off)
{
	return same_address(p, get64(p->f->code + off), get64(p->g->code + off));
}

/* The length of a field that explains the different byte at OFF; 0: there is none. */
static size_t field_x86(const struct pair *p, size_t off, size_t done, size_t *start)
{
	/* most differ in their first byte already */
	for (size_t back = 0; back < 8 && back + done <= off; back++) {
		size_t s = off - back;

		*start = s;
		if (back < 4 && s + 4 <= p->f->size && same_32(p, s))
			return 4;
		if (s + 8 <= p->f->size && same_64(p, s))
			return 8;
	}
	return 0;
}

static bool same_x86(const struct pair *p, size_t *fields, size_t *at)
{
	size_t done = 0;

	for (size_t i = 0; i < p->f->size; i++) {
		size_t start, len;

		if (p->f->code[i] == p->g->code[i])
			continue;
		len = field_x86(p, i, done, &start);
		*at = i;
		if (!len)
			return false;
		++*fields;
		done = start + len;
		i = done - 1;
	}
	return true;
}

/* BITS bits of W from LOW on, signed. */
static int64_t bits(uint32_t w, unsigned int low, unsigned int n)
{
	return (int64_t)((uint64_t)w << (64 - low - n)) >> (64 - n);
}

static uint32_t word(const struct symbol *s, size_t off)
{
	return (uint32_t)get32(s->code + off);
}

static bool is_adrp(uint32_t w)
{
	return (w & 0x9f000000) == 0x90000000;
}

static int64_t adr_distance(uint32_t w)
{
	return bits(w, 5, 19) * 4 + ((w >> 29) & 3);
}

static uint64_t page_of(const struct symbol *s, size_t off)
{
	return ((s->addr + off) & ~0xfffull) + (uint64_t)adr_distance(word(s, off)) * 4096;
}

/* ADD Rd, Rn, #imm12, or a load or store at [Rn, #imm12]: *STEP bytes for each 1 in it. */
static bool takes_low12(uint32_t w, unsigned int *step)
{
	*step = 1;
	if ((w & 0xffc00000) == 0x91000000)
		return true;
	if ((w & 0x3b000000) != 0x39000000)
		return false;
	*step = 1u << (w >> 30);
	if ((w & 0x04800000) == 0x04800000) /* a 128-bit vector register */
		*step = 16;
	return true;
}

static uint64_t low12(uint32_t w, unsigned int step)
{
	return (uint64_t)((w >> 10) & 0xfff) * step;
}

/* The ADRP at OFF and the use of its register at USE mean the same place in both images. */
static bool same_pair(const struct pair *p, size_t off, size_t use)
{
	uint32_t x = word(p->f, use), y = word(p->g, use);
	unsigned int step;

	return takes_low12(x, &step) && ((x >> 5) & 31) == (word(p->f, off) & 31) &&
	       same_place(p, page_of(p->f, off) + low12(x, step),
			  page_of(p->g, off) + low12(y, step));
}

/* An ADRP alone gives a page; what reads its register behind it gives the place. */
static bool same_adrp(const struct pair *p, size_t off)
{
	for (size_t use = off + 4; use + 4 <= p->f->size; use += 4) {
		if (same_pair(p, off, use))
			return true;
	}
	return same_place(p, page_of(p->f, off), page_of(p->g, off));
}

static bool same_low12(const struct pair *p, size_t use)
{
	for (size_t off = 0; off < use; off += 4) {
		if (is_adrp(word(p->f, off)) && is_adrp(word(p->g, off)) && same_pair(p, off, use))
			return true;
	}
	return false;
}

/* Instructions with a distance in them: its place, and in what it counts. */
static const struct form {
	uint32_t mask, value;
	unsigned int low, n;
} forms[] = {
	{ 0x7c000000, 0x14000000, 0, 26 }, /* B, BL */
	{ 0xff000010, 0x54000000, 5, 19 }, /* B.cond */
	{ 0x7e000000, 0x34000000, 5, 19 }, /* CBZ, CBNZ */
	{ 0x7e000000, 0x36000000, 5, 14 }, /* TBZ, TBNZ */
	{ 0x3b000000, 0x18000000, 5, 19 }, /* a load from a literal */
};

static bool same_branch(const struct pair *p, size_t off)
{
	uint32_t x = word(p->f, off), y = word(p->g, off);

	for (size_t i = 0; i < sizeof(forms) / sizeof(*forms); i++) {
		const struct form *m = &forms[i];
		uint32_t field = ((1u << m->n) - 1) << m->low;

		if ((x & m->mask) != m->value || (x & ~field) != (y & ~field))
			continue;
		return same_place(p, p->f->addr + off + (uint64_t)bits(x, m->low, m->n) * 4,
				  p->g->addr + off + (uint64_t)bits(y, m->low, m->n) * 4);
	}
	return false;
}

static bool same_word(const struct pair *p, size_t off)
{
	const uint32_t adr_field = 0x60ffffe0, low12_field = 0x003ffc00;
	uint32_t x = word(p->f, off), y = word(p->g, off);

	if (is_adrp(x) && (x & ~adr_field) == (y & ~adr_field))
		return same_adrp(p, off);
	if ((x & 0x9f000000) == 0x10000000 && (x & ~adr_field) == (y & ~adr_field))
		return same_place(p, p->f->addr + off + (uint64_t)adr_distance(x),
				  p->g->addr + off + (uint64_t)adr_distance(y));
	if ((x & ~low12_field) == (y & ~low12_field) && same_low12(p, off))
		return true;
	return same_branch(p, off) || same_32(p, off);
}

static bool same_arm64(const struct pair *p, size_t *fields, size_t *at)
{
	for (size_t i = 0; i + 4 <= p->f->size; i += 4) {
		size_t len = 4;

		if (word(p->f, i) == word(p->g, i))
			continue;
		*at = i;
		if (i + 8 <= p->f->size && same_64(p, i))
			len = 8;
		else if (!same_word(p, i))
			return false;
		++*fields;
		i += len - 4;
	}
	return true;
}

bool same_code(const struct image *a, const struct symbol *f, const struct image *b,
	       const struct symbol *g, size_t *fields, size_t *at)
{
	const struct pair p = { .a = a, .b = b, .f = f, .g = g };

	*at = 0;
	if (f->size != g->size)
		return false;
	return a->file.eh->e_machine == EM_AARCH64 ? same_arm64(&p, fields, at)
						   : same_x86(&p, fields, at);
}

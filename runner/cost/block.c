// SPDX-License-Identifier: GPL-2.0-or-later
/* Blocks of instructions in the plugin's file, and its numbers; see file.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cleanup.h"
#include "runner/cost/file.h"
#include "runner/cost/insn.h"

#define BYTES_MAX 15   /* of an instruction */
#define INSNS_MAX 4096 /* of a block; QEMU's end at 512 */
#define FREE_MAX  4096 /* numbers that may be missing, so that a wrong one takes no memory */

bool cost_decimal(const char **at, uint64_t *v)
{
	const char *p = *at;

	*v = 0;
	for (; *p >= '0' && *p <= '9'; p++) {
		if (*v > UINT64_MAX / 10 - 1)
			return false;
		*v = *v * 10 + (uint64_t)(*p - '0');
	}
	if (p == *at)
		return false;
	*at = p;
	return true;
}

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool cost_hex(const char **at, uint64_t *v)
{
	const char *p = *at;

	*v = 0;
	for (; digit(*p) >= 0; p++) {
		if (*v >> 60)
			return false;
		*v = *v << 4 | (uint64_t)digit(*p);
	}
	if (p == *at)
		return false;
	*at = p;
	return true;
}

uint64_t cost_hash(const char *text, size_t len)
{
	uint64_t hash = 0xcbf29ce484222325ULL;

	for (size_t i = 0; i < len; i++)
		hash = (hash ^ (unsigned char)text[i]) * 0x100000001b3ULL;
	return hash;
}

/* SIZE bytes in hexadecimal. */
static bool read_bytes(const char **at, uint8_t *to, unsigned int size)
{
	for (unsigned int i = 0; i < size; i++) {
		int high = digit((*at)[0]);
		int low = high < 0 ? -1 : digit((*at)[1]);

		if (low < 0)
			return false;
		to[i] = (uint8_t)(high << 4 | low);
		*at += 2;
	}
	return true;
}

/* The instructions of a block at ADDR: N digits of SIZES, then BYTES. */
static bool read_insns(const struct cost_file *f, struct cost_block *b, uint64_t addr,
		       const char *sizes, const char *bytes)
{
	for (unsigned int i = 0; i < b->n; i++) {
		uint8_t code[BYTES_MAX];
		struct profile_insn *insn = &b->v[i];
		int size = digit(sizes[i]);

		if (size <= 0 || !read_bytes(&bytes, code, (unsigned int)size))
			return false;
		insn_classify(f->head.arch, code, (size_t)size, insn);
		insn->addr = addr;
		insn->count = 0;
		insn->size = (uint8_t)size;
		if (!(addr >> 63))
			insn->flags |= PROFILE_USER;
		b->loads += insn->loads;
		b->stores += insn->stores;
		addr += (uint64_t)size;
	}
	return !*bytes;
}

static int make_room(struct cost_blocks *b, uint64_t id, struct error *e)
{
	size_t n = b->n;

	if (id >= 2 * b->known + FREE_MAX)
		return error_set(e, EPROTO, "block %llu comes after %zu blocks",
				 (unsigned long long)id, b->known);
	if (id < n)
		return 0;
	/* in steps, so that not each block moves all of them */
	n = id + 1 + b->n / 2;
	b->v = xrealloc(b->v, n * sizeof(*b->v));
	memset(b->v + b->n, 0, (n - b->n) * sizeof(*b->v));
	b->n = n;
	return 0;
}

int cost_block_add(struct cost_file *f, const char *line, struct error *e)
{
	struct cost_block block = { 0 };
	const char *at = line, *sizes, *colon;
	uint64_t id, addr;
	int rc;

	if (!cost_decimal(&at, &id) || *at++ != ' ' || !cost_hex(&at, &addr) || *at++ != ' ')
		return error_set(e, EPROTO, "a block without its number or address");
	sizes = at;
	colon = strchr(at, ':');
	if (!colon || colon == sizes || colon - sizes > INSNS_MAX)
		return error_set(e, EPROTO, "block %llu without instructions",
				 (unsigned long long)id);
	rc = make_room(&f->blocks, id, e);
	if (rc < 0)
		return rc;
	if (f->blocks.v[id].n)
		return error_set(e, EPROTO, "a second block %llu", (unsigned long long)id);
	block.n = (unsigned int)(colon - sizes);
	block.v = xcalloc(block.n, sizeof(*block.v));
	if (!read_insns(f, &block, addr, sizes, colon + 1)) {
		free(block.v);
		return error_set(e, EPROTO, "block %llu: its bytes are not what its sizes say",
				 (unsigned long long)id);
	}
	f->blocks.v[id] = block;
	f->blocks.known++;
	return 0;
}

void cost_blocks_release(struct cost_blocks *b)
{
	for (size_t i = 0; i < b->n; i++)
		free(b->v[i].v);
	free(b->v);
	*b = (struct cost_blocks){ 0 };
}

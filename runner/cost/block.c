// SPDX-License-Identifier: GPL-2.0-or-later
/* Blocks of instructions in the plugin's file, and its numbers; see file.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cleanup.h"
#include "runner/cost/file.h"
#include "runner/cost/insn.h"
#include "runner/cost/shown.h"

#define BYTES_MAX 15   /* of an instruction */
#define INSNS_MAX 4096 /* of a block; QEMU's end at 512 */

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

static bool is_shown(const struct cost_file *f, const uint8_t *code, size_t size)
{
	return strcmp(f->head.arch, "x86_64") ? cost_is_shown_arm64(code, size)
					      : cost_is_shown_x86(code, size);
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
		if (is_shown(f, code, (size_t)size)) {
			b->loads += insn->loads;
			b->stores += insn->stores;
		}
		addr += (uint64_t)size;
	}
	return !*bytes;
}

/* Where it is, or would be. */
static uint32_t *slot_of(const struct cost_blocks *b, uint32_t id)
{
	/* numbers come in a row: they are spread by a multiplication */
	size_t at = (size_t)(id * 0x9e3779b1u) & (b->n_slots - 1);

	while (b->slots[at] && b->v[b->slots[at] - 1].id != id)
		at = (at + 1) & (b->n_slots - 1);
	return &b->slots[at];
}

long cost_block_find(const struct cost_blocks *b, uint64_t id)
{
	return b->n && id <= UINT32_MAX ? (long)*slot_of(b, (uint32_t)id) - 1 : -1;
}

/* Twice as many places as blocks, at least. */
static void make_room(struct cost_blocks *b)
{
	if (b->n < b->room)
		return;
	b->room = b->room ? 2 * b->room : 1024;
	b->v = xrealloc(b->v, b->room * sizeof(*b->v));
	free(b->slots);
	b->n_slots = 2 * b->room;
	b->slots = xcalloc(b->n_slots, sizeof(*b->slots));
	for (size_t i = 0; i < b->n; i++)
		*slot_of(b, b->v[i].id) = (uint32_t)i + 1;
}

int cost_block_add(struct cost_file *f, const char *line, struct error *e)
{
	struct cost_block block = { 0 };
	const char *at = line, *sizes, *colon;
	uint64_t id, addr;

	if (!cost_decimal(&at, &id) || id > UINT32_MAX || *at++ != ' ' || !cost_hex(&at, &addr) ||
	    *at++ != ' ')
		return error_set(e, EPROTO, "a block without its number or address");
	sizes = at;
	colon = strchr(at, ':');
	if (!colon || colon == sizes || colon - sizes > INSNS_MAX)
		return error_set(e, EPROTO, "block %llu without instructions",
				 (unsigned long long)id);
	if (cost_block_find(&f->blocks, id) >= 0)
		return error_set(e, EPROTO, "a second block %llu", (unsigned long long)id);
	block.id = (uint32_t)id;
	block.n = (unsigned int)(colon - sizes);
	block.v = xcalloc(block.n, sizeof(*block.v));
	if (!read_insns(f, &block, addr, sizes, colon + 1)) {
		free(block.v);
		return error_set(e, EPROTO, "block %llu: its bytes are not what its sizes say",
				 (unsigned long long)id);
	}
	make_room(&f->blocks);
	*slot_of(&f->blocks, block.id) = (uint32_t)f->blocks.n + 1;
	f->blocks.v[f->blocks.n++] = block;
	return 0;
}

void cost_blocks_release(struct cost_blocks *b)
{
	for (size_t i = 0; i < b->n; i++)
		free(b->v[i].v);
	free(b->v);
	free(b->slots);
	*b = (struct cost_blocks){ 0 };
}

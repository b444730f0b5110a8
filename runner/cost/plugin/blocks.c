// SPDX-License-Identifier: GPL-2.0-or-later
/* Blocks of instructions; see blocks.h. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "runner/cost/plugin/blocks.h"
#include "runner/cost/plugin/output.h"
#include "runner/cost/plugin/plugin.h"

struct block {
	struct block *next; /* of one hash */
	uint64_t addr;
	uint64_t hash;
	counter_t counter;
	uint32_t insns, size; /* size: of all bytes */
	bool written;
	uint8_t data[]; /* sizes of the instructions, then their bytes */
};

static struct block **table; /* by hash; a power of two */
static size_t table_size, n_blocks;
static struct block **by_counter;
static size_t by_counter_room;

static uint64_t mix(uint64_t hash, uint64_t value)
{
	return (hash ^ value) * 0x9e3779b97f4a7c15ULL ^ hash >> 29;
}

static uint64_t hash_of(const struct insn *in, size_t n)
{
	uint64_t hash = mix(n, in->addr);

	for (size_t i = 0; i < n; i++) {
		hash = mix(hash, in[i].size);
		for (size_t j = 0; j < in[i].size; j++)
			hash = mix(hash, in[i].bytes[j]);
	}
	return hash ^ hash >> 32;
}

static bool is_same(const struct block *b, const struct insn *in, size_t n)
{
	const uint8_t *bytes = b->data + n;

	if (b->addr != in->addr || b->insns != n)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (b->data[i] != in[i].size || memcmp(bytes, in[i].bytes, in[i].size))
			return false;
		bytes += in[i].size;
	}
	return true;
}

static void grow_table(void)
{
	size_t size = table_size ? 2 * table_size : 1 << 15;
	struct block **to = plugin_alloc(size, sizeof(struct block *));

	for (size_t i = 0; i < table_size; i++) {
		struct block *next;

		for (struct block *b = table[i]; b; b = next) {
			next = b->next;
			b->next = to[b->hash & (size - 1)];
			to[b->hash & (size - 1)] = b;
		}
	}
	free(table);
	table = to;
	table_size = size;
}

static void remember(struct block *b)
{
	if (b->counter >= by_counter_room) {
		size_t room = by_counter_room ? by_counter_room : 1 << 14;

		while (room <= b->counter)
			room *= 2;
		by_counter = plugin_grow(by_counter, room, sizeof(struct block *));
		memset(by_counter + by_counter_room, 0,
		       (room - by_counter_room) * sizeof(struct block *));
		by_counter_room = room;
	}
	by_counter[b->counter] = b;
	b->next = table[b->hash & (table_size - 1)];
	table[b->hash & (table_size - 1)] = b;
	n_blocks++;
}

static struct block *make(const struct insn *in, size_t n, uint64_t hash)
{
	struct block *b;
	uint8_t *bytes;
	size_t size = 0;

	for (size_t i = 0; i < n; i++)
		size += in[i].size;
	b = plugin_alloc(1, sizeof(*b) + n + size);
	b->addr = in->addr;
	b->hash = hash;
	b->insns = (uint32_t)n;
	b->size = (uint32_t)size;
	bytes = b->data + n;
	for (size_t i = 0; i < n; i++) {
		b->data[i] = in[i].size;
		memcpy(bytes, in[i].bytes, in[i].size);
		bytes += in[i].size;
	}
	b->counter = api_counter_new();
	return b;
}

counter_t block_counter(const struct insn *in, size_t n)
{
	uint64_t hash = hash_of(in, n);
	struct block *b;

	if (n_blocks * 2 >= table_size)
		grow_table();
	b = table[hash & (table_size - 1)];
	while (b && (b->hash != hash || !is_same(b, in, n)))
		b = b->next;
	if (!b) {
		b = make(in, n, hash);
		remember(b);
	}
	return b->counter;
}

bool block_write(counter_t c)
{
	struct block *b = c < by_counter_room ? by_counter[c] : NULL;

	if (!b)
		return false;
	if (b->written)
		return true;
	b->written = true;
	output_text("b ");
	output_decimal(c);
	output_char(' ');
	output_hex(b->addr);
	output_char(' ');
	for (size_t i = 0; i < b->insns; i++)
		output_char("0123456789abcdef"[b->data[i] & 15]);
	output_char(':');
	output_bytes(b->data + b->insns, b->size);
	output_char('\n');
	return true;
}

bool block_until(counter_t c, uint64_t addr, counter_t *until)
{
	const struct block *b = c < by_counter_room ? by_counter[c] : NULL;
	const uint8_t *bytes;
	struct insn *in;
	uint64_t at;
	size_t n = 0;

	*until = 0;
	if (!b || addr < b->addr || addr >= b->addr + b->size)
		return false;
	for (at = b->addr; at < addr; at += b->data[n++])
		;
	if (at != addr || n + 1 >= b->insns)
		return false;
	in = plugin_alloc(n + 1, sizeof(*in));
	bytes = b->data + b->insns;
	at = b->addr;
	for (size_t i = 0; i <= n; i++) {
		in[i].addr = at;
		in[i].size = b->data[i];
		memcpy(in[i].bytes, bytes, in[i].size);
		bytes += in[i].size;
		at += in[i].size;
	}
	*until = block_counter(in, n + 1);
	free(in);
	return true;
}

size_t block_insns(counter_t c, uint64_t *addr)
{
	const struct block *b = c < by_counter_room ? by_counter[c] : NULL;

	*addr = b ? b->addr : 0;
	return b ? b->insns : 0;
}

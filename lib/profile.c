// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Profiles: their one sorted form, and that form as few bytes.
 *
 * As bytes (all numbers are LEB128):
 *
 *	FORMAT
 *	number of kinds, then each: size, flags, loads, stores
 *	runs up to the end, each: distance, length, count, then a kind for each instruction
 *
 * A kind is what an instruction is; a kernel has some dozens of them, so that most instructions
 * take one byte. A run is instructions that follow each other in memory and were executed
 * equally often, as those of a block are; only its first has an address, as the distance from
 * the last one before it.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cleanup.h"
#include "lib/profile.h"

#define FORMAT 1

/* What an instruction is, as a number that sorts. */
static uint64_t kind_of(const struct profile_insn *insn)
{
	return (uint64_t)insn->size << 32 | (uint64_t)insn->flags << 16 |
	       (uint64_t)insn->loads << 8 | insn->stores;
}

/* Code that is patched while it runs has several instructions at one address. */
static int compare(const struct profile_insn *a, const struct profile_insn *b)
{
	if (a->addr != b->addr)
		return a->addr < b->addr ? -1 : 1;
	if (kind_of(a) != kind_of(b))
		return kind_of(a) < kind_of(b) ? -1 : 1;
	return 0;
}

static uint64_t add_counts(uint64_t a, uint64_t b)
{
	return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

static void reserve(struct profile *p, size_t n)
{
	if (n <= p->room)
		return;
	if (n < 2 * p->room)
		n = 2 * p->room;
	p->room = n < 64 ? 64 : n;
	p->v = xrealloc(p->v, p->room * sizeof(*p->v));
}

void profile_add(struct profile *p, const struct profile_insn *insn)
{
	reserve(p, p->n + 1);
	p->v[p->n++] = *insn;
}

static bool is_sealed(const struct profile *p)
{
	for (size_t i = 0; i < p->n; i++) {
		if (!p->v[i].count || (i && compare(&p->v[i - 1], &p->v[i]) >= 0))
			return false;
	}
	return true;
}

/* Of two sorted rows, into TO; returns how many. */
static size_t merge_rows(const struct profile_insn *a, size_t na, const struct profile_insn *b,
			 size_t nb, struct profile_insn *to)
{
	const struct profile_insn *a_end = a + na, *b_end = b + nb, *from = to;

	while (a < a_end && b < b_end) {
		int order = compare(a, b);

		if (order <= 0)
			*to = *a++;
		else
			*to = *b++;
		if (!order)
			to->count = add_counts(to->count, b++->count);
		to++;
	}
	for (; a < a_end; a++)
		*to++ = *a;
	for (; b < b_end; b++)
		*to++ = *b;
	return (size_t)(to - from);
}

/* Most profiles of a case are of the same instructions: what is sealed stays short and sealed. */
void profile_merge(struct profile *p, const struct profile *from)
{
	struct profile_insn *v;
	size_t room;

	if (!from->n)
		return;
	if (!is_sealed(p) || !is_sealed(from)) {
		size_t n = from->n;

		reserve(p, p->n + n);
		memcpy(p->v + p->n, from->v, n * sizeof(*p->v));
		p->n += n;
		return;
	}
	room = p->n + from->n;
	v = xcalloc(room, sizeof(*v));
	p->n = merge_rows(p->v, p->n, from->v, from->n, v);
	free(p->v);
	p->v = v;
	p->room = room;
}

/* How many from V[0] on are in order, and no two of them the same. */
static size_t ordered(const struct profile_insn *v, size_t n)
{
	size_t i = 1;

	while (i < n && compare(&v[i - 1], &v[i]) < 0)
		i++;
	return i < n ? i : n;
}

/*
 * Merges neighbouring rows until there is one. What comes in is made of blocks of instructions in
 * order, so there are far fewer rows than instructions.
 */
void profile_seal(struct profile *p)
{
	struct profile_insn *from, *to, *spare;
	size_t n = 0;

	for (size_t i = 0; i < p->n; i++) {
		if (p->v[i].count)
			p->v[n++] = p->v[i];
	}
	p->n = n;
	if (ordered(p->v, n) == n)
		return;
	spare = xcalloc(p->room, sizeof(*spare));
	from = p->v;
	to = spare;
	while (ordered(from, n) < n) {
		size_t out = 0;

		for (size_t i = 0; i < n;) {
			size_t a = ordered(from + i, n - i);
			size_t b = i + a < n ? ordered(from + i + a, n - i - a) : 0;

			out += merge_rows(from + i, a, from + i + a, b, to + out);
			i += a + b;
		}
		n = out;
		spare = from;
		from = to;
		to = spare;
	}
	free(to);
	p->v = from;
	p->n = n;
}

void profile_release(struct profile *p)
{
	free(p->v);
	memset(p, 0, sizeof(*p));
}

/* Bytes on their way to a strbuf. */
struct output {
	struct strbuf *to;
	size_t n;
	unsigned char bytes[1024];
};

static void flush(struct output *out)
{
	strbuf_add(out->to, out->bytes, out->n);
	out->n = 0;
}

static void put(struct output *out, uint64_t v)
{
	if (out->n > sizeof(out->bytes) - 10)
		flush(out);
	for (; v >= 0x80; v >>= 7)
		out->bytes[out->n++] = (unsigned char)(v | 0x80);
	out->bytes[out->n++] = (unsigned char)v;
}

/* The kinds of a profile, sorted: in the file by their index. */
struct kinds {
	uint64_t *v;
	size_t n, room;
	/* those that were looked for last, by a part of their number; index -1 where there is none
	 */
	struct {
		uint64_t kind;
		size_t index;
	} recent[256];
};

/* Where KIND is, or should be. */
static size_t find_kind(const struct kinds *k, uint64_t kind)
{
	size_t lo = 0, hi = k->n;

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;

		if (k->v[mid] < kind)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static size_t slot_of(uint64_t kind)
{
	return (size_t)(kind * 0x9e3779b97f4a7c15u >> 56);
}

static void forget(struct kinds *k)
{
	for (size_t i = 0; i < ARRAY_SIZE(k->recent); i++)
		k->recent[i].index = SIZE_MAX;
}

static size_t index_of(struct kinds *k, uint64_t kind)
{
	size_t slot = slot_of(kind);

	if (k->recent[slot].kind != kind || k->recent[slot].index == SIZE_MAX) {
		k->recent[slot].kind = kind;
		k->recent[slot].index = find_kind(k, kind);
	}
	return k->recent[slot].index;
}

static void add_kind(struct kinds *k, uint64_t kind)
{
	size_t at = find_kind(k, kind);

	if (at < k->n && k->v[at] == kind)
		return;
	if (k->n == k->room) {
		k->room = k->room ? 2 * k->room : 64;
		k->v = xrealloc(k->v, k->room * sizeof(*k->v));
	}
	memmove(k->v + at + 1, k->v + at, (k->n - at) * sizeof(*k->v));
	k->v[at] = kind;
	k->n++;
}

static void collect_kinds(const struct profile *p, struct kinds *k)
{
	forget(k);
	for (size_t i = 0; i < p->n; i++) {
		uint64_t kind = kind_of(&p->v[i]);
		size_t slot = slot_of(kind);

		if (k->recent[slot].kind == kind && k->recent[slot].index != SIZE_MAX)
			continue;
		add_kind(k, kind);
		k->recent[slot].kind = kind;
		k->recent[slot].index = 0; /* not its index yet: more may come before it */
	}
	forget(k);
}

/* Whether B goes on where A ends, as often. */
static bool same_run(const struct profile_insn *a, const struct profile_insn *b)
{
	return b->addr - a->addr == a->size && b->count == a->count;
}

static void put_kinds(struct output *out, const struct kinds *k)
{
	put(out, k->n);
	for (size_t i = 0; i < k->n; i++) {
		put(out, k->v[i] >> 32);
		put(out, k->v[i] >> 16 & UINT16_MAX);
		put(out, k->v[i] >> 8 & UINT8_MAX);
		put(out, k->v[i] & UINT8_MAX);
	}
}

void profile_encode(const struct profile *p, struct strbuf *to)
{
	struct output out = { .to = to };
	struct kinds kinds = { 0 };
	uint64_t last = 0;

	collect_kinds(p, &kinds);
	put(&out, FORMAT);
	put_kinds(&out, &kinds);
	for (size_t i = 0, end; i < p->n; i = end) {
		for (end = i + 1; end < p->n && same_run(&p->v[end - 1], &p->v[end]);)
			end++;
		put(&out, p->v[i].addr - last);
		put(&out, end - i);
		put(&out, p->v[i].count);
		for (size_t j = i; j < end; j++)
			put(&out, index_of(&kinds, kind_of(&p->v[j])));
		last = p->v[end - 1].addr;
	}
	flush(&out);
	free(kinds.v);
}

struct input {
	const unsigned char *at, *end;
	bool bad;
};

/* A number of at most MAX; 0 and IN->bad for anything else. */
static uint64_t get(struct input *in, uint64_t max)
{
	uint64_t v = 0;

	for (unsigned int shift = 0; in->at < in->end && shift < 64; shift += 7) {
		unsigned char c = *in->at++;

		if (shift == 63 && c > 1)
			break;
		v |= (uint64_t)(c & 0x7f) << shift;
		if (c & 0x80)
			continue;
		if (v > max)
			break;
		return v;
	}
	in->bad = true;
	return 0;
}

static void get_kinds(struct input *in, struct kinds *k)
{
	size_t n = (size_t)get(in, (uint64_t)(in->end - in->at) / 4);

	k->v = xcalloc(n, sizeof(*k->v));
	for (; k->n < n && !in->bad; k->n++) {
		uint64_t kind = get(in, UINT8_MAX);

		kind = kind << 16 | get(in, UINT16_MAX);
		kind = kind << 8 | get(in, UINT8_MAX);
		k->v[k->n] = kind << 8 | get(in, UINT8_MAX);
	}
}

static void get_run(struct input *in, const struct kinds *k, struct profile *p)
{
	uint64_t last = p->n ? p->v[p->n - 1].addr : 0;
	uint64_t addr = last + get(in, UINT64_MAX - last);
	size_t n = (size_t)get(in, (uint64_t)(in->end - in->at));
	uint64_t count = get(in, UINT64_MAX);

	while (n-- && !in->bad) {
		uint64_t index = get(in, UINT64_MAX);
		struct profile_insn insn = { .addr = addr, .count = count };

		if (index >= k->n)
			in->bad = true;
		if (in->bad)
			return;
		insn.size = (uint8_t)(k->v[index] >> 32);
		insn.flags = (uint16_t)(k->v[index] >> 16);
		insn.loads = (uint8_t)(k->v[index] >> 8);
		insn.stores = (uint8_t)k->v[index];
		profile_add(p, &insn);
		in->bad = n && addr > UINT64_MAX - insn.size;
		addr += insn.size;
	}
}

/*
 * Bytes that decode may still not be the one form (a run cut in two, a kind that nobody is of):
 * encoding again tells, whatever the reason.
 */
int profile_decode(const void *data, size_t size, struct profile *p, struct error *e)
{
	struct input in = { .at = data, .end = (const unsigned char *)data + size };
	struct kinds kinds = { 0 };
	__strbuf struct strbuf again = { 0 };

	memset(p, 0, sizeof(*p));
	if (get(&in, UINT64_MAX) != FORMAT || in.bad)
		return error_set(e, EPROTO, "not a profile, or one of a newer foliobench");
	get_kinds(&in, &kinds);
	while (in.at < in.end && !in.bad)
		get_run(&in, &kinds, p);
	free(kinds.v);
	if (!in.bad && is_sealed(p)) {
		profile_encode(p, &again);
		if (again.len == size && !memcmp(again.buf, data, size))
			return 0;
	}
	profile_release(p);
	return error_set(e, EPROTO, "a damaged profile of %zu bytes", size);
}

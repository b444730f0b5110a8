// SPDX-License-Identifier: GPL-2.0-or-later
/* lib/profile: one form for one content, and decoding that survives any bytes. */
#include <errno.h>

#include "lib/cleanup.h"
#include "lib/profile.h"
#include "tests/unit/unit.h"

#define INSNS 400

static uint64_t seed;

static uint64_t random_number(uint64_t below)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (seed >> 33) % below;
}

static struct profile_insn insn(uint64_t addr, uint64_t count, unsigned int size)
{
	return (struct profile_insn){ .addr = addr, .count = count, .size = (uint8_t)size };
}

static void add(struct profile *p, uint64_t addr, uint64_t count, unsigned int size)
{
	struct profile_insn i = insn(addr, count, size);

	profile_add(p, &i);
}

/* Blocks of instructions as a kernel has them, in any order, some of them twice. */
static void make(struct profile *p, size_t n)
{
	while (p->n < n) {
		uint64_t addr = 0xffffffff81000000 + random_number(n) * 16;
		uint64_t count = 1 + random_number(5) * random_number(4096);

		for (size_t i = 1 + random_number(8); i; i--) {
			struct profile_insn in = insn(addr, count, 1 + addr % 7);

			in.flags = addr % 11 ? 0 : (uint16_t)(1 << addr % 10);
			in.loads = !(addr % 3);
			in.stores = !(addr % 5);
			profile_add(p, &in);
			addr += in.size;
		}
	}
}

static void assert_same(const struct profile *a, const struct profile *b)
{
	assert_int_equal(a->n, b->n);
	for (size_t i = 0; i < a->n; i++) {
		assert_true(a->v[i].addr == b->v[i].addr);
		assert_true(a->v[i].count == b->v[i].count);
		assert_int_equal(a->v[i].flags, b->v[i].flags);
		assert_int_equal(a->v[i].size, b->v[i].size);
		assert_int_equal(a->v[i].loads, b->v[i].loads);
		assert_int_equal(a->v[i].stores, b->v[i].stores);
	}
}

static void assert_sealed(const struct profile *p)
{
	for (size_t i = 0; i < p->n; i++) {
		assert_true(p->v[i].count > 0);
		assert_true(!i || p->v[i - 1].addr <= p->v[i].addr);
	}
}

static void one_entry_for_one_instruction(void **state)
{
	struct profile p = { 0 };

	(void)state;
	add(&p, 0x2000, 3, 4);
	add(&p, 0x1000, 5, 2);
	add(&p, 0x2000, 4, 4);
	add(&p, 0x3000, 0, 4); /* never executed: not there */
	add(&p, 0x1000, 1, 5); /* the code was patched: another instruction */
	profile_seal(&p);
	assert_int_equal(p.n, 3);
	assert_true(p.v[0].addr == 0x1000 && p.v[0].size == 2 && p.v[0].count == 5);
	assert_true(p.v[1].addr == 0x1000 && p.v[1].size == 5 && p.v[1].count == 1);
	assert_true(p.v[2].addr == 0x2000 && p.v[2].count == 7);
	profile_release(&p);
	assert_null(p.v);
}

static void order_does_not_matter(void **state)
{
	__strbuf struct strbuf a = { 0 }, b = { 0 };
	struct profile p = { 0 }, q = { 0 };

	(void)state;
	seed = 1;
	make(&p, INSNS);
	/* the same from behind, each execution in two parts */
	for (size_t i = p.n; i--;) {
		struct profile_insn in = p.v[i];

		in.count -= p.v[i].count / 3;
		profile_add(&q, &in);
		in.count = p.v[i].count / 3;
		profile_add(&q, &in);
	}
	profile_seal(&p);
	profile_seal(&q);
	assert_sealed(&p);
	assert_same(&p, &q);
	profile_encode(&p, &a);
	profile_encode(&q, &b);
	assert_int_equal(a.len, b.len);
	assert_memory_equal(a.buf, b.buf, a.len);
	profile_release(&p);
	profile_release(&q);
}

/* Sealed ones stay sealed; others are sorted later. Either way the sums are the same. */
static void merging(void **state)
{
	struct profile sealed = { 0 }, plain = { 0 }, all = { 0 };

	(void)state;
	seed = 2;
	for (int i = 0; i < 20; i++) {
		struct profile p = { 0 };

		make(&p, INSNS);
		profile_merge(&plain, &p);
		for (size_t j = 0; j < p.n; j++)
			profile_add(&all, &p.v[j]);
		profile_seal(&p);
		profile_merge(&sealed, &p);
		profile_release(&p);
	}
	profile_seal(&plain);
	profile_seal(&all);
	assert_same(&sealed, &all);
	assert_same(&plain, &all);
	profile_merge(&all, &all);
	assert_true(all.v[7].count == 2 * plain.v[7].count);
	profile_release(&sealed);
	profile_release(&plain);
	profile_release(&all);
}

static void assert_round_trip(const struct profile *p)
{
	__strbuf struct strbuf bytes = { 0 };
	struct profile back;
	struct error e;

	profile_encode(p, &bytes);
	assert_int_equal(profile_decode(bytes.buf, bytes.len, &back, &e), 0);
	assert_same(p, &back);
	profile_release(&back);
}

static void round_trips(void **state)
{
	struct profile p = { 0 };

	(void)state;
	assert_round_trip(&p);
	add(&p, 0, 1, 1);
	add(&p, 0, 1, 0);
	add(&p, 1, UINT64_MAX, 255);
	add(&p, UINT64_MAX, 7, 15);
	add(&p, UINT64_MAX - 15, 7, 15);
	p.v[3].flags = UINT16_MAX;
	p.v[3].loads = p.v[3].stores = UINT8_MAX;
	profile_seal(&p);
	assert_round_trip(&p);
	seed = 3;
	make(&p, 20 * INSNS);
	profile_seal(&p);
	assert_round_trip(&p);
	profile_release(&p);
}

/* What the bytes are is kept in stores: a change needs another number of the format. */
static void known_bytes(void **state)
{
	static const unsigned char expected[] = {
		1,				 /* format */
		2,				 /* kinds */
		1,    0,    0, 0,		 /* one byte, plain */
		3,    2,    1, 1,		 /* three bytes, atomic, reads and writes */
		0x80, 0x20, 3, 0xc8, 1, 0, 1, 0, /* at 0x1000, 3 instructions, 200 times */
		4,    1,    1, 0,		 /* 4 behind the last, 1, once */
	};
	__strbuf struct strbuf bytes = { 0 };
	struct profile p = { 0 };

	(void)state;
	add(&p, 0x1000, 200, 1);
	add(&p, 0x1001, 200, 3);
	p.v[1].flags = PROFILE_ATOMIC;
	p.v[1].loads = p.v[1].stores = 1;
	add(&p, 0x1004, 200, 1);
	add(&p, 0x1008, 1, 1);
	profile_seal(&p);
	profile_encode(&p, &bytes);
	assert_int_equal(bytes.len, sizeof(expected));
	assert_memory_equal(bytes.buf, expected, sizeof(expected));
	profile_release(&p);
}

/* In memory of exactly that size, so that a sanitizer sees what reads behind it. */
static int decode_copy(const void *data, size_t size)
{
	__strbuf struct strbuf again = { 0 };
	char *copy = memcpy(xcalloc(size, 1), data, size);
	struct profile p;
	struct error e = { "" };
	int rc = profile_decode(copy, size, &p, &e);

	if (rc) {
		assert_int_equal(rc, -EPROTO);
		assert_true(e.msg[0]);
		assert_null(p.v);
	} else {
		assert_sealed(&p);
		profile_encode(&p, &again);
		assert_int_equal(again.len, size);
		assert_memory_equal(again.buf, data, size);
	}
	profile_release(&p);
	free(copy);
	return rc;
}

/* A cut at the end of a run leaves a good profile; anywhere else it must be seen. */
static void truncated(void **state)
{
	__strbuf struct strbuf bytes = { 0 };
	struct profile p = { 0 };
	size_t refused = 0;

	(void)state;
	seed = 4;
	make(&p, INSNS);
	profile_seal(&p);
	profile_encode(&p, &bytes);
	for (size_t n = 0; n < bytes.len; n++)
		refused += decode_copy(bytes.buf, n) != 0;
	assert_true(refused > bytes.len / 2);
	strbuf_addch(&bytes, 0);
	assert_int_equal(decode_copy(bytes.buf, bytes.len), -EPROTO);
	profile_release(&p);
}

static void corrupted(void **state)
{
	__strbuf struct strbuf bytes = { 0 };
	struct profile p = { 0 };

	(void)state;
	seed = 5;
	make(&p, 100);
	profile_seal(&p);
	profile_encode(&p, &bytes);
	for (int i = 0; i < 20000; i++) {
		char *copy = memcpy(xcalloc(bytes.len, 1), bytes.buf, bytes.len);

		for (uint64_t n = 1 + random_number(4); n; n--)
			copy[random_number(bytes.len)] = (char)random_number(256);
		decode_copy(copy, bytes.len);
		free(copy);
	}
	profile_release(&p);
}

static void noise(void **state)
{
	unsigned char bytes[64];

	(void)state;
	seed = 6;
	for (int i = 0; i < 20000; i++) {
		size_t n = random_number(sizeof(bytes));

		for (size_t j = 0; j < n; j++)
			bytes[j] = (unsigned char)random_number(i % 2 ? 256 : 4);
		bytes[0] = 1;
		decode_copy(bytes, n);
	}
}

static void refused(void **state)
{
	static const struct {
		const char *bytes;
		size_t size;
	} bad[] = {
		{ "", 0 },
		{ "\2\0", 2 },				  /* another format */
		{ "\1\1\1\0\0\0", 6 },			  /* a kind that nobody is of */
		{ "\1\1\1\0\0\0\5\1\0\0", 10 },		  /* executed 0 times */
		{ "\1\1\1\0\0\0\5\1\1\1", 10 },		  /* no such kind */
		{ "\1\1\1\0\0\0\5\0\1", 9 },		  /* an empty run */
		{ "\1\1\1\0\0\0\5\1\1\0\1\1\1\0", 14 },	  /* one run as two */
		{ "\1\1\1\0\0\0\5\1\1\0\0\1\1\0", 14 },	  /* twice the same */
		{ "\1\1\1\0\0\0\x85\0\1\1\0", 11 },	  /* a number that is too long */
		{ "\1\2\2\0\0\0\1\0\0\0\5\2\1\0\1", 15 }, /* kinds in disorder */
	};
	static const char good[] = "\1\1\1\0\0\0\5\1\1\0";

	(void)state;
	assert_int_equal(decode_copy(good, sizeof(good) - 1), 0);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		if (decode_copy(bad[i].bytes, bad[i].size) != -EPROTO)
			fail_msg("bytes %zu were not refused", i);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_entry_for_one_instruction),
		cmocka_unit_test(order_does_not_matter),
		cmocka_unit_test(merging),
		cmocka_unit_test(round_trips),
		cmocka_unit_test(known_bytes),
		cmocka_unit_test(truncated),
		cmocka_unit_test(corrupted),
		cmocka_unit_test(noise),
		cmocka_unit_test(refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

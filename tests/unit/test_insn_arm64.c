// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * runner/cost/insn_arm64: what an instruction is, from its bytes. The bytes were made by the
 * assembler of binutils 2.40 from the text beside them.
 */
#include "lib/cleanup.h"
#include "runner/cost/insn.h"
#include "tests/unit/unit.h"

struct sample {
	const char *text, *code;
	size_t size;
	unsigned int flags, loads, stores;
};

#define BYTES(s) (s), sizeof(s) - 1

/* clang-format off */
static const struct sample samples[] = {
		{ "nop", BYTES("\x1f\x20\x03\xd5"), 0, 0, 0 },
		{ "bti c", BYTES("\x5f\x24\x03\xd5"), 0, 0, 0 },
		{ "paciasp", BYTES("\x3f\x23\x03\xd5"), 0, 0, 0 },
		{ "add x0, x1, x2", BYTES("\x20\x00\x02\x8b"), 0, 0, 0 },
		{ "adrp x0, .+0x1000", BYTES("\x00\x00\x00\x90"), 0, 0, 0 },
		{ "b .+0x40", BYTES("\x10\x00\x00\x14"), 0, 0, 0 },
		{ "bl .+0x40", BYTES("\x10\x00\x00\x94"), 0, 0, 0 },
		{ "cbz x0, .+0x40", BYTES("\x00\x02\x00\xb4"), 0, 0, 0 },
		{ "ret", BYTES("\xc0\x03\x5f\xd6"), 0, 0, 0 },
		{ "eret", BYTES("\xe0\x03\x9f\xd6"), 0, 0, 0 },
		{ "svc #0", BYTES("\x01\x00\x00\xd4"), 0, 0, 0 },
		{ "mrs x0, ttbr0_el1", BYTES("\x00\x20\x38\xd5"), 0, 0, 0 },
		{ "msr ttbr0_el1, x0", BYTES("\x00\x20\x18\xd5"), 0, 0, 0 },
		{ "msr daifset, #2", BYTES("\xdf\x42\x03\xd5"), 0, 0, 0 },
		{ "fmov d0, x0", BYTES("\x00\x00\x67\x9e"), 0, 0, 0 },
		{ "prfm pldl1keep, [x0]", BYTES("\x00\x00\x80\xf9"), 0, 0, 0 },
		{ "prfm pstl1strm, [x0, x1]", BYTES("\x11\x68\xa1\xf8"), 0, 0, 0 },
		{ "prfum pldl1keep, [x0, #1]", BYTES("\x00\x10\x80\xf8"), 0, 0, 0 },
		{ "prfm pldl1keep, .+0x40", BYTES("\x00\x02\x00\xd8"), 0, 0, 0 },
		{ "ldr x0, [x1]", BYTES("\x20\x00\x40\xf9"), 0, 1, 0 },
		{ "ldr w0, [x1, #4]!", BYTES("\x20\x4c\x40\xb8"), 0, 1, 0 },
		{ "ldr x0, [x1], #8", BYTES("\x20\x84\x40\xf8"), 0, 1, 0 },
		{ "ldr x0, [x1, x2, lsl #3]", BYTES("\x20\x78\x62\xf8"), 0, 1, 0 },
		{ "ldr x0, .+0x40", BYTES("\x00\x02\x00\x58"), 0, 1, 0 },
		{ "ldrsw x0, .+0x40", BYTES("\x00\x02\x00\x98"), 0, 1, 0 },
		{ "ldrb w0, [x1]", BYTES("\x20\x00\x40\x39"), 0, 1, 0 },
		{ "ldrsb x0, [x1]", BYTES("\x20\x00\x80\x39"), 0, 1, 0 },
		{ "ldrsh w0, [x1, #2]", BYTES("\x20\x04\xc0\x79"), 0, 1, 0 },
		{ "ldrsw x0, [x1]", BYTES("\x20\x00\x80\xb9"), 0, 1, 0 },
		{ "ldur x0, [x1, #-8]", BYTES("\x20\x80\x5f\xf8"), 0, 1, 0 },
		{ "ldtr x0, [x1]", BYTES("\x20\x08\x40\xf8"), 0, 1, 0 },
		{ "ldtrb w0, [x1]", BYTES("\x20\x08\x40\x38"), 0, 1, 0 },
		{ "str x0, [x1]", BYTES("\x20\x00\x00\xf9"), 0, 0, 1 },
		{ "strb w0, [x1], #1", BYTES("\x20\x14\x00\x38"), 0, 0, 1 },
		{ "stur x0, [x1, #-8]", BYTES("\x20\x80\x1f\xf8"), 0, 0, 1 },
		{ "sttr x0, [x1]", BYTES("\x20\x08\x00\xf8"), 0, 0, 1 },
		{ "sttrh w0, [x1, #2]", BYTES("\x20\x28\x00\x78"), 0, 0, 1 },
		{ "ldp x29, x30, [sp], #32", BYTES("\xfd\x7b\xc2\xa8"), 0, 2, 0 },
		{ "ldp w0, w1, [x2]", BYTES("\x40\x04\x40\x29"), 0, 2, 0 },
		{ "ldpsw x0, x1, [x2]", BYTES("\x40\x04\x40\x69"), 0, 2, 0 },
		{ "ldnp x0, x1, [x2]", BYTES("\x40\x04\x40\xa8"), 0, 2, 0 },
		{ "stp x29, x30, [sp, #-32]!", BYTES("\xfd\x7b\xbe\xa9"), 0, 0, 2 },
		{ "stnp x0, x1, [x2, #-256]", BYTES("\x40\x04\x30\xa8"), 0, 0, 2 },
		{ "str d0, [x0]", BYTES("\x00\x00\x00\xfd"), 0, 0, 1 },
		{ "str q0, [x0]", BYTES("\x00\x00\x80\x3d"), 0, 0, 2 },
		{ "ldr q0, [x0, #16]", BYTES("\x00\x04\xc0\x3d"), 0, 2, 0 },
		{ "ldr q0, .+0x40", BYTES("\x00\x02\x00\x9c"), 0, 2, 0 },
		{ "ldr b0, [x0]", BYTES("\x00\x00\x40\x3d"), 0, 1, 0 },
		{ "ldp q0, q1, [x0]", BYTES("\x00\x04\x40\xad"), 0, 4, 0 },
		{ "stp d8, d9, [sp]", BYTES("\xe8\x27\x00\x6d"), 0, 0, 2 },
		{ "ld1 {v0.16b-v3.16b}, [x0]", BYTES("\x00\x20\x40\x4c"), 0, 8, 0 },
		{ "ld1 {v0.8b}, [x0]", BYTES("\x00\x70\x40\x0c"), 0, 1, 0 },
		{ "ld2 {v0.s, v1.s}[1], [x0]", BYTES("\x00\x90\x60\x0d"), 0, 2, 0 },
		{ "ld1r {v0.4s}, [x0]", BYTES("\x00\xc8\x40\x4d"), 0, 1, 0 },
		{ "st3 {v0.4s-v2.4s}, [x0]", BYTES("\x00\x48\x00\x4c"), 0, 0, 6 },
		{ "ldar x0, [x1]", BYTES("\x20\xfc\xdf\xc8"), 0, 1, 0 },
		{ "ldapr x0, [x1]", BYTES("\x20\xc0\xbf\xf8"), 0, 1, 0 },
		{ "ldapur x0, [x1, #8]", BYTES("\x20\x80\x40\xd9"), 0, 1, 0 },
		{ "ldlar x0, [x1]", BYTES("\x20\x7c\xdf\xc8"), 0, 1, 0 },
		{ "stlr x0, [x1]", BYTES("\x20\xfc\x9f\xc8"), 0, 0, 1 },
		{ "stlrb w0, [x1]", BYTES("\x20\xfc\x9f\x08"), 0, 0, 1 },
		{ "stlur x0, [x1, #8]", BYTES("\x20\x80\x00\xd9"), 0, 0, 1 },
		{ "ldxr x0, [x1]", BYTES("\x20\x7c\x5f\xc8"), 0, 1, 0 },
		{ "ldaxr w0, [x1]", BYTES("\x20\xfc\x5f\x88"), 0, 1, 0 },
		{ "ldxp x0, x1, [x2]", BYTES("\x40\x04\x7f\xc8"), 0, 2, 0 },
		{ "stxr w0, x1, [x2]", BYTES("\x41\x7c\x00\xc8"), PROFILE_ATOMIC, 0, 1 },
		{ "stlxr w0, w1, [x2]", BYTES("\x41\xfc\x00\x88"), PROFILE_ATOMIC, 0, 1 },
		{ "stlxrb w0, w1, [x2]", BYTES("\x41\xfc\x00\x08"), PROFILE_ATOMIC, 0, 1 },
		{ "stxp w0, x1, x2, [x3]", BYTES("\x61\x08\x20\xc8"), PROFILE_ATOMIC, 0, 2 },
		{ "stlxp w0, x1, x2, [x3]", BYTES("\x61\x88\x20\xc8"), PROFILE_ATOMIC, 0, 2 },
		{ "ldadd x0, x1, [x2]", BYTES("\x41\x00\x20\xf8"), PROFILE_ATOMIC, 1, 1 },
		{ "ldaddal w0, w1, [x2]", BYTES("\x41\x00\xe0\xb8"), PROFILE_ATOMIC, 1, 1 },
		{ "stadd w0, [x1]", BYTES("\x3f\x00\x20\xb8"), PROFILE_ATOMIC, 1, 1 },
		{ "ldclrl x0, x1, [x2]", BYTES("\x41\x10\x60\xf8"), PROFILE_ATOMIC, 1, 1 },
		{ "ldset x0, x1, [x2]", BYTES("\x41\x30\x20\xf8"), PROFILE_ATOMIC, 1, 1 },
		{ "stset x0, [x1]", BYTES("\x3f\x30\x20\xf8"), PROFILE_ATOMIC, 1, 1 },
		{ "ldeor w0, w1, [x2]", BYTES("\x41\x20\x20\xb8"), PROFILE_ATOMIC, 1, 1 },
		{ "ldumax x0, x1, [x2]", BYTES("\x41\x60\x20\xf8"), PROFILE_ATOMIC, 1, 1 },
		{ "swpal x0, x1, [x2]", BYTES("\x41\x80\xe0\xf8"), PROFILE_ATOMIC, 1, 1 },
		{ "swpb w0, w1, [x2]", BYTES("\x41\x80\x20\x38"), PROFILE_ATOMIC, 1, 1 },
		{ "cas x0, x1, [x2]", BYTES("\x41\x7c\xa0\xc8"), PROFILE_ATOMIC, 1, 1 },
		{ "casal w0, w1, [x2]", BYTES("\x41\xfc\xe0\x88"), PROFILE_ATOMIC, 1, 1 },
		{ "casb w0, w1, [x2]", BYTES("\x41\x7c\xa0\x08"), PROFILE_ATOMIC, 1, 1 },
		{ "casp x0, x1, x2, x3, [x4]", BYTES("\x82\x7c\x20\x48"), PROFILE_ATOMIC, 2, 2 },
		{ "caspal x0, x1, x2, x3, [x4]", BYTES("\x82\xfc\x60\x48"), PROFILE_ATOMIC, 2, 2 },
		{ "ldraa x0, [x1]", BYTES("\x20\x04\x20\xf8"), 0, 1, 0 },
		{ "stg x0, [x1]", BYTES("\x20\x08\x20\xd9"), 0, 0, 0 },
		{ "ldg x0, [x1]", BYTES("\x20\x00\x60\xd9"), 0, 0, 0 },
		{ "dmb ish", BYTES("\xbf\x3b\x03\xd5"), PROFILE_BARRIER, 0, 0 },
		{ "dmb ishst", BYTES("\xbf\x3a\x03\xd5"), PROFILE_BARRIER, 0, 0 },
		{ "isb", BYTES("\xdf\x3f\x03\xd5"), PROFILE_BARRIER, 0, 0 },
		{ "sb", BYTES("\xff\x30\x03\xd5"), PROFILE_BARRIER, 0, 0 },
		{ "ssbb", BYTES("\x9f\x30\x03\xd5"), PROFILE_BARRIER, 0, 0 },
		{ "dsb ish", BYTES("\x9f\x3b\x03\xd5"), PROFILE_DSB, 0, 0 },
		{ "dsb ishst", BYTES("\x9f\x3a\x03\xd5"), PROFILE_DSB, 0, 0 },
		{ "dsb nsh", BYTES("\x9f\x37\x03\xd5"), PROFILE_DSB, 0, 0 },
		{ "dsb sy", BYTES("\x9f\x3f\x03\xd5"), PROFILE_DSB, 0, 0 },
		{ "clrex", BYTES("\x5f\x3f\x03\xd5"), 0, 0, 0 },
		{ "tlbi vae1is, x0", BYTES("\x20\x83\x08\xd5"), PROFILE_TLB_PAGE, 0, 0 },
		{ "tlbi vale1is, x0", BYTES("\xa0\x83\x08\xd5"), PROFILE_TLB_PAGE, 0, 0 },
		{ "tlbi vaae1, x0", BYTES("\x60\x87\x08\xd5"), PROFILE_TLB_PAGE, 0, 0 },
		{ "tlbi vaale1is, x0", BYTES("\xe0\x83\x08\xd5"), PROFILE_TLB_PAGE, 0, 0 },
		{ "tlbi vae1os, x0", BYTES("\x20\x81\x08\xd5"), PROFILE_TLB_PAGE, 0, 0 },
		{ "tlbi vae2is, x0", BYTES("\x20\x83\x0c\xd5"), PROFILE_TLB_PAGE, 0, 0 },
		{ "tlbi vale3is, x0", BYTES("\xa0\x83\x0e\xd5"), PROFILE_TLB_PAGE, 0, 0 },
		{ "tlbi ipas2e1is, x0", BYTES("\x20\x80\x0c\xd5"), PROFILE_TLB_PAGE, 0, 0 },
		{ "tlbi rvae1is, x0", BYTES("\x20\x82\x08\xd5"), PROFILE_TLB_RANGE, 0, 0 },
		{ "tlbi rvale1is, x0", BYTES("\xa0\x82\x08\xd5"), PROFILE_TLB_RANGE, 0, 0 },
		{ "tlbi rvaale1, x0", BYTES("\xe0\x86\x08\xd5"), PROFILE_TLB_RANGE, 0, 0 },
		{ "tlbi rvae1os, x0", BYTES("\x20\x85\x08\xd5"), PROFILE_TLB_RANGE, 0, 0 },
		{ "tlbi rvale2is, x0", BYTES("\xa0\x82\x0c\xd5"), PROFILE_TLB_RANGE, 0, 0 },
		{ "tlbi ripas2e1is, x0", BYTES("\x40\x80\x0c\xd5"), PROFILE_TLB_RANGE, 0, 0 },
		{ "tlbi ripas2le1, x0", BYTES("\xc0\x84\x0c\xd5"), PROFILE_TLB_RANGE, 0, 0 },
		{ "tlbi aside1is, x0", BYTES("\x40\x83\x08\xd5"), PROFILE_TLB_SPACE, 0, 0 },
		{ "tlbi aside1, x0", BYTES("\x40\x87\x08\xd5"), PROFILE_TLB_SPACE, 0, 0 },
		{ "tlbi aside1os, x0", BYTES("\x40\x81\x08\xd5"), PROFILE_TLB_SPACE, 0, 0 },
		{ "tlbi vmalle1", BYTES("\x1f\x87\x08\xd5"), PROFILE_TLB_ALL, 0, 0 },
		{ "tlbi vmalle1is", BYTES("\x1f\x83\x08\xd5"), PROFILE_TLB_ALL, 0, 0 },
		{ "tlbi vmalle1os", BYTES("\x1f\x81\x08\xd5"), PROFILE_TLB_ALL, 0, 0 },
		{ "tlbi alle1is", BYTES("\x9f\x83\x0c\xd5"), PROFILE_TLB_ALL, 0, 0 },
		{ "tlbi alle2", BYTES("\x1f\x87\x0c\xd5"), PROFILE_TLB_ALL, 0, 0 },
		{ "tlbi vmalls12e1is", BYTES("\xdf\x83\x0c\xd5"), PROFILE_TLB_ALL, 0, 0 },
		{ "tlbi alle3is", BYTES("\x1f\x83\x0e\xd5"), PROFILE_TLB_ALL, 0, 0 },
		{ "dc zva, x0", BYTES("\x20\x74\x0b\xd5"), 0, 0, 1 },
		{ "dc civac, x0", BYTES("\x20\x7e\x0b\xd5"), 0, 0, 0 },
		{ "dc cvau, x0", BYTES("\x20\x7b\x0b\xd5"), 0, 0, 0 },
		{ "ic ialluis", BYTES("\x1f\x71\x08\xd5"), 0, 0, 0 },
		{ "ic ivau, x0", BYTES("\x20\x75\x0b\xd5"), 0, 0, 0 },
		{ "at s1e1r, x0", BYTES("\x00\x78\x08\xd5"), 0, 0, 0 },
		{ "hint #0x14", BYTES("\x9f\x22\x03\xd5"), 0, 0, 0 },
		{ "yield", BYTES("\x3f\x20\x03\xd5"), 0, 0, 0 },
		{ "wfe", BYTES("\x5f\x20\x03\xd5"), 0, 0, 0 },
		{ "brk #0x800", BYTES("\x00\x00\x21\xd4"), 0, 0, 0 },
		{ "ld1b {z0.b}, p0/z, [x0]", BYTES("\x00\xa0\x00\xa4"), 0, 1, 0 },
		{ "st1d {z0.d}, p0, [x0]", BYTES("\x00\xe0\xe0\xe5"), 0, 0, 1 },
		{ "udf #0", BYTES("\x00\x00\x00\x00"), PROFILE_UNKNOWN, 0, 0 },
};
/* clang-format on */

static struct profile_insn classify(const char *arch, const char *code, size_t size)
{
	struct profile_insn insn = { .addr = 7, .count = 3, .size = 4, .flags = 99, .loads = 99 };
	uint8_t *copy = memcpy(xcalloc(size, 1), code, size);

	insn_classify(arch, copy, size, &insn);
	free(copy);
	assert_true(insn.addr == 7 && insn.count == 3 && insn.size == 4);
	return insn;
}

static void assembled(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(samples); i++) {
		const struct sample *s = &samples[i];
		struct profile_insn insn = classify(i % 2 ? "arm64" : "aarch64", s->code, s->size);

		if (insn.flags != s->flags || insn.loads != s->loads || insn.stores != s->stores)
			fail_msg("%s: flags %x, %u loads, %u stores", s->text, insn.flags,
				 insn.loads, insn.stores);
	}
}

/* What the marks of the agent are: instructions that touch nothing. */
static void marks(void **state)
{
	static const char mark[] = "\x1f\x40\xf6\xd2"; /* movz xzr, #0xb200, lsl #48 */

	(void)state;
	assert_int_equal(classify("arm64", mark, 4).flags, 0);
}

static void other_sizes(void **state)
{
	(void)state;
	for (size_t n = 0; n < 4; n++)
		assert_int_equal(classify("arm64", "\x1f\x20\x03\xd5", n).flags, PROFILE_UNKNOWN);
	assert_int_equal(classify("arm64", "\x1f\x20\x03\xd5\0\0\0\0", 8).flags, PROFILE_UNKNOWN);
}

/*
 * Whatever the bits: what is unknown accesses nothing, an atomic writes, and what invalidates or
 * orders is nothing else.
 */
static void any_bits(void **state)
{
	uint32_t seed = 1;

	(void)state;
	for (int i = 0; i < 2000000; i++) {
		struct profile_insn in = { 0 };
		uint8_t code[4];

		seed = seed * 1664525 + 1013904223;
		code[0] = (uint8_t)(seed >> 8);
		code[1] = (uint8_t)(seed >> 16);
		code[2] = (uint8_t)(seed >> 24);
		code[3] = (uint8_t)(i % 2 ? seed >> 12 : 0xd5);
		insn_arm64(code, 4, &in);
		if (in.flags & PROFILE_ATOMIC)
			assert_true(in.stores > 0);
		else if (in.flags)
			assert_true(!in.loads && !in.stores);
		assert_true(!(in.flags & (in.flags - 1)));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(assembled),
		cmocka_unit_test(marks),
		cmocka_unit_test(other_sizes),
		cmocka_unit_test(any_bits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

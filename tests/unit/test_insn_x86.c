// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * runner/cost/insn_x86: what an instruction is, from its bytes. The bytes were made by the
 * assembler of binutils 2.40 from the text beside them.
 */
#include "lib/cleanup.h"
#include "lib/spawn.h"
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
		{ "nop", BYTES("\x90"), 0, 0, 0 },
		{ "nopw 0x0(%rax,%rax,1)", BYTES("\x66\x0f\x1f\x04\x00"), 0, 0, 0 },
		{ "endbr64", BYTES("\xf3\x0f\x1e\xfa"), 0, 0, 0 },
		{ "lea 0x8(%rdi,%rsi,4),%rax", BYTES("\x48\x8d\x44\xb7\x08"), 0, 0, 0 },
		{ "prefetcht0 (%rdi)", BYTES("\x0f\x18\x0f"), 0, 0, 0 },
		{ "prefetchw 0x40(%rax)", BYTES("\x0f\x0d\x48\x40"), 0, 0, 0 },
		{ "pause", BYTES("\xf3\x90"), 0, 0, 0 },
		{ "ud2", BYTES("\x0f\x0b"), 0, 0, 0 },
		{ "mov %rax,%rbx", BYTES("\x48\x89\xc3"), 0, 0, 0 },
		{ "mov (%rdi),%rax", BYTES("\x48\x8b\x07"), 0, 1, 0 },
		{ "mov %rax,%gs:0x28", BYTES("\x65\x48\x89\x04\x25\x28\x00\x00\x00"), 0, 0, 1 },
		{ "movq $0x1,0x10(%rsp)", BYTES("\x48\xc7\x44\x24\x10\x01\x00\x00\x00"), 0, 0, 1 },
		{ "movw $0x1,(%rdi)", BYTES("\x66\xc7\x07\x01\x00"), 0, 0, 1 },
		{ "movb $0x0,0x0(%rip)", BYTES("\xc6\x05\x00\x00\x00\x00\x00"), 0, 0, 1 },
		{ "movabs $0x123456789abcdef0,%rax", BYTES("\x48\xb8\xf0\xde\xbc\x9a\x78\x56\x34\x12"), 0, 0, 0 },
		{ "movabs 0x123456789abcdef0,%al", BYTES("\xa0\xf0\xde\xbc\x9a\x78\x56\x34\x12"), 0, 1, 0 },
		{ "movabs %eax,0x123456789abcdef0", BYTES("\xa3\xf0\xde\xbc\x9a\x78\x56\x34\x12"), 0, 0, 1 },
		{ "movzbl (%rdi),%eax", BYTES("\x0f\xb6\x07"), 0, 1, 0 },
		{ "movslq 0x4(%rdi),%rax", BYTES("\x48\x63\x47\x04"), 0, 1, 0 },
		{ "cmp %rax,(%rdi)", BYTES("\x48\x39\x07"), 0, 1, 0 },
		{ "cmpb $0x0,(%rdi)", BYTES("\x80\x3f\x00"), 0, 1, 0 },
		{ "cmpl $0x12345678,0x8(%rdi)", BYTES("\x81\x7f\x08\x78\x56\x34\x12"), 0, 1, 0 },
		{ "testb $0x10,0x5(%rdi)", BYTES("\xf6\x47\x05\x10"), 0, 1, 0 },
		{ "testl $0x10,0x5(%rdi)", BYTES("\xf7\x47\x05\x10\x00\x00\x00"), 0, 1, 0 },
		{ "test $0x10,%al", BYTES("\xa8\x10"), 0, 0, 0 },
		{ "addq $0x1,0x38(%rdi)", BYTES("\x48\x83\x47\x38\x01"), 0, 1, 1 },
		{ "add %rax,(%rdi)", BYTES("\x48\x01\x07"), 0, 1, 1 },
		{ "add (%rdi),%rax", BYTES("\x48\x03\x07"), 0, 1, 0 },
		{ "notq (%rdi)", BYTES("\x48\xf7\x17"), 0, 1, 1 },
		{ "shll $0x3,(%rdi)", BYTES("\xc1\x27\x03"), 0, 1, 1 },
		{ "divq (%rdi)", BYTES("\x48\xf7\x37"), 0, 1, 0 },
		{ "incl 0x20(%rdi)", BYTES("\xff\x47\x20"), 0, 1, 1 },
		{ "sete (%rdi)", BYTES("\x0f\x94\x07"), 0, 0, 1 },
		{ "cmove (%rdi),%rax", BYTES("\x48\x0f\x44\x07"), 0, 1, 0 },
		{ "btq $0x3,(%rdi)", BYTES("\x48\x0f\xba\x27\x03"), 0, 1, 0 },
		{ "btsq $0x3,(%rdi)", BYTES("\x48\x0f\xba\x2f\x03"), 0, 1, 1 },
		{ "shld $0x3,%rax,(%rdi)", BYTES("\x48\x0f\xa4\x07\x03"), 0, 1, 1 },
		{ "imul $0x18,(%rdi),%rax", BYTES("\x48\x6b\x07\x18"), 0, 1, 0 },
		{ "popcnt (%rdi),%rax", BYTES("\xf3\x48\x0f\xb8\x07"), 0, 1, 0 },
		{ "movbe (%rdi),%rax", BYTES("\x48\x0f\x38\xf0\x07"), 0, 1, 0 },
		{ "movbe %rax,(%rdi)", BYTES("\x48\x0f\x38\xf1\x07"), 0, 0, 1 },
		{ "crc32b (%rdi),%eax", BYTES("\xf2\x0f\x38\xf0\x07"), 0, 1, 0 },
		{ "cmpxchg %rcx,(%rdi)", BYTES("\x48\x0f\xb1\x0f"), 0, 1, 1 },
		{ "xadd %rax,%gs:(%rdi)", BYTES("\x65\x48\x0f\xc1\x07"), 0, 1, 1 },
		{ "xchg %rax,%rbx", BYTES("\x48\x93"), 0, 0, 0 },
		{ "xchg %rax,(%rdi)", BYTES("\x48\x87\x07"), PROFILE_ATOMIC, 1, 1 },
		{ "xchg %al,0x3(%rdi)", BYTES("\x86\x47\x03"), PROFILE_ATOMIC, 1, 1 },
		{ "lock incl (%rdi)", BYTES("\xf0\xff\x07"), PROFILE_ATOMIC, 1, 1 },
		{ "lock decl 0x34(%rdi)", BYTES("\xf0\xff\x4f\x34"), PROFILE_ATOMIC, 1, 1 },
		{ "lock addl $0x0,-0x4(%rsp)", BYTES("\xf0\x83\x44\x24\xfc\x00"), PROFILE_ATOMIC, 1, 1 },
		{ "lock xadd %eax,(%rdi)", BYTES("\xf0\x0f\xc1\x07"), PROFILE_ATOMIC, 1, 1 },
		{ "lock cmpxchg %rcx,(%rdi)", BYTES("\xf0\x48\x0f\xb1\x0f"), PROFILE_ATOMIC, 1, 1 },
		{ "lock btsq $0x0,(%rdi)", BYTES("\xf0\x48\x0f\xba\x2f\x00"), PROFILE_ATOMIC, 1, 1 },
		{ "lock orb $0x1,0x2(%rdi)", BYTES("\xf0\x80\x4f\x02\x01"), PROFILE_ATOMIC, 1, 1 },
		{ "lock cmpxchg16b (%rdi)", BYTES("\xf0\x48\x0f\xc7\x0f"), PROFILE_ATOMIC, 2, 2 },
		{ "cmpxchg16b %gs:(%rsi)", BYTES("\x65\x48\x0f\xc7\x0e"), 0, 2, 2 },
		{ "lock cmpxchg8b (%rdi)", BYTES("\xf0\x0f\xc7\x0f"), PROFILE_ATOMIC, 1, 1 },
		{ "invlpg (%rdi)", BYTES("\x0f\x01\x3f"), PROFILE_TLB_PAGE, 0, 0 },
		{ "invlpg 0x1000(%rax,%rbx,1)", BYTES("\x0f\x01\xbc\x18\x00\x10\x00\x00"), PROFILE_TLB_PAGE, 0, 0 },
		{ "invlpga %rax,%ecx", BYTES("\x0f\x01\xdf"), PROFILE_TLB_PAGE, 0, 0 },
		{ "invlpgb", BYTES("\x0f\x01\xfe"), PROFILE_TLB_RANGE, 0, 0 },
		{ "tlbsync", BYTES("\x0f\x01\xff"), PROFILE_BARRIER, 0, 0 },
		{ "invpcid (%rsp),%rax", BYTES("\x66\x0f\x38\x82\x04\x24"), PROFILE_TLB_SPACE, 2, 0 },
		{ "mov %rax,%cr3", BYTES("\x0f\x22\xd8"), PROFILE_TLB_SPACE, 0, 0 },
		{ "mov %r12,%cr3", BYTES("\x41\x0f\x22\xdc"), PROFILE_TLB_SPACE, 0, 0 },
		{ "mov %rax,%cr4", BYTES("\x0f\x22\xe0"), PROFILE_TLB_ALL, 0, 0 },
		{ "mov %rax,%cr0", BYTES("\x0f\x22\xc0"), 0, 0, 0 },
		{ "mov %cr3,%rax", BYTES("\x0f\x20\xd8"), 0, 0, 0 },
		{ "mov %rax,%cr8", BYTES("\x44\x0f\x22\xc0"), 0, 0, 0 },
		{ "mov %rax,%dr7", BYTES("\x0f\x23\xf8"), 0, 0, 0 },
		{ "mfence", BYTES("\x0f\xae\xf0"), PROFILE_BARRIER, 0, 0 },
		{ "lfence", BYTES("\x0f\xae\xe8"), PROFILE_BARRIER, 0, 0 },
		{ "sfence", BYTES("\x0f\xae\xf8"), PROFILE_BARRIER, 0, 0 },
		{ "serialize", BYTES("\x0f\x01\xe8"), PROFILE_BARRIER, 0, 0 },
		{ "swapgs", BYTES("\x0f\x01\xf8"), 0, 0, 0 },
		{ "clac", BYTES("\x0f\x01\xca"), 0, 0, 0 },
		{ "rdtscp", BYTES("\x0f\x01\xf9"), 0, 0, 0 },
		{ "wrpkru", BYTES("\x0f\x01\xef"), 0, 0, 0 },
		{ "vmcall", BYTES("\x0f\x01\xc1"), 0, 0, 0 },
		{ "incsspq %rax", BYTES("\xf3\x48\x0f\xae\xe8"), 0, 0, 0 },
		{ "clflush (%rdi)", BYTES("\x0f\xae\x3f"), 0, 0, 0 },
		{ "clflushopt (%rdi)", BYTES("\x66\x0f\xae\x3f"), 0, 0, 0 },
		{ "clwb (%rdi)", BYTES("\x66\x0f\xae\x37"), 0, 0, 0 },
		{ "wbinvd", BYTES("\x0f\x09"), 0, 0, 0 },
		{ "invd", BYTES("\x0f\x08"), 0, 0, 0 },
		{ "cpuid", BYTES("\x0f\xa2"), 0, 0, 0 },
		{ "wrmsr", BYTES("\x0f\x30"), 0, 0, 0 },
		{ "syscall", BYTES("\x0f\x05"), 0, 0, 0 },
		{ "sysretq", BYTES("\x48\x0f\x07"), 0, 0, 0 },
		{ "hlt", BYTES("\xf4"), 0, 0, 0 },
		{ "rep movsb", BYTES("\xf3\xa4"), PROFILE_STRING, 1, 1 },
		{ "rep movsq", BYTES("\xf3\x48\xa5"), PROFILE_STRING, 1, 1 },
		{ "rep stosq", BYTES("\xf3\x48\xab"), PROFILE_STRING, 0, 1 },
		{ "rep stosb", BYTES("\xf3\xaa"), PROFILE_STRING, 0, 1 },
		{ "rep lodsb", BYTES("\xf3\xac"), PROFILE_STRING, 1, 0 },
		{ "repz cmpsb", BYTES("\xf3\xa6"), PROFILE_STRING, 2, 0 },
		{ "repnz scasb", BYTES("\xf2\xae"), PROFILE_STRING, 1, 0 },
		{ "rep insl", BYTES("\xf3\x6d"), PROFILE_STRING, 0, 1 },
		{ "rep outsb", BYTES("\xf3\x6e"), PROFILE_STRING, 1, 0 },
		{ "movsq", BYTES("\x48\xa5"), 0, 1, 1 },
		{ "stosb", BYTES("\xaa"), 0, 0, 1 },
		{ "push %rbp", BYTES("\x55"), 0, 0, 1 },
		{ "push %r15", BYTES("\x41\x57"), 0, 0, 1 },
		{ "push $0x10", BYTES("\x6a\x10"), 0, 0, 1 },
		{ "push $0x12345678", BYTES("\x68\x78\x56\x34\x12"), 0, 0, 1 },
		{ "push 0x8(%rdi)", BYTES("\xff\x77\x08"), 0, 1, 1 },
		{ "pop %rbp", BYTES("\x5d"), 0, 1, 0 },
		{ "pop (%rdi)", BYTES("\x8f\x07"), 0, 1, 1 },
		{ "pushf", BYTES("\x9c"), 0, 0, 1 },
		{ "popf", BYTES("\x9d"), 0, 1, 0 },
		{ "leave", BYTES("\xc9"), 0, 1, 0 },
		{ "enter $0x10,$0x0", BYTES("\xc8\x10\x00\x00"), 0, 0, 1 },
		{ "call .+0x105", BYTES("\xe8\x00\x01\x00\x00"), 0, 0, 1 },
		{ "call *%rax", BYTES("\xff\xd0"), 0, 0, 1 },
		{ "call *0x18(%rax)", BYTES("\xff\x50\x18"), 0, 1, 1 },
		{ "jmp *%rax", BYTES("\xff\xe0"), 0, 0, 0 },
		{ "jmp *0x0(,%rax,8)", BYTES("\xff\x24\xc5\x00\x00\x00\x00"), 0, 1, 0 },
		{ "jne .+0x12", BYTES("\x75\x10"), 0, 0, 0 },
		{ "jne .+0x1234", BYTES("\x0f\x85\x2e\x12\x00\x00"), 0, 0, 0 },
		{ "ret", BYTES("\xc3"), 0, 1, 0 },
		{ "ret $0x8", BYTES("\xc2\x08\x00"), 0, 1, 0 },
		{ "lretq", BYTES("\x48\xcb"), 0, 2, 0 },
		{ "iretq", BYTES("\x48\xcf"), 0, 5, 0 },
		{ "fxsave64 (%rdi)", BYTES("\x48\x0f\xae\x07"), 0, 0, 1 },
		{ "fxrstor64 (%rdi)", BYTES("\x48\x0f\xae\x0f"), 0, 1, 0 },
		{ "xsave64 0x40(%rsi)", BYTES("\x48\x0f\xae\x66\x40"), 0, 0, 1 },
		{ "xsaveopt64 (%rdi)", BYTES("\x48\x0f\xae\x37"), 0, 0, 1 },
		{ "xsaves64 (%rdi)", BYTES("\x48\x0f\xc7\x2f"), 0, 0, 1 },
		{ "xsavec64 (%rdi)", BYTES("\x48\x0f\xc7\x27"), 0, 0, 1 },
		{ "xrstors64 (%rdi)", BYTES("\x48\x0f\xc7\x1f"), 0, 1, 0 },
		{ "xrstor64 (%rdi)", BYTES("\x48\x0f\xae\x2f"), 0, 1, 0 },
		{ "ldmxcsr (%rdi)", BYTES("\x0f\xae\x17"), 0, 1, 0 },
		{ "lgdt (%rdi)", BYTES("\x0f\x01\x17"), 0, 2, 0 },
		{ "sidt (%rdi)", BYTES("\x0f\x01\x0f"), 0, 0, 2 },
		{ "verw (%rip)", BYTES("\x0f\x00\x2d\x00\x00\x00\x00"), 0, 1, 0 },
		{ "fnstcw (%rdi)", BYTES("\xd9\x3f"), 0, 0, 1 },
		{ "fldt (%rdi)", BYTES("\xdb\x2f"), 0, 2, 0 },
		{ "fstpt (%rdi)", BYTES("\xdb\x3f"), 0, 0, 2 },
		{ "movdqu (%rdi),%xmm0", BYTES("\xf3\x0f\x6f\x07"), 0, 2, 0 },
		{ "movups %xmm0,(%rdi)", BYTES("\x0f\x11\x07"), 0, 0, 2 },
		{ "movq %xmm0,(%rdi)", BYTES("\x66\x0f\xd6\x07"), 0, 0, 1 },
		{ "movsd (%rdi),%xmm0", BYTES("\xf2\x0f\x10\x07"), 0, 1, 0 },
		{ "movss %xmm0,(%rdi)", BYTES("\xf3\x0f\x11\x07"), 0, 0, 1 },
		{ "movnti %rax,(%rdi)", BYTES("\x48\x0f\xc3\x07"), 0, 0, 1 },
		{ "movntdq %xmm0,(%rdi)", BYTES("\x66\x0f\xe7\x07"), 0, 0, 2 },
		{ "movq (%rdi),%mm0", BYTES("\x0f\x6f\x07"), 0, 1, 0 },
		{ "pcmpeqb (%rdi),%xmm0", BYTES("\x66\x0f\x74\x07"), 0, 2, 0 },
		{ "pinsrw $0x2,(%rdi),%xmm0", BYTES("\x66\x0f\xc4\x07\x02"), 0, 1, 0 },
		{ "cvtsi2sd (%rdi),%xmm0", BYTES("\xf2\x0f\x2a\x07"), 0, 1, 0 },
		{ "vmovdqu (%rdi),%ymm0", BYTES("\xc5\xfe\x6f\x07"), 0, 4, 0 },
		{ "vmovdqa %ymm0,(%rdi)", BYTES("\xc5\xfd\x7f\x07"), 0, 0, 4 },
		{ "vextracti128 $0x1,%ymm0,(%rdi)", BYTES("\xc4\xe3\x7d\x39\x07\x01"), 0, 0, 2 },
		{ "vpbroadcastb (%rdi),%ymm1", BYTES("\xc4\xe2\x7d\x78\x0f"), 0, 1, 0 },
		{ "vzeroupper", BYTES("\xc5\xf8\x77"), 0, 0, 0 },
		{ "vpaddq %ymm0,%ymm1,%ymm2", BYTES("\xc5\xf5\xd4\xd0"), 0, 0, 0 },
		{ "bzhi %rax,(%rdi),%rcx", BYTES("\xc4\xe2\xf8\xf5\x0f"), 0, 1, 0 },
		{ "xlat", BYTES("\xd7"), 0, 1, 0 },
};
/* clang-format on */

/* In memory of exactly that size, so that a sanitizer sees what reads behind it. */
static struct profile_insn classify(const char *code, size_t size)
{
	struct profile_insn insn = { .addr = 7, .count = 3, .size = 15, .flags = 99, .loads = 99 };
	uint8_t *copy = memcpy(xcalloc(size, 1), code, size);

	insn_classify("x86_64", copy, size, &insn);
	free(copy);
	assert_true(insn.addr == 7 && insn.count == 3 && insn.size == 15);
	return insn;
}

static void assembled(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(samples); i++) {
		const struct sample *s = &samples[i];
		struct profile_insn insn = classify(s->code, s->size);

		if (insn.flags != s->flags || insn.loads != s->loads || insn.stores != s->stores)
			fail_msg("%s: flags %x, %u loads, %u stores", s->text, insn.flags,
				 insn.loads, insn.stores);
	}
}

static void assert_unknown(const char *what, struct profile_insn insn)
{
	if (insn.flags != PROFILE_UNKNOWN || insn.loads || insn.stores)
		fail_msg("%s: flags %x, %u loads, %u stores", what, insn.flags, insn.loads,
			 insn.stores);
}

/* Its length is a part of what an instruction is: the emulator says how long it took it to be. */
static void cut_short_and_too_long(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(samples); i++) {
		const struct sample *s = &samples[i];
		char longer[16];

		memcpy(longer, s->code, s->size);
		longer[s->size] = 0x10;
		assert_unknown(s->text, classify(longer, s->size + 1));
		for (size_t n = 0; n < s->size; n++)
			assert_unknown(s->text, classify(s->code, n));
	}
}

static void prefixes(void **state)
{
	struct profile_insn insn;

	(void)state;
	/* REX before another prefix has no effect: the immediate stays at four bytes */
	insn = classify("\x48\x66\xb8\x01\x02", 5);
	assert_int_equal(insn.flags, 0);
	/* segments, in any number and place */
	insn = classify("\x2e\x65\x3e\xf0\xff\x00", 6);
	assert_int_equal(insn.flags, PROFILE_ATOMIC);
	/* notrack jmp *%rax; data16 before a call leaves its four bytes */
	assert_int_equal(classify("\x3e\xff\xe0", 3).flags, 0);
	assert_int_equal(classify("\x66\x66\x48\xe8\0\0\0\0", 8).stores, 1);
	/* f3 before what it does not repeat */
	assert_int_equal(classify("\xf3\xc3", 2).loads, 1);
}

static void not_in_64_bits(void **state)
{
	static const char *const codes[] = { "\x06", "\x27", "\x60", "\xce", "\xd6", "\xea" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(codes); i++)
		assert_unknown("no instruction", classify(codes[i], 1));
	assert_unknown("avx512", classify("\x62\xf1\x7c\x48\x10\x00", 6));
	assert_unknown("nothing", classify("", 0));
	assert_unknown("prefixes", classify("\x66\x66\xf3", 3));
}

static void any_bytes(void **state)
{
	uint64_t seed = 1;
	char code[15];

	(void)state;
	for (int i = 0; i < 200000; i++) {
		size_t n = (size_t)i % (sizeof(code) + 1);

		for (size_t j = 0; j < n; j++) {
			seed = seed * 6364136223846793005u + 1442695040888963407u;
			code[j] = (char)(seed >> 40);
		}
		classify(code, n);
	}
}

static void architectures(void **state)
{
	struct profile_insn insn = { .flags = 99 };

	(void)state;
	insn_classify("riscv64", (const uint8_t *)"\x90", 1, &insn);
	assert_unknown("riscv64", insn);
}

#ifdef __x86_64__
static bool begins_with_any(const char *text, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (!strncmp(text, words[i], strlen(words[i])))
			return true;
	}
	return false;
}

/* What the text of a disassembler says without a doubt. */
static void hold_against(const char *text, const char *code, size_t size)
{
	static const char *const none[] = { "lea",   "nop",  "data16", "cs nop", "prefetch",
					    "endbr", "xchg", "ud",     "clflush" };
	static const char *const stack[] = { "push", "pop",	"call",	 "ret",	 "leave", "rep",
					     "bnd",  "notrack", "enter", "xlat", "in ",	  "out " };
	struct profile_insn insn = classify(code, size);
	bool memory = strstr(text, "(%") || strstr(text, "(,%") || strstr(text, "%fs:") ||
		      strstr(text, "%gs:");

	if (!strncmp(text, "lock ", 5) != !!(insn.flags & PROFILE_ATOMIC) &&
	    strncmp(text, "xchg", 4) != 0)
		fail_msg("%s: flags %x", text, insn.flags);
	if (!!strstr(text, "fence") != !!(insn.flags & PROFILE_BARRIER))
		fail_msg("%s: flags %x", text, insn.flags);
	if (insn.flags & ~(unsigned int)(PROFILE_ATOMIC | PROFILE_STRING | PROFILE_BARRIER))
		fail_msg("%s: flags %x", text, insn.flags);
	if (begins_with_any(text, none, ARRAY_SIZE(none)) ||
	    begins_with_any(text, stack, ARRAY_SIZE(stack)))
		return;
	/* an absolute address looks like that of a jump */
	if (memory != !!(insn.loads + insn.stores) && !(strstr(text, " 0x") && !memory))
		fail_msg("%s: %u loads, %u stores", text, insn.loads, insn.stores);
}

/* "  401000:\tf3 0f 1e fa          \tendbr64"; false for lines that are no instruction. */
static bool read_line(char *line, char **text, char *code, size_t *size)
{
	char *at = strstr(line, ":\t"), *end;

	if (!at)
		return false;
	*text = strchr(at + 2, '\t');
	if (!*text)
		return false;
	*(*text)++ = '\0';
	*size = 0;
	for (at += 2; *size < 15; at = end) {
		unsigned long byte = strtoul(at, &end, 16);

		if (end == at)
			break;
		code[(*size)++] = (char)byte;
	}
	/* EVEX is not known: no emulator that is used here has it */
	return *size > 0 && !strstr(*text, "(bad)") && (unsigned char)code[0] != 0x62;
}

/* This program itself, as objdump reads it. */
static void agrees_with_objdump(void **state)
{
	__strbuf struct strbuf out = { 0 };
	__strv struct strv argv = { 0 };
	struct spawn s = { .argv = &argv, .out = &out, .timeout_s = 60 };
	struct error e = { "" };
	size_t n = 0;
	char *save = NULL;

	(void)state;
	strv_split(&argv, "objdump -d -w -j .text /proc/self/exe", " ");
	free(argv.v[argv.n - 1]);
	argv.v[argv.n - 1] = realpath("/proc/self/exe", NULL);
	if (spawn_run(&s, &e))
		fail_msg("%s", e.msg);
	for (char *l = strtok_r(out.buf, "\n", &save); l; l = strtok_r(NULL, "\n", &save)) {
		char code[15], *text;
		size_t size;

		if (!read_line(l, &text, code, &size))
			continue;
		hold_against(text, code, size);
		n++;
	}
	assert_true(n > 1000);
}
#endif

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(assembled),
		cmocka_unit_test(cut_short_and_too_long),
		cmocka_unit_test(prefixes),
		cmocka_unit_test(not_in_64_bits),
		cmocka_unit_test(any_bytes),
		cmocka_unit_test(architectures),
#ifdef __x86_64__
		cmocka_unit_test(agrees_with_objdump),
#endif
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* The few instructions that are known by their bytes; see insn.h. */
#include <string.h>

#include "runner/cost/plugin/insn.h"

static bool arm64;

bool insn_choose(const char *target)
{
	arm64 = !strcmp(target, "aarch64");
	return arm64 || !strcmp(target, "x86_64");
}

bool insn_is_arm64(void)
{
	return arm64;
}

bool insn_is_user(uint64_t addr)
{
	return !(addr >> (arm64 ? 55 : 63) & 1);
}

bool insn_is_whole(const struct insn *in)
{
	uint64_t page_end = (in->addr | 4095) + 1;

	return arm64 || page_end - in->addr >= sizeof(in->bytes) ||
	       insn_x86_is_whole(in->bytes, in->size);
}

uint64_t insn_frame_offset(void)
{
	/* x86: what is pushed lies below the frame that the CPU has made */
	return arm64 ? 0 : 8;
}

static uint32_t little32(const uint8_t *p)
{
	return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static bool x86_is_register(const uint8_t *modrm, const uint8_t *end)
{
	return modrm < end && *modrm >> 6 == 3;
}

/* Two-byte opcodes, P behind the 0f. */
static bool x86_faults_0f(const uint8_t *p, const uint8_t *end)
{
	uint8_t op = *p;

	if (op >> 4 == 8 || op == 0x0d || op == 0x1e || op == 0x1f || (op >= 0xc8 && op <= 0xcf))
		return false; /* jcc, prefetch, nop, bswap */
	if ((op >= 0x10 && op <= 0x17) || (op >= 0x28 && op <= 0x2f) || op >> 4 == 4 ||
	    (op >= 0x50 && op <= 0x76) || (op >= 0x7e && op <= 0x7f) || op >> 4 == 9 ||
	    op == 0xa3 || op == 0xa4 || op == 0xa5 || (op >= 0xab && op <= 0xad) || op == 0xaf ||
	    op == 0xb3 || (op >= 0xb6 && op <= 0xbf && op != 0xb9) || op >= 0xd0)
		return !x86_is_register(p + 1, end);
	return true;
}

static bool x86_faults_1(const uint8_t *p, const uint8_t *end)
{
	uint8_t op = *p;

	if (op < 0x40 && (op & 7) < 6)
		return (op & 7) < 4 && !x86_is_register(p + 1, end);
	if (op >> 4 == 7 || op >> 4 == 0xb || (op >= 0x90 && op <= 0x99) || op == 0x8d ||
	    op == 0xa8 || op == 0xa9 || op == 0xe9 || op == 0xeb || op == 0xf5 || op == 0xf8 ||
	    op == 0xf9 || op == 0xfc || op == 0xfd)
		return false;
	if (op == 0x63 || op == 0x69 || op == 0x6b || op == 0x80 || op == 0x81 || op == 0x83 ||
	    (op >= 0x84 && op <= 0x8b) || op == 0xc0 || op == 0xc1 || op == 0xc6 || op == 0xc7 ||
	    (op >= 0xd0 && op <= 0xd3) || op == 0xfe)
		return !x86_is_register(p + 1, end);
	if (op == 0xf6 || op == 0xf7) /* but divisions */
		return !x86_is_register(p + 1, end) || (p[1] >> 3 & 7) >= 6;
	if (op == 0xff) /* inc, dec */
		return !x86_is_register(p + 1, end) || (p[1] >> 3 & 7) >= 2;
	return true;
}

/* Whether it may fault. Only what is known not to is not. */
static bool x86_faults(const uint8_t *p, const uint8_t *end)
{
	while (p < end && (*p == 0x66 || *p == 0xf2 || *p == 0xf3 || *p == 0x2e || *p == 0x3e ||
			   *p == 0x26 || *p == 0x36 || *p == 0x64 || *p == 0x65))
		p++;
	if (p < end && *p >> 4 == 4)
		p++;
	if (p >= end)
		return true;
	if (*p == 0x0f)
		return p + 1 >= end || x86_faults_0f(p + 1, end);
	return x86_faults_1(p, end);
}

static void x86_jumps(struct insn *in)
{
	const uint8_t *p = in->bytes;
	uint64_t next = in->addr + in->size;
	bool prefixed = *p == 0x2e || *p == 0x3e || *p == 0xf2;
	size_t size = in->size - (size_t)prefixed;

	p += prefixed;
	if (*p == 0xc3 || *p == 0xc2 || (*p == 0xf3 && p[1] == 0xc3)) {
		in->is |= INSN_RET;
	} else if (size == 2 && (*p == 0xeb || *p >> 4 == 7)) {
		in->is |= *p == 0xeb ? INSN_JUMP : INSN_BRANCH;
		in->target = next + (uint64_t)(int8_t)p[1];
	} else if (size == 5 && (*p == 0xe9 || *p == 0xe8)) {
		in->is |= *p == 0xe9 ? INSN_JUMP : INSN_CALL;
		in->target = next + (uint64_t)(int32_t)little32(p + 1);
	} else if (size == 6 && *p == 0x0f && p[1] >> 4 == 8) {
		in->is |= INSN_BRANCH;
		in->target = next + (uint64_t)(int32_t)little32(p + 2);
	}
}

/* Is it these bytes, all of it? */
#define IS(...) x86_equals(in, (const uint8_t[]){ __VA_ARGS__ }, sizeof((uint8_t[]){ __VA_ARGS__ }))

static bool x86_equals(const struct insn *in, const uint8_t *bytes, size_t n)
{
	return in->size == n && !memcmp(in->bytes, bytes, n);
}

/* mov and movzx with memory. */
static bool x86_is_one_access(const uint8_t *p, const uint8_t *end)
{
	while (p < end && (*p == 0x66 || *p == 0x64 || *p == 0x65))
		p++;
	if (p < end && *p >> 4 == 4)
		p++;
	if (p < end && *p == 0x0f) {
		p++;
		return p < end && (*p & 0xf6) == 0xb6 && !x86_is_register(p + 1, end);
	}
	return p < end && ((*p >= 0x88 && *p <= 0x8b) || *p == 0xc6 || *p == 0xc7) &&
	       !x86_is_register(p + 1, end);
}

static void x86_decode(struct insn *in)
{
	const uint8_t *p = in->bytes;

	if (in->size == 8 && p[0] == 0x0f && p[1] == 0x1f && p[2] == 0x84 && !p[3] &&
	    p[7] == 0xf0 && p[6] == 0xb1 && insn_is_user(in->addr)) {
		in->is = INSN_MARK;
		in->mark_op = p[5];
		in->mark_arg = p[4];
		return;
	}
	if (x86_faults(p, p + in->size))
		in->is |= INSN_FAULTS;
	if (x86_is_one_access(p, p + in->size))
		in->is |= INSN_ONE_ACCESS;
	x86_jumps(in);
	if (IS(0x0f, 0x01, 0xcb)) /* stac */
		in->is |= INSN_USER_ON;
	else if (IS(0x0f, 0x01, 0xca)) /* clac */
		in->is |= INSN_USER_OFF;
	else if (IS(0xf3, 0x0f, 0x1e, 0xfa)) /* endbr64 */
		in->is |= INSN_LANDING;
	else if (IS(0x0f, 0x01, 0xf8))
		in->is |= INSN_SWAPGS;
	else if (IS(0x48, 0x0f, 0x07))
		in->is |= INSN_SYSRET;
	else if (IS(0x48, 0xcf)) /* iretq */
		in->is |= INSN_RESTORE;
	else if ((in->size == 2 && p[0] == 0x6a) || (in->size == 5 && p[0] == 0x68)) /* push */
		in->is |= INSN_SAVE;
	else if (in->size >= 3 && (p[0] & 0xfc) == 0x48 && p[1] == 0x89 && (p[2] >> 3 & 7) == 4 &&
		 p[2] >> 6 != 3) /* mov %rsp, memory */
		in->is |= INSN_TASK_GOES;
	else if (in->size >= 3 && (p[0] & 0xfc) == 0x48 && p[1] == 0x8b && (p[2] >> 3 & 7) == 4 &&
		 p[2] >> 6 != 3) /* mov memory, %rsp */
		in->is |= INSN_TASK_COMES;
}

/* VALUE's low BITS as a signed number of words. */
static uint64_t arm64_offset(uint32_t value, unsigned int bits)
{
	uint64_t sign = 1ULL << (bits - 1), v = value & ((1ULL << bits) - 1);

	return ((v ^ sign) - sign) * 4;
}

static void arm64_jumps(struct insn *in, uint32_t w)
{
	if ((w & 0xfffffc1f) == 0xd65f0000 || (w & 0xfffffbff) == 0xd65f0bff) { /* ret, retaa */
		in->is |= INSN_RET;
	} else if ((w & 0x7c000000) == 0x14000000) { /* b, bl */
		in->is |= w >> 31 ? INSN_CALL : INSN_JUMP;
		in->target = in->addr + arm64_offset(w, 26);
	} else if ((w & 0xfe000000) == 0x54000000 || (w & 0x7e000000) == 0x34000000) {
		in->is |= INSN_BRANCH; /* b.cond, cbz, cbnz */
		in->target = in->addr + arm64_offset(w >> 5, 19);
	} else if ((w & 0x7e000000) == 0x36000000) { /* tbz, tbnz */
		in->is |= INSN_BRANCH;
		in->target = in->addr + arm64_offset(w >> 5, 14);
	}
}

static void arm64_decode(struct insn *in)
{
	uint32_t w = little32(in->bytes);

	if ((w & 0xffe0001f) == 0xd2e0001f && (w >> 17 & 15) == 0xb && insn_is_user(in->addr)) {
		in->is = INSN_MARK;
		in->mark_op = w >> 13 & 15;
		in->mark_arg = w >> 5 & 255;
		return;
	}
	/* loads and stores; dc, ic and the like */
	if ((w & 0x0a000000) == 0x08000000 || (w & 0xfff80000) == 0xd5080000)
		in->is |= INSN_FAULTS;
	arm64_jumps(in, w);
	/* ldr and str of one register, ldar and stlr */
	if ((w & 0x3b000000) == 0x39000000 || (w & 0x3b200000) == 0x38000000 ||
	    (w & 0x3b200c00) == 0x38200800 || (w & 0x3fbffc00) == 0x089ffc00)
		in->is |= INSN_ONE_ACCESS;
	if ((w & 0x3b200c00) == 0x38000800)
		in->is |= INSN_USER_ACCESS;
	if (w == 0xd500409f) /* msr pan, #0 */
		in->is |= INSN_USER_ON;
	else if (w == 0xd500419f)
		in->is |= INSN_USER_OFF;
	else if (w == 0xa90007e0) /* stp x0, x1, [sp] */
		in->is |= INSN_SAVE;
	else if (w == 0xa94007e0) /* ldp x0, x1, [sp] */
		in->is |= INSN_RESTORE;
	else if (w == 0xd69f03e0)
		in->is |= INSN_ERET;
	else if ((w & 0xfc007c1f) == 0xa8005013) /* stp and ldp of x19, x20 */
		in->is |= w >> 22 & 1 ? INSN_TASK_COMES : INSN_TASK_GOES;
}

void insn_decode(struct insn *in)
{
	in->is = 0;
	in->target = 0;
	in->mark_op = in->mark_arg = 0;
	if (arm64)
		arm64_decode(in);
	else
		x86_decode(in);
}

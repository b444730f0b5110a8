// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Whether bytes are a whole x86_64 instruction. The emulator ends a block before an instruction
 * that reaches into the next page; up to version 7.2 at least it shows plugins what it had read
 * of that instruction by then as the block's last one, though it is not executed with it.
 */
#include <string.h>

#include "runner/cost/plugin/insn.h"

/* What is left to read. */
struct reader {
	const uint8_t *p, *end;
	bool short_operand; /* prefix 66 */
	bool wide;	    /* REX.W */
	bool short_address; /* prefix 67 */
};

static bool skip(struct reader *r, size_t n)
{
	if ((size_t)(r->end - r->p) < n)
		return false;
	r->p += n;
	return true;
}

/* The ModRM byte and what belongs to it; its middle field goes to *REG. */
static bool skip_modrm(struct reader *r, unsigned int *reg)
{
	unsigned int mod, rm, base = 0;

	if (r->p == r->end)
		return false;
	mod = *r->p >> 6;
	rm = *r->p & 7;
	*reg = *r->p++ >> 3 & 7;
	if (mod == 3)
		return true;
	if (rm == 4) {
		if (r->p == r->end)
			return false;
		base = *r->p++ & 7;
	}
	if (mod == 1)
		return skip(r, 1);
	if (mod == 2 || rm == 5 || (rm == 4 && base == 5))
		return skip(r, 4);
	return true;
}

static size_t immediate(const struct reader *r)
{
	return r->short_operand ? 2 : 4;
}

static bool rest_0f(struct reader *r)
{
	static const char imm8[] = "\x70\x71\x72\x73\xa4\xac\xba\xc2\xc4\xc5\xc6";
	unsigned int reg;
	uint8_t op;

	if (r->p == r->end)
		return false;
	op = *r->p++;
	if (op == 0x38 || op == 0x3a)
		return skip(r, 1) && skip_modrm(r, &reg) && skip(r, op == 0x3a);
	if (op >> 4 == 8)
		return skip(r, 4);
	if ((op >= 0x05 && op <= 0x0b) || op == 0x0e || op >> 3 == 6 || op == 0x77 ||
	    (op >= 0xa0 && op <= 0xa2) || (op >= 0xa8 && op <= 0xaa) || op >> 3 == 0x19)
		return true;
	return skip_modrm(r, &reg) && skip(r, memchr(imm8, op, sizeof(imm8) - 1) ? 1 : 0);
}

/* Behind VEX and EVEX prefixes, of which FIRST is the first byte. */
static bool rest_vex(struct reader *r, uint8_t first)
{
	static const char imm8[] = "\x70\x71\x72\x73\xc2\xc4\xc5\xc6";
	size_t prefix = first == 0xc5 ? 1 : first == 0xc4 ? 2 : 3;
	unsigned int map = 1, reg;
	uint8_t op;

	if ((size_t)(r->end - r->p) <= prefix)
		return false;
	if (first != 0xc5)
		map = *r->p & (first == 0xc4 ? 31 : 7);
	op = r->p[prefix];
	r->p += prefix + 1;
	if (map == 1 && op == 0x77)
		return true;
	return skip_modrm(r, &reg) &&
	       skip(r, map == 3 || (map == 1 && memchr(imm8, op, sizeof(imm8) - 1)) ? 1 : 0);
}

/* Opcodes of one byte without ModRM: how many bytes belong to them. */
static size_t rest_plain(const struct reader *r, uint8_t op)
{
	if (op < 0x40)
		return (op & 7) == 4 ? 1 : (op & 7) == 5 ? immediate(r) : 0;
	if (op == 0x6a || op >> 4 == 7 || op == 0xa8 || op >> 3 == 0x16 || op == 0xcd ||
	    (op >= 0xe0 && op <= 0xe7) || op == 0xeb)
		return 1;
	if (op == 0x68 || op == 0xa9)
		return immediate(r);
	if (op == 0xe8 || op == 0xe9)
		return 4;
	if (op >> 3 == 0x17)
		return r->wide ? 8 : immediate(r);
	if (op >= 0xa0 && op <= 0xa3)
		return r->short_address ? 4 : 8;
	if (op == 0xc2 || op == 0xca)
		return 2;
	return op == 0xc8 ? 3 : 0;
}

static bool rest_1(struct reader *r, uint8_t op)
{
	bool modrm = (op < 0x40 && (op & 7) < 4) || op == 0x63 || op == 0x69 || op == 0x6b ||
		     (op >= 0x80 && op <= 0x8f) || op == 0xc0 || op == 0xc1 || op == 0xc6 ||
		     op == 0xc7 || (op >= 0xd0 && op <= 0xd3) || op >> 3 == 0x1b || op == 0xf6 ||
		     op == 0xf7 || op >= 0xfe;
	unsigned int reg = 0;

	if (!modrm)
		return skip(r, rest_plain(r, op));
	if (!skip_modrm(r, &reg))
		return false;
	if (op == 0x6b || op == 0x80 || op == 0x83 || op == 0xc0 || op == 0xc1 || op == 0xc6 ||
	    (op == 0xf6 && reg < 2))
		return skip(r, 1);
	if (op == 0x69 || op == 0x81 || op == 0xc7 || (op == 0xf7 && reg < 2))
		return skip(r, immediate(r));
	return true;
}

bool insn_x86_is_whole(const uint8_t *bytes, size_t n)
{
	static const char prefixes[] = "\x26\x2e\x36\x3e\x64\x65\x66\x67\xf0\xf2\xf3";
	struct reader r = { .p = bytes, .end = bytes + n };
	uint8_t op;

	while (r.p < r.end && memchr(prefixes, *r.p, sizeof(prefixes) - 1)) {
		r.short_operand |= *r.p == 0x66;
		r.short_address |= *r.p == 0x67;
		r.p++;
	}
	if (r.p < r.end && *r.p >> 4 == 4)
		r.wide = *r.p++ & 8;
	if (r.p == r.end)
		return false;
	op = *r.p++;
	if (op == 0x0f)
		return rest_0f(&r);
	if (op == 0xc4 || op == 0xc5 || op == 0x62)
		return rest_vex(&r, op);
	return rest_1(&r, op);
}

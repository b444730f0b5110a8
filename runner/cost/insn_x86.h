/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Private to insn_x86*.c: an instruction in its parts. */
#ifndef FB_COST_INSN_X86_H
#define FB_COST_INSN_X86_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What there is to know of an opcode. */
enum x86_what {
	N = 1 << 0,	/* there is such an instruction */
	M = 1 << 1,	/* has a ModRM byte */
	R = 1 << 2,	/* reads its operand if that is in memory */
	W = 1 << 3,	/* writes it */
	V = 1 << 4,	/* which is a vector: as long as other bits of the instruction say */
	D = 1 << 5,	/* which is two things: far pointers, descriptor tables, 80-bit numbers */
	I1 = 1 << 6,	/* an immediate of one byte */
	I2 = 1 << 7,	/* of two */
	IZ = 1 << 8,	/* of four, or of two with the prefix 66 */
	IV = 1 << 9,	/* of four, two, or eight with REX.W */
	I4 = 1 << 10,	/* of four */
	IA = 1 << 11,	/* an address */
	PUSH = 1 << 12, /* writes to the stack */
	POP = 1 << 13,	/* reads from it */
	REG = 1 << 14,	/* the operand is a register whatever ModRM says */
	G = 1 << 15,	/* a group: the reg field of ModRM says the rest */
};

struct x86 {
	const uint8_t *at, *end;
	bool lock, opsize, addrsize, vex, vex256;
	uint8_t rep; /* f2, f3, or 0: the last one of them */
	uint8_t rex; /* of VEX: W alone */
	uint8_t map; /* 0: one byte, 1: 0f, 2: 0f 38, 3: 0f 3a */
	uint8_t op, modrm;
	bool memory; /* ModRM names a place in memory */
	unsigned int what;
};

static inline uint8_t x86_reg(const struct x86 *x)
{
	return x->modrm >> 3 & 7;
}

/* X has the bytes; false where they are not one instruction, with nothing behind it. */
bool x86_decode(struct x86 *x);

#endif

// SPDX-License-Identifier: GPL-2.0-or-later
/* x86_64: what an instruction reads and writes, and what else it is. */
#include <stdbool.h>

#include "lib/cleanup.h"
#include "runner/cost/insn.h"
#include "runner/cost/insn_x86.h"

/* Whether a vector instruction's operand in memory is of 8 bytes or less: map 0f. */
static bool is_scalar_0f(const struct x86 *x)
{
	bool plain = !x->opsize && !x->rep;

	switch (x->op) {
	case 0x10:
	case 0x11:
	case 0x51 ... 0x59:
	case 0x5c ... 0x5f:
	case 0xc2:
		return x->rep;
	case 0x12:
		return x->rep != 0xf3;
	case 0x16:
		return x->rep != 0xf3;
	case 0x13:
	case 0x17:
	case 0x2a:
	case 0x2e ... 0x2f:
	case 0x6e:
	case 0x7e:
	case 0xd6:
		return true;
	case 0x2c ... 0x2d:
		return !x->opsize;
	case 0x5a:
		return x->rep || plain;
	case 0xe6:
		return x->rep == 0xf3;
	case 0x60 ... 0x6d: /* of MMX without prefix */
	case 0x70:
	case 0x74 ... 0x76:
	case 0xd1 ... 0xd5:
	case 0xd8 ... 0xe5:
	case 0xe7 ... 0xef:
	case 0xf1 ... 0xfe:
		return plain && !x->vex;
	case 0x6f:
	case 0x7f:
		return plain && !x->vex;
	default:
		return false;
	}
}

/* pmovsx, pmovzx: the operand is a half of the vector or less. */
static bool is_widening(const struct x86 *x)
{
	return x->map == 2 && (x->op & 0xe8) == 0x20 && (x->op & 7) <= 5;
}

/* Halves of vectors: 128 bits from or to memory, whatever the vector. */
static bool is_half(const struct x86 *x)
{
	if (x->map == 3)
		return x->op == 0x18 || x->op == 0x19 || x->op == 0x38 || x->op == 0x39 ||
		       x->op == 0x1d;
	return x->map == 2 && (x->op == 0x1a || x->op == 0x5a || x->op == 0x13);
}

static bool is_scalar(const struct x86 *x)
{
	if (x->map == 1)
		return is_scalar_0f(x);
	if (x->map == 3)
		return (x->op >= 0x14 && x->op <= 0x17) || (x->op >= 0x20 && x->op <= 0x22) ||
		       x->op == 0x0a || x->op == 0x0b || x->op == 0xf0 ||
		       (x->op == 0x0f && !x->opsize && !x->vex);
	if (is_widening(x))
		return !x->vex256;
	switch (x->op) {
	case 0x18 ... 0x19: /* broadcasts */
	case 0x58 ... 0x59:
	case 0x78 ... 0x79:
		return x->vex;
	case 0xf2 ... 0xf7: /* BMI */
		return true;
	default:
		return x->op < 0x20 && !x->opsize;
	}
}

/* Moves of at most 8 bytes that the operand in memory takes. */
static uint8_t units_of(const struct x86 *x)
{
	if (x->what & D)
		return 2;
	if (x->map == 1 && x->op == 0xc7 && x86_reg(x) == 1) /* cmpxchg16b */
		return x->rex & 8 ? 2 : 1;
	if (!(x->what & V) || is_scalar(x))
		return 1;
	if (x->vex256 && (is_half(x) || is_widening(x)))
		return 2;
	return x->vex256 ? 4 : 2;
}

/* Accesses of instructions without ModRM that are no simple push or pop. */
static void implicit_accesses(const struct x86 *x, struct profile_insn *insn)
{
	static const struct {
		uint8_t map, op, loads, stores;
	} more[] = {
		{ 0, 0x6c, 0, 1 }, { 0, 0x6d, 0, 1 }, { 0, 0x6e, 1, 0 }, { 0, 0x6f, 1, 0 },
		{ 0, 0xa0, 1, 0 }, { 0, 0xa1, 1, 0 }, { 0, 0xa2, 0, 1 }, { 0, 0xa3, 0, 1 },
		{ 0, 0xa4, 1, 1 }, { 0, 0xa5, 1, 1 }, { 0, 0xa6, 2, 0 }, { 0, 0xa7, 2, 0 },
		{ 0, 0xaa, 0, 1 }, { 0, 0xab, 0, 1 }, { 0, 0xac, 1, 0 }, { 0, 0xad, 1, 0 },
		{ 0, 0xae, 1, 0 }, { 0, 0xaf, 1, 0 }, { 0, 0xca, 2, 0 }, { 0, 0xcb, 2, 0 },
		{ 0, 0xcf, 5, 0 }, /* iret: rip, cs, rflags, rsp, ss */
		{ 0, 0xd7, 1, 0 }, { 1, 0xf7, 0, 1 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(more); i++) {
		if (more[i].map == x->map && more[i].op == x->op) {
			insn->loads = more[i].loads;
			insn->stores = more[i].stores;
		}
	}
	if (!x->map && x->op == 0xff && x->memory && x86_reg(x) == 3) /* a far call */
		insn->stores++;
}

static void find_accesses(const struct x86 *x, struct profile_insn *insn)
{
	implicit_accesses(x, insn);
	if (x->memory) {
		uint8_t units = units_of(x);

		/* clwb, clflushopt and others in the place of xsaveopt */
		if (x->map == 1 && x->op == 0xae && x86_reg(x) >= 6 && (x->opsize || x->rep))
			units = 0;
		insn->loads += x->what & R ? units : 0;
		insn->stores += x->what & W ? units : 0;
	}
	insn->loads += !!(x->what & POP);
	insn->stores += !!(x->what & PUSH);
}

/* 0f 01 with a register: instructions of their own. */
static uint16_t flags_0f01(const struct x86 *x)
{
	switch (x->modrm) {
	case 0xdf: /* invlpga */
		return PROFILE_TLB_PAGE;
	case 0xe8: /* serialize */
		return x->rep ? 0 : PROFILE_BARRIER;
	case 0xfe: /* invlpgb */
		return x->rep ? 0 : PROFILE_TLB_RANGE;
	case 0xff: /* tlbsync */
		return x->rep ? 0 : PROFILE_BARRIER;
	default:
		return 0;
	}
}

static uint16_t flags_0f(const struct x86 *x)
{
	switch (x->op) {
	case 0x01:
		if (x->memory)
			return x86_reg(x) == 7 ? PROFILE_TLB_PAGE : 0; /* invlpg */
		return flags_0f01(x);
	case 0x22: /* mov to a control register; REX.R makes it one that has no part in this */
		if (x->rex & 4)
			return 0;
		return x86_reg(x) == 3 ? PROFILE_TLB_SPACE : x86_reg(x) == 4 ? PROFILE_TLB_ALL : 0;
	case 0xae: /* lfence, mfence, sfence */
		if (!x->memory && x86_reg(x) >= 5 && !x->rep && !x->opsize)
			return PROFILE_BARRIER;
		return 0;
	default:
		return 0;
	}
}

static bool is_string(const struct x86 *x)
{
	return !x->map && ((x->op >= 0x6c && x->op <= 0x6f) || (x->op >= 0xa4 && x->op <= 0xa7) ||
			   (x->op >= 0xaa && x->op <= 0xaf));
}

static uint16_t flags_of(const struct x86 *x)
{
	uint16_t flags = x->lock ? PROFILE_ATOMIC : 0;

	if (is_string(x) && x->rep)
		flags |= PROFILE_STRING;
	if (!x->map && x->memory && (x->op == 0x86 || x->op == 0x87))
		flags |= PROFILE_ATOMIC;
	if (x->map == 1 && !x->vex)
		flags |= flags_0f(x);
	if (x->map == 2 && x->op >= 0x80 && x->op <= 0x82 && x->opsize)
		flags |= PROFILE_TLB_SPACE;
	return flags;
}

void insn_x86(const uint8_t *code, size_t size, struct profile_insn *insn)
{
	struct x86 x = { .at = code, .end = code + size };

	insn->flags = 0;
	insn->loads = insn->stores = 0;
	if (!x86_decode(&x)) {
		insn->flags = PROFILE_UNKNOWN;
		return;
	}
	find_accesses(&x, insn);
	insn->flags = flags_of(&x);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * arm64 instructions: of the A64 encoding what touches memory, what is atomic, and the system
 * instructions that invalidate translations or order accesses. Bit numbers are those of the
 * architecture's manual.
 */
#include <stdbool.h>

#include "lib/cleanup.h"
#include "runner/cost/insn.h"

static unsigned int bits(uint32_t code, unsigned int high, unsigned int low)
{
	return code >> low & ((2u << (high - low)) - 1);
}

static bool bit(uint32_t code, unsigned int n)
{
	return code >> n & 1;
}

static void unknown(struct profile_insn *insn)
{
	insn->flags = PROFILE_UNKNOWN;
}

/* N accesses that read, or that write. */
static void moves(struct profile_insn *insn, bool load, unsigned int n)
{
	if (load)
		insn->loads = (uint8_t)n;
	else
		insn->stores = (uint8_t)n;
}

static void atomic(struct profile_insn *insn, unsigned int n)
{
	insn->flags = PROFILE_ATOMIC;
	insn->loads = insn->stores = (uint8_t)n;
}

/* tlbi: what is invalidated follows from op1 (the exception level), CRm and op2. */
static uint16_t tlbi(uint32_t code)
{
	unsigned int op1 = bits(code, 18, 16), crm = bits(code, 11, 8), op2 = bits(code, 7, 5);
	bool range = crm == 2 || crm == 5 || crm == 6;

	if (op1 == 4 && (crm == 0 || crm == 4)) /* ipas2*, ripas2* */
		return op2 == 2 || op2 == 3 || op2 == 6 || op2 == 7 ? PROFILE_TLB_RANGE
								    : PROFILE_TLB_PAGE;
	if (range)
		return PROFILE_TLB_RANGE;
	if (crm != 1 && crm != 3 && crm != 7)
		return PROFILE_UNKNOWN;
	if (op1 == 0 && op2 == 2) /* aside1* */
		return PROFILE_TLB_SPACE;
	if (op2 == 0 || op2 == 4 || op2 == 6) /* vmalle1*, alle*, vmalls12e1* */
		return PROFILE_TLB_ALL;
	return PROFILE_TLB_PAGE;
}

/* SYS: cache and translation maintenance. */
static void sys(uint32_t code, struct profile_insn *insn)
{
	unsigned int op1 = bits(code, 18, 16), crn = bits(code, 15, 12), crm = bits(code, 11, 8);
	unsigned int op2 = bits(code, 7, 5);

	if (crn == 8 || crn == 9) /* 9: without waiting for those that are marked so */
		insn->flags = tlbi(code);
	else if (crn == 7 && op1 == 3 && crm == 4 && (op2 == 1 || op2 == 4))
		insn->stores = 1; /* dc zva, dc gzva */
}

/* With CRn 3: barriers. */
static uint16_t barrier(uint32_t code)
{
	unsigned int crm = bits(code, 11, 8);

	switch (bits(code, 7, 5)) {
	case 1: /* dsb nXS */
		return (crm & 3) == 2 ? PROFILE_DSB : PROFILE_UNKNOWN;
	case 2: /* clrex */
		return 0;
	case 4: /* 0 and 4 are ssbb and pssbb, against speculation */
		return crm == 0 || crm == 4 ? PROFILE_BARRIER : PROFILE_DSB;
	case 5: /* dmb */
	case 6: /* isb */
	case 7: /* sb */
		return PROFILE_BARRIER;
	default:
		return PROFILE_UNKNOWN;
	}
}

/* Branches, exceptions and system instructions. */
static void branch_or_system(uint32_t code, struct profile_insn *insn)
{
	unsigned int top = bits(code, 31, 22);

	if (top == 0x355) { /* SYSP: a SYS with 128 bits */
		if (!bit(code, 21))
			sys(code, insn);
		return;
	}
	if (top != 0x354 || bit(code, 21)) /* mrs and what is not of the system */
		return;
	if (bits(code, 20, 19) == 1)
		sys(code, insn);
	else if (bits(code, 20, 16) == 3 && bits(code, 15, 12) == 3)
		insn->flags = barrier(code);
}

/* Exclusive and ordered accesses, compare and swap. */
static void exclusive(uint32_t code, struct profile_insn *insn)
{
	bool o2 = bit(code, 23), load = bit(code, 22), o1 = bit(code, 21);

	if (o2 && o1) { /* cas */
		atomic(insn, 1);
	} else if (o2) { /* stlr, stllr, ldar, ldlar */
		moves(insn, load, 1);
	} else if (o1 && !bit(code, 31)) { /* casp */
		atomic(insn, 2);
	} else {
		moves(insn, load, o1 ? 2 : 1);
		if (!load)
			insn->flags = PROFILE_ATOMIC;
	}
}

/* ld1 to ld4, st1 to st4. */
static void structures(uint32_t code, struct profile_insn *insn)
{
	static const uint8_t registers[16] = { 4, 0, 4, 0, 3, 0, 3, 1, 2, 0, 2 };
	bool load = bit(code, 22);
	unsigned int n;

	if (bit(code, 31)) {
		unknown(insn);
	} else if (bit(code, 24)) { /* one lane of each register */
		moves(insn, load, 1 + bit(code, 21) + 2 * bit(code, 13));
	} else {
		n = registers[bits(code, 15, 12)];
		if (n)
			moves(insn, load, n << bit(code, 30));
		else
			unknown(insn);
	}
}

/* PC-relative. */
static void literal(uint32_t code, struct profile_insn *insn)
{
	unsigned int opc = bits(code, 31, 30);

	if (bit(code, 26)) {
		if (opc == 3)
			unknown(insn);
		else
			insn->loads = opc == 2 ? 2 : 1;
	} else if (opc != 3) { /* prfm */
		insn->loads = 1;
	}
}

static void pair(uint32_t code, struct profile_insn *insn)
{
	unsigned int opc = bits(code, 31, 30);
	bool vector = bit(code, 26), load = bit(code, 22);

	if (opc == 3 && vector)
		unknown(insn);
	else
		moves(insn, load, vector && opc == 2 ? 4 : 2);
}

/* One register, whatever the addressing. */
static void one(uint32_t code, struct profile_insn *insn)
{
	unsigned int size = bits(code, 31, 30), opc = bits(code, 23, 22);

	if (bit(code, 26)) {
		if (opc >= 2 && size) /* 128 bits have size 0 */
			unknown(insn);
		else
			moves(insn, opc & 1, opc >= 2 ? 2 : 1);
	} else if (opc == 2 && size == 3) { /* prfm */
		return;
	} else if (opc == 3 && size >= 2) {
		unknown(insn);
	} else {
		moves(insn, opc, 1);
	}
}

/* ld<op>, st<op>, swp; and others that have the same place. */
static void atomic_operation(uint32_t code, struct profile_insn *insn)
{
	unsigned int opc = bits(code, 14, 12), size = bits(code, 31, 30);

	if (bit(code, 26)) {
		unknown(insn);
	} else if (!bit(code, 15) || opc == 0) {
		atomic(insn, 1);
	} else if (opc == 4) { /* ldapr */
		insn->loads = 1;
	} else if (size == 3 && opc == 5) { /* ld64b */
		insn->loads = 8;
	} else if (size == 3 && opc <= 3) { /* st64b* */
		insn->stores = 8;
	} else if (opc <= 3) { /* rcwclr, rcwswp, rcwset */
		atomic(insn, 1);
	} else {
		unknown(insn);
	}
}

/* Beside literals: unscaled ordered accesses, tags, copies, pairs of 128-bit atomics. */
static void more_literals(uint32_t code, struct profile_insn *insn)
{
	unsigned int size = bits(code, 31, 30), opc = bits(code, 23, 22);

	if (bits(code, 11, 10) == 1 && !bit(code, 21)) { /* cpy*, set* */
		insn->loads = opc != 3;
		insn->stores = 1;
	} else if (bit(code, 26)) { /* stlur, ldapur of vectors */
		moves(insn, opc & 1, opc >= 2 ? 2 : 1);
	} else if (bit(code, 21)) {
		if (size == 0 && bits(code, 11, 10) == 0) /* ldclrp, ldsetp, swpp */
			atomic(insn, 2);
		else if (size != 3) /* tags are no data */
			unknown(insn);
	} else if (bits(code, 11, 10) == 0) {
		if (opc == 3 && size >= 2)
			unknown(insn);
		else
			moves(insn, opc, 1);
	} else if (bits(code, 11, 10) == 2 && size >= 2) { /* ldiapp, stilp */
		moves(insn, opc & 1, 2);
	} else {
		unknown(insn);
	}
}

static void load_or_store(uint32_t code, struct profile_insn *insn)
{
	switch (bits(code, 29, 28)) {
	case 0:
		if (bit(code, 26))
			structures(code, insn);
		else if (!bit(code, 24))
			exclusive(code, insn);
		else
			unknown(insn);
		return;
	case 1:
		if (bit(code, 24))
			more_literals(code, insn);
		else
			literal(code, insn);
		return;
	case 2:
		pair(code, insn);
		return;
	default:
		if (bit(code, 24) || !bit(code, 21) || bits(code, 11, 10) == 2)
			one(code, insn);
		else if (bits(code, 11, 10) == 0)
			atomic_operation(code, insn);
		else if (bits(code, 31, 30) == 3 && !bit(code, 26)) /* ldraa, ldrab */
			insn->loads = 1;
		else
			unknown(insn);
	}
}

/* One access each, whatever the vectors' length; prefetches are not told from loads. */
static void sve(uint32_t code, struct profile_insn *insn)
{
	if (bits(code, 31, 29) >= 4)
		moves(insn, bits(code, 31, 29) != 7, 1);
}

static void classify(uint32_t code, struct profile_insn *insn)
{
	unsigned int group = bits(code, 28, 25);

	if ((group & 5) == 4)
		load_or_store(code, insn);
	else if ((group & 14) == 10)
		branch_or_system(code, insn);
	else if (group == 2)
		sve(code, insn);
	else if (group < 8 && (group & 5) != 5) /* udf, SME, unallocated */
		unknown(insn);
}

void insn_arm64(const uint8_t *code, size_t size, struct profile_insn *insn)
{
	insn->flags = 0;
	insn->loads = insn->stores = 0;
	if (size != 4)
		unknown(insn);
	else
		classify((uint32_t)code[0] | (uint32_t)code[1] << 8 | (uint32_t)code[2] << 16 |
				 (uint32_t)code[3] << 24,
			 insn);
}

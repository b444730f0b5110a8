// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * x86_64 instructions in their parts: prefixes, opcode maps, ModRM, immediates. The tables follow
 * the opcode maps in the manuals of Intel and AMD; entries that are missing are no instructions in
 * 64-bit mode. EVEX, XOP and REX2 are not known.
 */
#include "lib/cleanup.h"
#include "runner/cost/insn_x86.h"

#define ALU(op, rw)                                                                                \
	[(op)] = N | M | (rw), [(op) + 1] = N | M | (rw), [(op) + 2] = N | M | R,                  \
	[(op) + 3] = N | M | R, [(op) + 4] = N | I1, [(op) + 5] = N | IZ

static const uint16_t one_byte[256] = {
	ALU(0x00, R | W),
	ALU(0x08, R | W),
	ALU(0x10, R | W),
	ALU(0x18, R | W),
	ALU(0x20, R | W),
	ALU(0x28, R | W),
	ALU(0x30, R | W),
	ALU(0x38, R), /* cmp */
	[0x50 ... 0x57] = N | PUSH,
	[0x58 ... 0x5f] = N | POP,
	[0x63] = N | M | R,
	[0x68] = N | IZ | PUSH,
	[0x69] = N | M | R | IZ,
	[0x6a] = N | I1 | PUSH,
	[0x6b] = N | M | R | I1,
	[0x6c ... 0x6f] = N, /* ins, outs */
	[0x70 ... 0x7f] = N | I1,
	[0x80] = N | M | G | I1,
	[0x81] = N | M | G | IZ,
	[0x83] = N | M | G | I1,
	[0x84 ... 0x85] = N | M | R,	 /* test */
	[0x86 ... 0x87] = N | M | R | W, /* xchg */
	[0x88 ... 0x89] = N | M | W,
	[0x8a ... 0x8b] = N | M | R,
	[0x8c] = N | M | W,
	[0x8d] = N | M, /* lea */
	[0x8e] = N | M | R,
	[0x8f] = N | M | G,
	[0x90 ... 0x99] = N,
	[0x9b] = N,
	[0x9c] = N | PUSH,
	[0x9d] = N | POP,
	[0x9e ... 0x9f] = N,
	[0xa0 ... 0xa3] = N | IA, /* mov from and to an address */
	[0xa4 ... 0xa7] = N,	  /* movs, cmps */
	[0xa8] = N | I1,
	[0xa9] = N | IZ,
	[0xaa ... 0xaf] = N, /* stos, lods, scas */
	[0xb0 ... 0xb7] = N | I1,
	[0xb8 ... 0xbf] = N | IV,
	[0xc0 ... 0xc1] = N | M | R | W | I1, /* shifts */
	[0xc2] = N | I2 | POP,
	[0xc3] = N | POP,
	[0xc6 ... 0xc7] = N | M | G,
	[0xc8] = N | I2 | I1 | PUSH, /* enter */
	[0xc9] = N | POP,
	[0xca] = N | I2,
	[0xcb ... 0xcc] = N,
	[0xcd] = N | I1,
	[0xcf] = N,
	[0xd0 ... 0xd3] = N | M | R | W,
	[0xd7] = N, /* xlat */
	[0xd8 ... 0xdf] = N | M | G,
	[0xe0 ... 0xe7] = N | I1,
	[0xe8] = N | I4 | PUSH,
	[0xe9] = N | I4,
	[0xeb] = N | I1,
	[0xec ... 0xef] = N,
	[0xf1] = N,
	[0xf4 ... 0xf5] = N,
	[0xf6 ... 0xf7] = N | M | G,
	[0xf8 ... 0xfd] = N,
	[0xfe ... 0xff] = N | M | G,
};

static const uint16_t two_bytes[256] = {
	[0x00 ... 0x01] = N | M | G,
	[0x02 ... 0x03] = N | M | R, /* lar, lsl */
	[0x05 ... 0x09] = N,
	[0x0b] = N,
	[0x0d] = N | M, /* prefetchw */
	[0x0e] = N,
	[0x0f] = N | M | R | I1, /* 3DNow! */
	[0x10] = N | M | V | R,
	[0x11] = N | M | V | W,
	[0x12] = N | M | V | R,
	[0x13] = N | M | V | W,
	[0x14 ... 0x16] = N | M | V | R,
	[0x17] = N | M | V | W,
	[0x18 ... 0x1f] = N | M, /* prefetches, endbr, nops */
	[0x20 ... 0x23] = N | M | REG,
	[0x28] = N | M | V | R,
	[0x29] = N | M | V | W,
	[0x2a] = N | M | V | R,
	[0x2b] = N | M | V | W,
	[0x2c ... 0x2f] = N | M | V | R,
	[0x30 ... 0x35] = N,
	[0x37] = N,
	[0x40 ... 0x4f] = N | M | R, /* cmov reads even if it does not move */
	[0x50] = N | M,
	[0x51 ... 0x6f] = N | M | V | R,
	[0x70] = N | M | V | R | I1,
	[0x71 ... 0x73] = N | M | I1,
	[0x74 ... 0x76] = N | M | V | R,
	[0x77] = N,
	[0x78] = N | M | W,
	[0x79] = N | M | R,
	[0x7c ... 0x7d] = N | M | V | R,
	[0x7e ... 0x7f] = N | M | V | W,
	[0x80 ... 0x8f] = N | I4,
	[0x90 ... 0x9f] = N | M | W,
	[0xa0] = N | PUSH,
	[0xa1] = N | POP,
	[0xa2] = N,
	[0xa3] = N | M | R,
	[0xa4] = N | M | R | W | I1,
	[0xa5] = N | M | R | W,
	[0xa6 ... 0xa7] = N | M, /* of VIA */
	[0xa8] = N | PUSH,
	[0xa9] = N | POP,
	[0xaa] = N,
	[0xab] = N | M | R | W,
	[0xac] = N | M | R | W | I1,
	[0xad] = N | M | R | W,
	[0xae] = N | M | G,
	[0xaf] = N | M | R,
	[0xb0 ... 0xb1] = N | M | R | W, /* cmpxchg */
	[0xb2] = N | M | D | R,
	[0xb3] = N | M | R | W,
	[0xb4 ... 0xb5] = N | M | D | R,
	[0xb6 ... 0xb8] = N | M | R,
	[0xb9] = N | M,
	[0xba] = N | M | G | I1,
	[0xbb] = N | M | R | W,
	[0xbc ... 0xbf] = N | M | R,
	[0xc0 ... 0xc1] = N | M | R | W, /* xadd */
	[0xc2] = N | M | V | R | I1,
	[0xc3] = N | M | W,
	[0xc4 ... 0xc5] = N | M | R | I1,
	[0xc6] = N | M | V | R | I1,
	[0xc7] = N | M | G,
	[0xc8 ... 0xcf] = N,
	[0xd0 ... 0xd5] = N | M | V | R,
	[0xd6] = N | M | V | W,
	[0xd7] = N | M,
	[0xd8 ... 0xe6] = N | M | V | R,
	[0xe7] = N | M | V | W,
	[0xe8 ... 0xf6] = N | M | V | R,
	[0xf7] = N | M,
	[0xf8 ... 0xfe] = N | M | V | R,
	[0xff] = N | M,
};

/* Groups: what the reg field adds. */
struct group {
	uint8_t map, op;
	uint16_t what[8];
};

static const struct group groups[] = {
	{ 0,
	  0x80,
	  { N | R | W, N | R | W, N | R | W, N | R | W, N | R | W, N | R | W, N | R | W, N | R } },
	{ 0, 0x8f, { N | POP | W } },
	{ 0, 0xc6, { N | I1 | W, 0, 0, 0, 0, 0, 0, N | I1 } },
	{ 0, 0xc7, { N | IZ | W, 0, 0, 0, 0, 0, 0, N | IZ } },
	/* x87, with operands in memory */
	{ 0, 0xd8, { N | R, N | R, N | R, N | R, N | R, N | R, N | R, N | R } },
	{ 0, 0xd9, { N | R, 0, N | W, N | W, N | R, N | R, N | W, N | W } },
	{ 0, 0xda, { N | R, N | R, N | R, N | R, N | R, N | R, N | R, N | R } },
	{ 0, 0xdb, { N | R, N | W, N | W, N | W, 0, N | D | R, 0, N | D | W } },
	{ 0, 0xdc, { N | R, N | R, N | R, N | R, N | R, N | R, N | R, N | R } },
	{ 0, 0xdd, { N | R, N | W, N | W, N | W, N | R, 0, N | W, N | W } },
	{ 0, 0xde, { N | R, N | R, N | R, N | R, N | R, N | R, N | R, N | R } },
	{ 0, 0xdf, { N | R, N | W, N | W, N | W, N | D | R, N | R, N | D | W, N | W } },
	{ 0, 0xf6, { N | I1 | R, N | I1 | R, N | R | W, N | R | W, N | R, N | R, N | R, N | R } },
	{ 0, 0xf7, { N | IZ | R, N | IZ | R, N | R | W, N | R | W, N | R, N | R, N | R, N | R } },
	{ 0, 0xfe, { N | R | W, N | R | W } },
	{ 0,
	  0xff,
	  { N | R | W, N | R | W, N | R | PUSH, N | D | R | PUSH, N | R, N | D | R,
	    N | R | PUSH } },
	{ 1, 0x00, { N | W, N | W, N | R, N | R, N | R, N | R, N | R } },
	{ 1, 0x01, { N | D | W, N | D | W, N | D | R, N | D | R, N | W, N | R, N | R, N } },
	{ 1, 0xae, { N | W, N | R, N | R, N | W, N | W, N | R, N | W, N } },
	{ 1, 0xba, { 0, 0, 0, 0, N | R, N | R | W, N | R | W, N | R | W } },
	{ 1, 0xc7, { 0, N | R | W, 0, N | R, N | W, N | W, N | R, N | W } },
};

static uint8_t next(struct x86 *x)
{
	return x->at < x->end ? *x->at++ : 0;
}

/* Up to the opcode; false if the bytes end before it. REX counts right before it alone. */
static bool read_prefixes(struct x86 *x)
{
	for (; x->at < x->end; x->at++) {
		uint8_t rex = 0;

		switch (*x->at) {
		case 0x26:
		case 0x2e:
		case 0x36:
		case 0x3e:
		case 0x64:
		case 0x65:
			break;
		case 0x66:
			x->opsize = true;
			break;
		case 0x67:
			x->addrsize = true;
			break;
		case 0xf0:
			x->lock = true;
			break;
		case 0xf2:
		case 0xf3:
			x->rep = *x->at;
			break;
		case 0x40 ... 0x4f:
			rex = *x->at;
			break;
		default:
			return true;
		}
		x->rex = rex;
	}
	return false;
}

/* VEX has the map, W, the length of vectors and one of the prefixes in two or three bytes. */
static bool read_vex(struct x86 *x, bool three)
{
	static const uint8_t reps[] = { 0, 0, 0xf3, 0xf2 };
	uint8_t last;

	x->vex = true;
	x->map = 1;
	if (x->end - x->at < (three ? 3 : 2) || x->lock || x->rep || x->opsize || x->rex)
		return false;
	if (three) {
		x->map = next(x) & 0x1f;
		if (x->map < 1 || x->map > 3)
			return false;
	}
	last = next(x);
	if (three && last & 0x80)
		x->rex = 0x48;
	x->vex256 = last & 4;
	x->opsize = (last & 3) == 1;
	x->rep = reps[last & 3];
	x->op = next(x);
	return true;
}

static bool read_opcode(struct x86 *x)
{
	if (!read_prefixes(x))
		return false;
	x->op = next(x);
	if (x->op == 0xc4 || x->op == 0xc5)
		return read_vex(x, x->op == 0xc4);
	if (x->op != 0x0f)
		return true;
	x->map = 1;
	if (x->at == x->end)
		return false;
	x->op = next(x);
	if (x->op == 0x38 || x->op == 0x3a) {
		x->map = x->op == 0x38 ? 2 : 3;
		if (x->at == x->end)
			return false;
		x->op = next(x);
	}
	return true;
}

/* 0f 38 .. */
static unsigned int three_bytes_38(const struct x86 *x)
{
	unsigned int what = N | M | V | R;

	switch (x->op) {
	case 0x80: /* invept, invvpid, invpcid: a descriptor of 16 bytes */
	case 0x81:
	case 0x82:
		return N | M | D | R;
	case 0x2e: /* vmaskmov to memory */
	case 0x2f:
	case 0x8e:
		return x->vex ? N | M | V | W : what;
	case 0xf0: /* movbe, crc32 */
		return N | M | R;
	case 0xf1:
		return x->rep == 0xf2 ? N | M | R : N | M | W;
	case 0xf5: /* wruss, wrss; adcx, adox and BMI have other prefixes */
		return x->vex ? N | M | R : N | M | W;
	case 0xf6:
		return x->vex || x->opsize || x->rep ? N | M | R : N | M | W;
	case 0xf8: /* movdir64b */
		return N | M | R | W;
	case 0xf9:
		return N | M | W;
	default:
		return what;
	}
}

/* 0f 3a .. */
static unsigned int three_bytes_3a(const struct x86 *x)
{
	unsigned int what = N | M | V | I1;

	if (x->op >= 0x14 && x->op <= 0x17)
		return what | W;
	if (x->vex && (x->op == 0x19 || x->op == 0x39 || x->op == 0x1d))
		return what | W;
	return what | R;
}

static unsigned int find_what(const struct x86 *x)
{
	if (x->map == 2)
		return three_bytes_38(x);
	if (x->map == 3)
		return three_bytes_3a(x);
	if (!x->map)
		return one_byte[x->op];
	if (x->vex && x->op >= 0x90 && x->op <= 0x93) /* kmov */
		return N | M | (x->op == 0x90 ? R : x->op == 0x91 ? W : 0);
	if (x->op == 0x7e && x->rep == 0xf3) /* movq */
		return N | M | V | R;
	return two_bytes[x->op];
}

static bool skip(struct x86 *x, size_t n)
{
	if ((size_t)(x->end - x->at) < n)
		return false;
	x->at += n;
	return true;
}

/* ModRM, SIB and the displacement. */
static bool read_modrm(struct x86 *x)
{
	unsigned int mod, rm, base;

	if (!(x->what & M))
		return true;
	if (x->at == x->end)
		return false;
	x->modrm = next(x);
	mod = x->modrm >> 6;
	rm = base = x->modrm & 7;
	if (mod == 3 || x->what & REG)
		return true;
	x->memory = true;
	if (rm == 4) {
		if (x->at == x->end)
			return false;
		base = next(x) & 7;
	}
	if (mod == 0)
		return skip(x, base == 5 ? 4 : 0);
	return skip(x, mod == 1 ? 1 : 4);
}

/* What a group's operand in a register changes: most are of no interest here. */
static unsigned int group_register(const struct x86 *x, unsigned int what)
{
	if (x->map == 1 && x->op != 0xba) /* system instructions */
		return N;
	if (!x->map && x->op >= 0xd8 && x->op <= 0xdf)
		return N;
	return what;
}

static void read_group(struct x86 *x)
{
	uint8_t op = x->op;

	if (!(x->what & G))
		return;
	if (!x->map && (op == 0x81 || op == 0x83))
		op = 0x80;
	for (size_t i = 0; i < ARRAY_SIZE(groups); i++) {
		unsigned int what = groups[i].what[x86_reg(x)];

		if (groups[i].map != x->map || groups[i].op != op)
			continue;
		if (!x->memory)
			what = group_register(x, what);
		x->what = what & N ? x->what | what : 0;
		return;
	}
	x->what = 0;
}

static bool skip_immediates(struct x86 *x)
{
	bool wide = x->rex & 8;
	size_t n = 0;

	if (x->what & I1)
		n += 1;
	if (x->what & I2)
		n += 2;
	if (x->what & I4)
		n += 4;
	if (x->what & IZ)
		n += x->opsize && !wide ? 2 : 4;
	if (x->what & IV)
		n += wide ? 8 : x->opsize ? 2 : 4;
	if (x->what & IA)
		n += x->addrsize ? 4 : 8;
	return skip(x, n);
}

bool x86_decode(struct x86 *x)
{
	if (!read_opcode(x))
		return false;
	x->what = find_what(x);
	if (!x->what || !read_modrm(x))
		return false;
	read_group(x);
	return x->what && skip_immediates(x) && x->at == x->end;
}

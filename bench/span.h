/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Marks for who counts instructions from outside (runner/cost/plugin): instructions that every
 * CPU ignores, distinct from all that a compiler makes. They cost one instruction each, are
 * always executed, and mean nothing where nobody looks.
 *
 * Before each sample the engine sends its window's number, one hexadecimal digit a mark, and
 * opens the window; the spans in it say what is timed:
 *
 *	SPAN_RUN	the case's run()
 *	SPAN_LAP	a lap (bench_lap_begin/end, or a child's): where there are laps their sum
 *			is what metric 0 is made of, else the run
 *	SPAN_METRIC + N	what metric N of the case's table is made of, if that is another span
 *
 * Spans may nest and overlap, may be opened by any process of the case (a child), and more than
 * once in a window: they add up. A mark goes right inside the readings of the clock.
 */
#ifndef FB_BENCH_SPAN_H
#define FB_BENCH_SPAN_H

#include <stdint.h>

enum { SPAN_RUN = 0, SPAN_LAP = 1, SPAN_METRIC = 2, SPANS_MAX = 32 };

/* Operations of a mark; its argument is 0 to 255. */
enum {
	MARK_DIGIT = 1, /* 0 to 15: the next digit of a window's number, highest first */
	MARK_OPEN = 2,	/* the window of the digits sent since the last OPEN; argument 0 */
	MARK_CLOSE = 3, /* and its end */
	MARK_BEGIN = 4, /* span of that number */
	MARK_END = 5,
};

/*
 * x86_64: an 8-byte nop with a displacement, 0f 1f 84 00 imm32, imm32 = 0xf0b10000 | op << 8 |
 * arg. arm64: movz xzr, #imm16, lsl #48 with imm16 = 0xb000 | op << 8 | arg: d2e00000 |
 * imm16 << 5 | 31. OP and ARG are constants.
 */
#if defined(__x86_64__)
#define SPAN_MARK_CODE(op, arg) (0xf0b10000 | (op) << 8 | (arg))
#define SPAN_MARK_TEXT		".byte 0x0f, 0x1f, 0x84, 0x00\n\t.long "
#elif defined(__aarch64__)
#define SPAN_MARK_CODE(op, arg) (0xd2e0001f | (0xb000 | (op) << 8 | (arg)) << 5)
#define SPAN_MARK_TEXT		".inst "
#endif

#ifdef SPAN_MARK_TEXT
#define span_mark(op, arg)                                                                         \
	asm volatile(SPAN_MARK_TEXT "%c0" : : "i"(SPAN_MARK_CODE(op, arg)) : "memory")
#else
#define span_mark(op, arg) ((void)0)
#endif

#define span_begin(span) span_mark(MARK_BEGIN, (span))
#define span_end(span)	 span_mark(MARK_END, (span))

/* Sends NUMBER (8 digits) and opens the window; closes it. */
void span_window_open(uint32_t number);
void span_window_close(void);

/*
 * Window 1 of each boot is a proof for who counts: a straight line of SPAN_PROOF_LINE instructions
 * between the marks of span 0, and twice, one after the other, between those of span 1.
 */
enum { SPAN_PROOF_WINDOW = 1, SPAN_PROOF_LINE = 1000 };

void span_prove(void);

#endif

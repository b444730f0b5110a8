// SPDX-License-Identifier: GPL-2.0-or-later
/* The marks of a window, and the line of instructions that proves the counting; see span.h. */
#include "bench/span.h"

/* A mark carries a constant; what is only known at run time is chosen from constants. */
#define DIGIT(n)                                                                                   \
	case n:                                                                                    \
		span_mark(MARK_DIGIT, n);                                                          \
		break

static void send_digit(uint32_t digit)
{
	switch (digit) {
		DIGIT(0);
		DIGIT(1);
		DIGIT(2);
		DIGIT(3);
		DIGIT(4);
		DIGIT(5);
		DIGIT(6);
		DIGIT(7);
		DIGIT(8);
		DIGIT(9);
		DIGIT(10);
		DIGIT(11);
		DIGIT(12);
		DIGIT(13);
		DIGIT(14);
		DIGIT(15);
	}
}

void span_window_open(uint32_t number)
{
	for (int shift = 28; shift >= 0; shift -= 4)
		send_digit(number >> shift & 15);
	span_mark(MARK_OPEN, 0);
}

void span_window_close(void)
{
	span_mark(MARK_CLOSE, 0);
}

/*
 * 1000 instructions, none of which jumps: arithmetic, and loads and stores of a word that is
 * there, so that blocks end where they may fault.
 */
#if defined(__x86_64__)
#define straight_line(x, y, word)                                                                  \
	asm volatile(".rept 200\n\t"                                                               \
		     "add $3, %0\n\t"                                                              \
		     "imul %0, %1\n\t"                                                             \
		     "mov %1, %2\n\t"                                                              \
		     "lea 5(%0), %1\n\t"                                                           \
		     "xor %2, %0\n\t"                                                              \
		     ".endr"                                                                       \
		     : "+r"(x), "+r"(y), "+m"(word)                                                \
		     :                                                                             \
		     : "cc")
#elif defined(__aarch64__)
#define straight_line(x, y, word)                                                                  \
	asm volatile(".rept 200\n\t"                                                               \
		     "add %0, %0, #3\n\t"                                                          \
		     "mul %1, %1, %0\n\t"                                                          \
		     "str %1, %2\n\t"                                                              \
		     "ldr %1, %2\n\t"                                                              \
		     "eor %0, %0, %1\n\t"                                                          \
		     ".endr"                                                                       \
		     : "+r"(x), "+r"(y), "+m"(word))
#else
#define straight_line(x, y, word) ((void)(x), (void)(y), (void)(word))
#endif

void span_prove(void)
{
	uint64_t x = 1, y = 1, word = 0;

	span_window_open(SPAN_PROOF_WINDOW);
	/* the first turn is not counted: it brings in the pages that the code is in */
	for (int turn = 0; turn < 4; turn++) {
		if (turn == 1)
			span_begin(SPAN_RUN);
		else if (turn > 1)
			span_begin(SPAN_LAP);
		straight_line(x, y, word);
		if (turn == 1)
			span_end(SPAN_RUN);
		else if (turn > 1)
			span_end(SPAN_LAP);
	}
	span_window_close();
}

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
#define LINE                                                                                       \
	".rept 200\n\t"                                                                            \
	"add $3, %[x]\n\t"                                                                         \
	"imul %[x], %[y]\n\t"                                                                      \
	"mov %[y], %[word]\n\t"                                                                    \
	"xor %[word], %[x]\n\t"                                                                    \
	"lea 5(%[x]), %[y]\n\t"                                                                    \
	".endr\n\t"
#elif defined(__aarch64__)
#define LINE                                                                                       \
	".rept 200\n\t"                                                                            \
	"add %[x], %[x], #3\n\t"                                                                   \
	"mul %[y], %[y], %[x]\n\t"                                                                 \
	"str %[y], %[word]\n\t"                                                                    \
	"ldr %[y], %[word]\n\t"                                                                    \
	"eor %[x], %[x], %[y]\n\t"                                                                 \
	".endr\n\t"
#endif

/* The line between its marks, in one piece: a compiler would put other instructions in. */
#ifdef LINE
#define line_in_span(span, x, y, word)                                                             \
	asm volatile(SPAN_MARK_TEXT "%c[begin]\n\t" LINE SPAN_MARK_TEXT "%c[end]"                  \
		     : [x] "+r"(x), [y] "+r"(y), [word] "+m"(word)                                 \
		     : [begin] "i"(SPAN_MARK_CODE(MARK_BEGIN, span)), [end] "i"(SPAN_MARK_CODE(    \
									      MARK_END, span))     \
		     : "cc")
#else
#define line_in_span(span, x, y, word) ((void)0)
#endif

static void __attribute__((noinline)) lines(void)
{
	uint64_t x = 1, y = 1, word = 0;

	line_in_span(SPAN_RUN, x, y, word);
	line_in_span(SPAN_LAP, x, y, word);
	line_in_span(SPAN_LAP, x, y, word);
}

void span_prove(void)
{
	/* in no window, which nobody counts: it brings in the pages that the code is in */
	lines();
	span_window_open(SPAN_PROOF_WINDOW);
	lines();
	span_window_close();
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How figures, changes and names are written, the same in every format. */
#ifndef FB_PLOTS_TEXT_H
#define FB_PLOTS_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "lib/error.h"
#include "lib/strbuf.h"
#include "results/compare.h"

#define TEXT_MAX 32

/*
 * A figure with the digits that mean something: "1512", "42.5", "3.141". WHOLE: as a
 * whole number, where all that stand together are. Returns BUF.
 */
char *text_value(char buf[TEXT_MAX], double value, bool whole);
/* The figure of S, "-" without one, "WRONG" where the kernel was. Returns BUF. */
char *text_figure(char buf[TEXT_MAX], const struct series *s, bool whole);
/*
 * "-82.1%", "-0.52%", "0.00%"; below 1 % two decimals, to be read beside a rule of
 * half a percent; never "-0.00%". Returns BUF.
 */
char *text_percent(char buf[TEXT_MAX], double change);
/* How many decimals of a percentage an interval bears that is HALF wide to either side (a share).
 */
int text_decimals(double half);
/*
 * As text_percent(), with no more digits than an interval bears that is HALF wide to either side
 * (a share; NaN: none known): "-54%", "-54.1%", "+0.21%". A decrease that leaves something is never
 * "-100%".
 */
char *text_percent_within(char buf[TEXT_MAX], double change, double half);
/*
 * The change of a cell, in at most 9 characters: text_percent_within() its interval, "0 -> 1" (or
 * "from 0") where there is no percentage since the baseline is 0, "-" if a side has no figure.
 * Returns BUF.
 */
char *text_change(char buf[TEXT_MAX], const struct compare_cell *cell);
/* Whether UNIT is a time of a machine: of what is faster or slower, not less or more. */
bool text_is_time(const char *unit, const char *target);
/* "faster", "slower" of a time, else "less", "more": what a change other than 0 is. */
const char *text_than(double change, bool time);
/*
 * "5.6x less", "2.0x more", of a TIME "5.6x faster": how many times as much the greater one is;
 * "" for less than a factor of two. Returns BUF.
 */
char *text_factor(char buf[TEXT_MAX], double change, bool time);
/* Half the range of the boots in percent of the value, "0.8%". Returns BUF. */
char *text_spread(char buf[TEXT_MAX], const struct series *s);
/* What the unit means: "guest instructions" for insn. */
const char *text_unit(const char *unit);
/* A metric's name in words, "per page", "VmPTE after"; caller frees. */
char *text_words(const char *metric);
/* "guest instructions per page", "VmPTE after (kB)", "reused (share)"; caller frees. */
char *text_metric(const char *metric, const char *unit);
/* "guest instructions (insn): a cost, not time", on TARGET with CPUS (0: not told); caller frees.
 */
char *text_unit_line(const char *unit, const char *target, unsigned int cpus);
/* Whether what is in UNIT was measured in an emulator that does not count instructions. */
bool text_emulated_time(const char *unit, const char *target);
/* "lower is better", "" for neither */
const char *text_better(enum better b);
/* "7.3.4 1f3a9c2e4b7d": the release and the first digits of the hash; caller frees. */
char *text_kernel(const struct compare_side *side);

/*
 * A line for each of N kernels with its boots, in columns; the roles are in a column
 * WIDTH wide.
 */
struct text_side {
	const char *role; /* "baseline" */
	const struct compare_side *side;
};
void output_sides(FILE *out, const struct text_side *sides, size_t n, int width);
/* What is to be said of layouts, without a full stop; NULL: all boots had the same. Caller frees.
 */
char *text_layouts(const struct comparison *c);
/* Whether every series of C is the same in all of its boots (and there are two or more). */
int text_all_identical(const struct comparison *c);

/*
 * TEXT in words, broken before COLUMNS; FIRST starts the first line, INDENT blanks the rest.
 * Ends with a newline.
 */
void text_wrapped(FILE *out, const char *first, size_t indent, size_t columns, const char *text);
/* TEXT cut to at most CHARS characters (of UTF-8), the last one "~" if some are cut; caller frees.
 */
char *text_cut(const char *text, size_t chars);

/* Writes out what a format has put into OUT: 0, or why it could not be written. */
int output_end(FILE *out, struct error *e);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The words behind ab and cost: kernels, then cases and params. */
#ifndef FB_CLI_PAIR_WORDS_H
#define FB_CLI_PAIR_WORDS_H

#include "cli/measure.h"

/* A case or a param, and no kernel. */
bool is_measure_word(const char *word);

/*
 * Sorts WORDS into kernels, cases and params of M. The first one is the baseline. The second one
 * is the patched kernel, unless there is something that makes one of the first (--series,
 * +words) and it names a case: the baseline is then the first kernel without that. ONE: a
 * single kernel will do, too.
 */
void pair_words(const struct argp_state *state, struct measure *m, const struct strv *words,
		bool one);

#endif

// SPDX-License-Identifier: GPL-2.0-or-later
/* The words behind ab and cost; see pair_words.h. */
#include <string.h>

#include "bench/bench.h"
#include "cli/pair_words.h"

bool is_measure_word(const char *word)
{
	return bench_case_find(word) || (strchr(word, '=') && !strchr(word, ':') && *word != '+');
}

/* The kernel that there is becomes the patched one, and without what changes it the baseline. */
static void make_baseline(struct kernel_words *w)
{
	struct kernel_spec bare;

	kernel_words_add(w, w->v[0].name);
	bare = w->v[1];
	w->v[1] = w->v[0];
	w->v[0] = bare;
}

void pair_words(const struct argp_state *state, struct measure *m, const struct strv *words,
		bool one)
{
	struct kernel_words *w = &m->kernels;
	bool differ = w->series.n || w->each_patch;

	strv_for_each(words, it)
		differ |= **it == '+';
	strv_for_each(words, it) {
		const bool second = w->n == 1 && !m->cases.n && !m->params.n;

		if (**it == '+')
			kernel_words_plus(state, w, *it);
		else if (!w->n || (second && !((differ || one) && is_measure_word(*it))))
			kernel_words_add(w, *it);
		else
			measure_word(m, *it);
	}
	/* patch by patch a kernel is its own baseline, with what else is different about it */
	if (w->n == 1 && differ && !w->each_patch)
		make_baseline(w);
	if (!w->n && one)
		cli_usage(state, "wants a kernel, or two to compare: a baseline and a patched one "
				 "(see foliobench list kernels)");
	if (!w->n || (w->n < 2 && !w->each_patch && !one))
		cli_usage(state, "wants two kernels: a baseline and a patched one, or one and what "
				 "changes it: --series, +CONFIG_X=y (see foliobench list kernels)");
	kernel_words_finish(w);
}

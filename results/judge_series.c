// SPDX-License-Identifier: GPL-2.0-or-later
/* Series on their way to judge(); see judge_series.h. */
#include <stdlib.h>
#include <string.h>

#include "lib/cleanup.h"
#include "lib/strbuf.h"
#include "results/judge_series.h"

/* Streams that were recorded one by one: the numbers of the two sides' blocks must not meet. */
#define BLOCKS_APART 0x80000000u

static void copy_boots(const struct series *s, unsigned int blocks, struct judge_boot *out)
{
	for (size_t i = 0; i < s->n_boots; i++)
		out[i] = (struct judge_boot){ s->boots[i], blocks + s->at[i].block,
					      s->at[i].layout };
}

size_t judging_add(struct judging *g, const struct series *a, const struct series *b,
		   const struct judge_cell *like, bool unpaired)
{
	struct judge_boot *boots = xcalloc(a->n_boots + b->n_boots + 1, sizeof(*boots));
	struct judge_cell *c;

	if (g->n == g->room) {
		g->room = g->room ? 2 * g->room : 64;
		g->cells = xrealloc(g->cells, g->room * sizeof(*g->cells));
	}
	copy_boots(a, 0, boots);
	copy_boots(b, unpaired ? BLOCKS_APART : 0, boots + a->n_boots);
	c = &g->cells[g->n];
	*c = *like;
	c->a = boots;
	c->n_a = a->n_boots;
	c->b = boots + a->n_boots;
	c->n_b = b->n_boots;
	c->wrong = a->n_wrong || b->n_wrong;
	return g->n++;
}

void judging_do(struct judging *g, const struct judge_rules *rules)
{
	g->out = xcalloc(g->n + 1, sizeof(*g->out));
	judge(g->cells, g->n, rules, g->out);
}

void judging_release(struct judging *g)
{
	for (size_t i = 0; i < g->n; i++)
		free((void *)g->cells[i].a);
	free(g->cells);
	free(g->out);
	*g = (struct judging){ 0 };
}

bool judging_is_time(const char *unit)
{
	static const char *const clocks[] = { "ns", "us", "ms", "s", "insn", "ticks", "cycles" };
	size_t len = strlen(unit);

	for (size_t i = 0; i < ARRAY_SIZE(clocks); i++) {
		if (!strcmp(unit, clocks[i]))
			return true;
	}
	return len > 2 && !strcmp(unit + len - 2, "/s");
}

/*
 * Where looks were planned and none was taken, the run ended before the first one: that one's
 * levels are the strictest. Further boots after a look are judged by the look that there was.
 */
struct judge_rules judging_rules(const struct run_rules *r, double margin)
{
	struct judge_rules rules = JUDGE_RULES_INIT;

	if (r->margin > 0)
		rules.margin = r->margin;
	if (margin > 0)
		rules.margin = margin;
	if (r->power > 0)
		rules.power = r->power;
	if (r->looks > 1) {
		rules.looks = r->looks;
		rules.look = r->look > r->looks ? r->looks : r->look ? r->look : 1;
	}
	return rules;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a plan would find, counted: made-up experiments of its size with the variances it was made
 * from, judged as measured ones are.
 */
#ifndef FB_CLI_PLANNED_SIMULATE_H
#define FB_CLI_PLANNED_SIMULATE_H

#include "cli/planned.h"

/* Counts of experiments. */
struct planned_simulated {
	uint64_t with, found;	 /* with the change in one cell: found there */
	uint64_t without, wrong; /* with none: any cell called different */
	unsigned int cells;	 /* of each experiment, all as the cell that decides */
};

/* N experiments of each kind; fewer after ^C. False where there is no plan. */
bool planned_simulate(const struct cli *cli, const struct planned *p, unsigned int n,
		      struct planned_simulated *out);
void planned_simulated_print(const struct planned *p, const struct planned_simulated *s, FILE *out);
/* "simulated": {...} into OUT. */
void planned_simulated_json(const struct planned_simulated *s, json_t *out);

#endif

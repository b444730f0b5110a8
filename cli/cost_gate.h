/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The gate of foliobench cost: nothing may be executed more often than it may. */
#ifndef FB_CLI_COST_GATE_H
#define FB_CLI_COST_GATE_H

#include "cli/cli.h"
#include "results/cost.h"

struct cost_gate_args {
	bool set;	     /* there is a gate */
	double max;	     /* 0.005: half a per cent */
	unsigned int events; /* a mask of 1 << event; 0: the usual ones */
};

/* "0.5%" or "0.5", 0 to a million; cli_usage() otherwise. */
void cost_gate_max(const struct argp_state *state, const char *arg, struct cost_gate_args *g);
/* "atomics,tlb"; cli_usage() with all names otherwise. */
void cost_gate_events(const struct argp_state *state, const char *arg, struct cost_gate_args *g);

/*
 * Judges C: a line for each cell and event that exceeds, worst first, or one that none does, to
 * OUT (NULL: nothing). WHAT is put before it ("patch 3: "). Returns how many exceed.
 */
size_t cost_gate_print(const struct cost_comparison *c, const struct cost_gate_args *g,
		       const char *what, FILE *out);
/* The same for the JSON: {"max_increase":0.005,"events":[...],"exceeded":[...]}. */
json_t *cost_gate_json(const struct cost_comparison *c, const struct cost_gate_args *g);

#endif

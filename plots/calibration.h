/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What foliobench calibrate prints: a kernel against itself. */
#ifndef FB_PLOTS_CALIBRATION_H
#define FB_PLOTS_CALIBRATION_H

#include <stdio.h>

#include "results/calibration.h"

struct calibration_view {
	const struct comparison *c;
	const struct calibration *cal;
	/* made up after CAL's model: its table, and one of its cells as the only one of its table;
	 * no experiments: not simulated */
	struct sim_result table, alone;
	size_t n_floors; /* that were stored */
};

int calibration_table(const struct calibration_view *v, FILE *out, struct error *e);
/* {"version":1,"run":...,"cells":[...],...}; see docs/statistics.md. */
int calibration_json(const struct calibration_view *v, FILE *out, struct error *e);

#endif

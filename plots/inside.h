/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inside plots/ only: what was found inside the boots of a comparison, in words and as JSON. */
#ifndef FB_PLOTS_INSIDE_H
#define FB_PLOTS_INSIDE_H

#include <stdio.h>

#include "lib/json.h"
#include "plots/rows.h"
#include "results/compare.h"
#include "results/summary.h"

/*
 * "The first samples of 12 cells are left out as warm-up, at most 3 of a boot. ...", of the cells
 * of R: warm-ups, cells that never settle or drift by a percent and more, and what a cell's place
 * in the boot does. "" where there is nothing to say. Caller frees.
 */
char *inside_sentences(const struct comparison *c, const struct rows *r);
char *inside_summary(const struct summary *s, const struct rows *r);
/* "Cells measured in the first 10.0 s of a boot are faster than later ones: -3.1% (...)"; caller
 * frees. */
char *inside_place(const struct place_effect *p, const char *unit, const char *target);
/* "+3.1% (+2.2% to +4.0%)", from the first to the last sample; caller frees. */
char *inside_drift(const struct within_drift *d);

/* Adds "warmup", "settled" and "drift" to the OBJ of a cell. */
void inside_to_json(const struct within *w, json_t *obj);
/* Null where it is not known. */
json_t *inside_place_to_json(const struct place_effect *p);

#endif

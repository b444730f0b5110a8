/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inside plots/ only: what the JSON of comparisons and of series patch by patch share. */
#ifndef FB_PLOTS_JSON_H
#define FB_PLOTS_JSON_H

#include <stdio.h>

#include "lib/json.h"
#include "results/judge.h"
#include "results/summary.h"

/*
 * Of comparisons and of series. Raised when a field changes its meaning or goes; new fields do not
 * raise it. 2: a change is that of the judgement, over blocks; before, of the kernels' medians.
 */
#define COMPARE_JSON_VERSION 2

/* New references. */
json_t *json_of_kernel(const struct compare_side *s);
json_t *json_of_series(const struct series *s);
json_t *json_of_lines(const struct strv *lines);
/* Null where V is no number. */
json_t *json_of_number(double v);
json_t *json_of_judgement(const struct judgement *j);
json_t *json_of_rules(const struct judge_rules *r);
/* Takes OBJ (NULL: it could not be made). One indented object and a newline. */
int json_print(json_t *obj, FILE *out, struct error *e);

#endif

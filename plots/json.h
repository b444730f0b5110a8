/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inside plots/ only: what the JSON of comparisons and of series patch by patch share. */
#ifndef FB_PLOTS_JSON_H
#define FB_PLOTS_JSON_H

#include <stdio.h>

#include "lib/json.h"
#include "results/summary.h"

/* New references. */
json_t *json_of_kernel(const struct compare_side *s);
json_t *json_of_series(const struct series *s);
json_t *json_of_lines(const struct strv *lines);
/* Takes OBJ (NULL: it could not be made). One indented object and a newline. */
int json_print(json_t *obj, FILE *out, struct error *e);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inside plots/ only: what files of comma-separated values (RFC 4180) are made of. */
#ifndef FB_PLOTS_CSV_H
#define FB_PLOTS_CSV_H

#include <stdio.h>

#include "results/summary.h"

/* A field, quoted where it has to be, and then END. */
void csv_text(FILE *out, const char *text, const char *end);
/* Value, lo, hi, boots, samples, refused: six fields, each with a comma behind it. */
void csv_series(FILE *out, const struct series *s);
/* Nothing where V is no number; then END. */
void csv_number(FILE *out, double v, const char *end);

#endif

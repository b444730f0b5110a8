/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What people look at. A format writes a comparison to a stream: one file each
 * (compare_table.c, distribution.c, cover_letter.c, csv.c, compare_json.c) and one row in
 * formats.c.
 */
#ifndef FB_PLOTS_FORMAT_H
#define FB_PLOTS_FORMAT_H

#include <stdbool.h>
#include <stdio.h>

#include "results/compare.h"
#include "results/summary.h"

struct format {
	const char *name; /* "table" */
	const char *summary;
	int (*write)(const struct comparison *c, FILE *out, struct error *e);
};

extern const struct format *const formats[]; /* ends with NULL */
const struct format *format_find(const char *name);

extern const struct format format_table, format_table_all, format_distribution,
	format_distribution_all, format_cover_letter, format_csv, format_json;

/*
 * What was measured, of one kernel or several, without comparing. ALL: every
 * metric, not only the headlines.
 */
int summary_table(const struct summary *s, bool all, FILE *out, struct error *e);
/* {"version":1,"run":...,"kernels":[...],"cells":[...]}; see docs/compare-json.md. */
int summary_json(const struct summary *s, FILE *out, struct error *e);
json_t *comparison_to_json(const struct comparison *c);
json_t *summary_to_json(const struct summary *s);

/*
 * Figures of a comparison into folder DIR (made if needed): for each case an
 * SVG and a PNG over the folio sizes, one summary, and the gnuplot script and
 * data they come from. The names of what was written are added to FILES.
 * -ENOENT with the package to install when there is no gnuplot.
 */
int figures_write(const struct comparison *c, const char *dir, struct strv *files, struct error *e);

#endif

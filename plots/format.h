/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What people look at. A format writes a comparison to a stream: one file each
 * (table.c, cover_letter.c, csv.c, compare_json.c) and one row in formats.c.
 */
#ifndef FB_PLOTS_FORMAT_H
#define FB_PLOTS_FORMAT_H

#include <stdio.h>

#include "results/compare.h"

struct format {
	const char *name; /* "table" */
	const char *summary;
	int (*write)(const struct comparison *c, FILE *out, struct error *e);
};

extern const struct format *const formats[]; /* ends with NULL */
const struct format *format_find(const char *name);

/*
 * Figures of a comparison into folder DIR (made if needed): for each case an
 * SVG and a PNG over the folio sizes, one summary, and the gnuplot script and
 * data they come from. The names of what was written are added to FILES.
 */
int figures_write(const struct comparison *c, const char *dir, struct strv *files,
		  struct error *e);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A series patch by patch, as people and programs read it. */
#ifndef FB_PLOTS_STEPS_H
#define FB_PLOTS_STEPS_H

#include <stdbool.h>
#include <stdio.h>

#include "lib/strbuf.h"
#include "plots/rows.h"
#include "results/steps.h"

/*
 * The format NAME ("table", "table-all", "cover-letter", "csv", "json") for a series patch by
 * patch, or NULL. The JSON is described in docs/steps-json.md.
 */
typedef int steps_writer(const struct steps *st, FILE *out, struct error *e);
steps_writer *steps_format(const char *name);

/* The section of a cover letter; as the format "cover-letter". */
int steps_letter(const struct steps *st, FILE *out, struct error *e);

/*
 * The figure steps.svg and steps.png with their script and data in folder DIR, which exists;
 * their names are added to FILES. -ENODATA where no headline cell has a figure.
 */
int steps_figure(const struct steps *st, const char *dir, struct strv *files, struct error *e);

/* Inside plots/ only, from here. */

int steps_table(const struct steps *st, bool all, FILE *out, struct error *e);
int steps_csv(const struct steps *st, FILE *out, struct error *e);
int steps_json(const struct steps *st, FILE *out, struct error *e);

/* "fork 64K per_page", with the params that vary; caller frees. */
char *steps_cell_name(const struct steps *st, const struct row_group *g, size_t cell);
/* "+94.6%", "0 -> 1", "-" without two figures; BUF of TEXT_MAX. TOTAL: against the base. */
char *steps_change(char *buf, const struct steps *st, size_t cell, size_t i, bool total);
/* "improved", "same", "WRONG", "code as patch 3", "no usable boot"; caller frees. */
char *steps_word(const struct steps *st, size_t cell, size_t i);
/*
 * Which patch brought or cost what: a paragraph for each patch with an effect on the headline
 * cells, a line for the others; at most COLUMNS wide.
 */
void steps_put_summary(const struct steps *st, const struct rows *r, size_t columns, FILE *out);
/* "20 patches, 12 kernels booted, 2 boots each; 8 patches change no code"; caller frees. */
char *steps_numbers(const struct steps *st);
/* What no patch changed: "fork folio=4K, cow"; "" if nothing. Headlines. Caller frees. */
char *steps_unchanged(const struct steps *st);
/* Whether a step of CELL has an interval: its figures do not repeat exactly. */
bool steps_has_intervals(const struct steps *st, size_t cell);
/* What the steps were judged by; nothing where all figures are exact. */
void steps_put_judged(const struct steps *st, size_t columns, FILE *out);

#endif

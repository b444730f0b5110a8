/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Comparisons on their way to the screen and to files. */
#ifndef FB_CLI_REPORT_H
#define FB_CLI_REPORT_H

#include "cli/cli.h"
#include "results/compare.h"

/* "fork4" for "./fork4.ini", which it was measured as; caller frees. */
char *report_kernel_name(const char *word);

/* Opens the store for reading; one clear error when there is none yet. */
int report_open(const struct cli *cli, struct store **store, struct error *e);

/*
 * Adds what the store has counted of the kernels of C: of its own run, else of the newest one, on
 * whatever machine the times are from. What goes wrong or was left out is a warning of C.
 */
void report_explain(struct store *store, struct comparison *c);

/* Loads a comparison, or says which names the store has. */
int report_load(const struct cli *cli, const struct compare_query *q, struct comparison *out,
		struct error *e);

/* Cover letter, CSV and JSON into DIR (made if needed); their names are added to FILES. */
int report_texts(const struct comparison *c, const char *dir, struct strv *files, struct error *e);

/* Figures into DIR/figures, likewise. */
int report_figures(const struct comparison *c, const char *dir, struct strv *files,
		   struct error *e);

/* 1: a headline cell regressed, or a kernel was wrong; else 2: one could not be compared; else 0.
 */
int report_exit_code(const struct comparison *c);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A series patch by patch on its way to the screen and to files. */
#ifndef FB_CLI_REPORT_STEPS_H
#define FB_CLI_REPORT_STEPS_H

#include "cli/cli.h"
#include "results/steps.h"

/*
 * Into DIR: cover-letter.txt, steps.csv, steps.json and figures/steps.*; of the last kernel
 * against the base also comparison.csv, comparison.json and its figures, where both have a
 * figure. Names are added to FILES. Figures that cannot be drawn are said, and no error.
 */
int report_steps(const struct steps *st, struct store *store, const char *dir, struct strv *files,
		 struct error *e);

/*
 * 1: a kernel was wrong at any step, or the last one regressed against the base; else 2: a
 * headline cell has no figure at some step; else 0.
 */
int report_steps_exit_code(const struct steps *st);

#endif

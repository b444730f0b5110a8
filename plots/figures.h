/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inside plots/ only: what the figures share. Scripts are for gnuplot 5.4 and later. */
#ifndef FB_PLOTS_FIGURES_H
#define FB_PLOTS_FIGURES_H

#include "plots/rows.h"
#include "results/compare.h"

/* Safe for all kinds of colour blindness (Okabe and Ito). */
#define COLOR_BASELINE "#E69F00"
#define COLOR_PATCHED  "#0072B2"
#define COLOR_WORSE    "#D55E00"
#define COLOR_CHANGED  "#CC79A7"
#define COLOR_NEUTRAL  "#7F7F7F"

/* TEXT as a gnuplot string in which nothing is markup; appended to SB. */
void figure_quote(struct strbuf *sb, const char *text);
/* The change as in the tables, with a real minus sign and arrow; in words if there is none. */
char *figure_change(const struct compare_cell *cell);
/* Settings that all figures begin with. */
void figure_begin(struct strbuf *sb, const char *name);
/* Draws PLOT, a plot command, as NAME.svg and NAME.png. */
void figure_end(struct strbuf *sb, const char *name, unsigned int width, unsigned int height,
		const char *plot);

/*
 * Writes the script and the data of figure NAME into DIR, adds the script to SCRIPTS and the names
 * of all that comes of it to FILES.
 */
int figure_write(const char *dir, const char *name, const struct strbuf *script,
		 const struct strbuf *data, struct strv *scripts, struct strv *files,
		 struct error *e);
/* Has gnuplot draw the SCRIPTS. -ENOENT with the package to install when there is none. */
int figure_draw(const char *dir, const struct strv *scripts, struct error *e);

/* The script and the data of the two kinds of figure. */
void figure_bars(const struct comparison *c, const struct row_group *g, const char *name,
		 struct strbuf *script, struct strbuf *data);
void figure_summary(const struct comparison *c, const struct rows *r, const char *name,
		    struct strbuf *script, struct strbuf *data);

#endif

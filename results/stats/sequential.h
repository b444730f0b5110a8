/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Group-sequential designs of O'Brien and Fleming (1979): K looks at equal steps, the k-th one ends
 * where |z| is at least C * sqrt(K/k). Probabilities by recursive numerical integration (Armitage,
 * McPherson, Rowe 1969; Jennison, Turnbull 2000).
 */
#ifndef FB_RESULTS_STATS_SEQUENTIAL_H
#define FB_RESULTS_STATS_SEQUENTIAL_H

#include <stddef.h>

#define LOOKS_MAX 10

/* The constant C of a two-sided ALPHA, for 1 to LOOKS_MAX looks; at one look the normal quantile.
 */
double obf_constant(size_t looks, double alpha);
/* The chance that any of LOOKS looks crosses, for constant C, where the last look's z has mean
 * DRIFT. Of a C above 12 (1e-33) what is returned is a bound, at most 1e-3 of it too high without
 * drift. */
double obf_crossing(size_t looks, double c, double drift);
/* By how much the last look's number of units is above that of a fixed plan: >= 1. */
double obf_inflation(size_t looks, double alpha, double power);
/* The units of the last look, a multiple of LOOKS, where a fixed plan for a t test has FIXED. */
size_t obf_units(size_t looks, size_t fixed, double alpha, double power);
/*
 * The repeated p-value of a naive two-sided P at LOOK (1 to LOOKS): the least alpha whose design
 * would have ended here. The other way round, the naive p that ends a design of ALPHA at this look;
 * and the level of the repeated interval: what LEVEL (0.95) becomes at this look. UNITS (pairs)
 * that a t test has at this look make all of them a little more cautious, see sequential.c; 0: the
 * variance is known.
 */
double obf_p(size_t looks, size_t look, size_t units, double p);
double obf_nominal(size_t looks, size_t look, size_t units, double alpha);
double obf_level(size_t looks, size_t look, size_t units, double level);

#endif

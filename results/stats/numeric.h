/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Integrals and roots of smooth functions of one variable. */
#ifndef FB_RESULTS_STATS_NUMERIC_H
#define FB_RESULTS_STATS_NUMERIC_H

#include <stddef.h>

/*
 * Gauss and Legendre's rule of 16 points, on 0 to 1: where point I (0 to QUAD_POINTS - 1,
 * ascending) is, and its weight. The weights add up to 1.
 */
#define QUAD_POINTS 16
double quad_at(size_t i);
double quad_weight(size_t i);

typedef double function_of(double x, void *data);

/*
 * The integral of F from A to B (0 where B is not above A), in PANELS equal parts by that rule: in
 * each of them exact for polynomials up to degree 31.
 */
double integral(function_of *f, void *data, double a, double b, size_t panels);

/*
 * Where the monotone F is 0 between LO and HI, to a relative 1e-12: Ridders 1979. Where F has the
 * same sign at both ends, the end at which it is nearer to 0.
 */
double root(function_of *f, void *data, double lo, double hi);

#endif

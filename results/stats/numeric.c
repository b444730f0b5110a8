// SPDX-License-Identifier: GPL-2.0-or-later
/* Integrals and roots; see numeric.h. */
#include <math.h>

#include "results/stats/numeric.h"

#define HALF	  (QUAD_POINTS / 2)
#define TOLERANCE 1e-12
#define STEPS_MAX 100

/*
 * On -1 to 1, the positive half: the zeros of the Legendre polynomial of degree 16, as in table
 * 25.4 of Abramowitz and Stegun 1964.
 */
static const double zeros[HALF] = { 0.0950125098376374402, 0.2816035507792589132,
				    0.4580167776572273863, 0.6178762444026437484,
				    0.7554044083550030339, 0.8656312023878317439,
				    0.9445750230732325761, 0.9894009349916499326 };
static const double weights[HALF] = { 0.1894506104550684963, 0.1826034150449235889,
				      0.1691565193950025382, 0.1495959888165767321,
				      0.1246289712555338720, 0.0951585116824927848,
				      0.0622535239386478929, 0.0271524594117540949 };

double quad_at(size_t i)
{
	return i < HALF ? (1 - zeros[HALF - 1 - i]) / 2 : (1 + zeros[i - HALF]) / 2;
}

double quad_weight(size_t i)
{
	return (i < HALF ? weights[HALF - 1 - i] : weights[i - HALF]) / 2;
}

double integral(function_of *f, void *data, double a, double b, size_t panels)
{
	double width = (b - a) / (double)panels, sum = 0;

	if (!(b > a))
		return 0;
	for (size_t k = 0; k < panels; k++)
		for (size_t i = 0; i < QUAD_POINTS; i++)
			sum += quad_weight(i) * f(a + ((double)k + quad_at(i)) * width, data);
	return sum * width;
}

double root(function_of *f, void *data, double lo, double hi)
{
	double f_lo = f(lo, data), f_hi = f(hi, data);

	for (int step = 0; step < STEPS_MAX && f_lo * f_hi < 0; step++) {
		double mid = lo + (hi - lo) / 2, f_mid = f(mid, data), x, f_x;

		if (hi - lo <= TOLERANCE * (fabs(lo) + fabs(hi)))
			return mid;
		/* Ridders: a straight line through what an exponential makes straight; it stays
		 * between LO and HI. */
		x = mid +
		    (mid - lo) * copysign(f_mid, f_lo * f_mid) / sqrt(f_mid * f_mid - f_lo * f_hi);
		f_x = f(x, data);
		if (f_mid * f_x < 0) {
			lo = x < mid ? x : mid;
			hi = x < mid ? mid : x;
			f_lo = x < mid ? f_x : f_mid;
			f_hi = x < mid ? f_mid : f_x;
		} else if (f_lo * f_x < 0) {
			hi = x;
			f_hi = f_x;
		} else {
			lo = x;
			f_lo = f_x;
		}
	}
	return fabs(f_lo) < fabs(f_hi) ? lo : hi;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tests and intervals for a handful of values. Nothing here knows of kernels or boots. */
#ifndef FB_RESULTS_STATS_TESTS_H
#define FB_RESULTS_STATS_TESTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A mean, or a difference of means. SE 0: all values are the same; then p is 0 (or 1 at 0). */
struct ttest {
	double estimate, se, df, t, p; /* p two-sided, against 0 */
};

/* Student's, of N >= 2 values (differences of pairs). False for fewer: then all is NaN. */
bool ttest_one(const double *d, size_t n, struct ttest *out);
/* Welch's, of mean(B) - mean(A), at least 2 values each. */
bool ttest_welch(const double *a, size_t n_a, const double *b, size_t n_b, struct ttest *out);
/* The interval of LEVEL (0.95) around the estimate. */
void ttest_interval(const struct ttest *t, double level, double *lo, double *hi);

/*
 * Exact two-sided test that differences are symmetric around 0: the share of the 2^N assignments
 * of signs whose sum is as far from 0 as that of D. Zeros stay what they are. Exact up to
 * SIGNFLIP_EXACT values, beyond that 100000 random assignments from a fixed seed (with the
 * observed one counted), and *EXACT says which (may be NULL). N 0 gives 1.
 */
#define SIGNFLIP_EXACT 32
double signflip_p(const double *d, size_t n, bool *exact);

/*
 * Mann and Whitney's U of A (pairs a > b, ties half) and its two-sided p: exact also with ties, by
 * counting rank sums, where n_a * n_b is at most 2500; else by the normal approximation with
 * correction for ties and continuity. Both samples have values.
 */
struct utest {
	double u, p;
	bool exact;
};
struct utest utest(const double *a, size_t n_a, const double *b, size_t n_b);

/* Replace N p-values by adjusted ones: Benjamini and Hochberg 1995, Holm 1979. NaN stay, and do not
 * count. */
void adjust_bh(double *p, size_t n);
void adjust_holm(double *p, size_t n);

/* Clopper and Pearson's interval of K successes in N >= 1 trials. */
void binomial_interval(uint64_t k, uint64_t n, double level, double *lo, double *hi);

#endif

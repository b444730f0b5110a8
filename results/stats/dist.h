/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Distribution functions: the one file that includes libRmath. Thread-safe (those of Rmath that
 * keep tables, as of Wilcoxon's, are not used). P is a probability of 0 to 1, DF above 0; what is
 * outside of that gives NaN. Named as in textbooks: cdf is the lower tail.
 */
#ifndef FB_RESULTS_STATS_DIST_H
#define FB_RESULTS_STATS_DIST_H

double dist_norm_cdf(double z);
double dist_norm_quantile(double p);
double dist_t_cdf(double t, double df);
double dist_t_quantile(double p, double df);
/* The two-sided p of T. */
double dist_t_p(double t, double df);
/* The noncentral t: (Z + ncp) / sqrt(chi2(df) / df). To an absolute 1e-10 for any
 * NCP, DF up to 1e5. The quantile is a search: a dozen times as slow. */
double dist_nct_cdf(double t, double df, double ncp);
double dist_nct_quantile(double p, double df, double ncp);
double dist_chi2_quantile(double p, double df);
double dist_beta_cdf(double x, double a, double b);
/* Below P 1e-100 libRmath may print a warning. */
double dist_beta_quantile(double p, double a, double b);

#endif

// SPDX-License-Identifier: GPL-2.0-or-later
/* Student's and Welch's tests and what follows from them; see tests.h. Nothing here allocates. */
#include <math.h>

#include "results/stats/dist.h"
#include "results/stats/tests.h"

/* The mean is BASE + OFF; VAR is of N - 1. */
struct moments {
	double base, off, var;
};

/*
 * Everything relative to the first value: so values far from 0 keep their digits, and equal values
 * have exactly a variance of 0.
 */
static struct moments moments_of(const double *v, size_t n)
{
	double sum = 0, squares = 0, off;

	for (size_t i = 0; i < n; i++)
		sum += v[i] - v[0];
	off = sum / (double)n;
	for (size_t i = 0; i < n; i++)
		squares += (v[i] - v[0] - off) * (v[i] - v[0] - off);
	return (struct moments){ v[0], off, squares / ((double)n - 1) };
}

static void finish(struct ttest *t)
{
	if (t->se > 0 || isnan(t->se)) {
		t->t = t->estimate / t->se;
		t->p = dist_t_p(t->t, t->df);
	} else {
		t->t = t->estimate == 0 ? 0 : copysign(INFINITY, t->estimate);
		t->p = t->estimate == 0 ? 1 : 0;
	}
}

bool ttest_one(const double *d, size_t n, struct ttest *out)
{
	struct moments m;

	*out = (struct ttest){ NAN, NAN, NAN, NAN, NAN };
	if (n < 2)
		return false;
	m = moments_of(d, n);
	out->estimate = m.base + m.off;
	out->se = sqrt(m.var / (double)n);
	out->df = (double)n - 1;
	finish(out);
	return true;
}

/* B. L. Welch, "The generalization of 'Student's' problem...", Biometrika 34 (1947). */
bool ttest_welch(const double *a, size_t n_a, const double *b, size_t n_b, struct ttest *out)
{
	struct moments m_a, m_b;
	double s_a, s_b;

	*out = (struct ttest){ NAN, NAN, NAN, NAN, NAN };
	if (n_a < 2 || n_b < 2)
		return false;
	m_a = moments_of(a, n_a);
	m_b = moments_of(b, n_b);
	s_a = m_a.var / (double)n_a;
	s_b = m_b.var / (double)n_b;
	out->estimate = m_b.base - m_a.base + (m_b.off - m_a.off);
	out->se = sqrt(s_a + s_b);
	if (s_a + s_b > 0) {
		/* as shares, whose squares do not leave the range of a double */
		double w_a = s_a / (s_a + s_b), w_b = s_b / (s_a + s_b);

		out->df = 1 / (w_a * w_a / ((double)n_a - 1) + w_b * w_b / ((double)n_b - 1));
	} else {
		out->df = (double)(n_a + n_b) - 2;
	}
	finish(out);
	return true;
}

void ttest_interval(const struct ttest *t, double level, double *lo, double *hi)
{
	double half = t->se * dist_t_quantile(0.5 + level / 2, t->df);

	*lo = t->estimate - half;
	*hi = t->estimate + half;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* Repetitions at nested levels; see nested.h. */
#include <math.h>

#include "results/stats/nested.h"

double nested_repetitions(const double *cost, const double *t2, size_t i)
{
	/* Nothing varies down here: repeating tells nothing, whatever is above. */
	if (!(t2[i] > 0))
		return 0;
	if (!(t2[i + 1] > 0) || !(cost[i] > 0))
		return INFINITY;
	return sqrt(cost[i + 1] / cost[i] * (t2[i] / t2[i + 1]));
}

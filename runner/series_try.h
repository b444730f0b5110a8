/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether a whole series applies, before minutes are spent on building its first patches. */
#ifndef FB_RUNNER_SERIES_TRY_H
#define FB_RUNNER_SERIES_TRY_H

#include "runner/patch_series.h"

/*
 * Applies the patches of S in order to a copy of TREE that is gone afterwards; *GOOD says how
 * many applied. Errors as of patch_apply().
 */
int series_try(const struct runner *r, const char *tree, const struct patch_series *s, size_t *good,
	       struct error *e);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* --layouts N: each kernel as several images, whose functions lie at other addresses. */
#ifndef FB_CLI_LAYOUTS_H
#define FB_CLI_LAYOUTS_H

#include "runner/runner.h"

/* "stock", or "stock, layout 2"; for the caller to free. */
char *layouts_title(const struct kernel *k);

/*
 * The next LAYOUTS-1 images of each of the N kernels of V, resolved, go behind these: V grows to
 * N x LAYOUTS kernels, all second images before the third ones. *N has how many are there of
 * them on errors, too. -EINVAL for kernels that were built by others. LAYOUTS 0 is 1.
 */
int layouts_add(const struct runner *r, struct kernel **v, size_t *n, unsigned int layouts,
		struct error *e);

/* -EINVAL where one of the N resolved kernels of V is not linked here: it stays as it is. */
int layouts_check_built(const struct kernel *v, size_t n, struct error *e);

/* All N kernels of V are built: images of one kernel must differ, else -EIO. */
int layouts_check(const struct kernel *v, size_t n, struct error *e);

#endif

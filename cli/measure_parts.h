/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The steps of measure_run(), a file each: for measure*.c alone. */
#ifndef FB_CLI_MEASURE_PARTS_H
#define FB_CLI_MEASURE_PARTS_H

#include "cli/measure.h"

/*
 * All cells that M asks for, with SAMPLES samples each, as a plan takes them; the caller
 * drops *OUT. -EINVAL for cases and params that there are not.
 */
int measure_cells(const struct measure *m, unsigned int samples, json_t **out, struct error *e);

/*
 * Resolves the names of M and builds what is not in the cache, into OUT->kernels; what is
 * there of them is measured_release()'s on errors, too.
 */
int measure_kernels(struct cli *cli, const struct measure *m, struct measured *out,
		    struct error *e);

#endif

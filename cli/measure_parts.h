/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The steps of measure_run(), a file each: for measure*.c alone. */
#ifndef FB_CLI_MEASURE_PARTS_H
#define FB_CLI_MEASURE_PARTS_H

#include "cli/measure.h"
#include "cli/planned.h"

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

/* Whether the same kernel gives the same figures in each boot of M. */
bool measure_exact(const struct measure *m);
/* What can be said before any work: *CELLS as above, and whether the target can have M's kernels.
 */
int measure_check(struct cli *cli, const struct measure *m, json_t **cells, struct error *e);
/* And of the rules: -EINVAL for cells that there are not, an effect where figures repeat. */
int measure_check_rules(const struct measure *m, json_t *cells, struct error *e);
/* The machine, the session, the store, the kernels: OUT is ready to measure. */
int measure_prepare(struct cli *cli, const struct measure *m, struct measured *out,
		    struct error *e);
/* BOOTS boots of each kernel of OUT, as a run with RULES: OUT->run_id. */
int measure_boots(struct cli *cli, const struct measure *m, const struct run_rules *rules,
		  json_t *cells, unsigned int boots, struct measured *out, struct error *e);

/* Only resolves the names of M, into OUT->kernels. */
int measure_resolve(struct cli *cli, const struct measure *m, struct measured *out,
		    struct error *e);
/* A run of a few blocks that plans are made from. */
int measure_pilot(struct cli *cli, const struct measure *m, json_t *cells, struct measured *out,
		  struct error *e);
/* Plans, by a pilot where the store has nothing, and measures what was planned. */
int measure_detect(struct cli *cli, const struct measure *m, json_t *cells, struct measured *out,
		   struct error *e);
/*
 * Runs PLAN (of OUT->run_id) from look to look, until everything that the rules name is decided or
 * it is at its end.
 */
int measure_looks(struct cli *cli, const struct measure *m, const struct run_rules *rules,
		  struct plan *plan, const struct run_sink *sink, struct measured *out,
		  struct error *e);

#endif

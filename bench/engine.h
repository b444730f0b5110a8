/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Runs cells: the order of a case's operations, what is timed, what becomes a
 * record. Records go to a callback; the engine opens no files.
 *
 * Each cell starts with one warm-up sample that goes through the same steps but
 * is not recorded unless it was refused or failed (then as n = -1, "warmup").
 */
#ifndef FB_BENCH_ENGINE_H
#define FB_BENCH_ENGINE_H

#include <signal.h>

#include "bench/bench.h"
#include "bench/clock.h"
#include "bench/counters.h"
#include "bench/placement.h"

struct engine_cell {
	int cell; /* its number in the plan */
	const struct bench_case *bc;
	struct param_set params;
	unsigned int samples;
};

struct engine {
	enum clock_unit unit;
	struct placement *placement;
	struct counters *counters;
	const volatile sig_atomic_t *stop; /* set: the sample under way is dropped, none begun */
	/* takes the reference of REC; negative: records cannot be written, stop */
	int (*emit)(void *data, json_t *rec, struct error *e);
	void *data;

	double begun; /* now_seconds() when the agent started, where UNIT is not insn */
	double at;    /* of the current sample: seconds after that */
	bool timed;   /* the current sample got as far as run() */
	/* what was the last window's number (span.h): of the current sample if that was timed */
	uint32_t window;

	/* counted */
	unsigned int cells, samples, refused, failed, skipped;
};

/*
 * One cell, to its end. 0 whatever became of the cell (its records say it);
 * negative only if emit() was.
 */
int engine_run_cell(struct engine *eng, const struct engine_cell *cell, struct error *e);

#endif

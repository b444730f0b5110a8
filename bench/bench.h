/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The contract of a case: read this first.
 *
 * A case is one file in cases/ and one line in cases.def. It is a struct of
 * operations and two tables (params, metrics). For each cell the engine calls
 *
 *	setup					once
 *	  prepare -> run -> check		for each sample
 *	teardown				always, also after a failed setup
 *
 * run() is the only timed call: nothing in it allocates, prints or asserts.
 * A case whose work is a walk with untimed steps in between times laps inside
 * run() (bench_lap_begin/end); then the laps' sum counts, not the whole call.
 * check() reads the evidence and says whether the kernel did what the case
 * claims; it runs outside the timed span.
 *
 * Return values of setup, prepare and check:
 *	0	fine
 *	< 0	an error (message by bench_fail)
 *	BENCH_SKIP	this cell cannot run here (reason by bench_skip); setup only
 *	BENCH_REFUSE	this sample does not count (reason by bench_refuse): kept,
 *			shown, never averaged in
 *	BENCH_WRONG	the kernel did what no kernel may, such as changing memory that
 *			nobody wrote to (what, by bench_wrong): the cell ends, and its
 *			verdict is "wrong" whatever its figures are
 *
 * What a case may use: bench_*() below, region.h (memory with the wanted
 * folios) and evidence.h (what the kernel says it did).
 */
#ifndef FB_BENCH_BENCH_H
#define FB_BENCH_BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bench/span.h"
#include "lib/error.h"
#include "lib/json.h"
#include "lib/params.h"
#include "lib/record.h"

struct place;

#define BENCH_SKIP   1
#define BENCH_REFUSE 2
#define BENCH_WRONG  3

/* What one unit of a metric is; TICKS is the clock's ("insn" in QEMU, "ns" elsewhere). */
#define UNIT_TICKS "ticks"
/* Per second: such a metric is left out where the clock counts instructions. */
#define UNIT_KB_PER_S "kB/s"

/*
 * Who counts instructions from outside counts those of a span (bench/span.h). A metric in ticks
 * says which one its figure is made of; the first metric of a case is the whole span, always.
 */
enum metric_span {
	COUNTED_NOT,   /* by no span: not in ticks, or a difference of two */
	COUNTED_WHOLE, /* by what counts for the first metric: the run, or its laps */
	COUNTED_APART, /* by SPAN_METRIC + its place in the table, which the case marks */
};

struct metric_desc {
	const char *name; /* "per_page", "vmpte_after" */
	const char *unit; /* UNIT_TICKS, "kB", "share", "count" */
	enum better better;
	bool headline; /* shown in tables; the rest is in the store and in JSON */
	const char *help;
	enum metric_span span;
};

struct bench {
	/* set by the engine */
	const struct bench_case *bc;
	const struct param_set *params;
	bool emulated;	     /* the clock counts instructions */
	void *state;	     /* the case's own; allocated by setup, freed by teardown */
	struct place *place; /* where the cell runs; see place.h */

	/* set by the case for each sample */
	uint64_t ops;	       /* what "per" divides by: pages, calls */
	uint64_t minor_faults; /* taken inside run(); by the engine, for check() */
	json_t *values;	       /* by bench_value() */
	json_t *span_ops;      /* by bench_value_ops() */
	json_t *evidence;      /* by bench_evidence_*() */
	json_t *lacks;	       /* by bench_lacks() */
	bool not_permitted;    /* by bench_not_permitted() */

	/* the engine's */
	uint64_t ticks;
	uint64_t lap_start;
	uint64_t lap_ticks;
	unsigned int laps;
	size_t lacks_told;
	struct error why;
};

struct bench_case {
	const char *name;
	const char *summary;
	const struct param_desc *params;   /* ends with an empty row; NULL: none */
	const struct metric_desc *metrics; /* ends with an empty row; the first one
					    * is filled in by the engine: ticks / ops */
	int (*setup)(struct bench *b);
	int (*prepare)(struct bench *b);
	void (*run)(struct bench *b);
	int (*check)(struct bench *b);
	void (*teardown)(struct bench *b);
	/*
	 * Why the figures of a cell with these params differ from boot to boot even
	 * where the clock counts instructions (threads: how they interleave); NULL, or
	 * an answer of NULL: they do not.
	 */
	const char *(*varies)(const struct param_set *params);
	/*
	 * What a correct kernel may do in a cell with these params, in a few words ("must
	 * copy: another process maps the pages"); NULL, or an answer of NULL: there is no
	 * such rule. Tables show it; check() holds the kernel to it.
	 */
	const char *(*rule)(const struct param_set *params);
};

/* All cases, in the order of cases.def; ends with NULL. */
extern const struct bench_case *const bench_cases[];
const struct bench_case *bench_case_find(const char *name);
/* What every case takes when it is asked for; ends with an empty row. */
extern const struct param_desc bench_common_params[];
/* The case's own params, then those that every case takes when asked; ends with an empty row. */
const struct param_desc *bench_case_params(const struct bench_case *bc);

/* Ticks of the clock that this run is measured in; see clock.c. */
uint64_t bench_clock(void);

static inline void bench_lap_begin(struct bench *b)
{
	b->lap_start = bench_clock();
	span_begin(SPAN_LAP);
}

static inline void bench_lap_end(struct bench *b)
{
	span_end(SPAN_LAP);
	b->lap_ticks += bench_clock() - b->lap_start;
	b->laps++;
}

/* A lap that somebody else timed and marked, as the two above do: a child. */
static inline void bench_lap_add(struct bench *b, uint64_t ticks)
{
	b->lap_ticks += ticks;
	b->laps++;
}

/* Each sets the reason and returns the code to pass on. */
int bench_fail(struct bench *b, int err, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
int bench_skip(struct bench *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
int bench_refuse(struct bench *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
int bench_wrong(struct bench *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/*
 * A skip for want of rights alone: another user could measure this cell on the same machine.
 * It is no failure of a run that measured something else.
 */
int bench_not_permitted(struct bench *b, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/*
 * Something that this user or kernel does not let the case prove or arrange, in a few words
 * without advice ("not proven: frame numbers"). For setup: it goes with the first record of
 * the cell, and is said once to the user; the same text twice counts once. The cell is
 * measured all the same.
 */
void bench_lacks(struct bench *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* A metric's figure for this sample. NAME must be in the case's table. */
void bench_value(struct bench *b, const char *name, double value);
/* The same of one whose span has not the sample's ops in it but OPS operations. */
void bench_value_ops(struct bench *b, const char *name, double value, uint64_t ops);
/* The number of the span that counts for METRIC of BC, as in struct metric_desc; -1: none. */
int bench_metric_span(const struct bench_case *bc, const struct metric_desc *metric);
/* A fact for the record. */
void bench_evidence_int(struct bench *b, const char *name, long long value);
void bench_evidence_real(struct bench *b, const char *name, double value);
void bench_evidence_str(struct bench *b, const char *name, const char *value);

#endif

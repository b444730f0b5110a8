/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Inside results/ only: the way from stored profiles to what cost.h says.
 *
 *	cost_code.c	profiles by address -> counts by function, each profile once
 *	cost_functions.c	the functions of a kernel, by number; how it is entered
 *	cost_side.c	windows -> means, and what varies
 *	cost_read.c	which windows, from the store
 *	cost_match.c	functions of two kernels side by side
 */
#ifndef FB_RESULTS_COST_PARTS_H
#define FB_RESULTS_COST_PARTS_H

#include "lib/symbols.h"
#include "results/cost.h"
#include "results/db.h"
#include "results/summary.h"

/*
 * What the span that a metric names is in cost, of a sample with EXTRA: 0 is the sample's laps
 * where it has laps, and else all of it.
 */
#define COUNTED_SPAN(span, extra)                                                                  \
	"CASE WHEN " span " = 0 AND coalesce(json_extract(" extra ", '$.laps'), 0) > 0 THEN 1"     \
	" ELSE " span " END"

/* How the kernel was entered; of functions by their names. */
enum cost_entry { ENTRY_NONE, ENTRY_FAULT, ENTRY_SYSCALL, ENTRY_INTERRUPT, ENTRIES };

/* Functions go by numbers, from 0, the same in all boots of a kernel. */
struct code_function {
	char *name;
	uint64_t addr;
	bool user;
	enum cost_entry entry;
};

/* What one function did in one profile. */
struct tally_row {
	uint32_t function;
	uint64_t n[COST_EVENTS];
	/*
	 * Sums of a hash of each instruction's place by its count: the same where the same
	 * instructions were executed as often. Sums of several profiles are sums of these.
	 */
	uint64_t print;
};

/* One profile, by function. */
struct tally {
	int64_t profile_id, symbols_id;
	struct tally_row *v;
	size_t n;
};

struct code_table;
struct code_set;

/* The code of one kernel, in all its layouts. */
struct code {
	struct store *s;
	const char *arch;
	const struct cost_namer *namer; /* or NULL */
	bool patched;			/* for the namer */
	struct code_function *v;
	size_t n, room;
	struct code_set *by_name;
	struct code_table **tables; /* symbols of its boots: one for each layout */
	size_t n_tables;
	struct code_set *names; /* of all functions of the first table, made when asked for */
	struct tally **tallies; /* open addressing, by profile and symbols */
	size_t n_tallies, tallies_room;
	uint32_t *slot; /* while a profile is read: its row of each function, + 1 */
	size_t slots;
};

void code_init(struct code *c, struct store *s, const char *arch, const struct cost_namer *namer,
	       bool patched);
void code_release(struct code *c);
/* The number of a function, made if it is new. ADDR: where it begins. */
uint32_t code_number(struct code *c, const char *name, bool user, uint64_t addr);
/* Symbols of the first boot that was read, or NULL. */
const struct symbols *code_symbols(const struct code *c);
void code_set_free(struct code_set *set);
/* The profile by the functions of these symbols; it lives as long as C. */
int code_tally(struct code *c, int64_t symbols_id, int64_t profile_id, const struct tally **out,
	       struct error *e);

/* Whether the kernel has a function of that name, suffixes of the compiler aside. */
bool code_has(struct code *c, const char *name);
/* How many functions are between two addresses of the first boot's image; SIZE_MAX: none there. */
size_t code_distance(const struct code *c, uint64_t a, uint64_t b);
/* Bytes of the function at ADDR in that image; 0: none there. */
uint64_t code_size(const struct code *c, uint64_t addr);

/* Windows on their way to a side. Zero is an empty one. */
struct gather {
	uint64_t (*sum)[COST_EVENTS]; /* by function, over all windows */
	struct gather_function {
		size_t windows;			     /* with it */
		double lo, hi;			     /* instructions per operation */
		uint64_t ops, print, n[COST_EVENTS]; /* of the first window with it */
		bool varies;
	} * f;
	size_t n_functions;
	uint64_t *prints;	     /* of each window */
	double *kernel[COST_EVENTS]; /* of each window: counts per operation */
	size_t n_windows;
	uint64_t ops;
	double ticks;
	uint64_t interrupts;
	struct gather_apart {
		char *context;
		uint64_t insns;
		size_t windows;
		uint64_t last; /* number of the last window with it, from 1 */
	} * apart;
	size_t n_apart;
};

/* One part of a window. */
struct gather_part {
	const char *context;
	const struct tally *tally;
};

/* Adds a window of OPS operations, more than 0; TICKS: per operation, by the guest's clock. */
void gather_window(struct gather *g, const struct code *c, const struct gather_part *parts,
		   size_t n, uint64_t ops, double ticks);
/* Makes a side of all windows. OUT's bad and lost are the caller's. */
void gather_finish(struct gather *g, const struct code *c, struct cost_side *out);
void gather_release(struct gather *g);

/* A kernel of a run whose windows are read. */
struct cost_reader {
	struct code code;
	int64_t kernel_id;
	const char *name;
};

void cost_reader_init(struct cost_reader *r, struct store *s, const struct compare_side *side,
		      const struct cost_namer *namer, bool patched);

/*
 * The cells and metrics of RUN_ID that any of the readers counted, each with a side for each
 * reader, at most two; warnings are appended. All cells where CASE_NAME is NULL.
 */
int cost_read(struct store *s, int64_t run_id, struct cost_reader *const *readers, size_t n,
	      const char *case_name, bool all_metrics, struct cost_comparison *out,
	      struct error *e);

/* Fills the cell's rows from its sides. PATCHED: NULL for a profile of one kernel. */
void cost_match(struct cost_cell *cell, struct code *baseline, struct code *patched);

void cost_kernel_fill(struct cost_kernel *k, const struct compare_side *side);
void cost_side_release(struct cost_side *side);
void cost_drop_cells(struct cost_comparison *c);

/*
 * What cost_load() does once it is known which run and kernels (in PICKED): the cells of OUT, with
 * rows. PATCHED may be NULL, or the baseline's.
 */
int cost_compare(struct store *s, const struct summary *picked, struct cost_reader *baseline,
		 struct cost_reader *patched, const char *case_name, bool all_metrics,
		 struct cost_comparison *out, struct error *e);

#endif

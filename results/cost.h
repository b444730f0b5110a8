/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Exact cost: what the counts of stored windows say per operation and per function, of one
 * kernel, and of two side by side. Cost is counted, not timed: figures of a deterministic case
 * are the same in each window, and where they are not the functions that vary are named.
 *
 * One cell and one metric (a span) at a time. Everything here is derived from the stored
 * profiles by the stored symbols whenever it is asked for. How it looks is in plots/.
 */
#ifndef FB_RESULTS_COST_H
#define FB_RESULTS_COST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/error.h"
#include "lib/json.h"
#include "lib/strbuf.h"
#include "results/steps.h"
#include "results/store.h"

/* What is counted, in the order in which it is shown; names and texts in cost_events[]. */
enum cost_event {
	COST_INSNS,
	COST_STRING, /* of which iterations of string instructions */
	COST_ATOMICS,
	COST_TLB, /* invalidations of all kinds; the next four are its parts */
	COST_TLB_PAGE,
	COST_TLB_RANGE,
	COST_TLB_SPACE,
	COST_TLB_ALL,
	COST_BARRIERS, /* without dsb */
	COST_DSB,
	COST_LOADS,
	COST_STORES,
	COST_CALLS, /* executions of a function's first instruction */
	COST_EVENTS,
};

struct cost_event_desc {
	const char *name;   /* "tlb_page": in JSON and options */
	const char *text;   /* "TLB invalidations" */
	enum cost_event of; /* what it is a part of, else itself */
};

extern const struct cost_event_desc cost_events[COST_EVENTS];

struct cost_counts {
	double n[COST_EVENTS]; /* per operation: all that was counted by all operations */
};

/*
 * A function of one kernel. Where no symbol is, "[0xffffffffc0123000]": a page of 4K, so that
 * all that was executed is in some function.
 */
struct cost_function {
	char *name;
	uint64_t addr; /* where it begins; of several of one name: one of them */
	bool user;
	bool varies;   /* not the same in all windows */
	double lo, hi; /* its instructions per operation in the window with the fewest and most */
	struct cost_counts c;
};

/* What happened in between and is in no function of the case. */
struct cost_apart {
	char *context;	/* "irq asm_sysvec_apic_timer_interrupt" */
	double insns;	/* per window */
	size_t windows; /* in how many */
};

/* One kernel, one cell, one metric. */
struct cost_side {
	size_t boots, windows, distinct; /* distinct: different profiles among the windows */
	size_t modal;			 /* windows with the commonest profile */
	size_t lost;  /* windows of good samples whose counts are bad or missing; see BAD */
	double ops;   /* operations of a window, the mean */
	double ticks; /* what the guest's clock said per operation, the mean */
	struct cost_counts kernel, user; /* sums over the functions of either */
	/*
	 * The kernel's again: not means but medians over the windows, which no accident moves, and
	 * the least of any window.
	 */
	struct cost_counts typical, least;
	double faults, syscalls, interrupts; /* taken, per operation; interrupts: per window */
	struct cost_function *v;	     /* by instructions, most first */
	size_t n;
	struct cost_apart *apart;
	size_t n_apart;
	char *bad; /* why the first of the lost ones was not taken, or "" */
};

/*
 * One function of a comparison. BASELINE or PATCHED is NULL where that kernel does not execute
 * it; where code only moved between a function and those inlined into it (or split off it), the
 * note says so.
 */
struct cost_row {
	const char *name;
	bool user;
	const struct cost_function *baseline, *patched;
	struct cost_counts delta;
	/*
	 * "" where both execute it by the same name. "new" and "gone": the other kernel has no such
	 * function; "not called before", "no longer called": it has. "now inlined into
	 * zap_pte_range?", "split off zap_pte_range?": another function has as many instructions
	 * more or less; without the question mark where debug information says so.
	 */
	char *note;
};

struct cost_cell {
	char *case_name, *metric, *per; /* "cow-reuse", "per_page", "page"; else "operation" */
	char *summary;
	char *varies; /* why its counts differ from window to window, as the case says; or "" */
	json_t *params;
	struct cost_side baseline, patched;
	struct cost_row *rows; /* by what they add to the difference in instructions, most first */
	size_t n_rows;
};

struct cost_kernel {
	char *name, *hash, *release, *arch;
};

struct cost_comparison {
	int64_t run_id;
	char *command, *when;
	struct cost_kernel baseline, patched;
	struct cost_cell *cells; /* in plan order, then in the order of the metrics */
	size_t n_cells;
	struct cost_cell *empty; /* planned ones of which neither kernel has a window: no figures */
	size_t n_empty;
	struct strv warnings; /* "different configurations", skipped cells, boots whose counts are
				 bad */
};

/*
 * Names the function that an address of KERNEL is in; for inlined functions, which symbols do
 * not know. NULL, or an answer of NULL: by the stored symbols. The name is kept by its owner.
 */
struct cost_namer {
	const char *(*name)(void *data, bool patched, uint64_t addr);
	void *data;
};

struct cost_query {
	const char *baseline, *patched; /* as of compare_query */
	int64_t run_id;			/* 0: the newest run that counted both */
	const char *case_name;		/* NULL: all */
	bool all_metrics;		/* not only headline ones */
	const struct cost_namer *namer; /* or NULL */
};

/*
 * -ENODATA where the run has no counts that can be believed, -EINVAL where it has none of the
 * case, else errors as of summary_load(). With PATCHED NULL in the query: one kernel, all in the
 * baseline's side. Cells that only one of the kernels counted have no windows on the other side.
 * Boots and windows that are bad are left out and told in the warnings. Release OUT if 0.
 */
int cost_load(struct store *s, const struct cost_query *q, struct cost_comparison *out,
	      struct error *e);
void cost_release(struct cost_comparison *c);

/*
 * The run with good counts of both kernels (names or hashes; PATCHED may be NULL): PREFERRED if
 * that is one, else the newest. Counts from an emulator explain times from a real machine of the
 * same kernels. 1 and *RUN_ID, 0 if there is none, or -errno.
 */
int cost_find_run(struct store *s, const char *baseline, const char *patched, int64_t preferred,
		  int64_t *run_id, struct error *e);
/* The newest of those that are older than BEFORE. */
int cost_find_older_run(struct store *s, const char *baseline, const char *patched, int64_t before,
			int64_t *run_id, struct error *e);

/*
 * The kernels of a run by their hashes, for the caller to free: the first two in the order in which
 * they booted; *PATCHED is NULL where there is only one. -EINVAL for a run of a series patch by
 * patch, which is about more than two.
 */
int cost_run_kernels(struct store *s, int64_t run_id, char **baseline, char **patched,
		     struct error *e);

/* The cell of C of that case, params and metric (NULL: the first one), or NULL. */
const struct cost_cell *cost_find_cell(const struct cost_comparison *c, const char *case_name,
				       const json_t *params, const char *metric);

/*
 * A series patch by patch: V[i] is what step I counted (PATCHED) against the last step before it
 * that counted anything (BASELINE); V[0] is the base against itself. Steps with the code of an
 * earlier one and those without counts have no cells. Warnings of one step may be those of another.
 */
struct cost_steps {
	struct step *steps;
	struct cost_comparison *v;
	size_t n;
	int64_t run_id;
};

/*
 * Of RUN_ID, or of the newest run of a series with counts if 0. Errors as of steps_load() and
 * cost_load(). Release OUT if 0.
 */
int cost_steps_load(struct store *s, int64_t run_id, const char *case_name, bool all_metrics,
		    struct cost_steps *out, struct error *e);
void cost_steps_release(struct cost_steps *st);

/* A cell of which an event grew by more than it may, or that only one kernel counted. */
struct cost_excess {
	const struct cost_cell *cell;
	enum cost_event event;
	double baseline, patched; /* what was judged */
	double increase;	  /* patched / baseline - 1; HUGE_VAL where the baseline has none */
	bool uncounted;		  /* one side has no windows: EVENT and INCREASE mean nothing */
};

/*
 * Cells whose typical window has more kernel EVENTS (a mask of 1 << event) than the baseline's by
 * more than MAX (0.005: half a per cent), worst first, after them cells that cannot be judged: a
 * gate that nothing came through is not passed. The caller frees *OUT. Returns how many.
 */
size_t cost_gate(const struct cost_comparison *c, unsigned int events, double max,
		 struct cost_excess **out);

#endif

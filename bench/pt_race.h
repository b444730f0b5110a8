/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Threads that fault in pages of the very page tables that the walk of pt-reclaim is
 * dropping, and check each of them: a word that a thread wrote must be there until a
 * call that drops it begins, and is afterwards either that word or zero. A page that no
 * call drops must keep its word for good. Whatever else is read is wrong: a lost write, or
 * memory that is somebody else's.
 *
 * Half of the threads, the first one too, share the walk's CPU and wake up from short sleeps at a
 * priority above the walk's, in the middle of calls too: the kernel then lets go of the page
 * table that it is emptying. The others run on the other CPUs, where there are any.
 */
#ifndef FB_BENCH_PT_RACE_H
#define FB_BENCH_PT_RACE_H

#include "bench/bench.h"
#include "bench/pt_plan.h"
#include "lib/error.h"

#define PT_RACE_THREADS_MAX 16

struct pt_race;
struct place;

/*
 * N (1 to PT_RACE_THREADS_MAX) threads for walks of PLAN from BASE on the CPUs of PLACE, which must
 * all outlive the race. Nothing runs yet. The stacks are there from now on, so that no page table
 * is made for them later.
 */
int pt_race_create(struct pt_race **out, const struct pt_plan *plan, char *base,
		   const struct place *place, unsigned int n, struct error *e);
void pt_race_free(struct pt_race *r);

/* The threads begin: they wait until there is a call to race with. 0 or -errno. */
int pt_race_start(struct pt_race *r);
/*
 * Call C is next; the first SLOTS slots have been touched. Waits a little for threads on other CPUs
 * to come there.
 */
void pt_race_next(struct pt_race *r, size_t c, size_t slots);
/* Right before and right after each call that drops something. */
void pt_race_call_begin(struct pt_race *r);
void pt_race_call_end(struct pt_race *r);
/* Ends the threads and looks at their last words; fine if they never began. */
void pt_race_stop(struct pt_race *r);

/*
 * After pt_race_stop(), with the memory as the walk left it: looks at all pages that must
 * have kept their words, puts the counts into the record and judges: 0 or BENCH_WRONG.
 */
int pt_race_wrong(struct bench *b, struct pt_race *r);
/* BENCH_REFUSE if no thread wrote anything during a call, else 0. */
int pt_race_refuse(struct bench *b, const struct pt_race *r);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the agent and the churn programs say to each other: the program is told its
 * plan once, on standard input, and answers each order, the plan too, on standard output.
 * Both are built from one tree and run on one machine, so these are plain structs.
 */
#ifndef FB_BENCH_CHURN_CHURN_H
#define FB_BENCH_CHURN_CHURN_H

#include <stdint.h>

/* Sizes are powers of two: an object has MIN to twice MAX bytes, small ones as often as large. */
struct churn_plan {
	uint64_t seed;
	uint64_t min, max; /* bytes; at least 16 */
	uint64_t stride;   /* bytes between two touches of an object */
	uint64_t live;	   /* bytes in use at most, about */
};

/*
 * Room in the program's list for four times the objects that there are when sizes are as likely
 * as they are meant to be.
 */
static inline uint64_t churn_capacity(const struct churn_plan *p)
{
	unsigned int powers = (unsigned int)(__builtin_clzll(p->min) - __builtin_clzll(p->max)) + 1;
	uint64_t mean = p->max * 3 / powers / 2 + 1;

	return 2 * (p->live / mean) + 4096;
}

/* An entry of that list. */
struct churn_object {
	char *at;
	uint64_t size;
	uint64_t serial;
};

enum churn_op {
	CHURN_GROW,   /* allocate until ARG bytes are in use */
	CHURN_MIX,    /* ARG times: free any object, allocate another one */
	CHURN_SHRINK, /* free at random until no more than ARG bytes are in use */
	CHURN_TICK,   /* ARG times: allocate and free 64 KiB, untouched */
	CHURN_VERIFY, /* look at the contents of all objects */
	CHURN_STATS,  /* ask jemalloc for what the answer has of it; it takes a while */
};

struct churn_order {
	uint64_t op, arg;
};

struct churn_answer {
	uint64_t pairs;	  /* allocations, or frees if there were more: since the start */
	uint64_t live;	  /* bytes in use, as they were asked for */
	uint64_t objects; /* in use */
	uint64_t wrong;	  /* objects with other contents than were written: since the start */
	uint64_t failed;  /* allocations that failed: since the start */
	uint64_t faults;  /* minor faults: since the start */

	/* what jemalloc says it did, as of the last CHURN_STATS; zeroes with another allocator */
	uint64_t dirty_calls, dirty_pages; /* given back at the end of their time as dirty */
	uint64_t muzzy_calls, muzzy_pages; /* and as muzzy */
	char allocator[64];		   /* "jemalloc 5.3.0" */
};

#endif

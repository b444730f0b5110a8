/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Counting, from before the first boot of a plan to after the last record of each: what the
 * plugin watches in each kernel, and what becomes of what it wrote.
 */
#ifndef FB_RUNNER_COST_WATCH_H
#define FB_RUNNER_COST_WATCH_H

#include "lib/symbols.h"
#include "runner/cost/check.h"
#include "runner/hash.h"
#include "runner/run.h"

/* What is known of one kernel of a plan before it boots; all of it owned. */
struct cost_watch {
	struct strbuf text; /* its functions and the agent's */
	struct symbols symbols;
	char id[HASH_TEXT]; /* of the text */
	char *hooks;	    /* path: what the plugin watches */
	char *lacks;	    /* why accidents cannot be told apart in it, or NULL */
};

/*
 * One for each kernel of the plan, in *OUT, to be freed with cost_watch_free(). May boot kernels
 * to ask for their symbols. -EINVAL on a target that does not count, -ENOENT where the plugin or
 * QEMU's support of it is missing, -ENOSPC, -ECANCELED.
 */
int cost_watch_plan(const struct runner *r, const struct target *t, const struct plan *p,
		    struct cost_watch **out, struct error *e);
/* N of them; removes their files. V may be NULL. */
void cost_watch_free(struct cost_watch *v, size_t n);

/* Whether QEMU for architecture A can load the plugin: 0, or -ENOENT and what to do. */
int cost_ready(const struct runner *r, const struct arch *a, struct error *e);

/* A boot that has ended. */
struct cost_taking {
	const struct runner *r;
	const struct kernel *kernel;
	const struct cost_watch *watch;
	const struct cost_samples *samples;
	const struct run_sink *sink;
	int64_t id;	      /* the sink's, of the boot */
	const char *path;     /* what the plugin wrote */
	const char *emulator; /* QEMU's word for its version */
	bool verify;	      /* accesses to memory were to be counted by QEMU, too */
};

/*
 * Takes the counts of a boot to the sink; the user is told of what is wrong with them. *WHOLE: all
 * that the plugin wrote was read, and its file may go. 0; -errno of the sink, or -ECANCELED.
 */
int cost_take(const struct cost_taking *t, bool *whole, struct error *e);

#endif

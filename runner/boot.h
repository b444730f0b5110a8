/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One boot under watch: started, listened to, ended, judged. Private to the
 * engine (run.c). No threads: children die with the thread that started them.
 */
#ifndef FB_RUNNER_BOOT_H
#define FB_RUNNER_BOOT_H

#include "runner/console.h"
#include "runner/cost/watch.h"
#include "runner/stream.h"

struct boot {
	/* set by boot_begin() from its arguments */
	const struct runner *r;
	const struct target *t;
	const struct plan *p;
	const struct plan_boot *b;
	const struct kernel *kernel;
	const struct cost_watch *watch; /* of the kernel, where instructions are counted; or NULL */

	struct boot_files files; /* owned paths */
	struct boot_start start;
	struct stream stream;
	struct cost_samples samples; /* that the stream brought */
	struct console console;
	int copy_fd;	   /* where a pipe's records are kept, or -1 */
	int scratch_fd;	   /* its lock */
	bool is_file, eof; /* of start.record_fd */

	double begin, heard, first_sample, end_seen; /* now_seconds(); 0: not yet */
	unsigned int cells;			     /* begun so far */
	bool done;  /* nothing more to wait for: call boot_finish() */
	bool asked; /* to end */
	bool exited;
	int status;   /* of waitpid(), when exited */
	char *failed; /* why it could not be started or was given up, or NULL */
};

/*
 * Starts it, counted if WATCH (of the plan's kernels) is not NULL. 0 also when it could not be
 * started: then it is done, and lost. Negative, with a line in E, is the sink's error or a full
 * disk: the run stops. After 0, boot_finish() has to be called once.
 */
int boot_begin(struct boot *bt, const struct runner *r, const struct target *t,
	       const struct plan *p, size_t index, const struct cost_watch *watch,
	       const struct run_sink *sink, struct error *e);

/* Hears what there is to hear. Negative is the sink's error. */
int boot_poll(struct boot *bt, struct error *e);

/* Asks it to end, once, without waiting. */
void boot_stop(struct boot *bt);

/*
 * Ends it if it has not, within seconds and at once when the user is urgent, takes its last
 * records and its counts, tells the sink how it ended, and releases it. STOPPED, unless NULL, is
 * why the whole run ends.
 */
int boot_finish(struct boot *bt, const char *stopped, struct error *e);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Running other programs: argument vectors, never a shell. The child leads its
 * own process group, so that it and its children end together on cancel,
 * timeout or error. A child whose parent dies is killed (PR_SET_PDEATHSIG).
 */
#ifndef FB_LIB_SPAWN_H
#define FB_LIB_SPAWN_H

#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>

#include "lib/error.h"
#include "lib/strbuf.h"

struct spawn {
	/* what to run */
	const struct strv *argv;
	const char *cwd;	/* NULL: as is */
	const struct strv *env; /* NAME=value to add to the environment, or NULL */
	const char *stdin_path; /* NULL: /dev/null */

	/* where its output goes */
	const char *log_path; /* both streams appended here; NULL: not kept */
	struct strbuf *out;   /* standard output, whole, when not NULL */
	/* each line of its output (both streams), when not NULL */
	void (*on_line)(const char *line, void *data);
	void *data;

	/* when to stop it */
	double timeout_s;		     /* 0: never */
	const volatile sig_atomic_t *cancel; /* set by a signal handler; may be NULL */
};

/*
 * Runs to the end. 0 if it exited 0; else -ECANCELED, -ETIMEDOUT, -ENOENT (no
 * such program), or -ECHILD with "NAME exited 2" and its last line of output.
 */
int spawn_run(const struct spawn *s, struct error *e);

/*
 * Starts it and returns; the caller waits, or ends it with spawn_kill(). Only argv, cwd,
 * env, stdin_path and log_path (NULL: /dev/null) are looked at. KEEP_FD, unless -1, is
 * the child's descriptor 3. 0, -ENOENT (no such program) or -errno.
 */
int spawn_start(const struct spawn *s, int keep_fd, pid_t *pid, struct error *e);

/* SIGTERM to the group, SIGKILL after GRACE_S seconds, then reap. */
void spawn_kill(pid_t pid, double grace_s);

/* Full path of a program in $PATH, NULL if there is none; caller frees. */
char *spawn_which(const char *name);

#endif

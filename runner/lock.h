/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Locks between programs that share one cache: flock(2) on files that stay.
 * Programs that the holder runs inherit it, so it is free only when the holder
 * and all of these are gone: whoever gets it after a kill -9 may clear away
 * what was left, nobody writes there any more. Order where two are held: a
 * kernel's, "build-work", its objects', the source's, apt's.
 */
#ifndef FB_RUNNER_LOCK_H
#define FB_RUNNER_LOCK_H

#include "runner/runner.h"

#define __lock __close

/*
 * Waits for the lock NAME (no slashes) and says so to the user; *FD drops it
 * when closed. 0, -ECANCELED or -errno.
 */
int lock_take(const struct runner *r, const char *name, int *fd, struct error *e);
/* The same; the user reads "another foliobench WHAT". */
int lock_wait(const struct runner *r, const char *name, const char *what, int *fd, struct error *e);

/* The same without waiting: -EWOULDBLOCK when somebody has it. */
int lock_try(const struct runner *r, const char *name, int *fd, struct error *e);

/* lock_try() on a file of its own, in a folder that exists. */
int lock_file_try(const char *path, int *fd, struct error *e);

#endif

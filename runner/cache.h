/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What of the cache is in use, and when it was last. Everything that `kernel gc` may remove
 * is one folder; whoever works with one holds it:
 *
 *	- the folder's own modification time is the time of its last use
 *	- a shared flock(2) on the folder keeps gc, which wants it alone, from removing it
 *
 * The lock ends with its descriptor: a killed run holds nothing.
 */
#ifndef FB_RUNNER_CACHE_H
#define FB_RUNNER_CACHE_H

#include <stdbool.h>

#include "lib/error.h"

/*
 * Holds the folder PATH until *FD is closed. 0; -ENOENT if it is not there, or goes at this
 * moment; -errno. *FD is -1 then.
 */
int cache_hold(const char *path, int *fd, struct error *e);

/* Notes that the folder held by FD is used now: built from, booted. */
void cache_used(int fd);

/* To remove it: nobody else holds it. Does not wait; -EWOULDBLOCK when somebody does. */
int cache_hold_alone(const char *path, int *fd, struct error *e);

#endif

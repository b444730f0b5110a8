/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Scope-bound release of what a function owns. For host code and for the
 * untimed parts of the agent; a function uses either these or goto, not both.
 */
#ifndef FB_LIB_CLEANUP_H
#define FB_LIB_CLEANUP_H

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static inline void cleanup_freep(void *p)
{
	free(*(void **)p);
}

static inline void cleanup_closep(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

/* For descriptors in a struct: may come twice. */
static inline void close_fd(int *fd)
{
	cleanup_closep(fd);
	*fd = -1;
}

static inline void cleanup_fclosep(FILE **f)
{
	if (*f)
		fclose(*f);
}

static inline void cleanup_closedirp(DIR **d)
{
	if (*d)
		closedir(*d);
}

#define __cleanup(fn) __attribute__((cleanup(fn)))
#define __free	      __cleanup(cleanup_freep)
#define __close	      __cleanup(cleanup_closep)
#define __fclose      __cleanup(cleanup_fclosep)
#define __closedir    __cleanup(cleanup_closedirp)

/* Hand an owned pointer on: the cleanup of P then finds NULL. */
#define take_ptr(p)                                                                                \
	({                                                                                         \
		typeof(p) __t = (p);                                                               \
		(p) = NULL;                                                                        \
		__t;                                                                               \
	})

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

#endif

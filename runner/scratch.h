/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Scratch folders of boots, $TMPDIR/foliobench-boot.XXXXXX. Their owner holds a lock
 * on each, so that what a killed one left behind is told from what is in use.
 */
#ifndef FB_RUNNER_SCRATCH_H
#define FB_RUNNER_SCRATCH_H

#include "lib/error.h"

/* A new, empty one in *PATH (owned; NULL on error), locked while *FD is open. 0 or -errno. */
int scratch_create(char **path, int *fd, struct error *e);

/* Removes those of this user whose owner is gone; what cannot be removed stays. */
void scratch_clear(void);

#endif

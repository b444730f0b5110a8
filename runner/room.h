/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Room on the disk and in memory, asked for before the work and not found out in its middle. */
#ifndef FB_RUNNER_ROOM_H
#define FB_RUNNER_ROOM_H

#include "runner/runner.h"

/* 0 if the cache's disk has NEED_BYTES free; else -ENOSPC naming WHAT, needed and free. */
int room_check(const struct runner *r, uint64_t need_bytes, const char *what, struct error *e);

/*
 * How many of WANT guests with GUEST_MIB of memory each fit side by side: in *BOOTS, at
 * least 1. -ENOMEM if not even one does.
 */
int room_memory(unsigned int guest_mib, unsigned int want, unsigned int *boots, struct error *e);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The machine's settings that the memory cases need: which folio sizes are
 * given, and what else in the kernel would touch the memory meanwhile. All of
 * it goes through settings_set(), so it is put back after the run.
 */
#ifndef FB_BENCH_QUIET_H
#define FB_BENCH_QUIET_H

#include <stdbool.h>
#include <stddef.h>

#include "bench/bench.h"
#include "lib/strbuf.h"

/*
 * Quiets the machine and makes MADV_HUGEPAGE give folios of FOLIO bytes and of
 * no other size (the base page size: nothing to give). *FRAMES: this user may see frame
 * numbers and page flags. What cannot be had without being necessary is said by
 * bench_lacks(). 0; BENCH_SKIP if this kernel does not offer the size, or not to this user
 * as the machine is set; or negative errno.
 */
int quiet_machine(struct bench *b, size_t folio, bool *frames);

/* Bytes that a PMD entry maps, 2 MiB where the kernel does not say. */
size_t quiet_pmd_size(void);

/* Adds the sizes under the THP folder ROOT that anonymous memory can have, ascending: "64K". */
void quiet_sizes(const char *root, struct strv *sizes);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Settings of the machine that a run changes (THP controls, KSM, ...), as a
 * stack with a journal on disk: before a file is written its old value is in
 * the journal, so that whatever happens (signal, crash, kill -9), the next
 * start puts the machine back. The journal is removed once all is restored.
 */
#ifndef FB_BENCH_SETTINGS_H
#define FB_BENCH_SETTINGS_H

#include <stdbool.h>

#include "lib/error.h"

/* Root's: of the machine, not of a user, and cleared by a reboot as the settings are. */
#define SETTINGS_JOURNAL "/run/foliobench/settings.journal"

/*
 * Where the journal is: $FOLIOBENCH_JOURNAL (for tests), else SETTINGS_JOURNAL for root,
 * else in the folder HOME, or NULL without one. Caller frees.
 */
char *settings_journal_path(const char *home);

/*
 * Restores what a journal left by an earlier run says, then starts a new one at
 * PATH, in a folder made if need be. NULL (PID 1 in a guest): nothing outlives the
 * guest, no journal.
 */
int settings_begin(const char *path, struct error *e);

/*
 * Remembers the old value of the file at PATH (of "always [madvise] never": the
 * word in brackets) and writes VALUE. Nothing is done when it already has it.
 * -ENOENT if there is no such file, -EACCES/-EPERM if this user may not.
 */
int settings_set(const char *path, const char *value, struct error *e);

/*
 * Remembers the value of the file at PATH without changing it: the kernel itself will, as
 * a consequence of other settings, and settings_restore() puts it back after those that were
 * set later. Errors as of settings_set().
 */
int settings_keep(const char *path, struct error *e);

/* The current value as settings_set() would remember it; BUF of LEN bytes. */
int settings_get(const char *path, char *buf, unsigned long len, struct error *e);

/* Puts everything back, newest first, and removes the journal. Safe to call twice. */
int settings_restore(struct error *e);

/* Restores from a journal left at PATH. 0 also when there is none; *N: files put back. */
int settings_recover(const char *path, int *n, struct error *e);

#endif

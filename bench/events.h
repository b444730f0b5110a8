/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Events that can be counted around a sample, by their names: those of `perf list` that
 * every kernel knows, with ":u" or ":k" behind them for user or kernel alone, and
 * tracepoints as SYSTEM:NAME. Names only: counters.c opens them.
 */
#ifndef FB_BENCH_EVENTS_H
#define FB_BENCH_EVENTS_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/error.h"
#include "lib/strbuf.h"

/* As many as may be named at once. */
#define EVENTS_MAX 16

struct event {
	uint32_t type; /* PERF_TYPE_* */
	uint64_t config;
	bool exclude_user, exclude_kernel;
};

/*
 * What NAME stands for. A tracepoint has PERF_TYPE_TRACEPOINT and no config yet: its number
 * is the running kernel's own, see event_tracepoint(). -EINVAL with the names there are.
 */
int event_find(const char *name, struct event *event, struct error *e);

/* Adds the names in LIST ("a,b:k,SYSTEM:NAME") to NAMES, each once. -EINVAL as event_find(). */
int events_parse(const char *list, struct strv *names, struct error *e);

/*
 * The running kernel's number for tracepoint NAME, from tracefs wherever it is mounted. 0 or
 * -errno: -ENOENT without such a tracepoint or without tracefs, -EACCES for most users.
 */
int event_tracepoint(const char *name, uint64_t *config);

#endif

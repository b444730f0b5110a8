/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What else is counted around a sample, by libperf, for this thread only: what children and
 * other threads do is not in it, nor what the kernel does elsewhere on their behalf. Events
 * are switched on before the clock is read first and off after it was read last, so that
 * doing so costs nothing in the timed span.
 *
 * Page faults and context switches come from getrusage(2) although perf has
 * events for them: those run code of their own inside every fault, 170 instructions
 * on top of the 1093 of a CoW reuse (7.3.4, measured). For the same reason software events
 * and tracepoints are counted only when the plan names them.
 */
#ifndef FB_BENCH_COUNTERS_H
#define FB_BENCH_COUNTERS_H

#include <stdint.h>

#include "lib/json.h"
#include "lib/strbuf.h"

struct counters;

/*
 * Opens what this machine has, always the same and NAMED (as event_find() takes them, kept by
 * reference); never fails. counters_close() releases.
 */
struct counters *counters_open(const struct strv *named);
void counters_close(struct counters *c);

/* Around one sample, outside of the timed span. */
void counters_start(struct counters *c);
void counters_stop(struct counters *c);

/* Minor faults between start and stop. */
uint64_t counters_minor_faults(const struct counters *c);

/*
 * A new object: a number for each event, {"value":N,"running":0.5} for one that
 * had to share its counter (VALUE is scaled up), {"unsupported":"ENOENT"} for
 * one that could not be opened.
 */
json_t *counters_to_json(const struct counters *c);

/* Adds the names of events that this user may not count, ", " between. */
void counters_refused(const struct counters *c, struct strbuf *sb);

#endif

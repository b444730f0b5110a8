/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Windows and the spans in them, and whose the counts are: what each vCPU executed since the
 * last event is added, at the next one, to the bank of the open spans and of who executed.
 * All with plugin_lock held.
 */
#ifndef FB_COST_PLUGIN_WINDOW_H
#define FB_COST_PLUGIN_WINDOW_H

#include <stdint.h>

#include "runner/cost/plugin/api.h"
#include "runner/cost/plugin/who.h"

/* After api_start(): the file's first line. */
void window_start(void);
/* A mark of bench/span.h was executed; what was before it is settled. */
void window_mark(uint8_t op, uint8_t arg);
/* What VCPU executed since the last time is of WHO. Does nothing where no span is open. */
void window_settle(unsigned int vcpu, const struct who *who);
/*
 * The instruction that is about to be executed, alone in the block of counter C, is still of WHO,
 * whatever is next.
 */
void window_ahead(unsigned int vcpu, const struct who *who, counter_t c);
/* What was counted for FROM in this window is TO's. */
void window_merge(const struct who *from, const struct who *to);
/* verify=on: counters of the accesses to memory. */
void window_verify(counter_t loads, counter_t stores);
/* The emulator ends: the last line. */
void window_end(void);

#endif

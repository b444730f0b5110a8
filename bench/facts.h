/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the kernel under test says of itself and of its machine: everything that
 * could change a figure and can be read from here. What cannot be read is left
 * out; nothing here fails. In a deterministic guest equal boots give equal facts:
 * nothing that moves (uptime, free memory, random ids) is among them.
 */
#ifndef FB_BENCH_FACTS_H
#define FB_BENCH_FACTS_H

#include "lib/json.h"

/* A new object; docs/records.md lists its fields. */
json_t *facts_collect(void);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The host, described for the store: what could change a figure measured on it. */
#ifndef FB_RUNNER_MACHINE_H
#define FB_RUNNER_MACHINE_H

#include "lib/json.h"
#include "runner/runner.h"

/*
 * A new object, never NULL; docs/targets.md lists its fields. What cannot be read is
 * left out. R is not needed so far (NULL is fine).
 */
json_t *machine_describe(const struct runner *r);

#endif

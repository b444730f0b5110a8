/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The targets by name, for the table in targets.c. */
#ifndef FB_RUNNER_TARGETS_H
#define FB_RUNNER_TARGETS_H

#include "runner/run.h"

extern const struct target target_qemu, target_kvm, target_local;

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a kernel shows against itself, by machine, cell and metric: changes that are no larger are
 * not believed. Made by foliobench calibrate from an A/A run, used by comparisons and plans. The
 * newest calibration of a cell counts.
 */
#ifndef FB_RESULTS_FLOOR_H
#define FB_RESULTS_FLOOR_H

#include "lib/json.h"
#include "results/compare.h"

struct floor {
	char *machine;			 /* as machine_key() */
	char *case_name, *metric, *unit; /* owned, as all strings here */
	json_t *params;
	double reboot;		     /* a share: the same image, booted again */
	double rebuild;		     /* another layout of it; negative: not measured */
	unsigned int boots, layouts; /* of each arm; of the kernel */
	char *kernel, *when;	     /* it was measured with, ISO date and time */
	int64_t run_id;
};

/*
 * What makes two runs' figures of one machine: target and the emulator's version and machine, or
 * the CPU's model and the product's name, CPUs, nodes and memory: "qemu 7.2.22 q35, 1 CPU", "local
 * Intel Xeon ... 2 CPUs". Caller frees.
 */
char *machine_key(const char *target, const json_t *host, const json_t *hello, const json_t *facts);

/* All there are (MACHINE NULL), or of one machine; by machine, then cell. Free with floors_free().
 */
int floors_load(struct store *s, const char *machine, struct floor **out, size_t *n,
		struct error *e);
void floors_free(struct floor *v, size_t n);
/* The floor of a cell among the N of V, or NULL. */
const struct floor *floor_find(const struct floor *v, size_t n, const char *case_name,
			       const json_t *params, const char *metric, const char *unit);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads what the TCG plugin wrote (docs/cost-plugin.md), window by window, without ever holding
 * more than one of them. Nothing in the file is believed: what is wrong with it ends the
 * reading, with a line, and the windows before it are good.
 */
#ifndef FB_RUNNER_COST_READ_H
#define FB_RUNNER_COST_READ_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "lib/error.h"
#include "lib/profile.h"
#include "lib/symbols.h"

#define COST_FORMAT   1
#define COST_SPANS    32
#define COST_VCPU_MAX 255

/* What the first line of a file says. */
struct cost_head {
	char arch[16];	    /* "x86_64", "arm64": as this program calls it */
	unsigned int vcpus; /* of the machine */
	int level;	    /* QEMU's plugin API */
	bool stacks;
};

/* Counts of one context, one vCPU and one set of open spans; private to the reader. */
struct cost_bank;

/* A complete window; all of it goes when the callback returns. */
struct cost_window {
	uint32_t number;
	uint32_t spans; /* bit N: something was counted in span N */
	const struct cost_head *head;
	struct cost_bank *banks;
	size_t n_banks;
	struct cost_file *file;
};

/* What the callback is told of one span, vCPU and context of a window. */
struct cost_piece {
	unsigned int span, vcpu;
	const char *context;
	uint64_t insns;
	const char *id, *data; /* the profile's hash; profile_encode()'s bytes */
	size_t size;
	const char *folded; /* by call stack, sorted lines; NULL without stacks */
};

struct cost_reading {
	/* Either's negative return ends the reading and becomes its result. HEAD may be NULL. */
	int (*head)(const struct cost_head *head, void *data);
	int (*window)(const struct cost_window *w, void *data);
	void *data;
	const volatile sig_atomic_t *cancel; /* or NULL */
	const struct symbols *symbols;	     /* names of functions in stacks; or NULL */
};

/* How the file was; strings are owned. */
struct cost_file_result {
	unsigned long windows; /* complete ones */
	bool ended;	       /* with its last line */
	char *broken;	       /* what is wrong with it, or NULL */
};

/*
 * 0, also for a file that is broken or was cut off (RESULT says so, release it); -errno where it
 * cannot be read, -ECANCELED, or what a callback returned.
 */
int cost_file_read(const char *path, const struct cost_reading *how,
		   struct cost_file_result *result, struct error *e);
void cost_file_result_release(struct cost_file_result *r);

/* Instructions that were executed in a span, by whomever; in one context if that is not NULL. */
uint64_t cost_window_insns(const struct cost_window *w, unsigned int span, const char *context);
/* How often a function was entered in a span: ADDR is its first instruction's. */
uint64_t cost_window_entries(const struct cost_window *w, unsigned int span, uint64_t addr);
/* Whether anything in the window was executed by a context that begins so. */
bool cost_window_has(const struct cost_window *w, const char *context);

/*
 * Calls EACH for every span, vCPU and context of the window; in ascending order of span and
 * vCPU. Its negative return ends this and is returned.
 */
int cost_window_pieces(const struct cost_window *w,
		       int (*each)(const struct cost_piece *piece, void *data), void *data);

/*
 * With verify: the first difference between the accesses to memory that QEMU counted and those
 * that the instructions say they make, for the caller to free; NULL if there is none. What faults
 * is begun twice and accesses once: as often as the instruction at FAULT_ENTRY was executed. And
 * where the CPU interrupts an instruction, what it pushes is taken for that one's by QEMU: a
 * thousandth is let pass. ASKED: QEMU was told to count them, and has to have done so.
 */
char *cost_window_verify(const struct cost_window *w, uint64_t fault_entry, bool asked);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The few instructions that the plugin knows by their bytes: marks, those by which a kernel takes
 * and leaves interrupts and switches tasks, and those that may fault. All else is the host's.
 */
#ifndef FB_COST_PLUGIN_INSN_H
#define FB_COST_PLUGIN_INSN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum insn_is {
	INSN_MARK = 1 << 0,
	INSN_FAULTS = 1 << 1,	   /* accesses memory, or is not known not to */
	INSN_USER_ON = 1 << 2,	   /* the kernel may access user space from here on: stac */
	INSN_USER_OFF = 1 << 3,	   /* ...or no longer */
	INSN_USER_ACCESS = 1 << 4, /* accesses user space by itself: ldtr */
	INSN_LANDING = 1 << 5,	   /* endbr64: a stub may begin here */
	INSN_SAVE = 1 << 6,    /* first access to an interrupt's frame: push, stp x0, x1, [sp] */
	INSN_RESTORE = 1 << 7, /* and the one on return: iretq, ldp x0, x1, [sp] */
	INSN_ERET = 1 << 8,    /* goes back, without an access to memory */
	INSN_SWAPGS = 1 << 9,
	INSN_TASK_GOES = 1 << 10,  /* stores the stack (or the registers) of a task */
	INSN_TASK_COMES = 1 << 11, /* and loads it */
	INSN_RET = 1 << 12,
	INSN_JUMP = 1 << 13,	   /* to TARGET, always */
	INSN_BRANCH = 1 << 14,	   /* to TARGET or not */
	INSN_CALL = 1 << 15,	   /* calls TARGET */
	INSN_ONE_ACCESS = 1 << 16, /* a plain load or store, as devices are accessed with */
	INSN_SYSRET = 1 << 17,	   /* returns from a system call without an access to memory */
};

/* Marks: their operations, as bench/span.h has them. */
enum mark_op {
	MARK_DIGIT = 1,
	MARK_OPEN = 2,
	MARK_CLOSE = 3,
	MARK_BEGIN = 4,
	MARK_END = 5,
};
enum { MARK_SPANS = 32 };

struct insn {
	uint64_t addr, target;
	uint32_t is; /* enum insn_is */
	uint8_t size;
	uint8_t bytes[16];
	uint8_t mark_op, mark_arg;
};

/* For api_target()'s name; false: not one that is known. */
bool insn_choose(const char *target);
/* Fills in all but addr, size and bytes. */
void insn_decode(struct insn *in);
/* Whether IN, the last of a block, is all there: else it is not executed (x86_whole.c). */
bool insn_is_whole(const struct insn *in);
bool insn_is_arm64(void);
bool insn_is_user(uint64_t addr);
/* How far above what INSN_SAVE accesses the address is that INSN_RESTORE accesses. */
uint64_t insn_frame_offset(void);

/* Of insn.c alone: whether BYTES, in 64-bit mode, have all of an instruction. */
bool insn_x86_is_whole(const uint8_t *bytes, size_t n);

#endif

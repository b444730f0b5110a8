/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A profile: how often each instruction was executed in one span of one sample, and
 * what kind of instruction it is. Addresses, not names: functions are found from symbols
 * (lib/symbols.h) when somebody looks, so that what is stored stays raw.
 *
 * One form for one content: entries are sorted by address and each address (with one
 * instruction at it) is there once, so that two windows in which the machine did the same have
 * the same bytes, however the emulator cut them into blocks.
 */
#ifndef FB_LIB_PROFILE_H
#define FB_LIB_PROFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/error.h"
#include "lib/strbuf.h"

/* What an instruction is besides an instruction; bits. */
enum profile_flag {
	PROFILE_STRING = 1 << 0,    /* one iteration of a repeated string instruction (x86) */
	PROFILE_ATOMIC = 1 << 1,    /* lock prefix, xchg with memory; LSE atomic, store-exclusive */
	PROFILE_TLB_PAGE = 1 << 2,  /* invalidates a page: invlpg, tlbi v* */
	PROFILE_TLB_RANGE = 1 << 3, /* a range of pages: tlbi r*, invlpgb */
	PROFILE_TLB_SPACE = 1 << 4, /* an address space: a write to CR3, invpcid, tlbi aside1* */
	PROFILE_TLB_ALL = 1 << 5,   /* everything: a write to CR4, tlbi vmalle1*, alle1* */
	PROFILE_BARRIER = 1 << 6,   /* mfence, lfence, sfence; dmb, isb */
	PROFILE_DSB = 1 << 7,	    /* arm64 dsb, which also waits for invalidations to end */
	PROFILE_USER = 1 << 8,	    /* at an address of user space */
	PROFILE_UNKNOWN = 1 << 9,   /* bytes that the decoder does not know: counted all the same */
};

struct profile_insn {
	uint64_t addr;
	uint64_t count; /* executions begun */
	uint16_t flags;
	uint8_t size;	       /* bytes */
	uint8_t loads, stores; /* memory accesses of one execution (of one iteration) */
};

/* Zero is an empty one. */
struct profile {
	struct profile_insn *v;
	size_t n, room;
};

void profile_add(struct profile *p, const struct profile_insn *insn);
/* Adds all of FROM. Where both are sealed P stays sealed, and this is fast. */
void profile_merge(struct profile *p, const struct profile *from);
/* Sorts, and makes one entry of those that are for one instruction. Call it after the last add. */
void profile_seal(struct profile *p);
void profile_release(struct profile *p);

/* Of a sealed profile: its one form as bytes, appended to OUT. */
void profile_encode(const struct profile *p, struct strbuf *out);
/* 0, or -EPROTO with a line for bytes that profile_encode() did not make. P is empty before. */
int profile_decode(const void *data, size_t size, struct profile *p, struct error *e);

#endif

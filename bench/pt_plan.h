/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a walk of pt-reclaim touches and drops, as arithmetic on offsets from the start
 * of the walk: its span consists of slots, what one page table maps; the start of each slot
 * is touched; each call drops one stretch of bytes. Which pages a call drops, which stay,
 * and which tables hold some of both follows from that alone. Nothing here touches memory.
 */
#ifndef FB_BENCH_PT_PLAN_H
#define FB_BENCH_PT_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes that one page table maps. */
#define PT_SLOT ((size_t)2 << 20)

/* Where a call's stretch lies in its chunk, whose ends are multiples of PT_SLOT. */
enum pt_range {
	PT_EXACT,  /* all of the chunk */
	PT_START,  /* begins OFF bytes later */
	PT_END,	   /* ends OFF bytes earlier */
	PT_WITHIN, /* both */
	PT_CROSS,  /* OFF bytes later at both ends: into the next chunk */
};

struct pt_plan {
	size_t span;  /* bytes; a multiple of CHUNK */
	size_t chunk; /* bytes; a multiple of PT_SLOT */
	size_t page;  /* bytes */
	size_t touch; /* bytes touched at the start of each slot */
	enum pt_range range;
	size_t off; /* bytes; a multiple of PAGE, below PT_SLOT */
	bool guard; /* the last page of each slot is a guard: not for touching */
};

/*
 * Why these numbers do not make a walk, as "what is wrong: what to do instead"; NULL if
 * they do. FOLIO: bytes that a touch brings in at once.
 */
const char *pt_plan_refuses(const struct pt_plan *p, size_t folio);

static inline size_t pt_plan_slots(const struct pt_plan *p)
{
	return p->span / PT_SLOT;
}

size_t pt_plan_calls(const struct pt_plan *p);

/* Call C drops FROM .. TO - 1. */
void pt_plan_call(const struct pt_plan *p, size_t c, size_t *from, size_t *to);
/* The slots that call C reaches into: FIRST .. END - 1. */
void pt_plan_reach(const struct pt_plan *p, size_t c, size_t *first, size_t *end);

/* Whether any call, or one of the first CALLS, drops the page at OFF. */
bool pt_plan_drops(const struct pt_plan *p, size_t calls, size_t off);

/* Whether the page at OFF is one of those that are touched. */
static inline bool pt_plan_touches(const struct pt_plan *p, size_t off)
{
	return off % PT_SLOT < p->touch;
}

/* *OFF := a page of SLOT that no call drops and that may be touched; false: there is none. */
bool pt_plan_safe(const struct pt_plan *p, size_t slot, size_t *off);

/* The word that the page at OFF is marked with: not 0, another one for each page. */
static inline uint64_t pt_plan_mark(const struct pt_plan *p, size_t off)
{
	return (off / p->page + 1) * 0x9e3779b97f4a7c15ULL;
}

#endif

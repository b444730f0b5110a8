// SPDX-License-Identifier: GPL-2.0-or-later
/* The arithmetic of a walk over page tables; see pt_plan.h. */
#include "bench/pt_plan.h"

static size_t begin_off(const struct pt_plan *p)
{
	return p->range == PT_EXACT || p->range == PT_END ? 0 : p->off;
}

size_t pt_plan_calls(const struct pt_plan *p)
{
	size_t chunks = p->span / p->chunk;

	return p->range == PT_CROSS ? chunks - 1 : chunks; /* the last one has no next chunk */
}

void pt_plan_call(const struct pt_plan *p, size_t c, size_t *from, size_t *to)
{
	*from = c * p->chunk + begin_off(p);
	*to = (c + 1) * p->chunk;
	if (p->range == PT_END || p->range == PT_WITHIN)
		*to -= p->off;
	else if (p->range == PT_CROSS)
		*to += p->off;
}

void pt_plan_reach(const struct pt_plan *p, size_t c, size_t *first, size_t *end)
{
	size_t from, to;

	pt_plan_call(p, c, &from, &to);
	*first = from / PT_SLOT;
	*end = (to + PT_SLOT - 1) / PT_SLOT;
}

bool pt_plan_drops(const struct pt_plan *p, size_t calls, size_t off)
{
	size_t c = off / p->chunk, from, to;

	if (c < calls) {
		pt_plan_call(p, c, &from, &to);
		if (off >= from && off < to)
			return true;
	}
	if (p->range != PT_CROSS || !c || c - 1 >= calls)
		return false;
	pt_plan_call(p, c - 1, &from, &to); /* reaches into this chunk */
	return off < to;
}

bool pt_plan_safe(const struct pt_plan *p, size_t slot, size_t *off)
{
	size_t first = slot * PT_SLOT, last = first + PT_SLOT - p->page;

	/* what is not dropped begins or ends at a multiple of PT_SLOT */
	*off = first;
	if (!pt_plan_drops(p, pt_plan_calls(p), first))
		return true;
	*off = p->guard ? last - p->page : last;
	return !pt_plan_drops(p, pt_plan_calls(p), *off);
}

const char *pt_plan_refuses(const struct pt_plan *p, size_t folio)
{
	size_t begin = begin_off(p);

	if (p->span % p->chunk)
		return "span is no multiple of call: take one, or a call of at least the span";
	if (p->off % p->page || p->off >= PT_SLOT)
		return "off is to be a multiple of the page size below 2M";
	if (p->range == PT_CROSS && p->span == p->chunk)
		return "range=cross wants a next chunk: a smaller call, or a larger span";
	if (p->range == PT_WITHIN && p->chunk == PT_SLOT && 2 * p->off >= PT_SLOT)
		return "nothing is left between both ends: off below 1M, or a larger call";
	if (p->chunk == PT_SLOT && p->range != PT_CROSS && begin >= p->touch)
		return "the calls drop nothing that was touched: touch more than off";
	if (p->guard && p->touch + folio > PT_SLOT)
		return "keep=guard takes the last page of each 2M: touch at least a folio less";
	return NULL;
}

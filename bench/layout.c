// SPDX-License-Identifier: GPL-2.0-or-later
/* Which pages of each folio are there, and where; see layout.h. */
#include <string.h>

#include "bench/layout.h"
#include "lib/cleanup.h"

void layout_whole(const struct region *r, struct layout *l)
{
	l->group = r->folio_pages;
	l->first = 0;
	l->end = l->group;
	l->moved = l->group;
	l->shift = 0;
}

bool layout_is_whole(const struct layout *l)
{
	return l->first == 0 && l->end == l->group && l->moved == l->group;
}

size_t layout_pages(const struct layout *l, const struct region *r)
{
	return r->pages / l->group * (l->end - l->first);
}

size_t layout_write(const struct layout *l, const struct region *r, bool spare)
{
	size_t end = l->end - (spare && l->end - l->first > 1);

	for (size_t group = 0; group < r->pages; group += l->group) {
		volatile unsigned char *at = region_byte(r, group + l->first);

		/* timed: no division */
		for (size_t j = l->first; j < end; j++, at += r->page)
			at[j >= l->moved ? l->shift : 0] = REGION_NEW;
	}
	return r->pages / l->group * (end - l->first);
}

void layout_read(const struct layout *l, const struct region *r)
{
	for (size_t i = 0; i < r->pages; i++) {
		if (layout_has(l, i))
			(void)*(volatile char *)layout_page(l, r, i);
	}
}

size_t layout_wrong(const struct layout *l, const struct region *r, unsigned char byte)
{
	size_t wrong = 0;

	for (size_t i = 0; i < r->pages; i++)
		wrong += layout_has(l, i) && !region_page_is(r, i, layout_page(l, r, i), byte);
	return wrong;
}

int layout_frames(const struct layout *l, const struct region *r, pid_t pid, uint64_t *pfn,
		  struct error *e)
{
	uint64_t *moved __free = NULL;
	int rc = evidence_pfns(pid, r->base, r->pages, r->page, pfn, e);

	if (!rc && l->moved < l->group) {
		moved = xcalloc(r->pages, sizeof(*moved));
		rc = evidence_pfns(pid, r->base + l->shift, r->pages, r->page, moved, e);
	}
	for (size_t i = 0; i < r->pages && !rc; i++) {
		if (!layout_has(l, i))
			pfn[i] = 0;
		else if (moved && i % l->group >= l->moved)
			pfn[i] = moved[i];
	}
	return rc;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* Which pages of each folio; see pattern.h. */
#include "bench/pattern.h"

/* Single pages in a pattern; a few VMAs of single pages each would do, but take long to make. */
#define SINGLE_PAGES 16

const char *const pattern_names[] = {
	"all", "none", "half", "last-half", "alternate", "first", "rest", NULL,
};

size_t pattern_unit(size_t folio_pages)
{
	return folio_pages > 1 ? folio_pages : SINGLE_PAGES;
}

bool pattern_has(enum pattern pattern, size_t folio_pages, size_t i)
{
	size_t unit = pattern_unit(folio_pages);
	size_t at = i % unit;

	switch (pattern) {
	case PATTERN_NONE:
		return false;
	case PATTERN_HALF:
		return at < unit / 2;
	case PATTERN_LAST_HALF:
		return at >= unit / 2;
	case PATTERN_ALTERNATE:
		return at % 2 == 0;
	case PATTERN_FIRST:
		return at == 0;
	case PATTERN_REST:
		return at != 0;
	case PATTERN_ALL:
		break;
	}
	return true;
}

size_t pattern_run(enum pattern pattern, size_t folio_pages, size_t i, size_t pages)
{
	bool kind = pattern_has(pattern, folio_pages, i);
	size_t len = 1;

	while (i + len < pages && pattern_has(pattern, folio_pages, i + len) == kind)
		len++;
	return len;
}

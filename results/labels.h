/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names for groups of cells, so that what holds for many of them is one line. */
#ifndef FB_RESULTS_LABELS_H
#define FB_RESULTS_LABELS_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/json.h"

struct label_cell {
	const char *case_name;
	json_t *params; /* an object of strings; NULL: none are known */
	bool chosen;
};

/*
 * The chosen ones of N cells in words: "fork folio=16K,64K, cow", and where several cases have the
 * same "folio=64K of fork, cow; zap". Params of which all values are chosen that the cells of the
 * case have are left out, unless the case has but one cell. BY_CASE: a case of which all cells are
 * chosen goes by its name alone. Caller frees; "" if none is chosen.
 */
char *labels_of(const struct label_cell *cells, size_t n, bool by_case);

#endif

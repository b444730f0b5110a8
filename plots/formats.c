// SPDX-License-Identifier: GPL-2.0-or-later
/* The table of formats; see format.h. */
#include <stddef.h>
#include <string.h>

#include "plots/format.h"

const struct format *const formats[] = {
	&format_table,	      &format_table_all, &format_distribution, &format_distribution_all,
	&format_cover_letter, &format_csv,	 &format_json,	       NULL,
};

const struct format *format_find(const char *name)
{
	for (const struct format *const *f = formats; *f; f++) {
		if (!strcmp((*f)->name, name))
			return *f;
	}
	return NULL;
}

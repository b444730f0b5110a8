// SPDX-License-Identifier: GPL-2.0-or-later
/* The few helpers on top of jansson; see json.h. */
#include <errno.h>
#include <stdlib.h>

#include "lib/json.h"

/* 12 significant digits: what a measured double carries, without noise digits. */
#define JSON_REAL_DIGITS 12

static char *dump(const json_t *j, size_t flags)
{
	char *s = json_dumps(j, JSON_COMPACT | JSON_ENCODE_ANY |
					JSON_REAL_PRECISION(JSON_REAL_DIGITS) | flags);

	if (!s)
		abort();
	return s;
}

char *json_line(const json_t *j)
{
	return dump(j, 0);
}

char *json_canonical(const json_t *j)
{
	return dump(j, JSON_SORT_KEYS);
}

json_t *json_parse(const char *text, size_t len, struct error *e)
{
	json_error_t je;
	json_t *j = json_loadb(text, len, JSON_REJECT_DUPLICATES, &je);

	if (!j)
		error_set(e, EPROTO, "not JSON: %s (column %d)", je.text, je.column);
	return j;
}

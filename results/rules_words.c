// SPDX-License-Identifier: GPL-2.0-or-later
/* Cells by the words that people use for them; see rules.h. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cleanup.h"
#include "lib/units.h"
#include "results/rules.h"

/* "64K", "65536" and "0x..." of any case are what they are; sizes count by their value. */
static bool same_value(const char *a, const char *b)
{
	uint64_t x, y;

	if (!strcasecmp(a, b))
		return true;
	return !parse_size(a, &x) && !parse_size(b, &y) && x == y;
}

/* Whether PARAMS have NAME=VALUE. */
static bool has_param(const json_t *params, const char *word)
{
	const char *equals = strchr(word, '=');
	char *name __free = xasprintf("%.*s", (int)(equals - word), word);
	const json_t *value = json_object_get(params, name);
	char *text __free = NULL;

	if (!value)
		return false;
	text = json_is_string(value) ? xstrdup(json_string_value(value)) : json_line(value);
	return same_value(text, equals + 1);
}

bool rules_names(const char *words, const char *case_name, const json_t *params, const char *metric)
{
	struct strv list __strv = { 0 };
	bool metric_told = false;

	strv_split(&list, words, " \t");
	if (!list.n || strcmp(list.v[0], case_name) != 0)
		return false;
	for (size_t i = 1; i < list.n; i++) {
		if (strchr(list.v[i], '=')) {
			if (!has_param(params, list.v[i]))
				return false;
		} else {
			if (metric_told || strcmp(list.v[i], metric) != 0)
				return false;
			metric_told = true;
		}
	}
	return true;
}

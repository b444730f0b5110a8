// SPDX-License-Identifier: GPL-2.0-or-later
/* Records, parsed and checked; see record.h. */
#include <errno.h>
#include <string.h>

#include "lib/cleanup.h"
#include "lib/record.h"

struct field {
	const char *name;
	json_type type;
};

/* The fields that readers rely on, by type; others may come and go. */
static const struct {
	const char *name;
	struct field fields[6];
} types[] = {
	[RECORD_HELLO] = { "hello",
			   { { "v", JSON_INTEGER },
			     { "agent", JSON_STRING },
			     { "kernel", JSON_STRING },
			     { "unit", JSON_STRING },
			     { "facts", JSON_OBJECT } } },
	[RECORD_CELL] = { "cell",
			  { { "cell", JSON_INTEGER },
			    { "case", JSON_STRING },
			    { "params", JSON_OBJECT },
			    { "metrics", JSON_ARRAY } } },
	[RECORD_SAMPLE] = { "sample",
			    { { "cell", JSON_INTEGER },
			      { "n", JSON_INTEGER },
			      { "state", JSON_STRING },
			      { "values", JSON_OBJECT },
			      { "evidence", JSON_OBJECT } } },
	[RECORD_SKIP] = { "skip", { { "cell", JSON_INTEGER }, { "why", JSON_STRING } } },
	[RECORD_NOTE] = { "note", { { "text", JSON_STRING } } },
	[RECORD_END] = { "end", { { "cells", JSON_INTEGER }, { "samples", JSON_INTEGER } } },
};

static const char *const better_names[] = {
	[BETTER_LOWER] = "lower",
	[BETTER_HIGHER] = "higher",
	[BETTER_NEITHER] = "neither",
};

const char *better_name(enum better b)
{
	return better_names[b];
}

int better_parse(const char *text, enum better *b)
{
	for (size_t i = 0; i < ARRAY_SIZE(better_names); i++) {
		if (text && !strcmp(text, better_names[i])) {
			*b = (enum better)i;
			return 0;
		}
	}
	return -EINVAL;
}

static int find_type(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		if (name && !strcmp(name, types[i].name))
			return (int)i;
	}
	return -1;
}

static int check_metrics(json_t *metrics, struct error *e)
{
	json_t *m;
	size_t i;

	json_array_foreach(metrics, i, m) {
		enum better b;

		if (!json_string_value(json_object_get(m, "name")) ||
		    !json_string_value(json_object_get(m, "unit")) ||
		    better_parse(json_string_value(json_object_get(m, "better")), &b))
			return error_set(e, EPROTO,
					 "cell record: metric %zu lacks name, unit or better", i);
	}
	return 0;
}

static int check(int type, json_t *obj, struct error *e)
{
	json_t *v = json_object_get(obj, "v");

	for (const struct field *f = types[type].fields; f->name; f++) {
		json_t *value = json_object_get(obj, f->name);

		if (!value || json_typeof(value) != f->type)
			return error_set(e, EPROTO,
					 "%s record: field %s missing or of a wrong type",
					 types[type].name, f->name);
	}
	if (type == RECORD_HELLO && json_integer_value(v) != RECORD_VERSION)
		return error_set(e, EPROTO,
				 "records of version %lld, this program reads version %d",
				 (long long)json_integer_value(v), RECORD_VERSION);
	return type == RECORD_CELL ? check_metrics(json_object_get(obj, "metrics"), e) : 0;
}

int record_parse(const char *line, size_t len, struct record *rec, struct error *e)
{
	json_t *cell;
	int rc;

	memset(rec, 0, sizeof(*rec));
	rec->json = json_parse(line, len, e);
	if (!rec->json)
		return error_prefix(e, -EPROTO, "record");
	rc = find_type(json_string_value(json_object_get(rec->json, "t")));
	if (rc < 0) {
		record_release(rec);
		return error_set(e, EPROTO, "record without a known type: %.60s", line);
	}
	rec->type = (enum record_type)rc;
	rc = check(rec->type, rec->json, e);
	if (rc) {
		record_release(rec);
		return rc;
	}
	cell = json_object_get(rec->json, "cell");
	rec->cell = cell ? (int)json_integer_value(cell) : -1;
	return 0;
}

void record_release(struct record *rec)
{
	json_decref(rec->json);
	rec->json = NULL;
}

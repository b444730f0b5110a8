// SPDX-License-Identifier: GPL-2.0-or-later
/* Records, parsed and checked; see record.h. */
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "lib/cleanup.h"
#include "lib/record.h"
#include "lib/strbuf.h"

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

/* In place: blanks for line breaks and tabs, "?" for what else a terminal would obey. */
static void make_plain(char *text)
{
	for (unsigned char *p = (unsigned char *)text; *p; p++) {
		if (*p == '\n' || *p == '\r' || *p == '\t')
			*p = ' ';
		else if (*p < 0x20 || *p == 0x7f)
			*p = '?';
		else if (*p == 0xc2 && p[1] >= 0x80 && p[1] < 0xa0) /* U+0080 to U+009F */
			*p = p[1] = '?';
	}
}

static json_t *plain_copy(json_t *value)
{
	json_t *copy, *v;
	const char *key;
	size_t i;

	switch (json_typeof(value)) {
	case JSON_STRING: {
		char *text __free = xstrdup(json_string_value(value));

		make_plain(text);
		return json_string(text);
	}
	case JSON_OBJECT:
		copy = json_object();
		json_object_foreach(value, key, v) {
			char *name __free = xstrdup(key);

			make_plain(name);
			json_object_set_new(copy, name, plain_copy(v));
		}
		return copy;
	case JSON_ARRAY:
		copy = json_array();
		json_array_foreach(value, i, v)
			json_array_append_new(copy, plain_copy(v));
		return copy;
	default:
		return json_incref(value);
	}
}

/* Only an escape, DEL or U+0080 to U+009F can be one: the parser refuses bare ones. */
static bool may_have_controls(const char *line, size_t len)
{
	return memchr(line, '\\', len) || memchr(line, 0x7f, len) || memchr(line, 0xc2, len);
}

static int parse(const char *line, size_t len, struct record *rec, struct error *e)
{
	json_t *cell;
	int rc;

	rec->json = json_parse(line, len, e);
	if (!rec->json)
		return error_prefix(e, -EPROTO, "record");
	if (may_have_controls(line, len)) {
		json_t *raw __json = rec->json;

		rec->json = plain_copy(raw);
	}
	rc = find_type(json_string_value(json_object_get(rec->json, "t")));
	if (rc < 0)
		return error_set(e, EPROTO, "record without a known type: %.60s", line);
	rec->type = (enum record_type)rc;
	rc = check(rec->type, rec->json, e);
	if (rc)
		return rc;
	cell = json_object_get(rec->json, "cell");
	rec->cell = cell ? (int)json_integer_value(cell) : -1;
	return 0;
}

int record_parse(const char *line, size_t len, struct record *rec, struct error *e)
{
	int rc;

	memset(rec, 0, sizeof(*rec));
	rc = parse(line, len, rec, e);
	if (!rc)
		return 0;
	record_release(rec);
	if (e) /* it quotes the line */
		make_plain(e->msg);
	return rc;
}

void record_release(struct record *rec)
{
	json_decref(rec->json);
	rec->json = NULL;
}

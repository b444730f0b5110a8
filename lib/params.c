// SPDX-License-Identifier: GPL-2.0-or-later
/* Typed parameters; see params.h. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/params.h"
#include "lib/units.h"

#define PMD_SUFFIX "-pmd"

static int refuse(const struct param_desc *desc, const char *text, struct error *e)
{
	struct strbuf sb __strbuf = { 0 };
	char lo[24], hi[24];

	switch (desc->type) {
	case PARAM_ENUM:
		for (const char *const *c = desc->choices; *c; c++)
			strbuf_addf(&sb, "%s%s", c == desc->choices ? "one of " : ", ", *c);
		break;
	case PARAM_UINT:
		strbuf_addf(&sb, "a number from %" PRIu64 " to %" PRIu64, desc->min, desc->max);
		break;
	default:
		strbuf_addf(&sb, "a size from %s to %s", format_size(lo, sizeof(lo), desc->min),
			    format_size(hi, sizeof(hi), desc->max));
		if (desc->type == PARAM_FOLIO)
			strbuf_addf(&sb, ", a power of two, %s" PMD_SUFFIX ", or all", hi);
		if (desc->step)
			strbuf_addf(&sb, ", a multiple of %s",
				    format_size(lo, sizeof(lo), desc->step));
	}
	return error_set(e, EINVAL, "%s=%s: wants %s", desc->name, text, strbuf_str(&sb));
}

static int parse_enum(const struct param_desc *desc, const char *text, struct param_value *out)
{
	for (size_t i = 0; desc->choices[i]; i++) {
		if (strcmp(desc->choices[i], text))
			continue;
		out->num = i;
		snprintf(out->text, sizeof(out->text), "%s", text);
		return 0;
	}
	return -EINVAL;
}

/* "64K", or "2M-pmd": only the largest size can be mapped by PMDs. */
static int parse_folio(const struct param_desc *desc, const char *text, struct param_value *out)
{
	size_t len = strlen(text), tail = strlen(PMD_SUFFIX);
	char size[PARAM_TEXT_MAX];

	out->pmd_mapped = len > tail && !strcmp(text + len - tail, PMD_SUFFIX);
	if (out->pmd_mapped)
		len -= tail;
	if (len >= sizeof(size))
		return -EINVAL;
	memcpy(size, text, len);
	size[len] = '\0';
	if (parse_size(size, &out->num) || out->num < desc->min || out->num > desc->max ||
	    (out->num & (out->num - 1)) || (out->pmd_mapped && out->num != desc->max))
		return -EINVAL;
	format_size(size, sizeof(size), out->num);
	snprintf(out->text, sizeof(out->text), "%.*s%s",
		 (int)(sizeof(out->text) - sizeof(PMD_SUFFIX)), size,
		 out->pmd_mapped ? PMD_SUFFIX : "");
	return 0;
}

int param_parse(const struct param_desc *desc, const char *text, struct param_value *out,
		struct error *e)
{
	int rc;

	out->desc = desc;
	out->pmd_mapped = false;
	if (desc->type == PARAM_FOLIO)
		return parse_folio(desc, text, out) ? refuse(desc, text, e) : 0;
	if (desc->type == PARAM_ENUM)
		return parse_enum(desc, text, out) ? refuse(desc, text, e) : 0;
	rc = desc->type == PARAM_UINT ? parse_uint(text, &out->num) : parse_size(text, &out->num);
	if (rc || out->num < desc->min || out->num > desc->max)
		return refuse(desc, text, e);
	if (desc->step && out->num % desc->step)
		return refuse(desc, text, e);
	if (desc->type == PARAM_UINT)
		snprintf(out->text, sizeof(out->text), "%" PRIu64, out->num);
	else
		format_size(out->text, sizeof(out->text), out->num);
	return 0;
}

const struct param_desc *param_find(const struct param_desc *descs, const char *name,
				    size_t name_len)
{
	for (; descs && descs->name; descs++) {
		if (strlen(descs->name) == name_len && !memcmp(descs->name, name, name_len))
			return descs;
	}
	return NULL;
}

/* The text after "=" of the last assignment to DESC, or its defaults. */
static const char *values_of(const struct param_desc *desc, const struct strv *assignments)
{
	const char *values = desc->defaults;
	size_t len = strlen(desc->name);

	if (!assignments)
		return values;
	strv_for_each(assignments, it) {
		if (!strncmp(*it, desc->name, len) && (*it)[len] == '=')
			values = *it + len + 1;
	}
	return values;
}

/* The words of VALUES; "all" for a folio size is every size that there may be. */
static int split_values(const struct param_desc *desc, const char *values, struct strv *words,
			struct error *e)
{
	char text[24];

	if (!*values || *values == ',' || values[strlen(values) - 1] == ',' || strstr(values, ",,"))
		return error_set(e, EINVAL,
				 "%s=%s: wants at least one value, and commas between values only",
				 desc->name, values);
	if (desc->type != PARAM_FOLIO || strcmp(values, "all") != 0) {
		strv_split(words, values, ",");
		if (desc->type == PARAM_FOLIO && strv_contains(words, "all"))
			return error_set(e, EINVAL, "%s=%s: all is to stand alone", desc->name,
					 values);
		return 0;
	}
	for (uint64_t size = desc->min; size <= desc->max; size *= 2)
		strv_add(words, format_size(text, sizeof(text), size));
	strv_addf(words, "%s" PMD_SUFFIX, format_size(text, sizeof(text), desc->max));
	return 0;
}

/* Multiplies the *N cells in *OUT by the values of one more param. */
static int expand_one(const struct param_desc *desc, const char *values, struct param_set **out,
		      size_t *n, struct error *e)
{
	struct strv words __strv = { 0 };
	struct param_set *next;
	int rc = 0;

	if (!values)
		return 0;
	rc = split_values(desc, values, &words, e);
	if (rc)
		return rc;
	next = xcalloc(*n * words.n, sizeof(*next));
	for (size_t i = 0; i < *n * words.n && !rc; i++) {
		next[i] = (*out)[i / words.n];
		if (next[i].n >= PARAMS_MAX)
			abort();
		rc = param_parse(desc, words.v[i % words.n], &next[i].v[next[i].n++], e);
	}
	if (rc) {
		free(next);
		return rc;
	}
	free(*out);
	*out = next;
	*n *= words.n;
	return 0;
}

int params_expand(const struct param_desc *descs, const struct strv *assignments,
		  struct param_set **out, size_t *n, struct error *e)
{
	int rc = 0;

	*out = xcalloc(1, sizeof(**out));
	*n = 1;
	for (; descs && descs->name && !rc; descs++)
		rc = expand_one(descs, values_of(descs, assignments), out, n, e);
	if (rc) {
		free(*out);
		*out = NULL;
		*n = 0;
	}
	return rc;
}

const struct param_value *param_maybe(const struct param_set *set, const char *name)
{
	for (size_t i = 0; i < set->n; i++) {
		if (!strcmp(set->v[i].desc->name, name))
			return &set->v[i];
	}
	return NULL;
}

const struct param_value *param_get(const struct param_set *set, const char *name)
{
	const struct param_value *v = param_maybe(set, name);

	if (!v)
		abort();
	return v;
}

uint64_t param_num(const struct param_set *set, const char *name)
{
	return param_get(set, name)->num;
}

const char *param_text(const struct param_set *set, const char *name)
{
	return param_get(set, name)->text;
}

json_t *params_to_json(const struct param_set *set)
{
	json_t *obj = json_object();

	for (size_t i = 0; i < set->n; i++)
		json_object_set_new(obj, set->v[i].desc->name, json_string(set->v[i].text));
	return obj;
}

int params_from_json(const struct param_desc *descs, json_t *obj, struct param_set *out,
		     struct error *e)
{
	out->n = 0;
	for (; descs && descs->name; descs++) {
		const char *text = json_string_value(json_object_get(obj, descs->name));
		int rc;

		if (!text && !descs->defaults)
			continue;
		if (!text)
			return error_set(e, EINVAL, "param %s: missing", descs->name);
		rc = param_parse(descs, text, &out->v[out->n++], e);
		if (rc)
			return rc;
	}
	return 0;
}

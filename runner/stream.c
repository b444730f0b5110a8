// SPDX-License-Identifier: GPL-2.0-or-later
/* Records in, checked, to the sink; see stream.h. */
#include <errno.h>
#include <string.h>

#include "lib/cleanup.h"
#include "runner/stream.h"

/* No record comes near; a guest gone wild must not fill the host's memory. */
#define LINE_MAX_BYTES (4u << 20)

static void __attribute__((format(printf, 2, 3))) breaks(struct stream *st, const char *fmt, ...)
{
	struct strbuf sb = { 0 };
	va_list ap;

	strbuf_addf(&sb, "record %lu: ", st->lines);
	va_start(ap, fmt);
	strbuf_vaddf(&sb, fmt, ap);
	va_end(ap);
	st->broken = strbuf_detach(&sb);
}

/* "cow-reuse folio=64K" */
static void name_cell(struct stream *st, json_t *cell)
{
	struct strbuf sb = { 0 };
	const char *name;
	json_t *value;

	strbuf_addstr(&sb, json_string_value(json_object_get(cell, "case")));
	json_object_foreach(json_object_get(cell, "params"), name, value) {
		char *text __free = json_is_string(value) ? xstrdup(json_string_value(value))
							  : json_line(value);

		strbuf_addf(&sb, " %s=%s", name, text);
	}
	free(st->cell_name);
	st->cell_name = strbuf_detach(&sb);
}

static void check_hello(struct stream *st, const struct record *rec)
{
	const char *unit = json_string_value(json_object_get(rec->json, "unit"));

	st->hello = true;
	if (st->unit && strcmp(unit, st->unit))
		breaks(st, "the agent measures %s where %s is measured", unit, st->unit);
}

static void check_end(struct stream *st, const struct record *rec)
{
	json_int_t samples = json_integer_value(json_object_get(rec->json, "samples"));

	st->end = true;
	st->interrupted = json_is_true(json_object_get(rec->json, "interrupted"));
	if (samples != (json_int_t)st->samples)
		breaks(st, "the end speaks of %lld samples, %lu came", (long long)samples,
		       st->samples);
}

/* Order: hello, then cells each followed by its samples, then end. */
static void check_order(struct stream *st, const struct record *rec)
{
	if (st->end) {
		breaks(st, "comes after the end");
		return;
	}
	/* an agent that cannot begin says why in a note */
	if (rec->type == RECORD_NOTE)
		return;
	if (st->hello == (rec->type == RECORD_HELLO)) {
		breaks(st, st->hello ? "a second hello" : "comes before hello");
		return;
	}
	switch (rec->type) {
	case RECORD_HELLO:
		check_hello(st, rec);
		break;
	case RECORD_CELL:
		st->cell = rec->cell;
		name_cell(st, rec->json);
		break;
	case RECORD_SAMPLE:
		if (st->cell != rec->cell)
			breaks(st, "a sample of cell %d among those of cell %d", rec->cell,
			       st->cell);
		/* a warm-up is recorded only when something was wrong with it, and not counted */
		if (json_integer_value(json_object_get(rec->json, "n")) >= 0)
			st->samples++;
		break;
	case RECORD_END:
		check_end(st, rec);
		break;
	case RECORD_SKIP:
	case RECORD_NOTE:
		break;
	}
}

static void hear_note(struct stream *st, const struct record *rec)
{
	const char *level = json_string_value(json_object_get(rec->json, "level"));

	if (!level || strcmp(level, "error"))
		return;
	free(st->trouble);
	st->trouble = xstrdup(json_string_value(json_object_get(rec->json, "text")));
}

static int take_line(struct stream *st, struct error *e)
{
	struct error why = { "" };
	struct record rec;
	int rc = 0;

	if (!st->lines++)
		st->cell = -1;
	if (record_parse(strbuf_str(&st->line), st->line.len, &rec, &why)) {
		breaks(st, "%s", why.msg);
		return 0;
	}
	check_order(st, &rec);
	if (rec.type == RECORD_NOTE)
		hear_note(st, &rec);
	if (!st->broken)
		rc = st->sink->record(st->sink->data, st->id, &rec, e);
	if (!st->broken && !rc && st->samples_of)
		cost_samples_add(st->samples_of, &rec);
	if (!st->broken && !rc && st->on_record)
		st->on_record(&rec, st->data);
	record_release(&rec);
	return rc;
}

int stream_feed(struct stream *st, const char *data, size_t len, struct error *e)
{
	while (len && !st->broken) {
		const char *nl = memchr(data, '\n', len);
		size_t part = nl ? (size_t)(nl - data) : len;
		int rc;

		if (st->line.len + part > LINE_MAX_BYTES) {
			st->lines++;
			breaks(st, "longer than %u bytes", LINE_MAX_BYTES);
			return 0;
		}
		strbuf_add(&st->line, data, part);
		if (!nl)
			return 0;
		rc = take_line(st, e);
		strbuf_reset(&st->line);
		if (rc)
			return rc;
		data += part + 1;
		len -= part + 1;
	}
	return 0;
}

void stream_finish(struct stream *st)
{
	if (st->broken || !st->line.len)
		return;
	st->lines++;
	breaks(st, "cut off after %zu bytes", st->line.len);
}

void stream_release(struct stream *st)
{
	strbuf_release(&st->line);
	free(st->broken);
	free(st->trouble);
	free(st->cell_name);
	st->cell_name = NULL;
	st->broken = NULL;
	st->trouble = NULL;
}

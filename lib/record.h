/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Records: JSON objects, one a line, the only thing that crosses from the
 * machine under test to the host. docs/records.md has every field.
 *
 *   hello   first line: agent, kernel, clock, facts
 *   cell    before a cell's samples: its case, params, and metrics with units
 *   sample  one repetition: state, ops, ticks, values, counters, evidence
 *   skip    a cell that cannot run here, with the reason
 *   note    a word on what the agent is doing (progress; may be dropped)
 *   end     last line; a stream without it is lost
 */
#ifndef FB_LIB_RECORD_H
#define FB_LIB_RECORD_H

#include <stddef.h>

#include "lib/json.h"

#define RECORD_VERSION 1

enum record_type {
	RECORD_HELLO,
	RECORD_CELL,
	RECORD_SAMPLE,
	RECORD_SKIP,
	RECORD_NOTE,
	RECORD_END,
};

/* Which way a metric is good. */
enum better { BETTER_LOWER, BETTER_HIGHER, BETTER_NEITHER };

struct record {
	enum record_type type;
	int cell;     /* index in the plan, -1 where the type has none */
	json_t *json; /* the whole object; owned */
};

/*
 * Parses and checks one line: known type, version, the fields that every
 * reader relies on. 0, or -EPROTO with a line that says what is wrong.
 * A line comes from a machine under test or from a file of unknown origin, and
 * its texts end on terminals: control characters in them are replaced here.
 */
int record_parse(const char *line, size_t len, struct record *rec, struct error *e);
void record_release(struct record *rec);

const char *better_name(enum better b);
int better_parse(const char *text, enum better *b);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A sink that writes down what it is told, for tests of the runner. */
#ifndef FB_TESTS_UNIT_RECORD_SINK_H
#define FB_TESTS_UNIT_RECORD_SINK_H

#include <errno.h>
#include <signal.h>

#include "lib/cleanup.h"
#include "runner/run.h"
#include "tests/unit/unit.h"

#define SINK_BOOTS 16

struct record_sink {
	struct run_sink sink;
	struct strbuf log; /* one line an event */
	unsigned int begun, ended;
	unsigned long records;
	enum boot_state state[SINK_BOOTS];
	char why[SINK_BOOTS][512];
	unsigned long fail_at;			 /* the record that does not fit; 0: all do */
	volatile sig_atomic_t *cancel_at_sample; /* set when one comes; may be NULL */
	volatile sig_atomic_t *urgent_at_record; /* two at once; may be NULL */
};

static inline int sink_begin(void *data, const struct boot_info *info, int64_t *id, struct error *e)
{
	struct record_sink *s = data;

	(void)e;
	*id = s->begun++;
	strbuf_addf(&s->log, "begin %s on %s, block %u, number %u\n", info->kernel->name,
		    info->target, info->block, info->number);
	return 0;
}

static inline int sink_record(void *data, int64_t id, const struct record *rec, struct error *e)
{
	struct record_sink *s = data;
	char *line __free = json_line(rec->json);

	(void)id;
	if (++s->records == s->fail_at)
		return error_set(e, ENOSPC, "no room for record %lu", s->records);
	if (s->urgent_at_record)
		*s->urgent_at_record = 2;
	if (rec->type == RECORD_SAMPLE && s->cancel_at_sample)
		*s->cancel_at_sample = 1;
	strbuf_addf(&s->log, "%s\n", line);
	return 0;
}

static inline int sink_end(void *data, int64_t id, const struct boot_result *res, struct error *e)
{
	struct record_sink *s = data;

	(void)e;
	assert_true(id < SINK_BOOTS);
	s->ended++;
	s->state[id] = res->state;
	snprintf(s->why[id], sizeof(s->why[id]), "%s", res->why);
	strbuf_addf(&s->log, "end %s: %s\n", boot_state_name(res->state), res->why);
	return 0;
}

static inline void sink_init(struct record_sink *s)
{
	memset(s, 0, sizeof(*s));
	s->sink = (struct run_sink){
		.boot_begin = sink_begin, .record = sink_record, .boot_end = sink_end, .data = s
	};
}

#endif

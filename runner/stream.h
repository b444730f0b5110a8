/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A stream of records on its way to the sink: cut into lines, parsed, its order
 * checked. The same for a boot and for a recorded file.
 *
 * A stream that breaks a rule is broken for good: what came before stays with
 * the sink, what comes after is not looked at.
 */
#ifndef FB_RUNNER_STREAM_H
#define FB_RUNNER_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "runner/cost/check.h"
#include "runner/run.h"

struct stream {
	/* set before */
	const struct run_sink *sink;
	int64_t id;			 /* the sink's, of this boot */
	const char *unit;		 /* what hello must say; NULL: anything */
	struct cost_samples *samples_of; /* gets what samples say of their windows; or NULL */
	/* after each record; may be NULL */
	void (*on_record)(const struct record *rec, void *data);
	void *data;

	/* how it stands */
	struct strbuf line; /* the one that is not complete yet */
	unsigned long lines;
	unsigned long samples;
	int cell;	 /* the one whose samples come now, or -1 */
	char *cell_name; /* "cow-reuse folio=64K", of the cell that runs; NULL before it */
	bool hello, end;
	bool interrupted; /* the end record says that the agent was stopped */
	char *broken;	  /* what is wrong with it, or NULL */
	char *trouble;	  /* the agent's last note of level error, or NULL */
};

/* Returns 0, also for a broken stream; negative is the sink's, with its line in E. */
int stream_feed(struct stream *st, const char *data, size_t len, struct error *e);
/* No more will come: a line without its end is a broken stream. */
void stream_finish(struct stream *st);
void stream_release(struct stream *st);

#endif

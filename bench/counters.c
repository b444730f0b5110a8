// SPDX-License-Identifier: GPL-2.0-or-later
/* Counters by libperf and getrusage; see counters.h. The one file that includes perf/. */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/perf_event.h>
#include <perf/evsel.h>
#include <perf/threadmap.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "bench/counters.h"
#include "bench/events.h"
#include "lib/cleanup.h"
#include "lib/strbuf.h"

/*
 * Counted around every sample. By their names in events.c: hardware alone, which counts
 * without running any code. page-faults and context-switches come on top, see counters.h.
 */
static const char *const always[] = { "cycles", "instructions:u", "instructions:k",
				      "dTLB-load-misses" };

#define PAGE_FAULTS	 "page-faults"
#define CONTEXT_SWITCHES "context-switches"

struct counter {
	const char *name;	  /* of always[], or of the plan, which outlives it */
	struct perf_evsel *evsel; /* NULL: not supported */
	int err;		  /* why, positive */
	struct perf_counts_values before, after;
};

struct counters {
	struct perf_thread_map *self;
	struct counter counter[ARRAY_SIZE(always) + EVENTS_MAX];
	size_t n;
	struct rusage before, after;
};

static int quiet(enum libperf_print_level level, const char *fmt, va_list ap)
{
	(void)level;
	(void)fmt;
	(void)ap;
	return 0;
}

static void open_one(struct counters *c, struct counter *counter)
{
	struct event event;
	struct perf_event_attr attr = {
		.size = sizeof(attr),
		.disabled = 1,
		.exclude_hv = 1,
		.read_format = PERF_FORMAT_TOTAL_TIME_ENABLED | PERF_FORMAT_TOTAL_TIME_RUNNING,
	};
	struct perf_evsel *evsel;
	uint64_t id;
	int rc = event_find(counter->name, &event, NULL);

	attr.type = event.type;
	attr.config = event.config;
	attr.exclude_user = event.exclude_user;
	attr.exclude_kernel = event.exclude_kernel;
	if (!rc && event.type == PERF_TYPE_TRACEPOINT) {
		rc = event_tracepoint(counter->name, &id);
		attr.config = id;
	}
	counter->err = rc ? -rc : c->self ? 0 : ENOMEM;
	if (counter->err)
		return;
	evsel = perf_evsel__new(&attr);
	rc = evsel ? perf_evsel__open(evsel, NULL, c->self) : -ENOMEM;
	if (!rc) {
		counter->evsel = evsel;
		return;
	}
	counter->err = -rc;
	perf_evsel__delete(evsel);
}

static bool is_counted(const struct counters *c, const char *name)
{
	for (size_t i = 0; i < c->n; i++) {
		if (!strcmp(c->counter[i].name, name))
			return true;
	}
	return !strcmp(name, PAGE_FAULTS) || !strcmp(name, CONTEXT_SWITCHES);
}

static void add(struct counters *c, const char *name)
{
	if (c->n == ARRAY_SIZE(c->counter) || is_counted(c, name))
		return;
	c->counter[c->n].name = name;
	open_one(c, &c->counter[c->n++]);
}

struct counters *counters_open(const struct strv *named)
{
	struct counters *c = xcalloc(1, sizeof(*c));

	libperf_init(quiet);
	c->self = perf_thread_map__new_dummy();
	if (c->self)
		perf_thread_map__set_pid(c->self, 0, 0);
	for (size_t i = 0; i < ARRAY_SIZE(always); i++)
		add(c, always[i]);
	strv_for_each(named, it)
		add(c, *it);
	return c;
}

void counters_close(struct counters *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < c->n; i++) {
		if (!c->counter[i].evsel)
			continue;
		perf_evsel__close(c->counter[i].evsel);
		perf_evsel__delete(c->counter[i].evsel);
	}
	perf_thread_map__put(c->self);
	free(c);
}

static void read_all(struct counters *c, bool after)
{
	for (size_t i = 0; i < c->n; i++) {
		struct counter *counter = &c->counter[i];

		if (counter->evsel)
			perf_evsel__read(counter->evsel, 0, 0,
					 after ? &counter->after : &counter->before);
	}
}

void counters_start(struct counters *c)
{
	read_all(c, false);
	for (size_t i = 0; i < c->n; i++) {
		if (c->counter[i].evsel)
			perf_evsel__enable(c->counter[i].evsel);
	}
	getrusage(RUSAGE_SELF, &c->before);
}

void counters_stop(struct counters *c)
{
	getrusage(RUSAGE_SELF, &c->after);
	for (size_t i = 0; i < c->n; i++) {
		if (c->counter[i].evsel)
			perf_evsel__disable(c->counter[i].evsel);
	}
	read_all(c, true);
}

uint64_t counters_minor_faults(const struct counters *c)
{
	return (uint64_t)(c->after.ru_minflt - c->before.ru_minflt);
}

static json_t *value_of(const struct counter *counter)
{
	uint64_t value = counter->after.val - counter->before.val;
	uint64_t enabled = counter->after.ena - counter->before.ena;
	uint64_t running = counter->after.run - counter->before.run;
	double share;

	if (running == enabled)
		return json_integer((json_int_t)value);
	if (!running)
		return json_pack("{s:s}", "unsupported", "EBUSY"); /* never got a counter */
	share = (double)running / (double)enabled;
	return json_pack("{s:I, s:f}", "value", (json_int_t)((double)value / share), "running",
			 share);
}

json_t *counters_to_json(const struct counters *c)
{
	json_t *obj = json_object();

	for (size_t i = 0; i < c->n; i++) {
		const struct counter *counter = &c->counter[i];

		json_object_set_new(obj, counter->name,
				    counter->evsel ? value_of(counter)
						   : json_pack("{s:s}", "unsupported",
							       strerrorname_np(counter->err)));
	}
	json_object_set_new(obj, PAGE_FAULTS,
			    json_integer(c->after.ru_minflt - c->before.ru_minflt +
					 c->after.ru_majflt - c->before.ru_majflt));
	json_object_set_new(obj, CONTEXT_SWITCHES,
			    json_integer(c->after.ru_nvcsw - c->before.ru_nvcsw +
					 c->after.ru_nivcsw - c->before.ru_nivcsw));
	return obj;
}

void counters_refused(const struct counters *c, struct strbuf *sb)
{
	for (size_t i = 0; i < c->n; i++) {
		int err = c->counter[i].err;

		if (err == EACCES || err == EPERM)
			strbuf_addf(sb, "%s%s", sb->len ? ", " : "", c->counter[i].name);
	}
}

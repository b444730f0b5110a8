// SPDX-License-Identifier: GPL-2.0-or-later
/* One run of a plan: hello, settle, cells, end; see agent.h. */
#include <errno.h>
#include <time.h>
#include <unistd.h>

#include "bench/agent.h"
#include "bench/facts.h"
#include "bench/settings.h"
#include "lib/cleanup.h"
#include "lib/units.h"

#define RT_RUNTIME "/proc/sys/kernel/sched_rt_runtime_us"

struct sink {
	const struct agent_run *run;
	unsigned int samples;
};

static int sink_emit(void *data, json_t *rec, struct error *e)
{
	struct sink *sink = data;
	const char *type = json_string_value(json_object_get(rec, "t"));
	bool sample = type && type[0] == 's' && type[1] == 'a';
	int rc = agent_stream_write(sink->run->stream, rec, e);

	if (!rc && sample && sink->samples++ == 0)
		agent_test_do(sink->run->test);
	return rc;
}

static json_t *proof_to_json(const struct clock_info *clock)
{
	json_t *proof = json_array();

	for (size_t i = 0; i < CLOCK_PROOFS && clock->proof[i].loop; i++)
		json_array_append_new(proof,
				      json_pack("{s:s, s:I, s:I}", "loop", clock->proof[i].loop,
						"expected", (json_int_t)clock->proof[i].expected,
						"measured", (json_int_t)clock->proof[i].measured));
	return proof;
}

static json_t *events_to_json(const struct strv *events)
{
	json_t *names = json_array();

	strv_for_each(events, it)
		json_array_append_new(names, json_string(*it));
	return names;
}

static json_t *hello(const struct agent_run *run, const struct clock_info *clock,
		     const struct placement *placement, bool rt_unlimited)
{
	json_t *facts = facts_collect();
	json_t *place = placement_to_json(placement);
	json_t *rec;

	json_object_set_new(place, "rt_unlimited", json_boolean(rt_unlimited));
	rec = json_pack("{s:s, s:i, s:s, s:s, s:s, s:s}", "t", "hello", "v", RECORD_VERSION,
			"agent", FOLIOBENCH_VERSION, "kernel",
			json_string_value(json_object_get(facts, "release")), "unit",
			clock_unit_name(clock->unit), "plan", run->plan->hash);
	json_object_set_new(rec, "settle_s", json_real(run->plan->settle_s));
	json_object_set_new(rec, "clock_overhead", json_integer((json_int_t)clock->overhead));
	json_object_set_new(rec, "clock_overhead_typical",
			    json_integer((json_int_t)clock->overhead_typical));
	json_object_set_new(rec, "clock_proof", proof_to_json(clock));
	json_object_set_new(rec, "cost_proof",
			    json_pack("{s:i, s:[i,i]}", "window", SPAN_PROOF_WINDOW, "insns",
				      SPAN_PROOF_LINE, 2 * SPAN_PROOF_LINE));
	if (run->plan->events.n)
		json_object_set_new(rec, "events", events_to_json(&run->plan->events));
	json_object_set_new(rec, "placement", place);
	json_object_set_new(rec, "facts", facts);
	return rec;
}

/* Interruptible: nanosleep() returns when the stop flag's signal arrives. */
static void settle(const struct agent_run *run)
{
	struct timespec left = {
		.tv_sec = (time_t)run->plan->settle_s,
		.tv_nsec =
			(long)((run->plan->settle_s - (double)(time_t)run->plan->settle_s) * 1e9),
	};

	while (!*run->stop && nanosleep(&left, &left) < 0 && errno == EINTR)
		;
}

static int run_cells(const struct agent_run *run, struct engine *eng, struct error *e)
{
	int rc = 0;

	for (size_t i = 0; i < run->plan->n_cells && !rc && !*run->stop; i++)
		rc = engine_run_cell(eng, &run->plan->cells[i], e);
	return rc;
}

static int emit_end(const struct agent_run *run, const struct engine *eng, int restored,
		    struct error *e)
{
	json_t *rec = json_pack("{s:s, s:i, s:i, s:i, s:i, s:i, s:b, s:b}", "t", "end", "cells",
				(int)eng->cells, "samples", (int)eng->samples, "refused",
				(int)eng->refused, "failed", (int)eng->failed, "skipped",
				(int)eng->skipped, "interrupted", *run->stop != 0, "restored",
				restored == 0);

	return agent_stream_write(run->stream, rec, e);
}

/* A kernel may leave CPUs and nodes of its machine unused: not what was asked to be measured. */
static int check_shape(const struct agent_plan *plan, struct error *e)
{
	json_t *nodes __json = NULL;
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);

	if (cpus < (long)plan->cpus)
		return error_set(e, EOPNOTSUPP, "this kernel uses %ld of %u CPUs (CONFIG_NR_CPUS?)",
				 cpus, plan->cpus);
	if (!plan->nodes)
		return 0;
	nodes = placement_nodes();
	if (json_array_size(nodes) < plan->nodes)
		return error_set(e, EOPNOTSUPP,
				 "this kernel sees %zu of %u NUMA nodes (CONFIG_ACPI_NUMA?)",
				 json_array_size(nodes), plan->nodes);
	return 0;
}

/* With the settings stack begun. */
static int run_plan(const struct agent_run *run, struct error *e)
{
	struct placement placement;
	struct clock_info clock;
	struct sink sink = { .run = run };
	struct engine eng = {
		.unit = run->plan->unit,
		.placement = &placement,
		.stop = run->stop,
		.emit = sink_emit,
		.data = &sink,
		.window = SPAN_PROOF_WINDOW,
		.begun = run->plan->unit == CLOCK_UNIT_INSN ? 0 : now_seconds(),
	};
	struct error restore_error;
	bool rt_unlimited;
	int rc = placement_begin(&placement, run->plan->cpu, e);
	int restored;

	if (!rc)
		rc = check_shape(run->plan, e);
	if (rc)
		return rc;
	settle(run);
	rc = clock_use(run->plan->unit, &clock, e);
	if (rc)
		return rc;
	span_prove();
	/* a FIFO task is otherwise sent to sleep after 0.95 s of each second */
	rt_unlimited = !placement.fifo_errno && !settings_set(RT_RUNTIME, "-1", NULL);
	eng.counters = counters_open(&run->plan->events);
	rc = agent_stream_write(run->stream, hello(run, &clock, &placement, rt_unlimited), e);
	if (!rc)
		rc = run_cells(run, &eng, e);
	counters_close(eng.counters);
	restored = settings_restore(&restore_error);
	if (restored)
		agent_stream_note(run->stream, "error", restore_error.msg);
	if (!rc)
		rc = emit_end(run, &eng, restored, e);
	if (!rc && restored)
		rc = error_set(e, -restored, "%s", restore_error.msg);
	return rc;
}

int agent_run(const struct agent_run *run, struct error *e)
{
	int rc = settings_begin(run->journal, e);

	if (rc)
		return rc;
	rc = run_plan(run, e);
	settings_restore(NULL); /* nothing left to do, but after an early error */
	return rc;
}

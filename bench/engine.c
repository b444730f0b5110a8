// SPDX-License-Identifier: GPL-2.0-or-later
/* How a cell is run; see engine.h and the contract in bench.h. */
#include <errno.h>
#include <string.h>

#include "bench/engine.h"
#include "lib/cleanup.h"
#include "lib/strbuf.h"
#include "lib/units.h"

static json_t *metrics_to_json(const struct bench_case *bc, enum clock_unit unit)
{
	json_t *metrics = json_array();

	for (const struct metric_desc *m = bc->metrics; m && m->name; m++) {
		const char *name = strcmp(m->unit, UNIT_TICKS) ? m->unit : clock_unit_name(unit);
		int span = bench_metric_span(bc, m);
		json_t *metric;

		if (unit == CLOCK_UNIT_INSN && !strcmp(m->unit, UNIT_KB_PER_S))
			continue;
		metric = json_pack("{s:s, s:s, s:s, s:b, s:s}", "name", m->name, "unit", name,
				   "better", better_name(m->better), "headline", m->headline,
				   "help", m->help ? m->help : "");
		if (span >= 0)
			json_object_set_new(metric, "span", json_integer(span));
		json_array_append_new(metrics, metric);
	}
	return metrics;
}

static int emit_cell(struct engine *eng, const struct engine_cell *cell, struct error *e)
{
	const char *varies = cell->bc->varies ? cell->bc->varies(&cell->params) : NULL;
	const char *rule = cell->bc->rule ? cell->bc->rule(&cell->params) : NULL;

	eng->cells++;
	return eng->emit(eng->data,
			 json_pack("{s:s, s:i, s:s, s:s*, s:o, s:i, s:o, s:s*, s:s*}", "t", "cell",
				   "cell", cell->cell, "case", cell->bc->name, "summary",
				   cell->bc->summary, "params", params_to_json(&cell->params),
				   "samples", (int)cell->samples, "metrics",
				   metrics_to_json(cell->bc, eng->unit), "varies", varies, "rule",
				   rule),
			 e);
}

static int emit_skip(struct engine *eng, const struct engine_cell *cell, const struct bench *b,
		     struct error *e)
{
	json_t *rec =
		json_pack("{s:s, s:i, s:s}", "t", "skip", "cell", cell->cell, "why", b->why.msg);

	eng->skipped++;
	if (b->not_permitted)
		json_object_set_new(rec, "not_permitted", json_true());
	return eng->emit(eng->data, rec, e);
}

static const char *state_name(int rc)
{
	switch (rc) {
	case 0:
		return "ok";
	case BENCH_REFUSE:
		return "refused";
	case BENCH_WRONG:
		return "wrong";
	default:
		return "failed";
	}
}

/* One sample as a record; N is -1 for the warm-up. */
static json_t *sample_to_json(struct engine *eng, const struct engine_cell *cell, struct bench *b,
			      int n, int rc)
{
	json_t *rec = json_pack("{s:s, s:i, s:i, s:s}", "t", "sample", "cell", cell->cell, "n", n,
				"state", state_name(rc));

	if (n < 0)
		json_object_set_new(rec, "warmup", json_true());
	if (rc)
		json_object_set_new(rec, "why", json_string(b->why.msg));
	json_object_set_new(rec, "ops", json_integer((json_int_t)b->ops));
	json_object_set_new(rec, "ticks", json_integer((json_int_t)b->ticks));
	json_object_set_new(rec, "laps", json_integer(b->laps));
	if (eng->unit != CLOCK_UNIT_INSN)
		json_object_set_new(rec, "at",
				    json_real((double)(int64_t)(1000 * eng->at + 0.5) / 1000));
	json_object_set_new(rec, "minor_faults", json_integer((json_int_t)b->minor_faults));
	json_object_set(rec, "values", b->values);
	if (eng->timed)
		json_object_set_new(rec, "window", json_integer(eng->window));
	if (json_object_size(b->span_ops))
		json_object_set(rec, "span_ops", b->span_ops);
	json_object_set_new(rec, "counters",
			    eng->timed ? counters_to_json(eng->counters) : json_object());
	json_object_set(rec, "evidence", b->evidence);
	if (json_array_size(b->lacks) > b->lacks_told) { /* as a rule with the first record */
		b->lacks_told = json_array_size(b->lacks);
		json_object_set_new(rec, "lacks", json_copy(b->lacks));
	}
	return rec;
}

static int emit_sample(struct engine *eng, const struct engine_cell *cell, struct bench *b, int n,
		       int rc, struct error *e)
{
	if (n < 0 && rc == 0)
		return 0;
	if (n >= 0)
		eng->samples++;
	if (rc == BENCH_REFUSE)
		eng->refused++;
	else if (rc)
		eng->failed++;
	return eng->emit(eng->data, sample_to_json(eng, cell, b, n, rc), e);
}

static void begin_sample(struct engine *eng, struct bench *b)
{
	json_decref(b->values);
	json_decref(b->evidence);
	json_decref(b->span_ops);
	b->values = json_object();
	b->span_ops = json_object();
	b->evidence = json_object();
	b->ops = 0;
	b->ticks = 0;
	b->minor_faults = 0;
	b->lap_start = 0;
	b->lap_ticks = 0;
	b->laps = 0;
	eng->timed = false;
	b->why.msg[0] = '\0';
}

/* The timed span is between the two readings of the clock and nothing else. */
static void run_timed(struct engine *eng, struct bench *b)
{
	uint64_t start, end;

	placement_sample_begin(eng->placement);
	if (b->emulated)
		clock_wait_tick();
	counters_start(eng->counters);
	start = bench_clock();
	span_begin(SPAN_RUN);
	b->bc->run(b);
	span_end(SPAN_RUN);
	end = bench_clock();
	counters_stop(eng->counters);
	placement_sample_end(eng->placement);
	b->ticks = b->laps ? b->lap_ticks : end - start;
	b->minor_faults = counters_minor_faults(eng->counters);
	eng->timed = true;
}

/* Told to stop in its middle: a sample that a signal disturbed is none. */
#define STOPPED 100

/* What check() may say, less what only setup() may. */
static int verdict(struct bench *b, int rc)
{
	if (rc > 0 && rc != BENCH_REFUSE && rc != BENCH_WRONG)
		rc = bench_fail(b, EINVAL, "the case returned %d", rc);
	if (rc < 0 && !b->why.msg[0])
		bench_fail(b, rc, "%s", strerror(-rc));
	return rc;
}

/* The run and what check() makes of it: some cases time more there. */
static int run_and_check(struct engine *eng, struct bench *b)
{
	int rc;

	run_timed(eng, b);
	if (*eng->stop)
		return STOPPED;
	if (!b->ops)
		return bench_fail(b, EINVAL, "the case did no operations");
	bench_value(b, b->bc->metrics[0].name, (double)b->ticks / (double)b->ops);
	rc = verdict(b, b->bc->check ? b->bc->check(b) : 0);
	if (!rc && b->place->memory != PLACE_ANY && !b->place->looked)
		bench_lacks(b, "not proven: memory=%s (this case does not look where pages are)",
			    param_text(b->params, "memory"));
	return rc;
}

static int run_sample(struct engine *eng, struct bench *b)
{
	int rc;

	/* counted runs are the same to the instruction in each boot: no clock is read there */
	if (eng->unit != CLOCK_UNIT_INSN)
		eng->at = now_seconds() - eng->begun;
	begin_sample(eng, b);
	placement_evidence(eng->placement, b);
	rc = b->bc->prepare ? b->bc->prepare(b) : 0;
	if (*eng->stop)
		return STOPPED;
	if (rc)
		return verdict(b, rc);
	span_window_open(++eng->window);
	rc = run_and_check(eng, b);
	span_window_close();
	return rc;
}

static int run_samples(struct engine *eng, const struct engine_cell *cell, struct bench *b,
		       struct error *e)
{
	int rc = 0;

	for (int n = -1; n < (int)cell->samples && !rc && !*eng->stop; n++) {
		int state = run_sample(eng, b);

		if (state == STOPPED)
			break;
		rc = emit_sample(eng, cell, b, n, state, e);
		if (state < 0 || state == BENCH_WRONG)
			break; /* that does not go away by trying again */
	}
	return rc;
}

/* What this user does not get from the kernel whatever the case is. */
static void lacks_of_engine(const struct engine *eng, struct bench *b)
{
	struct strbuf refused __strbuf = { 0 };

	if (eng->placement->pin_errno)
		bench_lacks(b, "not arranged: one CPU for the whole run");
	if (eng->placement->fifo_errno)
		bench_lacks(b, "not arranged: real-time priority");
	counters_refused(eng->counters, &refused);
	if (refused.len)
		bench_lacks(b, "not counted: %s", strbuf_str(&refused));
}

int engine_run_cell(struct engine *eng, const struct engine_cell *cell, struct error *e)
{
	struct bench b = {
		.bc = cell->bc,
		.params = &cell->params,
		.emulated = eng->unit == CLOCK_UNIT_INSN,
	};
	int rc = emit_cell(eng, cell, e);
	bool placed;
	int state;

	if (rc)
		return rc;
	begin_sample(eng, &b);
	state = placement_cell_begin(eng->placement, &b);
	placed = !state;
	if (placed && b.bc->setup)
		state = b.bc->setup(&b);
	lacks_of_engine(eng, &b);
	if (state == BENCH_SKIP)
		rc = emit_skip(eng, cell, &b, e);
	else if (state)
		rc = emit_sample(eng, cell, &b, 0, verdict(&b, state), e);
	else
		rc = run_samples(eng, cell, &b, e);
	if (placed && b.bc->teardown)
		b.bc->teardown(&b);
	placement_cell_end(eng->placement);
	json_decref(b.values);
	json_decref(b.lacks);
	json_decref(b.evidence);
	json_decref(b.span_ops);
	return rc;
}

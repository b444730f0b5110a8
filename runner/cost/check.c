// SPDX-License-Identifier: GPL-2.0-or-later
/* Whether counts can be believed; see check.h. */
#include <stdlib.h>
#include <string.h>

#include "lib/cleanup.h"
#include "runner/cost/check.h"
#include "runner/cost/cost.h"

#define CONTEXT_IDLE "kthread idle"

/*
 * Instructions between a reading of the clock and its mark, at both ends, beyond what two
 * readings in a row are apart: a call and what it saves.
 */
#define AROUND_A_LAP 16
/* What else may differ: a part in so many. */
#define PART 1000
/*
 * And of what interrupts execute: where they talk to a device in the middle of a block QEMU begins
 * that again, as it does for its clock, and what it had begun is counted, too.
 */
#define PART_APART 16

/* What each fault of a kernel goes through, and no system call. */
static const struct {
	const char *arch, *function;
} fault_entries[] = {
	{ "x86_64", "asm_exc_page_fault" },
	{ "arm64", "do_mem_abort" },
};

static uint64_t number(const json_t *rec, const char *key)
{
	json_int_t v = json_integer_value(json_object_get(rec, key));

	return v > 0 ? (uint64_t)v : 0;
}

static void add_sample(struct cost_samples *s, const json_t *rec)
{
	struct cost_sample sample = {
		.window = (uint32_t)number(rec, "window"),
		.ticks = number(rec, "ticks"),
		.laps = number(rec, "laps"),
		.faults = number(rec, "minor_faults"),
	};

	/* windows are numbered in the order of the samples; another is of no use */
	if (!sample.window || (s->n && sample.window <= s->v[s->n - 1].window))
		return;
	if (s->n == s->room) {
		s->room = s->room ? 2 * s->room : 64;
		s->v = xrealloc(s->v, s->room * sizeof(*s->v));
	}
	s->v[s->n++] = sample;
}

void cost_samples_add(struct cost_samples *s, const struct record *rec)
{
	const char *unit = json_string_value(json_object_get(rec->json, "unit"));

	if (rec->type == RECORD_HELLO) {
		s->insns = unit && !strcmp(unit, "insn");
		s->clock = number(rec->json, "clock_overhead");
	} else if (rec->type == RECORD_SAMPLE) {
		add_sample(s, rec->json);
	}
}

void cost_samples_symbols(struct cost_samples *s, const char *arch, const struct symbols *symbols)
{
	for (size_t i = 0; i < ARRAY_SIZE(fault_entries); i++) {
		const struct symbol *f = symbols_find(symbols, fault_entries[i].function);

		if (f && arch && !strcmp(arch, fault_entries[i].arch))
			s->fault_entry = f->addr;
	}
}

void cost_samples_release(struct cost_samples *s)
{
	free(s->v);
	*s = (struct cost_samples){ 0 };
}

const struct cost_sample *cost_samples_find(const struct cost_samples *s, uint32_t window)
{
	size_t from = 0, to = s->n;

	while (from < to) {
		size_t mid = from + (to - from) / 2;

		if (s->v[mid].window == window)
			return &s->v[mid];
		if (s->v[mid].window < window)
			from = mid + 1;
		else
			to = mid;
	}
	return NULL;
}

char *cost_check_proof(const struct cost_window *w)
{
	static const struct {
		unsigned int span;
		uint64_t insns;
	} lines[] = { { COST_SPAN_RUN, COST_PROOF_RUN }, { COST_SPAN_LAP, COST_PROOF_LAP } };

	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		uint64_t n = cost_window_insns(w, lines[i].span, COST_TASK);

		if (n != lines[i].insns)
			return xasprintf(
				"the straight line of %llu instructions was counted as %llu",
				(unsigned long long)lines[i].insns, (unsigned long long)n);
	}
	return NULL;
}

char *cost_check_window(const struct cost_samples *all, const struct cost_sample *s,
			const struct cost_window *w)
{
	unsigned int span = s->laps ? COST_SPAN_LAP : COST_SPAN_RUN;
	uint64_t counted = cost_window_insns(w, span, NULL);
	uint64_t laps = s->laps ? s->laps : 1;
	uint64_t apart = counted - cost_window_insns(w, span, COST_TASK);
	uint64_t room = laps * (all->clock + AROUND_A_LAP) + s->ticks / PART + apart / PART_APART;
	uint64_t twice =
		all->fault_entry ? cost_window_entries(w, span, all->fault_entry) : s->faults;
	bool fewer = counted + room < s->ticks && !cost_window_has(w, CONTEXT_IDLE);
	bool more = counted > s->ticks + room + twice;

	/* elsewhere the clock measures time, or the CPUs have one each */
	if (!all->insns || w->head->vcpus > 1 || (!fewer && !more))
		return NULL;
	return xasprintf("%llu instructions were counted where the guest's clock says %llu",
			 (unsigned long long)counted, (unsigned long long)s->ticks);
}

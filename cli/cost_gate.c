// SPDX-License-Identifier: GPL-2.0-or-later
/* The gate of foliobench cost; see cost_gate.h. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cost_gate.h"
#include "lib/cleanup.h"
#include "plots/cost.h"
#include "plots/text.h"

#define MAX_PERCENT 1e6

/*
 * What is judged unless somebody asks for something else: how much is done, and what other CPUs
 * pay for. String iterations are instructions, too; loads and stores follow them.
 */
#define USUAL                                                                                      \
	(1u << COST_INSNS | 1u << COST_ATOMICS | 1u << COST_TLB | 1u << COST_BARRIERS |            \
	 1u << COST_DSB)

void cost_gate_max(const struct argp_state *state, const char *arg, struct cost_gate_args *g)
{
	char *end;
	double percent = strtod(arg, &end);

	/* strtod() takes "nan", "inf" and "0x1p3", and blanks before them */
	if (strspn(arg, "0123456789.") != (size_t)(end - arg) || end == arg ||
	    (*end && strcmp(end, "%") != 0) || !(percent >= 0 && percent <= MAX_PERCENT))
		cli_usage(state, "--max-increase %s: wants a percentage, 0 or more: 0.5%%", arg);
	g->set = true;
	g->max = percent / 100;
}

static void unknown_event(const struct argp_state *state, const char *name)
{
	struct strbuf sb __strbuf = { 0 };

	for (int i = 0; i < COST_EVENTS; i++)
		strbuf_addf(&sb, "%s%s", i ? ", " : "", cost_events[i].name);
	cli_usage(state, "--gate %s: there are %s", name, strbuf_str(&sb));
}

void cost_gate_events(const struct argp_state *state, const char *arg, struct cost_gate_args *g)
{
	struct strv names __strv = { 0 };

	strv_split(&names, arg, ",");
	if (!names.n)
		unknown_event(state, "''");
	strv_for_each(&names, it) {
		int i = 0;

		while (i < COST_EVENTS && strcmp(cost_events[i].name, *it) != 0)
			i++;
		if (i == COST_EVENTS)
			unknown_event(state, *it);
		g->events |= 1u << i;
	}
}

static unsigned int events_of(const struct cost_gate_args *g)
{
	return g->events ? g->events : USUAL;
}

/* "instructions, atomic operations"; appended. */
static void add_events(const struct cost_gate_args *g, struct strbuf *sb)
{
	const char *sep = "";

	for (int i = 0; i < COST_EVENTS; i++) {
		if (!(events_of(g) & 1u << i))
			continue;
		strbuf_addf(sb, "%s%s", sep, cost_event_text((enum cost_event)i));
		sep = ", ";
	}
}

static void put_excess(const struct cost_excess *x, FILE *out)
{
	char *title __free = cost_cell_title(x->cell), *per __free = cost_per_label(x->cell);
	char a[COST_TEXT_MAX], b[COST_TEXT_MAX], change[TEXT_MAX] = "from none";

	if (x->uncounted) {
		fprintf(out, "  %s: %s: not counted on both\n", title, per);
		return;
	}
	if (isfinite(x->increase))
		cost_change_text(change, x->baseline, x->patched);
	fprintf(out, "  %s: %s %s -> %s %s, %s", title, cost_event_text(x->event),
		cost_number(a, x->baseline, false), cost_number(b, x->patched, false), per, change);
	if (cost_is_rare(x->patched - x->baseline))
		fprintf(out, ", %s a window",
			cost_number(a, (x->patched - x->baseline) * x->cell->baseline.ops, true));
	fputc('\n', out);
}

size_t cost_gate_print(const struct cost_comparison *c, const struct cost_gate_args *g,
		       const char *what, FILE *out)
{
	struct cost_excess *v __free = NULL;
	size_t n = cost_gate(c, events_of(g), g->max, &v);
	struct strbuf events __strbuf = { 0 };

	if (!out)
		return n;
	add_events(g, &events);
	if (n)
		fprintf(out, "\n%sgate of %.6g%% (%s): %zu exceed%s\n", what, g->max * 100,
			strbuf_str(&events), n, n == 1 ? "s" : "");
	else
		fprintf(out, "\n%sgate of %.6g%% (%s): passed\n", what, g->max * 100,
			strbuf_str(&events));
	for (size_t i = 0; i < n; i++)
		put_excess(&v[i], out);
	return n;
}

static json_t *excess_json(const struct cost_excess *x)
{
	json_t *obj = json_pack("{s:s, s:O, s:s}", "case", x->cell->case_name, "params",
				x->cell->params, "metric", x->cell->metric);

	json_object_set_new(obj, "event",
			    x->uncounted ? json_null() : json_string(cost_events[x->event].name));
	/* null: the baseline has none of it, or one side was not counted */
	json_object_set_new(obj, "increase",
			    x->uncounted || !isfinite(x->increase) ? json_null()
								   : json_real(x->increase));
	return obj;
}

json_t *cost_gate_json(const struct cost_comparison *c, const struct cost_gate_args *g)
{
	struct cost_excess *v __free = NULL;
	size_t n = cost_gate(c, events_of(g), g->max, &v);
	json_t *events = json_array(), *exceeded = json_array();

	for (int i = 0; i < COST_EVENTS; i++) {
		if (events_of(g) & 1u << i)
			json_array_append_new(events, json_string(cost_events[i].name));
	}
	for (size_t i = 0; i < n; i++)
		json_array_append_new(exceeded, excess_json(&v[i]));
	return json_pack("{s:f, s:o, s:o}", "max_increase", g->max, "events", events, "exceeded",
			 exceeded);
}

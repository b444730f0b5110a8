// SPDX-License-Identifier: GPL-2.0-or-later
/* The options that run and ab share, and what they may be; see measure.h. */
#include <stdlib.h>
#include <string.h>

#include "bench/events.h"
#include "cli/measure.h"
#include "lib/params.h"
#include "lib/units.h"

#define MEMORY_MIN ((uint64_t)512 << 20)
#define MEMORY_MAX ((uint64_t)1 << 40)
#define CPUS_MAX   64
#define NODES_MAX  8

enum {
	OPT_BOOTS = 256,
	OPT_SAMPLES,
	OPT_SEED,
	OPT_ON,
	OPT_HANG,
	OPT_MEMORY,
	OPT_CPUS,
	OPT_NODES,
	OPT_EVENTS,
	OPT_COST,
	OPT_STACKS
};

static const struct argp_option options[] = {
	{ "on", OPT_ON, "TARGET", 0, "Where to run: see foliobench list targets", 0 },
	{ "boots", OPT_BOOTS, "N", 0,
	  "Boots of each kernel (default 3, cost: 2; where figures do not repeat 8, so that the "
	  "tests "
	  "have enough, and 5 of one kernel alone)",
	  0 },
	{ "samples", OPT_SAMPLES, "N", 0,
	  "Samples of each cell in a boot (default 3; 10 where figures do not repeat)", 0 },
	{ "seed", OPT_SEED, "N", 0, "Of the order of boots and cells (default 1)", 0 },
	{ "hang-after", OPT_HANG, "SECONDS", 0, "A boot silent for so long is lost (default 120)",
	  0 },
	{ "memory", OPT_MEMORY, "SIZE", 0, "Of a guest, 512M to 1T (default 1G)", 0 },
	{ "cpus", OPT_CPUS, "N", 0,
	  "Of a guest, 1 to 64 (default 1, kvm 2); with more than one, qemu measures time", 0 },
	{ "nodes", OPT_NODES, "N", 0,
	  "NUMA nodes of a guest, 1 to 8, that share its CPUs and memory (default 1)", 0 },
	{ "events", OPT_EVENTS, "LIST", 0,
	  "Count these too, named as perf list does: tlb:tlb_flush,branch-misses:k; their cost is "
	  "in what is timed",
	  0 },
	{ "cost", OPT_COST, NULL, 0,
	  "Count the instructions of each function, too: qemu only (see foliobench cost)", 0 },
	{ "stacks", OPT_STACKS, NULL, 0, "Count them by call stack, too; slower", 0 },
	{ 0 },
};

static void parse_events(struct argp_state *state, struct measure *m, const char *arg)
{
	struct error e;

	if (events_parse(arg, &m->events, &e))
		cli_usage(state, "--events: %s", e.msg);
}

static unsigned int parse_memory(struct argp_state *state, const char *arg)
{
	uint64_t bytes;

	if (parse_size(arg, &bytes) || bytes < MEMORY_MIN || bytes > MEMORY_MAX ||
	    bytes % (1 << 20))
		cli_usage(state, "--memory %s: wants a size from 512M to 1T, whole megabytes", arg);
	return (unsigned int)(bytes >> 20);
}

/* Each node has as many CPUs as the others; none named: one each. */
static void check_shape(const struct argp_state *state, struct measure *m)
{
	if (!m->nodes)
		return;
	if (!m->cpus && m->nodes > 1)
		m->cpus = m->nodes;
	if (m->cpus && m->cpus < m->nodes)
		cli_usage(state, "--nodes %u: wants at least as many --cpus, not %u", m->nodes,
			  m->cpus);
	if (m->cpus % m->nodes)
		cli_usage(state, "--cpus %u: wants a multiple of --nodes %u", m->cpus, m->nodes);
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct measure *m = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &m->kernels;
		return 0;
	case OPT_ON:
		m->target = target_find(arg);
		if (!m->target)
			cli_usage(state, "--on %s: no such target (see foliobench list targets)",
				  arg);
		return 0;
	case OPT_BOOTS:
		m->boots = cli_uint(state, "--boots", arg, 1, 1000);
		return 0;
	case OPT_SAMPLES:
		m->samples = cli_uint(state, "--samples", arg, 1, 100000);
		return 0;
	case OPT_SEED:
		m->seed = cli_uint(state, "--seed", arg, 1, UINT32_MAX);
		return 0;
	case OPT_HANG:
		m->hang_s = cli_uint(state, "--hang-after", arg, 1, 86400);
		return 0;
	case OPT_MEMORY:
		m->memory_mib = parse_memory(state, arg);
		return 0;
	case OPT_EVENTS:
		parse_events(state, m, arg);
		return 0;
	case OPT_CPUS:
		m->cpus = cli_uint(state, "--cpus", arg, 1, CPUS_MAX);
		return 0;
	case OPT_NODES:
		m->nodes = cli_uint(state, "--nodes", arg, 1, NODES_MAX);
		return 0;
	case OPT_STACKS:
		m->stacks = true;
		m->cost = true;
		return 0;
	case OPT_COST:
		m->cost = true;
		return 0;
	case ARGP_KEY_END:
		check_shape(state, m);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_child children[] = { { &kernel_words_argp, 0, NULL, 0 }, { 0 } };

const struct argp measure_argp = { .options = options,
				   .parser = parse_option,
				   .children = children };

void measure_word(struct measure *m, const char *word)
{
	struct strv *words = strchr(word, '=') ? &m->params : &m->cases;

	if (!strv_contains(words, word))
		strv_add(words, word);
}

void measure_release(struct measure *m)
{
	kernel_words_release(&m->kernels);
	strv_release(&m->cases);
	strv_release(&m->params);
	strv_release(&m->events);
	rules_release(&m->rules);
}

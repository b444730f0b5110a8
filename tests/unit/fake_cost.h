/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Made-up counts in a store, for the tests of results/cost*: a small image, and windows of which
 * each is a few instructions with their counts.
 */
#ifndef FB_TESTS_UNIT_FAKE_COST_H
#define FB_TESTS_UNIT_FAKE_COST_H

#include "lib/profile.h"
#include "results/cost.h"
#include "tests/unit/fake_run.h"

#define TEXT 0xffffffff81000000ULL

/* Addresses of BASELINE_MAP's functions; each has 0x100 bytes but folio_add_rmap, which has twice
 * that. */
enum {
	A_FAULT = 0x000,    /* asm_exc_page_fault */
	A_SYSCALL = 0x100,  /* entry_SYSCALL_64 */
	A_TIMER = 0x200,    /* asm_sysvec_apic_timer_interrupt */
	A_HANDLE = 0x300,   /* handle_mm_fault */
	A_WP = 0x400,	    /* do_wp_page */
	A_COPY = 0x500,	    /* wp_page_copy.isra.0 */
	A_SMALL = 0x600,    /* small_helper */
	A_RMAP = 0x700,	    /* folio_add_rmap */
	A_TICK = 0x900,	    /* tick_handler */
	A_UNCALLED = 0xa00, /* only_there */
	A_END = 0xb00,	    /* what is from here on is in no function */
};

static const char baseline_map[] = "ffffffff81000000 T asm_exc_page_fault\n"
				   "ffffffff81000100 T entry_SYSCALL_64\n"
				   "ffffffff81000200 T asm_sysvec_apic_timer_interrupt\n"
				   "ffffffff81000300 T handle_mm_fault\n"
				   "ffffffff81000400 t do_wp_page\n"
				   "ffffffff81000500 t wp_page_copy.isra.0\n"
				   "ffffffff81000600 t small_helper\n"
				   "ffffffff81000700 T folio_add_rmap\n"
				   "ffffffff81000900 T tick_handler\n"
				   "ffffffff81000a00 T only_there\n"
				   "ffffffff81000b00 D data\n"
				   "401000 u main 100\n";

#define USER 0x401000ULL

/* N times the instruction at AT (an offset in the image), and what it is. */
struct fake_insn {
	uint64_t at, n;
	unsigned int flags, loads, stores;
	bool user; /* AT: an offset in the agent */
};

struct fake_window {
	unsigned int window, span, vcpu;
	const char *context; /* NULL: "task" */
	const char *bad;
	const struct fake_insn *v;
	size_t n;
};

#define FAKE_INSNS(...)                                                                            \
	.v = (const struct fake_insn[]){ __VA_ARGS__ },                                            \
	.n = sizeof((const struct fake_insn[]){ __VA_ARGS__ }) / sizeof(struct fake_insn)

/* Tells contents apart, as a SHA-256 would. */
static inline char *fake_id(const void *data, size_t size)
{
	uint64_t h = 0xcbf29ce484222325;

	for (size_t i = 0; i < size; i++)
		h = (h ^ ((const unsigned char *)data)[i]) * 0x100000001b3;
	return xasprintf("%016llx", (unsigned long long)h);
}

/* The counts of one window; TEXT_AT: where the image is, TEXT as a rule. */
static inline void fake_part(const struct fake_boot *b, uint64_t text_at,
			     const struct fake_window *w)
{
	struct profile p __cleanup(profile_release) = { 0 };
	struct strbuf data __strbuf = { 0 };
	struct error e = { "" };
	char *id __free = NULL;

	for (size_t i = 0; i < w->n; i++) {
		const struct fake_insn *in = &w->v[i];

		profile_add(&p,
			    &(struct profile_insn){
				    .addr = (in->user ? USER : text_at) + in->at,
				    .count = in->n,
				    .flags = (uint16_t)(in->flags | (in->user ? PROFILE_USER : 0)),
				    .size = 4,
				    .loads = (uint8_t)in->loads,
				    .stores = (uint8_t)in->stores,
			    });
	}
	profile_seal(&p);
	profile_encode(&p, &data);
	id = fake_id(data.buf, data.len);
	if (store_cost_part(b->s, b->id,
			    &(struct store_cost_part){
				    .window = w->window,
				    .span = w->span,
				    .vcpu = w->vcpu,
				    .context = w->context ? w->context : "task",
				    .profile_id = id,
				    .profile = data.buf,
				    .profile_size = data.len,
				    .bad = w->bad,
			    },
			    &e))
		fail_msg("%s", e.msg);
}

static inline void fake_counted(const struct fake_boot *b, const char *map, const char *bad)
{
	char *id __free = fake_id(map, strlen(map));
	struct error e = { "" };

	if (store_cost_boot(b->s, b->id,
			    &(struct store_cost_boot){ id, map, "7.2.22 (plugin API 1)", bad }, &e))
		fail_msg("%s", e.msg);
}

/* A sample with a window of its own; EXTRA: more fields, begins with a comma. */
static inline void fake_window_sample(const struct fake_boot *b, int cell, int n, const char *state,
				      unsigned int window, unsigned int ops, const char *extra)
{
	fake_line(b,
		  "{\"t\":\"sample\",\"cell\":%d,\"n\":%d,\"state\":\"%s\",\"why\":\"\",\"ops\":%u,"
		  "\"ticks\":%u,\"window\":%u,\"values\":{\"per_page\":1},\"evidence\":{}%s}",
		  cell, n, state, ops, 100 * ops, window, extra);
}

static inline void fake_load(struct store *s, const char *baseline, const char *patched,
			     struct cost_comparison *out)
{
	const struct cost_query q = { .baseline = baseline, .patched = patched };
	struct error e = { "" };

	if (cost_load(s, &q, out, &e))
		fail_msg("%s", e.msg);
}

static inline const struct cost_function *fake_function(const struct cost_side *side,
							const char *name)
{
	for (size_t i = 0; i < side->n; i++) {
		if (!strcmp(side->v[i].name, name))
			return &side->v[i];
	}
	fail_msg("%s is not executed", name);
	return NULL;
}

static inline const struct cost_row *fake_row(const struct cost_cell *c, const char *name)
{
	for (size_t i = 0; i < c->n_rows; i++) {
		if (!strcmp(c->rows[i].name, name))
			return &c->rows[i];
	}
	fail_msg("there is no row of %s", name);
	return NULL;
}

#endif

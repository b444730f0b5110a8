// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The engine: starts the boots of a plan in its order, watches them, tells how far
 * it is. One thread and one loop. Exact targets run several boots side by side,
 * their figures do not depend on it; where time is measured one boot has the machine.
 */
#include <errno.h>
#include <poll.h>
#include <string.h>

#include "lib/cleanup.h"
#include "lib/units.h"
#include "runner/boot.h"
#include "runner/cost/watch.h"
#include "runner/plan.h"
#include "runner/room.h"
#include "runner/run.h"
#include "runner/scratch.h"

/*
 * How often files that grow are looked at, in ms. Pipes wake the loop themselves.
 * Where time is measured looking is a disturbance, so that it is seldom.
 */
#define TICK_EXACT_MS 20
#define TICK_TIME_MS  250

struct slot {
	struct run *run;
	struct boot boot;
	size_t index; /* in plan.boots */
	bool busy;
};

struct run {
	const struct runner *r;
	const struct target *t;
	const struct plan *p;
	const struct run_sink *sink;
	struct cost_watch *watch; /* of each kernel, where the plan counts; else NULL */
	struct slot *slots;
	size_t n_slots;
	size_t next; /* boot to start */
	size_t end;  /* where it stops */
	size_t finished;
	double begin;
};

/* Boots done, those under way counted by their cells. */
static double boots_done(const struct run *run)
{
	size_t n_cells = json_array_size(run->p->cells);
	double done = (double)(run->p->first + run->finished);

	for (size_t i = 0; i < run->n_slots; i++) {
		if (run->slots[i].busy && run->slots[i].boot.cells)
			done += (double)(run->slots[i].boot.cells - 1) / (double)n_cells;
	}
	return done;
}

static void tell(const struct slot *s, const char *what)
{
	const struct run *run = s->run;
	double done = boots_done(run), here = done - (double)run->p->first;
	double left = -1;

	if (here > 0)
		left = (now_seconds() - run->begin) / here * ((double)run->p->n_boots - done);
	runner_progress(
		run->r, run->t->boots_kernels ? "boot" : "measure", done, (double)run->p->n_boots,
		left, s->boot.start.has_console ? run->r->log_dir : NULL, "%zu of %zu: %s%s%s",
		s->index + 1, run->p->n_boots, s->boot.kernel->name, *what ? ", " : "", what);
}

static void on_record(const struct record *rec, void *data)
{
	struct slot *s = data;

	if (rec->type == RECORD_CELL) {
		s->boot.cells++;
		tell(s, s->boot.stream.cell_name);
	} else if (rec->type == RECORD_NOTE) {
		tell(s, json_string_value(json_object_get(rec->json, "text")));
	}
}

static int start_one(struct run *run, struct slot *s, struct error *e)
{
	int rc;

	s->run = run;
	s->index = run->next++;
	rc = boot_begin(&s->boot, run->r, run->t, run->p, s->index, run->watch, run->sink, e);
	if (rc)
		return rc;
	s->busy = true;
	s->boot.stream.on_record = on_record;
	s->boot.stream.data = s;
	tell(s, "starting");
	return 0;
}

static int finish_one(struct run *run, struct slot *s, const char *stopped, struct error *e)
{
	s->busy = false;
	run->finished++;
	return boot_finish(&s->boot, stopped, e);
}

static size_t n_busy(const struct run *run)
{
	size_t n = 0;

	for (size_t i = 0; i < run->n_slots; i++)
		n += run->slots[i].busy;
	return n;
}

/* Until something may have happened. ^C interrupts it. */
static void wait_a_little(const struct run *run, struct pollfd *fds)
{
	int tick = plan_exact(run->p, run->t) ? TICK_EXACT_MS : TICK_TIME_MS;
	nfds_t n = 0;

	for (size_t i = 0; i < run->n_slots; i++) {
		const struct slot *s = &run->slots[i];

		if (s->busy ? s->boot.done : run->next < run->end)
			return;
		if (!s->busy)
			continue;
		if (s->boot.eof) /* it ends any moment now */
			tick = TICK_EXACT_MS;
		else if (!s->boot.is_file)
			fds[n++] =
				(struct pollfd){ .fd = s->boot.start.record_fd, .events = POLLIN };
	}
	poll(fds, n, tick);
}

/* Fills free slots, hears everyone, ends those that are done. */
static int step(struct run *run, struct error *e)
{
	int rc = 0;

	for (size_t i = 0; i < run->n_slots && !rc; i++) {
		struct slot *s = &run->slots[i];

		if (!s->busy && run->next < run->end)
			rc = start_one(run, s, e);
		if (rc || !s->busy)
			continue;
		rc = boot_poll(&s->boot, e);
		if (!rc && s->boot.done)
			rc = finish_one(run, s, NULL, e);
	}
	return rc;
}

/* Ends what still runs: all are asked first, so that they end side by side. */
static void stop_all(struct run *run, const char *why)
{
	struct error ignored; /* the first error is the one to tell */

	for (size_t i = 0; i < run->n_slots; i++) {
		if (run->slots[i].busy)
			boot_stop(&run->slots[i].boot);
	}
	for (size_t i = 0; i < run->n_slots; i++) {
		if (run->slots[i].busy)
			finish_one(run, &run->slots[i], why, &ignored);
	}
}

int run_plan(const struct runner *r, const struct target *t, const struct plan *p,
	     const struct run_sink *sink, struct error *e)
{
	unsigned int side_by_side = plan_exact(p, t) && r->jobs > 1 ? r->jobs : 1;
	struct run run = { .r = r, .t = t, .p = p, .sink = sink, .begin = now_seconds() };
	struct slot *slots __free = NULL;
	struct pollfd *fds __free = NULL;
	char *why __free = NULL;
	int rc = 0;

	/* the plan may not fit even once: then the guest will tell */
	if (t->boots_kernels)
		room_memory(p->memory_mib, side_by_side, &side_by_side, NULL);
	scratch_clear();
	if (p->cost)
		rc = cost_watch_plan(r, t, p, &run.watch, e);
	if (rc < 0)
		return rc;
	run.begin = now_seconds();
	run.next = p->first;
	run.end = p->end ? p->end : p->n_boots;
	run.n_slots = side_by_side < run.end - run.next ? side_by_side : run.end - run.next;
	run.slots = slots = xcalloc(run.n_slots, sizeof(*slots));
	fds = xcalloc(run.n_slots, sizeof(*fds));
	while (!rc && (run.next < run.end || n_busy(&run))) {
		if (runner_cancelled(r))
			rc = error_set(e, ECANCELED, "interrupted");
		else
			rc = step(&run, e);
		if (!rc)
			wait_a_little(&run, fds);
	}
	if (rc) {
		why = rc == -ECANCELED ? xstrdup("interrupted by the user")
				       : xasprintf("the run was stopped: %s", e->msg);
		stop_all(&run, why);
	}
	cost_watch_free(run.watch, p->n_kernels);
	return rc;
}

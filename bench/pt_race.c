// SPDX-License-Identifier: GPL-2.0-or-later
/* Threads that fault where page tables are being dropped; see pt_race.h. */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "bench/place.h"
#include "bench/pt_race.h"
#include "lib/strbuf.h"

#define STACK_SIZE ((size_t)128 << 10)

/* Each thread has a word of its own in each page, a cache line apart; the walk has the first. */
#define WORD_STEP 64

/* The walk waits so long for threads on other CPUs to come to where it is. */
#define PATIENCE_NS 5000000

/* Words written in one burst: the ends and the middle of what a call drops, one at random, one
 * beside it. */
#define HELD_MAX 5

/* A word as it was written. */
struct held {
	atomic_uint_fast64_t *word;
	uint64_t value;
	bool dropped;	  /* a call of the walk drops this page */
	unsigned int seq; /* of the race, read ahead of the write */
};

struct racer {
	struct pt_race *race;
	pthread_t thread;
	bool runs;
	unsigned int id;
	bool beside; /* on the walk's CPU */
	char *stack;
	uint64_t random;
	uint64_t *last; /* per slot: what its page that stays was last given; 0: nothing */
	struct held held[HELD_MAX];
	size_t n_held;
	uint64_t writes, checks, emptied;
	uint64_t in_call;	 /* words written while a call was under way */
	_Atomic uint64_t bursts; /* the walk waits for some */
	uint64_t wrong;
	size_t wrong_off;
	uint64_t wrong_value, wrong_expected;
};

struct pt_race {
	const struct pt_plan *plan;
	char *base;
	unsigned int n;
	const struct place *place;
	bool alone; /* all on one CPU */
	int cpu;    /* the walk's */
	struct racer *racers;
	char *stacks;
	_Atomic unsigned int seq; /* odd: a call is under way */
	_Atomic size_t call, slots;
	_Atomic bool stop;
};

static uint64_t next_random(struct racer *t)
{
	t->random = t->random * 6364136223846793005ULL + 1442695040888963407ULL;
	return t->random >> 33;
}

static atomic_uint_fast64_t *word_at(const struct racer *t, size_t off)
{
	return (atomic_uint_fast64_t *)(void *)(t->race->base + off +
						(size_t)(t->id + 1) * WORD_STEP);
}

static void found_wrong(struct racer *t, const void *word, uint64_t value, uint64_t expected)
{
	if (t->wrong++)
		return;
	t->wrong_off = (size_t)((const char *)word - t->race->base);
	t->wrong_value = value;
	t->wrong_expected = expected;
}

/*
 * A word is empty for a good reason only where a call may have dropped it: one was under
 * way when it was written, or one has begun since. All loads are ordered, so the
 * count of calls is read after the word.
 */
static void check_held(struct racer *t, const struct held *h)
{
	uint64_t value = atomic_load(h->word);
	unsigned int seq = atomic_load(&t->race->seq);
	bool may_be_empty = h->dropped && ((h->seq & 1) || seq != h->seq);

	t->checks++;
	if (value == h->value)
		return;
	if (value == 0 && may_be_empty)
		t->emptied++;
	else
		found_wrong(t, h->word, value, h->value);
}

static void write_page(struct racer *t, size_t off, bool dropped)
{
	struct held *h = &t->held[t->n_held];
	atomic_uint_fast64_t *word = word_at(t, off);

	for (size_t i = 0; i < t->n_held; i++) {
		if (t->held[i].word == word)
			return; /* one value at a time */
	}
	h->word = word;
	h->dropped = dropped;
	/* thread, page and turn: another thread's or an older word is told apart */
	h->value = (uint64_t)(t->id + 1) << 58 | (off / t->race->plan->page & 0x3ffffff) << 32 |
		   (++t->writes & 0xffffffff);
	h->seq = atomic_load(&t->race->seq);
	atomic_store(h->word, h->value);
	t->in_call += h->seq & 1;
	t->n_held++;
	check_held(t, h);
}

/* One of the touched slots that the current call reaches; false: there is none. */
static bool pick_slot(struct racer *t, size_t *slot)
{
	size_t slots = atomic_load(&t->race->slots), first, end;

	if (!slots)
		return false;
	pt_plan_reach(t->race->plan, atomic_load(&t->race->call), &first, &end);
	if (end > slots)
		end = slots;
	if (first >= end)
		return false;
	*slot = first + next_random(t) % (end - first);
	return true;
}

/* Writes the words of one burst into SLOT. */
static void write_slot(struct racer *t, size_t slot)
{
	const struct pt_plan *p = t->race->plan;
	size_t pages = PT_SLOT / p->page - (p->guard ? 1 : 0);
	size_t at[4] = { 0, pages / 2, pages - 1, next_random(t) % pages };
	size_t calls = pt_plan_calls(p), off;

	for (size_t i = 0; i < sizeof(at) / sizeof(*at); i++) {
		off = slot * PT_SLOT + at[i] * p->page;
		if (pt_plan_drops(p, calls, off))
			write_page(t, off, true);
	}
	if (!pt_plan_safe(p, slot, &off))
		return;
	write_page(t, off, false);
	t->last[slot] = t->held[t->n_held - 1].value;
}

static void check_all_held(struct racer *t)
{
	for (size_t i = 0; i < t->n_held; i++)
		check_held(t, &t->held[i]);
	t->n_held = 0;
}

static void burst(struct racer *t)
{
	size_t slot;

	check_all_held(t);
	if (pick_slot(t, &slot))
		write_slot(t, slot);
	atomic_fetch_add(&t->bursts, 1);
}

/*
 * A while that is never the same, so that sooner or later it ends at each point of a call. On a
 * CPU of its own a thread need not sleep but now and then, to let others have the CPU.
 */
static void rest(struct racer *t)
{
	struct timespec ts = { .tv_nsec = 2000 + (long)(next_random(t) % 60000) };

	if (t->beside || atomic_load(&t->bursts) % 16 == 0)
		clock_nanosleep(CLOCK_MONOTONIC, 0, &ts, NULL);
}

static void *racer_main(void *data)
{
	struct racer *t = data;

	while (!atomic_load(&t->race->stop)) {
		burst(t);
		rest(t);
	}
	return NULL;
}

int pt_race_create(struct pt_race **out, const struct pt_plan *plan, char *base,
		   const struct place *place, unsigned int n, struct error *e)
{
	struct pt_race *r = xcalloc(1, sizeof(*r));

	*out = r;
	r->plan = plan;
	r->base = base;
	r->place = place;
	r->n = n;
	r->racers = xcalloc(n, sizeof(*r->racers));
	r->stacks = mmap(NULL, n * STACK_SIZE, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	if (r->stacks == MAP_FAILED) {
		r->stacks = NULL;
		return error_sys(e, errno, "stacks of %u threads", n);
	}
	for (unsigned int i = 0; i < n; i++) {
		struct racer *t = &r->racers[i];

		t->race = r;
		t->id = i;
		t->random = i + 1;
		t->stack = r->stacks + i * STACK_SIZE;
		t->last = xcalloc(pt_plan_slots(plan), sizeof(*t->last));
	}
	return 0;
}

void pt_race_free(struct pt_race *r)
{
	if (!r)
		return;
	pt_race_stop(r);
	for (unsigned int i = 0; i < r->n; i++)
		free(r->racers[i].last);
	if (r->stacks)
		munmap(r->stacks, r->n * STACK_SIZE);
	free(r->racers);
	free(r);
}

static void forget(struct racer *t)
{
	memset(t->last, 0, pt_plan_slots(t->race->plan) * sizeof(*t->last));
	t->n_held = 0;
	t->writes = 0;
	t->checks = 0;
	t->emptied = 0;
	atomic_store(&t->bursts, 0);
	t->in_call = 0;
	t->wrong = 0;
}

/*
 * Every second thread is on the walk's CPU, where it makes the kernel let go of a page table's lock
 * in the middle of a call; the others use what that leaves open, on other CPUs if there are any.
 */
static void choose_cpus(struct racer *t, pthread_attr_t *attr)
{
	const struct pt_race *r = t->race;
	cpu_set_t set;

	t->beside = r->alone || t->id % 2 == 0;
	CPU_ZERO(&set);
	if (t->beside)
		CPU_SET((unsigned int)r->cpu, &set);
	for (unsigned int i = 0; i < r->place->n_cpus && !t->beside; i++) {
		if (r->place->cpus[i] != r->cpu)
			CPU_SET((unsigned int)r->place->cpus[i], &set);
	}
	pthread_attr_setaffinity_np(attr, sizeof(set), &set);
}

/* Whether the threads may use no CPU but the walk's. */
static bool one_cpu(const struct pt_race *r)
{
	for (unsigned int i = 0; i < r->place->n_cpus; i++) {
		if (r->place->cpus[i] != r->cpu)
			return false;
	}
	return true;
}

/* Above the walk, whose priority is 1: the least of SCHED_FIFO. */
static void raise_above(pthread_attr_t *attr)
{
	struct sched_param param = { .sched_priority = 2 };

	pthread_attr_setinheritsched(attr, PTHREAD_EXPLICIT_SCHED);
	pthread_attr_setschedpolicy(attr, SCHED_FIFO);
	pthread_attr_setschedparam(attr, &param);
}

/*
 * The walk is SCHED_FIFO and pinned: a thread that began like any other would not so much as
 * run its first instruction. So it is where it belongs from the start. Who may not have that has
 * no SCHED_FIFO walk either.
 */
static int start_one(struct racer *t)
{
	pthread_attr_t attr;
	int rc;

	pthread_attr_init(&attr);
	pthread_attr_setstack(&attr, t->stack, STACK_SIZE);
	choose_cpus(t, &attr);
	if (t->beside)
		raise_above(&attr);
	rc = pthread_create(&t->thread, &attr, racer_main, t);
	if (rc == EPERM) {
		pthread_attr_setinheritsched(&attr, PTHREAD_INHERIT_SCHED);
		rc = pthread_create(&t->thread, &attr, racer_main, t);
	}
	pthread_attr_destroy(&attr);
	t->runs = !rc;
	return -rc;
}

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

/*
 * Until each thread has been through N bursts more, or PATIENCE_NS are over: threads that the
 * machine does not get round to are not waited for. Asleep, for they may want this CPU.
 */
static void wait_for_bursts(struct pt_race *r, uint64_t n)
{
	const struct timespec nap = { .tv_nsec = 20000 };
	uint64_t end = now_ns() + PATIENCE_NS, from[PT_RACE_THREADS_MAX];

	for (unsigned int i = 0; i < r->n; i++)
		from[i] = atomic_load(&r->racers[i].bursts);
	for (unsigned int i = 0; i < r->n; i++) {
		while (atomic_load(&r->racers[i].bursts) < from[i] + n && now_ns() < end)
			clock_nanosleep(CLOCK_MONOTONIC, 0, &nap, NULL);
	}
}

int pt_race_start(struct pt_race *r)
{
	int rc = 0;

	r->cpu = sched_getcpu();
	r->alone = one_cpu(r);
	atomic_store(&r->stop, false);
	atomic_store(&r->slots, 0);
	atomic_store(&r->seq, 0);
	for (unsigned int i = 0; i < r->n && !rc; i++) {
		forget(&r->racers[i]);
		rc = start_one(&r->racers[i]);
	}
	if (!rc)
		wait_for_bursts(r, 1);
	return rc;
}

void pt_race_next(struct pt_race *r, size_t c, size_t slots)
{
	if (!r)
		return;
	atomic_store(&r->call, c);
	atomic_store(&r->slots, slots);
	/* the second burst from now on is one that began with this call known */
	if (!r->alone && slots)
		wait_for_bursts(r, 2);
}

void pt_race_call_begin(struct pt_race *r)
{
	if (r)
		atomic_fetch_add(&r->seq, 1);
}

void pt_race_call_end(struct pt_race *r)
{
	if (r)
		atomic_fetch_add(&r->seq, 1);
}

void pt_race_stop(struct pt_race *r)
{
	if (!r)
		return;
	atomic_store(&r->stop, true);
	for (unsigned int i = 0; i < r->n; i++) {
		if (r->racers[i].runs)
			pthread_join(r->racers[i].thread, NULL);
		r->racers[i].runs = false;
		check_all_held(&r->racers[i]);
	}
}

/* The pages that no call dropped, once more and all of them. */
static uint64_t check_kept(struct racer *t)
{
	const struct pt_plan *p = t->race->plan;
	uint64_t kept = 0;
	size_t off;

	for (size_t slot = 0; slot < pt_plan_slots(p); slot++) {
		uint64_t value;

		if (!t->last[slot] || !pt_plan_safe(p, slot, &off))
			continue;
		kept++;
		value = atomic_load(word_at(t, off));
		if (value != t->last[slot])
			found_wrong(t, word_at(t, off), value, t->last[slot]);
	}
	return kept;
}

static int judge_racer(struct bench *b, const struct racer *t)
{
	if (!t->wrong)
		return 0;
	return bench_wrong(b,
			   "WRONG CONTENTS seen by thread %u in %llu words: 0x%llx instead of "
			   "0x%llx at +0x%zx",
			   t->id, (unsigned long long)t->wrong, (unsigned long long)t->wrong_value,
			   (unsigned long long)t->wrong_expected, t->wrong_off);
}

static uint64_t in_calls(const struct pt_race *r)
{
	uint64_t n = 0;

	for (unsigned int i = 0; i < r->n; i++)
		n += r->racers[i].in_call;
	return n;
}

int pt_race_refuse(struct bench *b, const struct pt_race *r)
{
	if (in_calls(r))
		return 0;
	return bench_refuse(b, "no thread wrote anything during a call: nothing was raced");
}

int pt_race_wrong(struct bench *b, struct pt_race *r)
{
	uint64_t writes = 0, checks = 0, emptied = 0, kept = 0;
	int rc = 0;

	for (unsigned int i = 0; i < r->n; i++) {
		struct racer *t = &r->racers[i];

		kept += check_kept(t);
		writes += t->writes;
		checks += t->checks;
		emptied += t->emptied;
		rc = rc ? rc : judge_racer(b, t);
	}
	bench_evidence_int(b, "race_writes", (long long)writes);
	bench_evidence_int(b, "race_checks", (long long)checks);
	bench_evidence_int(b, "race_emptied", (long long)emptied);
	bench_evidence_int(b, "race_in_calls", (long long)in_calls(r));
	bench_evidence_int(b, "race_kept", (long long)kept);
	return rc;
}

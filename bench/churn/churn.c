// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A process that allocates and frees as told, and touches what it has: what the
 * case `allocator` looks at from outside. Built once with glibc's malloc and once
 * with jemalloc; embedded in the agent, which starts it from memory.
 *
 * All that it decides comes from a generator with a given seed. Its own list of
 * objects is in a mapping apart, all of it there from the start, so that nothing but the
 * allocator changes the address space. Each object has words that name it; they are
 * looked at before it is freed.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "bench/churn/churn.h"

#define MARK_FACTOR 0x9e3779b97f4a7c15ULL
/* Larger than what jemalloc's thread cache keeps: each such call counts time for the arena. */
#define TICK_BYTES ((size_t)64 << 10)

/* jemalloc's; not there with another allocator. */
int mallctl(const char *name, void *old, size_t *old_len, void *new, size_t new_len)
	__attribute__((weak));

static struct {
	struct churn_plan plan;
	struct churn_answer answer;
	uint64_t random;
	uint64_t mallocs, frees;
	struct churn_object *objects;
	uint64_t capacity;
	uint64_t serial;
} churn;

/* splitmix64 */
static uint64_t random_next(void)
{
	uint64_t x = churn.random += MARK_FACTOR;

	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9ULL;
	x = (x ^ x >> 27) * 0x94d049bb133111ebULL;
	return x ^ x >> 31;
}

static unsigned int log2_of(uint64_t x)
{
	return 63 - (unsigned int)__builtin_clzll(x);
}

/* First any of the powers of two, then anything from it up to the next one. */
static uint64_t random_size(void)
{
	unsigned int low = log2_of(churn.plan.min), high = log2_of(churn.plan.max);
	uint64_t base = 1ULL << (low + random_next() % (high - low + 1));

	return base + random_next() % base;
}

/* Word K of an object: at the start of each stride, then one at the end. */
static uint64_t mark(const struct churn_object *o, uint64_t k)
{
	return (o->serial + k * 3 + 1) * MARK_FACTOR;
}

static void touch(const struct churn_object *o)
{
	uint64_t k = 0;
	uint64_t word;

	for (uint64_t at = 0; at + sizeof(word) <= o->size; at += churn.plan.stride) {
		word = mark(o, k++);
		memcpy(o->at + at, &word, sizeof(word));
	}
	word = mark(o, k);
	memcpy(o->at + o->size - sizeof(word), &word, sizeof(word));
}

static void verify(const struct churn_object *o)
{
	uint64_t k = 0;
	uint64_t word;
	bool wrong = false;

	for (uint64_t at = 0; at + 2 * sizeof(word) <= o->size; at += churn.plan.stride) {
		memcpy(&word, o->at + at, sizeof(word));
		wrong |= word != mark(o, k++);
	}
	/* a word that lies across the one at the end was overwritten by it */
	while (k * churn.plan.stride + sizeof(word) <= o->size)
		k++;
	memcpy(&word, o->at + o->size - sizeof(word), sizeof(word));
	churn.answer.wrong += wrong || word != mark(o, k);
}

static bool allocate(void)
{
	struct churn_object o = { .size = random_size(), .serial = churn.serial++ };

	if (churn.answer.objects == churn.capacity) {
		churn.answer.failed++;
		return false;
	}
	o.at = malloc(o.size);
	churn.mallocs++;
	if (!o.at) {
		churn.answer.failed++;
		return false;
	}
	touch(&o);
	churn.objects[churn.answer.objects++] = o;
	churn.answer.live += o.size;
	return true;
}

static void release_any(void)
{
	uint64_t i = random_next() % churn.answer.objects;
	struct churn_object o = churn.objects[i];

	churn.objects[i] = churn.objects[--churn.answer.objects];
	verify(&o);
	free(o.at);
	churn.frees++;
	churn.answer.live -= o.size;
}

static void mix(uint64_t times)
{
	while (times-- && churn.answer.objects) {
		release_any();
		if (!allocate())
			return;
	}
}

static void tick(uint64_t times)
{
	while (times--) {
		void *p = malloc(TICK_BYTES);

		/* the compiler must not see that nobody uses it */
		__asm__ volatile("" : : "r"(p) : "memory");
		free(p);
		churn.mallocs++;
		churn.frees++;
	}
}

static uint64_t jemalloc_count(const char *name)
{
	uint64_t value = 0;
	size_t len = sizeof(value);

	return mallctl(name, &value, &len, NULL, 0) ? 0 : value;
}

/* 4096 stands for all arenas together. */
static void ask_jemalloc(struct churn_answer *a)
{
	uint64_t epoch = 1;
	size_t len = sizeof(epoch);

	mallctl("epoch", &epoch, &len, &epoch, sizeof(epoch));
	a->dirty_calls = jemalloc_count("stats.arenas.4096.dirty_nmadvise");
	a->dirty_pages = jemalloc_count("stats.arenas.4096.dirty_purged");
	a->muzzy_calls = jemalloc_count("stats.arenas.4096.muzzy_nmadvise");
	a->muzzy_pages = jemalloc_count("stats.arenas.4096.muzzy_purged");
}

static void obey(const struct churn_order *order)
{
	switch ((enum churn_op)order->op) {
	case CHURN_GROW:
		while (churn.answer.live < order->arg && allocate())
			;
		break;
	case CHURN_MIX:
		mix(order->arg);
		break;
	case CHURN_SHRINK:
		while (churn.answer.live > order->arg)
			release_any();
		break;
	case CHURN_TICK:
		tick(order->arg);
		break;
	case CHURN_VERIFY:
		for (uint64_t i = 0; i < churn.answer.objects; i++)
			verify(&churn.objects[i]);
		break;
	case CHURN_STATS:
		if (mallctl)
			ask_jemalloc(&churn.answer);
		break;
	}
}

static void name_allocator(struct churn_answer *a)
{
	struct {
		const char *text;
	} version = { "?" };
	size_t len = sizeof(version);

	if (!mallctl) {
		snprintf(a->allocator, sizeof(a->allocator), "glibc");
		return;
	}
	mallctl("version", &version, &len, NULL, 0);
	snprintf(a->allocator, sizeof(a->allocator), "jemalloc %.*s",
		 (int)strcspn(version.text, "-"), version.text);
}

static bool answer(void)
{
	struct churn_answer *a = &churn.answer;
	struct rusage usage;

	a->pairs = churn.mallocs > churn.frees ? churn.mallocs : churn.frees;
	getrusage(RUSAGE_SELF, &usage);
	a->faults = (uint64_t)usage.ru_minflt;
	return write(STDOUT_FILENO, a, sizeof(*a)) == sizeof(*a);
}

static bool make_list(void)
{
	churn.capacity = churn_capacity(&churn.plan);
	churn.objects = mmap(NULL, churn.capacity * sizeof(*churn.objects), PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	return churn.objects != MAP_FAILED;
}

int main(void)
{
	struct churn_order order;

	if (read(STDIN_FILENO, &churn.plan, sizeof(churn.plan)) != sizeof(churn.plan))
		return 2;
	churn.random = churn.plan.seed;
	if (!make_list())
		return 3;
	name_allocator(&churn.answer);
	if (!answer())
		return 2;
	while (read(STDIN_FILENO, &order, sizeof(order)) == sizeof(order)) {
		obey(&order);
		if (!answer())
			return 2;
	}
	return 0;
}

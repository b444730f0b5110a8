// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * anon-cow-seq, anon-cow-rand: what vm-scalability's cases of these names load: N
 * processes share populated memory and each writes all of it, in order or at random,
 * so that the kernel makes N copies while the same folios lose mappings on N CPUs:
 * where a lock in that path would show. The time is from the moment all of them run to
 * the end of the last one. Evidence: each page of each task is at a frame of its own,
 * the parent's are where they were and whole, and everybody's contents are exact.
 */
#include <errno.h>
#include <string.h>

#include "bench/numbers.h"
#include "bench/place.h"
#include "bench/region.h"
#include "bench/shuffle.h"
#include "bench/tasks.h"
#include "lib/memory.h"
#include "lib/strbuf.h"
#include "lib/units.h"

static const struct param_desc params[] = {
	REGION_PARAM_FOLIO("4K,64K,2M-pmd"),
	REGION_PARAM_SIZE("4M"),
	{
		.name = "tasks",
		.type = PARAM_UINT,
		.help = "processes that write at the same time, each on a CPU of its own",
		.defaults = "1",
		.min = 1,
		.max = TASKS_MAX,
	},
	{
		.name = "write",
		.type = PARAM_ENUM,
		.help = "what is written: every word of each page, as vm-scalability does, or a "
			"byte of it",
		.defaults = "page",
		.choices = (const char *const[]){ "page", "byte", NULL },
	},
	{ 0 },
};

static const struct metric_desc metrics[] = {
	{ "per_page", UNIT_TICKS, BETTER_LOWER, true,
	  "a page written by each task, until the last task is done" },
	{ "kb_per_s", UNIT_KB_PER_S, BETTER_HIGHER, true, "written by all tasks together" },
	{ "kb_per_s_task", UNIT_KB_PER_S, BETTER_HIGHER, false,
	  "written by one task: the median over tasks" },
	{ "fairness", "ratio", BETTER_HIGHER, false,
	  "time of the first task to end, as a part of the last one's" },
	{ "faults_per_page", "count", BETTER_LOWER, false, "minor faults of a task: the mean" },
	{ "copied", "share", BETTER_NEITHER, false,
	  "pages of the tasks that are at a frame of their own" },
	{ "copied_whole", "share", BETTER_NEITHER, false,
	  "pages of the tasks that are in whole folios of the size" },
	{ 0 },
};

extern const struct bench_case case_anon_cow_rand;

struct anon_cow {
	struct region region;
	struct tasks tasks;
	bool bytes, random;
};

/* Frames seen so far: a bit each. */
struct frames {
	uint64_t *bits;
	size_t words;
};

/* Whether FRAME is new. */
static bool frames_add(struct frames *f, uint64_t frame)
{
	size_t word = (size_t)(frame / 64);
	uint64_t bit = 1ULL << frame % 64;

	if (word >= f->words) {
		size_t words = word + 1 + word / 4;

		f->bits = xrealloc(f->bits, words * sizeof(*f->bits));
		memset(f->bits + f->words, 0, (words - f->words) * sizeof(*f->bits));
		f->words = words;
	}
	if (f->bits[word] & bit)
		return false;
	f->bits[word] |= bit;
	return true;
}

/* What a task writes into each word of a page, or into its byte: no other has the same. */
static uint64_t word_of(unsigned int task, size_t page)
{
	return ((uint64_t)(task + 1) << 40 | (page + 1)) * 0x9e3779b97f4a7c15ULL;
}

static unsigned char byte_of(unsigned int task)
{
	unsigned char byte = (unsigned char)(REGION_NEW + task);

	return byte == REGION_OLD ? REGION_OLD + 1 : byte;
}

static void write_page(const struct anon_cow *s, unsigned int task, size_t i)
{
	const struct region *r = &s->region;
	volatile uint64_t *word = (volatile uint64_t *)(void *)(r->base + i * r->page);
	uint64_t value = word_of(task, i);

	if (s->bytes) {
		*region_byte(r, i) = byte_of(task);
		return;
	}
	for (size_t k = 0; k < r->page / sizeof(*word); k++)
		word[k] = value;
}

/* In a task: all of the memory, each page once. */
static uint64_t write_all(void *arg, unsigned int task)
{
	const struct anon_cow *s = arg;
	struct shuffle order;

	shuffle_begin(&order, s->region.pages, task + 1);
	for (size_t i = 0; i < s->region.pages; i++)
		write_page(s, task, s->random ? shuffle_next(&order) : i);
	return 0;
}

static bool page_is(const struct region *r, size_t i, uint64_t value)
{
	const volatile uint64_t *word =
		(const volatile uint64_t *)(const void *)(r->base + i * r->page);
	uint64_t other = 0;

	for (size_t k = 0; k < r->page / sizeof(*word); k++)
		other |= word[k] ^ value;
	return !other;
}

/* In a task: how many pages have not what it wrote. */
static uint64_t count_wrong(void *arg, unsigned int task)
{
	const struct anon_cow *s = arg;
	uint64_t wrong = 0;

	if (s->bytes)
		return region_inexact(&s->region, byte_of(task));
	for (size_t i = 0; i < s->region.pages; i++)
		wrong += !page_is(&s->region, i, word_of(task, i));
	return wrong;
}

/* Each task gets a copy: better no cell than an OOM kill. */
static int check_memory(struct bench *b, uint64_t size, unsigned int tasks)
{
	uint64_t available = memory_available();
	uint64_t need = (tasks + 1) * size + size / 8;
	char text[24];

	if (need <= available)
		return 0;
	return bench_skip(b, "%u tasks with size=%s take %llu MiB of memory, %llu are available",
			  tasks, format_size(text, sizeof(text), size),
			  (unsigned long long)(need >> 20), (unsigned long long)(available >> 20));
}

static int anon_cow_setup(struct bench *b)
{
	struct anon_cow *s = xcalloc(1, sizeof(*s));
	unsigned int tasks = (unsigned int)param_num(b->params, "tasks");
	int rc;

	b->state = s;
	s->random = b->bc == &case_anon_cow_rand;
	s->bytes = !strcmp(param_text(b->params, "write"), "byte");
	rc = tasks_open(&s->tasks, tasks, b->place);
	if (rc == -ERANGE)
		return bench_skip(b,
				  "tasks=%u wants a CPU for each, %u may be used here (guests: "
				  "--cpus %u)",
				  tasks, b->place->n_cpus, tasks);
	if (rc)
		return bench_fail(b, rc, "memory for %u tasks: %s", tasks, strerror(-rc));
	rc = check_memory(b, param_num(b->params, "size"), tasks);
	return rc ? rc : region_setup_params(b, &s->region);
}

static int anon_cow_prepare(struct bench *b)
{
	struct anon_cow *s = b->state;
	struct error e;
	int rc;

	tasks_end(&s->tasks);
	rc = region_populate(b, &s->region);
	if (rc)
		return rc;
	b->ops = s->region.pages;
	rc = tasks_fork(&s->tasks, &e);
	return rc ? bench_fail(b, rc, "%s", e.msg) : 0;
}

static void anon_cow_run(struct bench *b)
{
	struct anon_cow *s = b->state;
	uint64_t last = 0;

	tasks_round(&s->tasks, write_all, s, true);
	for (unsigned int i = 0; i < s->tasks.n; i++) {
		uint64_t ticks = tasks_result(&s->tasks, i).ticks;

		last = ticks > last ? ticks : last;
	}
	bench_lap_add(b, last);
}

/* What the tasks say of their times and faults. */
static void report_tasks(struct bench *b, const struct anon_cow *s)
{
	uint64_t ticks[TASKS_MAX], faults = 0;
	unsigned int n = s->tasks.n;
	double kb = (double)s->region.size / 1024, median;

	for (unsigned int i = 0; i < n; i++) {
		struct task_result r = tasks_result(&s->tasks, i);

		ticks[i] = r.ticks ? r.ticks : 1;
		faults += r.faults;
	}
	median = numbers_median(ticks, n);
	if (!b->emulated) {
		bench_value(b, "kb_per_s", n * kb * 1e9 / (double)ticks[n - 1]);
		bench_value(b, "kb_per_s_task", kb * 1e9 / median);
	}
	bench_value(b, "fairness", (double)ticks[0] / (double)ticks[n - 1]);
	bench_value(b, "faults_per_page", (double)faults / n / (double)s->region.pages);
}

/* Contents first: a kernel that is wrong there is wrong, wherever its pages are. */
static int check_contents(struct bench *b, struct anon_cow *s)
{
	struct region *r = &s->region;
	size_t wrong = region_inexact(r, REGION_OLD);

	if (wrong)
		return bench_wrong(b,
				   "WRONG CONTENTS in %zu of %zu pages of the parent, "
				   "which wrote none",
				   wrong, r->pages);
	tasks_round(&s->tasks, count_wrong, s, false);
	if (s->tasks.dead >= 0)
		return bench_fail(b, ECHILD, "task %d died while it looked at its pages",
				  s->tasks.dead);
	for (unsigned int i = 0; i < s->tasks.n; i++) {
		uint64_t theirs = tasks_result(&s->tasks, i).answer;

		if (theirs)
			return bench_wrong(b, "WRONG CONTENTS in %llu of %zu pages of task %u",
					   (unsigned long long)theirs, r->pages, i);
	}
	return 0;
}

/* The parent's pages are where they were; their frames are the first ones SEEN. */
static int check_parent(struct bench *b, struct anon_cow *s, struct frames *seen)
{
	struct region *r = &s->region;
	struct error e;
	double whole;
	int rc = region_look(r, 0, &e);

	if (!rc)
		rc = region_whole_now(r, &whole, &e);
	if (rc)
		return bench_fail(b, rc, "%s", e.msg);
	bench_evidence_real(b, "folio_share_after", whole);
	if (evidence_same(r->pfn, r->now, r->pages) != r->pages)
		return bench_refuse(b, "pages of the parent moved");
	if (whole < REGION_MIN_SHARE)
		return bench_refuse(b,
				    "only %.1f%% of the parent's pages are still in whole folios",
				    100 * whole);
	for (size_t i = 0; i < r->pages; i++)
		frames_add(seen, r->now[i]);
	return 0;
}

/* The copies: none is at a frame that somebody else has. */
static int check_copies(struct bench *b, struct anon_cow *s, struct frames *seen)
{
	struct region *r = &s->region;
	size_t all = s->tasks.n * r->pages, own = 0;
	double whole, sum = 0;
	struct error e;
	int rc = 0;

	for (unsigned int i = 0; i < s->tasks.n && !rc; i++) {
		rc = region_look(r, s->tasks.pid[i], &e);
		if (!rc)
			rc = region_whole_now(r, &whole, &e);
		if (rc)
			return bench_fail(b, rc, "task %u: %s", i, e.msg);
		sum += whole;
		for (size_t k = 0; k < r->pages; k++)
			own += r->now[k] && frames_add(seen, r->now[k]);
		rc = place_check(b, s->tasks.pid[i], r->base, r->pages, r->page, r->folio_pages);
	}
	bench_value(b, "copied", (double)own / (double)all);
	bench_value(b, "copied_whole", sum / s->tasks.n);
	if (!rc && own != all)
		rc = bench_refuse(b, "%zu of %zu pages of the tasks were not copied", all - own,
				  all);
	return rc;
}

static int check_frames(struct bench *b, struct anon_cow *s)
{
	struct frames seen = { 0 };
	int rc = 0;

	/* without frames it is the contents that show as many copies as tasks */
	if (s->region.frames) {
		rc = check_parent(b, s, &seen);
		if (!rc)
			rc = check_copies(b, s, &seen);
	}
	free(seen.bits);
	return rc;
}

static int anon_cow_check(struct bench *b)
{
	struct anon_cow *s = b->state;
	struct evidence_counts counts;
	struct strbuf cpus __strbuf = { 0 };
	int rc;

	if (s->tasks.dead >= 0)
		return bench_fail(b, ECHILD, "task %d died while it wrote (too little memory?)",
				  s->tasks.dead);
	for (unsigned int i = 0; i < s->tasks.n; i++)
		strbuf_addf(&cpus, "%s%d", i ? "," : "", s->tasks.cpu[i]);
	bench_evidence_str(b, "task_cpus", strbuf_str(&cpus));
	rc = region_counts(b, &s->region, &counts);
	if (rc)
		return rc;
	report_tasks(b, s);
	rc = check_contents(b, s);
	if (!rc)
		rc = check_frames(b, s);
	return rc;
}

static void anon_cow_teardown(struct bench *b)
{
	struct anon_cow *s = b->state;

	if (!s)
		return;
	tasks_close(&s->tasks);
	region_release(&s->region);
	free(s);
	b->state = NULL;
}

static const char *anon_cow_varies(const struct param_set *set)
{
	return param_num(set, "tasks") > 1 ? "how several tasks get in each other's way" : NULL;
}

static const char *anon_cow_rule(const struct param_set *set)
{
	(void)set;
	return "must copy";
}

#define OPERATIONS                                                                                 \
	.params = params, .metrics = metrics, .setup = anon_cow_setup,                             \
	.prepare = anon_cow_prepare, .run = anon_cow_run, .check = anon_cow_check,                 \
	.teardown = anon_cow_teardown, .varies = anon_cow_varies, .rule = anon_cow_rule

const struct bench_case case_anon_cow_seq = {
	.name = "anon-cow-seq",
	.summary = "tasks that share memory copy it, page after page, at the same time",
	OPERATIONS,
};

const struct bench_case case_anon_cow_rand = {
	.name = "anon-cow-rand",
	.summary = "tasks that share memory copy it, pages at random, at the same time",
	OPERATIONS,
};

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * runner/run and runner/boot: what becomes of boots that go well and of those
 * that do not. The agent is a script, started by target local; a guest of target
 * qemu cannot be had this cheaply (tests/guest).
 */
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "lib/memory.h"
#include "lib/units.h"
#include "runner/room.h"
#include "runner/targets.h"
#include "tests/unit/record_sink.h"

#define HELLO                                                                                      \
	"{\"t\":\"hello\",\"v\":1,\"agent\":\"1\",\"kernel\":\"x\",\"unit\":\"ns\",\"facts\":{}}"
#define CELL                                                                                       \
	"{\"t\":\"cell\",\"cell\":0,\"case\":\"null\",\"params\":{\"ops\":\"1\"},\"metrics\":[]}"
#define SAMPLE                                                                                     \
	"{\"t\":\"sample\",\"cell\":0,\"n\":0,\"state\":\"ok\",\"values\":{},\"evidence\":{}}"
#define END "{\"t\":\"end\",\"cells\":1,\"samples\":1}"

/* Shell lines that write records where the agent would. */
#define SAY(record) "echo '" record "' >&3\n"
#define GOOD	    SAY(HELLO) SAY(CELL) SAY(SAMPLE) SAY(END)
#define BEGUN	    SAY(HELLO) SAY(CELL) SAY(SAMPLE)

struct fixture {
	char *dir, *agent, *journal;
	struct runner r;
	volatile sig_atomic_t cancel;
	struct record_sink s;
	struct error e;
	unsigned int progress;
};

static void on_progress(const struct progress *p, void *data)
{
	struct fixture *f = data;

	f->progress++;
	if (!strcmp(p->phase, "stop"))
		return;
	assert_string_equal(p->phase, "measure"); /* nothing is booted here */
	assert_in_range((uint64_t)p->done, 0, (uint64_t)p->total);
}

static void fixture_begin(struct fixture *f, const char *script)
{
	char *text __free = xasprintf("#!/bin/sh\n%s", script);

	memset(f, 0, sizeof(*f));
	f->dir = scratch_make();
	f->agent = xasprintf("%s/agent", f->dir);
	f->journal = xasprintf("%s/journal", f->dir);
	assert_int_equal(fs_write(f->agent, text, strlen(text), NULL), 0);
	assert_int_equal(chmod(f->agent, 0755), 0);
	f->r = (struct runner){
		.log_dir = f->dir,
		.agent_path = f->agent,
		.journal_path = f->journal,
		.jobs = 2,
		.cancel = &f->cancel,
		.on_progress = on_progress,
		.data = f,
	};
	sink_init(&f->s);
}

/* Runs BOOTS boots with the fixture's agent and returns run_plan()'s code. */
static int fixture_run(struct fixture *f, unsigned int boots, double hang_s)
{
	static const struct kernel kernel = { .name = "debian-image:6.12" };
	json_t *cells __json = json_pack("[{s:i, s:s}]", "cell", 0, "case", "null");
	struct plan p;
	int rc;

	assert_int_equal(plan_make(&p, &kernel, 1, cells, boots, 1, &f->e), 0);
	p.hang_s = hang_s;
	rc = run_plan(&f->r, &target_local, &p, &f->s.sink, &f->e);
	plan_release(&p);
	assert_int_equal(f->s.begun, f->s.ended);
	return rc;
}

static void fixture_end(struct fixture *f)
{
	strbuf_release(&f->s.log);
	scratch_remove(f->dir);
	free(f->agent);
	free(f->journal);
}

static void expect_one(const char *script, double hang_s, enum boot_state state, const char *why)
{
	struct fixture f;

	fixture_begin(&f, script);
	assert_int_equal(fixture_run(&f, 1, hang_s), 0);
	assert_int_equal(f.s.ended, 1);
	if (f.s.state[0] != state)
		fail_msg("%s: %s", boot_state_name(f.s.state[0]), f.s.why[0]);
	assert_contains(f.s.why[0], why);
	fixture_end(&f);
}

static void good_boots_keep_their_streams(void **state)
{
	struct strbuf kept __strbuf = { 0 };
	struct fixture f;
	char *path __free = NULL;

	(void)state;
	/* the plan is there, whole, when the agent starts */
	fixture_begin(&f, "grep -q '^{\"cell\":0,' \"${1#--plan=}\" || exit 9\n" GOOD);
	assert_int_equal(fixture_run(&f, 3, 10), 0);
	for (int i = 0; i < 3; i++)
		assert_int_equal(f.s.state[i], BOOT_OK);
	assert_int_equal(f.s.records, 12);
	assert_true(f.progress >= 6);
	path = xasprintf("%s/boot-001-debian-image-6.12.jsonl", f.dir);
	assert_int_equal(fs_read(path, &kept, NULL), 0);
	assert_string_equal(strbuf_str(&kept), HELLO "\n" CELL "\n" SAMPLE "\n" END "\n");
	fixture_end(&f);
}

static void early_ends_are_lost_with_the_reason(void **state)
{
	(void)state;
	expect_one(BEGUN "echo first; echo the reason >&2; exit 2", 10, BOOT_LOST,
		   "agent exited 2: the reason (in null ops=1)");
	expect_one(BEGUN "kill -9 $$", 10, BOOT_LOST, "killed by signal 9");
	expect_one(BEGUN, 10, BOOT_LOST, "without an end record");
	expect_one("exit 3", 10, BOOT_LOST, "agent exited 3");
	expect_one(SAY("{\"t\":\"note\",\"level\":\"error\",\"text\":\"no port\"}") "exit 2", 10,
		   BOOT_LOST, "the agent: no port");
	expect_one(SAY(HELLO) SAY("not json") "sleep 100", 10, BOOT_LOST,
		   "broken stream: record 2: ");
	expect_one(BEGUN "printf '{\"t\":\"end\"' >&3", 10, BOOT_LOST, "cut off after 10 bytes");
}

static void wrong_unit_is_refused(void **state)
{
	(void)state;
	expect_one("echo '{\"t\":\"hello\",\"v\":1,\"agent\":\"1\",\"kernel\":\"x\",\"unit\":"
		   "\"insn\",\"facts\":{}}' >&3\nsleep 100",
		   10, BOOT_LOST, "measures insn where ns");
}

/* Its child holds the pipe: that must neither keep the run waiting nor be left behind. */
static void silence_is_a_hang(void **state)
{
	double begin = now_seconds();

	(void)state;
	expect_one(BEGUN "sleep 100 & wait", 1, BOOT_LOST, "silent for 1 s");
	assert_true(now_seconds() - begin < 8);
}

static void child_left_behind_does_not_hold_up(void **state)
{
	double begin = now_seconds();

	(void)state;
	expect_one(GOOD "sleep 100 &", 30, BOOT_OK, "");
	assert_true(now_seconds() - begin < 8);
}

static void the_rest_of_the_plan_goes_on(void **state)
{
	struct fixture f;

	(void)state;
	fixture_begin(&f, "d=$(dirname \"$0\")\n"
			  "if mkdir \"$d/second\" 2>/dev/null; then exit 1; fi\n" GOOD);
	assert_int_equal(fixture_run(&f, 3, 10), 0);
	assert_int_equal(f.s.state[0], BOOT_LOST);
	assert_int_equal(f.s.state[1], BOOT_OK);
	assert_int_equal(f.s.state[2], BOOT_OK);
	fixture_end(&f);
}

static void cannot_be_started(void **state)
{
	struct fixture f;

	(void)state;
	fixture_begin(&f, GOOD);
	assert_int_equal(unlink(f.agent), 0);
	assert_int_equal(fixture_run(&f, 2, 10), 0);
	assert_int_equal(f.s.state[0], BOOT_LOST);
	assert_int_equal(f.s.state[1], BOOT_LOST);
	assert_contains(f.s.why[0], "agent");
	fixture_end(&f);
}

/* As the agent does: it is asked to stop, puts things back, and says so. */
static void cancel_lets_the_agent_finish(void **state)
{
	struct fixture f;
	char *restored __free = NULL;

	(void)state;
	fixture_begin(&f, "trap 'touch \"$(dirname \"$0\")/restored\"; exit 0' TERM\n" BEGUN
			  "while :; do sleep 0.1; done");
	f.s.cancel_at_sample = &f.cancel;
	assert_int_equal(fixture_run(&f, 5, 10), -ECANCELED);
	assert_int_equal(f.s.ended, 1); /* the other four did not start */
	assert_int_equal(f.s.state[0], BOOT_INTERRUPTED);
	assert_int_equal(f.s.records, 3); /* what was measured is with the sink */
	restored = xasprintf("%s/restored", f.dir);
	assert_true(fs_exists(restored));
	fixture_end(&f);
}

/* Asked once: a program may end at once at the second time. */
static void cancel_asks_once(void **state)
{
	struct fixture f;
	char *restored __free = NULL;

	(void)state;
	fixture_begin(&f, "trap 'trap - TERM; sleep 0.5; touch \"$(dirname \"$0\")/restored\"; "
			  "exit 0' TERM\n" BEGUN "while :; do sleep 0.1; done");
	f.s.cancel_at_sample = &f.cancel;
	assert_int_equal(fixture_run(&f, 1, 10), -ECANCELED);
	restored = xasprintf("%s/restored", f.dir);
	assert_true(fs_exists(restored));
	fixture_end(&f);
}

/* Its last records are more than a pipe holds: it can only end if they are read. */
static void cancel_hears_the_agent_to_its_end(void **state)
{
	struct fixture f;
	char *restored __free = NULL;

	(void)state;
	fixture_begin(&f, "last() {\n"
			  "yes '" SAMPLE "' | head -n 20000 >&3\n"
			  "touch \"$(dirname \"$0\")/restored\"\nexit 0\n}\n"
			  "trap last TERM\n" BEGUN "while :; do sleep 0.1; done");
	f.s.cancel_at_sample = &f.cancel;
	assert_int_equal(fixture_run(&f, 1, 10), -ECANCELED);
	assert_int_equal(f.s.records, 20003);
	restored = xasprintf("%s/restored", f.dir);
	assert_true(fs_exists(restored));
	fixture_end(&f);
}

static void urgent_cancel_does_not_wait(void **state)
{
	double begin = now_seconds();
	struct fixture f;

	(void)state;
	fixture_begin(&f, "trap '' TERM\n" SAY(HELLO) "sleep 100");
	f.cancel = 0;
	f.s.urgent_at_record = &f.cancel;
	assert_int_equal(fixture_run(&f, 1, 30), -ECANCELED);
	assert_true(now_seconds() - begin < 3);
	fixture_end(&f);
}

/* A folder in $TMPDIR as a boot makes it, of AGE seconds. */
static char *scratch_of_age(const struct fixture *f, const char *name, time_t age)
{
	char *path = xasprintf("%s/%s", f->dir, name);
	char *file __free = xasprintf("%s/plan", path);
	const struct timespec times[2] = { { .tv_sec = time(NULL) - age },
					   { .tv_sec = time(NULL) - age } };

	assert_int_equal(fs_mkdirs(path, NULL), 0);
	assert_int_equal(fs_write(file, "x", 1, NULL), 0);
	assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
	return path;
}

static void scratch_of_the_dead_is_removed(void **state)
{
	struct fixture f;
	char *dead __free = NULL, *young __free = NULL, *used __free = NULL, *other __free = NULL;
	int lock __close = -1;

	(void)state;
	fixture_begin(&f, GOOD);
	setenv("TMPDIR", f.dir, 1);
	dead = scratch_of_age(&f, "foliobench-boot.dead", 3600);
	young = scratch_of_age(&f, "foliobench-boot.young", 1);
	used = scratch_of_age(&f, "foliobench-boot.used", 3600);
	other = scratch_of_age(&f, "other", 3600);
	lock = open(used, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(flock(lock, LOCK_EX), 0);
	assert_int_equal(fixture_run(&f, 1, 10), 0);
	assert_int_equal(f.s.state[0], BOOT_OK);
	unsetenv("TMPDIR");
	assert_false(fs_exists(dead));
	assert_true(fs_exists(young));
	assert_true(fs_exists(used));
	assert_true(fs_exists(other));
	fixture_end(&f);
}

static void guests_side_by_side_fit_into_memory(void **state)
{
	struct error e = { "" };
	unsigned int boots = 0;

	(void)state;
	assert_int_equal(room_memory(1, 1, &boots, &e), 0);
	assert_int_equal(boots, 1);
	assert_int_equal(room_memory(1, 1u << 30, &boots, &e), 0);
	assert_in_range(boots, 1, memory_available() / (200 << 20));
	assert_int_equal(room_memory(1u << 30, 4, &boots, &e), -ENOMEM);
	assert_int_equal(boots, 1);
	assert_contains(e.msg, "1073741824 MiB");
}

static void sink_error_stops_the_run(void **state)
{
	struct fixture f;

	(void)state;
	fixture_begin(&f, BEGUN "sleep 100");
	f.s.fail_at = 3;
	assert_int_equal(fixture_run(&f, 5, 30), -ENOSPC);
	assert_contains(f.e.msg, "no room for record 3");
	assert_int_equal(f.s.ended, 1);
	assert_int_equal(f.s.state[0], BOOT_INTERRUPTED);
	assert_contains(f.s.why[0], "no room for record 3");
	fixture_end(&f);
}

static void targets_have_names_and_units(void **state)
{
	(void)state;
	assert_ptr_equal(target_find("qemu"), &target_qemu);
	assert_true(target_find("qemu")->exact);
	assert_string_equal(target_find("qemu")->unit, "insn");
	assert_string_equal(target_find("kvm")->unit, "ns");
	assert_false(target_find("local")->boots_kernels);
	assert_null(target_find("moon"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_boots_keep_their_streams),
		cmocka_unit_test(early_ends_are_lost_with_the_reason),
		cmocka_unit_test(wrong_unit_is_refused),
		cmocka_unit_test(silence_is_a_hang),
		cmocka_unit_test(child_left_behind_does_not_hold_up),
		cmocka_unit_test(the_rest_of_the_plan_goes_on),
		cmocka_unit_test(cannot_be_started),
		cmocka_unit_test(cancel_lets_the_agent_finish),
		cmocka_unit_test(cancel_asks_once),
		cmocka_unit_test(cancel_hears_the_agent_to_its_end),
		cmocka_unit_test(urgent_cancel_does_not_wait),
		cmocka_unit_test(scratch_of_the_dead_is_removed),
		cmocka_unit_test(guests_side_by_side_fit_into_memory),
		cmocka_unit_test(sink_error_stops_the_run),
		cmocka_unit_test(targets_have_names_and_units),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

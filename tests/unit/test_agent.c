// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The agent as a program, on this machine: its stream of records, plans that it
 * refuses, ^C, and kill -9. It is the one beside this test's build folder or,
 * failing that, in $T_BUILD.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/cleanup.h"
#include "lib/record.h"
#include "lib/spawn.h"
#include "lib/units.h"
#include "tests/unit/unit.h"

#define HEAD "{\"v\":1,\"unit\":\"ns\",\"settle_s\":0,\"modules\":[]}\n"
#define CELL(n, s)                                                                                 \
	"{\"cell\":0,\"case\":\"null\",\"params\":{\"ops\":\"" n "\"},\"samples\":" s "}\n"
#define RT_RUNTIME "/proc/sys/kernel/sched_rt_runtime_us"

static char *dir, *agent, *plan, *records, *journal;

static char *find_agent(void)
{
	char self[PATH_MAX] = "";
	char *path = NULL;
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	if (n > 0 && strrchr(self, '/')) {
		*strrchr(self, '/') = '\0';
		path = xasprintf("%s/../../foliobench-agent", self);
	}
	if (path && fs_exists(path))
		return path;
	free(path);
	path = getenv("T_BUILD") ? xasprintf("%s/foliobench-agent", getenv("T_BUILD")) : NULL;
	if (path && fs_exists(path))
		return path;
	free(path);
	return NULL;
}

static int make(void **state)
{
	(void)state;
	dir = scratch_make();
	agent = find_agent();
	plan = xasprintf("%s/plan", dir);
	records = xasprintf("%s/records", dir);
	journal = xasprintf("%s/journal", dir);
	return 0;
}

static int clear(void **state)
{
	(void)state;
	free(agent);
	free(plan);
	free(records);
	free(journal);
	scratch_remove(dir);
	return 0;
}

static void need_agent(void)
{
	if (!agent)
		skip();
}

static void put_plan(const char *text)
{
	assert_int_equal(fs_write(plan, text, strlen(text), NULL), 0);
}

static int run_agent(struct error *e)
{
	struct strv argv __strv = { 0 };
	struct spawn s = { .argv = &argv, .timeout_s = 60 };
	const char *words[] = { agent, "--plan", plan, "--records", records, "--journal", journal };

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		strv_add(&argv, words[i]);
	return spawn_run(&s, e);
}

/*
 * Parses every line of the stream; TYPES gets "hello cell sample ... end ". *END: the last. A
 * warm-up has a record only where it was refused, as it is on a machine short of memory: left out.
 */
static void read_stream(struct strbuf *types, json_t **end)
{
	struct strbuf text __strbuf = { 0 };
	struct strv lines __strv = { 0 };

	assert_int_equal(fs_read(records, &text, NULL), 0);
	strv_split(&lines, strbuf_str(&text), "\n");
	strv_for_each(&lines, it) {
		struct record rec;
		struct error e;

		if (record_parse(*it, strlen(*it), &rec, &e))
			fail_msg("%s", e.msg);
		if (!json_is_true(json_object_get(rec.json, "warmup")))
			strbuf_addf(types, "%s ",
				    json_string_value(json_object_get(rec.json, "t")));
		json_decref(*end);
		*end = json_incref(rec.json);
		record_release(&rec);
	}
}

static void stream_is_whole(void **state)
{
	struct strbuf types __strbuf = { 0 };
	json_t *end __json = NULL;
	struct error e = { "" };

	(void)state;
	need_agent();
	put_plan(HEAD CELL("1000", "3"));
	if (run_agent(&e))
		fail_msg("%s", e.msg);
	read_stream(&types, &end);
	assert_string_equal(strbuf_str(&types), "hello cell sample sample sample end ");
	assert_int_equal(json_integer_value(json_object_get(end, "samples")), 3);
	assert_false(json_is_true(json_object_get(end, "interrupted")));
	assert_false(fs_exists(journal));
}

static void first_metric_is_ticks_per_op(void **state)
{
	struct strbuf text __strbuf = { 0 };
	struct strv lines __strv = { 0 };
	json_t *sample __json = NULL;
	double ticks, ops, value;

	(void)state;
	need_agent();
	put_plan(HEAD CELL("1000", "1"));
	assert_int_equal(run_agent(NULL), 0);
	assert_int_equal(fs_read(records, &text, NULL), 0);
	strv_split(&lines, strbuf_str(&text), "\n");
	sample = json_parse(lines.v[2], strlen(lines.v[2]), NULL);
	ticks = json_number_value(json_object_get(sample, "ticks"));
	ops = json_number_value(json_object_get(sample, "ops"));
	value = json_number_value(json_object_get(json_object_get(sample, "values"), "per_op"));
	assert_true(ops > 999 && ops < 1001);
	assert_true(ticks > 0 && value > 0);
	assert_true(value * ops > ticks * 0.999 && value * ops < ticks * 1.001);
}

/* The I-th record of the stream, new. */
static json_t *record_at(const struct strv *lines, size_t i)
{
	json_t *rec;

	assert_true(i < lines->n);
	rec = json_parse(lines->v[i], strlen(lines->v[i]), NULL);
	assert_non_null(rec);
	return rec;
}

/* Seconds since the agent started, the settling included. */
static void samples_say_when(void **state)
{
	struct strbuf text __strbuf = { 0 };
	struct strv lines __strv = { 0 };
	double last = 0.2;

	(void)state;
	need_agent();
	put_plan("{\"v\":1,\"unit\":\"ns\",\"settle_s\":0.2,\"modules\":[]}\n" CELL("1000", "3"));
	assert_int_equal(run_agent(NULL), 0);
	assert_int_equal(fs_read(records, &text, NULL), 0);
	strv_split(&lines, strbuf_str(&text), "\n");
	for (size_t i = 2; i < 5; i++) {
		json_t *rec __json = record_at(&lines, i);
		double at = json_real_value(json_object_get(rec, "at"));

		assert_true(at >= last && at < 60);
		last = at;
	}
}

static json_int_t window_of(const struct strv *lines, size_t i)
{
	json_t *rec __json = record_at(lines, i);

	assert_true(json_is_integer(json_object_get(rec, "window")));
	assert_null(json_object_get(rec, "span_ops"));
	return json_integer_value(json_object_get(rec, "window"));
}

/* Window 1 is the proof; each cell has a warm-up, whose window is no record's. */
static void samples_have_windows(void **state)
{
	struct strbuf text __strbuf = { 0 };
	struct strv lines __strv = { 0 };
	json_t *hello __json = NULL;
	json_t *proof, *insns;

	(void)state;
	need_agent();
	put_plan(HEAD CELL("1000", "2") CELL("2000", "2"));
	assert_int_equal(run_agent(NULL), 0);
	assert_int_equal(fs_read(records, &text, NULL), 0);
	strv_split(&lines, strbuf_str(&text), "\n");
	hello = record_at(&lines, 0);
	proof = json_object_get(hello, "cost_proof");
	insns = json_object_get(proof, "insns");
	assert_int_equal(json_integer_value(json_object_get(proof, "window")), 1);
	assert_int_equal(json_array_size(insns), 2);
	assert_int_equal(json_integer_value(json_array_get(insns, 0)), 1000);
	assert_int_equal(json_integer_value(json_array_get(insns, 1)), 2000);
	/* hello, cell, two samples, cell, two samples */
	assert_int_equal(window_of(&lines, 2), 3);
	assert_int_equal(window_of(&lines, 3), 4);
	assert_int_equal(window_of(&lines, 5), 6);
	assert_int_equal(window_of(&lines, 6), 7);
}

/* A reader needs no table of cases to know what counts for which metric. */
static void metrics_name_their_span(void **state)
{
	struct strbuf text __strbuf = { 0 };
	struct strv lines __strv = { 0 };
	json_t *cell __json = NULL;
	json_t *metrics;

	(void)state;
	need_agent();
	put_plan(HEAD CELL("1000", "1"));
	assert_int_equal(run_agent(NULL), 0);
	assert_int_equal(fs_read(records, &text, NULL), 0);
	strv_split(&lines, strbuf_str(&text), "\n");
	cell = record_at(&lines, 1);
	metrics = json_object_get(cell, "metrics");
	assert_int_equal(json_array_size(metrics), 2);
	assert_true(json_is_integer(json_object_get(json_array_get(metrics, 0), "span")));
	assert_int_equal(json_integer_value(json_object_get(json_array_get(metrics, 0), "span")),
			 0);
	assert_null(json_object_get(json_array_get(metrics, 1), "span"));
}

static void bad_plans_are_usage_errors(void **state)
{
	static const struct {
		const char *text, *says;
	} bad[] = {
		{ "", "empty" },
		{ "{\"v\":2,\"unit\":\"ns\"}\n" CELL("1", "1"), "line 1: version 2" },
		{ "{\"v\":1,\"unit\":\"cycles\"}\n" CELL("1", "1"), "line 1: unit" },
		{ "{\"v\":1,\"unit\":\"ns\",\"settle_s\":-1}\n" CELL("1", "1"), "settle_s" },
		{ HEAD, "no cells" },
		{ HEAD CELL("0", "1"), "line 2: case null: ops=0" },
		{ HEAD CELL("1", "0"), "line 2: samples" },
		{ HEAD "{\"cell\":0,\"case\":\"none\",\"params\":{},\"samples\":1}",
		  "no case none" },
		{ HEAD "{\"cell\":0,\"case\":\"null\",\"params\":{},\"samples\":1}",
		  "ops: missing" },
		{ HEAD "rubbish", "line 2" },
		{ "{\"v\":1,\"unit\":\"ns\",\"symbols\":1}\n" CELL("1", "1"), "line 1: symbols" },
		{ "{\"v\":1,\"unit\":\"ns\",\"symbols\":false}\n", "no cells" },
		{ "{\"v\":1,\"unit\":\"ns\",\"symbols\":true}\n", "guest's init" },
	};

	(void)state;
	need_agent();
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct error e = { "" };

		put_plan(bad[i].text);
		assert_int_equal(run_agent(&e), -ECHILD);
		assert_contains(e.msg, "exited 129");
		assert_contains(e.msg, bad[i].says);
		assert_false(fs_exists(records));
	}
}

static void insn_is_refused_on_a_real_cpu(void **state)
{
	struct strbuf types __strbuf = { 0 };
	json_t *last __json = NULL;
	struct error e = { "" };

	(void)state;
	need_agent();
	put_plan("{\"v\":1,\"unit\":\"insn\"}\n" CELL("1", "1"));
	assert_int_equal(run_agent(&e), -ECHILD);
	assert_contains(e.msg, "exited 2");
	read_stream(&types, &last);
	assert_string_equal(strbuf_str(&types), "note ");
	assert_string_equal(json_string_value(json_object_get(last, "level")), "error");
}

/* Starts a plan of very many samples and waits until the first one is on file. */
static pid_t start_long_run(void)
{
	double limit = now_seconds() + 30;
	pid_t pid;

	put_plan(HEAD CELL("10000000", "100000"));
	pid = fork();
	if (!pid) {
		execl(agent, agent, "--plan", plan, "--records", records, "--journal", journal,
		      (char *)NULL);
		_exit(127);
	}
	while (now_seconds() < limit) {
		struct strbuf text __strbuf = { 0 };

		if (!fs_read(records, &text, NULL) && strstr(strbuf_str(&text), "\"sample\""))
			return pid;
		usleep(10000);
	}
	kill(pid, SIGKILL);
	fail_msg("no sample within 30 s");
	return -1;
}

static void interrupt_ends_the_stream(void **state)
{
	struct strbuf types __strbuf = { 0 };
	json_t *end __json = NULL;
	pid_t pid;
	int status;

	(void)state;
	need_agent();
	pid = start_long_run();
	/* however many: it puts settings back and says so */
	for (int i = 0; i < 20; i++) {
		kill(pid, i % 2 ? SIGTERM : SIGINT);
		usleep(1000);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	read_stream(&types, &end);
	assert_contains(strbuf_str(&types), "sample end ");
	assert_true(json_is_true(json_object_get(end, "interrupted")));
	assert_true(json_is_true(json_object_get(end, "restored")));
	assert_false(fs_exists(journal));
}

static void killed_agent_leaves_a_journal_that_mends(void **state)
{
	struct strbuf before __strbuf = { 0 };
	struct strbuf after __strbuf = { 0 };
	struct strv argv __strv = { 0 };
	struct spawn s = { .argv = &argv, .timeout_s = 30 };
	pid_t pid;

	(void)state;
	need_agent();
	if (geteuid() || fs_read(RT_RUNTIME, &before, NULL) ||
	    !strcmp(strbuf_str(&before), "-1\n")) {
		strbuf_release(&before); /* skip() jumps out of here */
		skip(); /* only root's agent changes a setting that no other run has changed yet */
	}
	pid = start_long_run();
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_true(fs_exists(journal));
	strv_add(&argv, agent);
	strv_add(&argv, "--recover");
	strv_add(&argv, "--journal");
	strv_add(&argv, journal);
	assert_int_equal(spawn_run(&s, NULL), 0);
	assert_int_equal(fs_read(RT_RUNTIME, &after, NULL), 0);
	assert_string_equal(strbuf_str(&after), strbuf_str(&before));
	assert_false(fs_exists(journal));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(stream_is_whole, make, clear),
		cmocka_unit_test_setup_teardown(first_metric_is_ticks_per_op, make, clear),
		cmocka_unit_test_setup_teardown(samples_say_when, make, clear),
		cmocka_unit_test_setup_teardown(samples_have_windows, make, clear),
		cmocka_unit_test_setup_teardown(metrics_name_their_span, make, clear),
		cmocka_unit_test_setup_teardown(bad_plans_are_usage_errors, make, clear),
		cmocka_unit_test_setup_teardown(insn_is_refused_on_a_real_cpu, make, clear),
		cmocka_unit_test_setup_teardown(interrupt_ends_the_stream, make, clear),
		cmocka_unit_test_setup_teardown(killed_agent_leaves_a_journal_that_mends, make,
						clear),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* runner/replay and runner/stream: recorded streams, whole, cut and broken. */
#include "tests/unit/record_sink.h"

#define STREAM TEST_DATA_DIR "/streams/qemu-7.3.jsonl"

static const struct kernel kernel = { .name = "replayed" };
static const struct runner runner;

static int replay(struct record_sink *s, const char *path)
{
	struct error e = { "" };

	return run_replay(&runner, path, &kernel, 3, &s->sink, &e);
}

/* Replays TEXT, which must be accepted as a boot of state WANT with WHY in its reason. */
static void replay_text(const char *text, size_t len, enum boot_state want, const char *why)
{
	char *dir = scratch_make();
	char *path __free = xasprintf("%s/stream", dir);
	struct record_sink s;

	sink_init(&s);
	assert_int_equal(fs_write(path, text, len, NULL), 0);
	assert_int_equal(replay(&s, path), 0);
	assert_int_equal(s.ended, 1);
	if (s.state[0] != want)
		fail_msg("%s: %s", boot_state_name(s.state[0]), s.why[0]);
	assert_contains(s.why[0], why);
	strbuf_release(&s.log);
	scratch_remove(dir);
}

static void load(struct strbuf *sb)
{
	struct error e = { "" };

	if (fs_read(STREAM, sb, &e))
		fail_msg("%s", e.msg);
}

static void whole_stream_arrives_byte_for_byte(void **state)
{
	struct strbuf want __strbuf = { 0 };
	struct record_sink s;

	(void)state;
	sink_init(&s);
	strbuf_addstr(&want, "begin replayed on replay, block 3, number 3\n");
	load(&want);
	strbuf_addstr(&want, "end ok: \n");
	assert_int_equal(replay(&s, STREAM), 0);
	assert_string_equal(strbuf_str(&s.log), strbuf_str(&want));
	strbuf_release(&s.log);
}

/* Wherever a stream is cut, it is lost, and no record more than there is arrives. */
static void every_cut_is_lost(void **state)
{
	struct strbuf sb __strbuf = { 0 };

	(void)state;
	load(&sb);
	replay_text("", 0, BOOT_LOST, "no end record");
	for (size_t i = 0; i < sb.len - 1; i += 97) {
		bool at_line = i == 0 || sb.buf[i - 1] == '\n';

		replay_text(sb.buf, i, BOOT_LOST, at_line ? "no end record" : "cut off after");
	}
	replay_text(sb.buf, sb.len - 1, BOOT_LOST, "cut off after");
	replay_text(sb.buf, sb.len, BOOT_OK, "");
}

/* A warm-up is recorded only when it was refused; the end record does not count it. */
static void refused_warm_up_is_no_sample(void **state)
{
	static const char warm_up[] =
		"{\"t\":\"sample\",\"cell\":0,\"n\":-1,\"state\":\"refused\",\"why\":\"moved\","
		"\"warmup\":true,\"values\":{},\"evidence\":{}}\n";
	struct strbuf sb __strbuf = { 0 };
	struct strbuf with __strbuf = { 0 };
	const char *sample;

	(void)state;
	load(&sb);
	sample = strstr(sb.buf, "{\"t\":\"sample\"");
	assert_non_null(sample);
	strbuf_add(&with, sb.buf, (size_t)(sample - sb.buf));
	strbuf_addstr(&with, warm_up);
	strbuf_addstr(&with, sample);
	replay_text(with.buf, with.len, BOOT_OK, "");
}

static void recorded_panic_is_lost(void **state)
{
	struct record_sink s;

	(void)state;
	sink_init(&s);
	assert_int_equal(replay(&s, TEST_DATA_DIR "/streams/qemu-7.3-panic.jsonl"), 0);
	assert_int_equal(s.state[0], BOOT_LOST);
	assert_int_equal(s.records, 3);
	strbuf_release(&s.log);
}

#define HELLO                                                                                      \
	"{\"t\":\"hello\",\"v\":1,\"agent\":\"1\",\"kernel\":\"x\",\"unit\":\"ns\",\"facts\":{}}"  \
	"\n"
#define CELL(n) "{\"t\":\"cell\",\"cell\":" #n ",\"case\":\"c\",\"params\":{},\"metrics\":[]}\n"
#define SAMPLE(c)                                                                                  \
	"{\"t\":\"sample\",\"cell\":" #c                                                           \
	",\"n\":0,\"state\":\"ok\",\"values\":{},\"evidence\":{}}\n"
#define END(n)	"{\"t\":\"end\",\"cells\":1,\"samples\":" #n "}\n"
#define STOPPED "{\"t\":\"end\",\"cells\":1,\"samples\":0,\"interrupted\":true}\n"
#define TROUBLE "{\"t\":\"note\",\"level\":\"error\",\"text\":\"no memory\"}\n"

static void broken_streams(void **state)
{
	static const struct {
		const char *text;
		enum boot_state state;
		const char *why;
	} cases[] = {
		{ HELLO CELL(0) SAMPLE(0) END(1), BOOT_OK, "" },
		{ HELLO CELL(0) STOPPED, BOOT_INTERRUPTED, "" },
		{ HELLO CELL(0) SAMPLE(0) END(2), BOOT_LOST, "speaks of 2 samples, 1 came" },
		{ CELL(0) HELLO END(0), BOOT_LOST, "record 1: comes before hello" },
		{ HELLO HELLO END(0), BOOT_LOST, "record 2: a second hello" },
		{ HELLO CELL(0) SAMPLE(1) END(1), BOOT_LOST, "cell 1 among those of cell 0" },
		{ HELLO SAMPLE(0) END(1), BOOT_LOST, "cell 0 among those of cell -1" },
		{ HELLO CELL(0) END(0) CELL(1), BOOT_LOST, "record 4: comes after the end" },
		{ HELLO "garbage\n" END(0), BOOT_LOST, "record 2: " },
		{ HELLO "\n" END(0), BOOT_LOST, "record 2: " },
		{ HELLO "{\"t\":\"weather\"}\n" END(0), BOOT_LOST, "known type" },
		{ TROUBLE, BOOT_LOST, "no memory" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		replay_text(cases[i].text, strlen(cases[i].text), cases[i].state, cases[i].why);
}

static void nul_bytes_are_broken_not_read_past(void **state)
{
	static const char text[] = HELLO "{\"t\":\"no\0te\"}\n";

	(void)state;
	replay_text(text, sizeof(text) - 1, BOOT_LOST, "record 2: ");
}

static void endless_line_is_broken(void **state)
{
	size_t len = 5u << 20;
	char *text __free = xcalloc(1, len);

	(void)state;
	memset(text, 'x', len);
	replay_text(text, len, BOOT_LOST, "longer than");
}

static void sink_error_ends_it(void **state)
{
	struct record_sink s;
	struct error e = { "" };

	(void)state;
	sink_init(&s);
	s.fail_at = 4;
	assert_int_equal(run_replay(&runner, STREAM, &kernel, 0, &s.sink, &e), -ENOSPC);
	assert_contains(e.msg, "no room for record 4");
	assert_int_equal(s.records, 4);
	assert_int_equal(s.ended, 1);
	assert_int_equal(s.state[0], BOOT_LOST);
	strbuf_release(&s.log);
}

static void missing_file_begins_nothing(void **state)
{
	struct record_sink s;

	(void)state;
	sink_init(&s);
	assert_int_equal(replay(&s, "/no/such/stream"), -ENOENT);
	assert_int_equal(s.begun, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole_stream_arrives_byte_for_byte),
		cmocka_unit_test(every_cut_is_lost),
		cmocka_unit_test(refused_warm_up_is_no_sample),
		cmocka_unit_test(recorded_panic_is_lost),
		cmocka_unit_test(broken_streams),
		cmocka_unit_test(nul_bytes_are_broken_not_read_past),
		cmocka_unit_test(endless_line_is_broken),
		cmocka_unit_test(sink_error_ends_it),
		cmocka_unit_test(missing_file_begins_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* lib/record: each type, each field that readers rely on, hostile lines. */
#include <errno.h>

#include "lib/cleanup.h"
#include "lib/record.h"
#include "tests/unit/unit.h"

static const struct {
	const char *line;
	enum record_type type;
	int cell;
} good[] = {
	{ "{\"t\":\"hello\",\"v\":1,\"agent\":\"0.1\",\"kernel\":\"7.3\",\"unit\":\"insn\","
	  "\"facts\":{}}",
	  RECORD_HELLO, -1 },
	{ "{\"t\":\"cell\",\"cell\":3,\"case\":\"cow\",\"params\":{},\"metrics\":[{\"name\":\"per_"
	  "page\","
	  "\"unit\":\"insn\",\"better\":\"lower\"}]}",
	  RECORD_CELL, 3 },
	{ "{\"t\":\"sample\",\"cell\":3,\"n\":0,\"state\":\"ok\",\"values\":{},\"evidence\":{}}",
	  RECORD_SAMPLE, 3 },
	{ "{\"t\":\"skip\",\"cell\":4,\"why\":\"no 8K folios\"}", RECORD_SKIP, 4 },
	{ "{\"t\":\"note\",\"text\":\"settling\"}", RECORD_NOTE, -1 },
	{ "{\"t\":\"end\",\"cells\":2,\"samples\":6}", RECORD_END, -1 },
};

static int parse(const char *line, struct record *rec, struct error *e)
{
	return record_parse(line, strlen(line), rec, e);
}

static void parses_every_type(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		struct error e = { "" };
		struct record rec;

		if (parse(good[i].line, &rec, &e))
			fail_msg("%s: %s", good[i].line, e.msg);
		assert_int_equal(rec.type, good[i].type);
		assert_int_equal(rec.cell, good[i].cell);
		record_release(&rec);
	}
}

/* Each field but "t" in turn removed, then given a wrong type. */
static void every_field_is_checked(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		json_t *whole __json = json_parse(good[i].line, strlen(good[i].line), NULL);
		const char *key;
		json_t *value;

		json_object_foreach(whole, key, value) {
			json_t *copy __json = json_copy(whole);
			char *without __free = NULL, *wrong __free = NULL;
			struct record rec;
			struct error e = { "" };

			if (!strcmp(key, "t"))
				continue;
			json_object_set_new(copy, key, json_null());
			wrong = json_line(copy);
			json_object_del(copy, key);
			without = json_line(copy);
			assert_int_equal(parse(wrong, &rec, &e), -EPROTO);
			assert_contains(e.msg, key);
			assert_null(rec.json);
			assert_int_equal(parse(without, &rec, &e), -EPROTO);
			assert_contains(e.msg, key);
		}
	}
}

static void more_fields_are_fine(void **state)
{
	struct record rec;

	(void)state;
	assert_int_equal(parse("{\"t\":\"end\",\"cells\":0,\"samples\":0,\"new\":[1]}", &rec, NULL),
			 0);
	record_release(&rec);
}

static void refuses(void **state)
{
	static const struct {
		const char *line, *says;
	} bad[] = {
		{ "", "not JSON" },
		{ "{}", "known type" },
		{ "[]", "known type" },
		{ "{\"t\":7}", "known type" },
		{ "{\"t\":\"goodbye\"}", "known type" },
		{ "{\"t\":\"hello\",\"v\":2,\"agent\":\"\",\"kernel\":\"\",\"unit\":\"ns\","
		  "\"facts\":{}}",
		  "version 2" },
		{ "{\"t\":\"cell\",\"cell\":0,\"case\":\"x\",\"params\":{},\"metrics\":[{}]}",
		  "metric 0" },
		{ "{\"t\":\"cell\",\"cell\":0,\"case\":\"x\",\"params\":{},\"metrics\":[{\"name\":"
		  "\"n\","
		  "\"unit\":\"u\",\"better\":\"faster\"}]}",
		  "better" },
		{ "{\"t\":\"end\",\"cells\":1,", "not JSON" }, /* cut off */
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct error e = { "" };
		struct record rec;

		assert_int_equal(parse(bad[i].line, &rec, &e), -EPROTO);
		assert_contains(e.msg, bad[i].says);
		assert_null(rec.json);
		record_release(&rec); /* harmless */
	}
}

/* Neither a text of a record nor what is said of a bad line can steer a terminal. */
static void control_characters_end_here(void **state)
{
	static const char line[] =
		"{\"t\":\"skip\",\"cell\":1,\"why\":\"\\u001b["
		"31mred\\u0007\\b\\n\\u007f\x7f\\u009b2J"
		"\xc2\x9b\\u00e9\\\"\\\\u001b\",\"params\":{\"a\\u001b\":[\"\\u001b\",1.5,null]}}";
	struct error e = { "" };
	struct record rec;
	char *text __free = NULL;

	(void)state;
	assert_int_equal(parse(line, &rec, &e), 0);
	text = json_line(rec.json);
	assert_string_equal(text, "{\"t\":\"skip\",\"cell\":1,\"why\":\"?[31mred?? ????2J??\xc3\xa9"
				  "\\\"\\\\u001b\",\"params\":{\"a?\":[\"?\",1.5,null]}}");
	record_release(&rec);
	assert_int_equal(parse("{\"t\":\"note\",\"text\":\"\x1b[2J\"}", &rec, &e), -EPROTO);
	assert_null(strchr(e.msg, '\x1b'));
	assert_int_equal(parse("\x1b[2J", &rec, &e), -EPROTO);
	assert_null(strchr(e.msg, '\x1b'));
	assert_int_equal(parse("{\"t\":\"\x7f\"}", &rec, &e), -EPROTO);
	assert_null(strchr(e.msg, '\x7f'));
}

static void better_names(void **state)
{
	enum better b = BETTER_NEITHER;

	(void)state;
	for (int i = BETTER_LOWER; i <= BETTER_NEITHER; i++) {
		assert_int_equal(better_parse(better_name((enum better)i), &b), 0);
		assert_int_equal(b, i);
	}
	assert_int_equal(better_parse("Lower", &b), -EINVAL);
	assert_int_equal(better_parse(NULL, &b), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parses_every_type),
		cmocka_unit_test(every_field_is_checked),
		cmocka_unit_test(more_fields_are_fine),
		cmocka_unit_test(refuses),
		cmocka_unit_test(better_names),
		cmocka_unit_test(control_characters_end_here),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

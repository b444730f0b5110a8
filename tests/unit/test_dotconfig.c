// SPDX-License-Identifier: GPL-2.0-or-later
/* lib/dotconfig: what a .config says, what two of them differ in, what is a whole one. */
#include <errno.h>

#include "lib/cleanup.h"
#include "lib/dotconfig.h"
#include "lib/strbuf.h"
#include "tests/unit/unit.h"

static const char text[] = "# a comment\n"
			   "CONFIG_B=y\r\n"
			   "# CONFIG_OFF is not set\n"
			   "CONFIG_STR=\"a = \\\"b\\\" # c\"\n"
			   "CONFIG_A=n\n"
			   "CONFIG_NUM=0x10 \n"
			   "# CONFIG_WORDS is not set here\n"
			   "CONFIG_BARE\n"
			   "OTHER=y\n"
			   "CONFIG_A=m";

static void says_what_is_there(void **state)
{
	struct dotconfig c __cleanup(dotconfig_release) = { 0 };

	(void)state;
	dotconfig_parse(text, &c);
	assert_int_equal(c.n, 5);
	assert_string_equal(c.v[0].symbol, "CONFIG_A");
	assert_string_equal(dotconfig_get(&c, "CONFIG_A"), "m"); /* the last line counts */
	assert_string_equal(dotconfig_get(&c, "CONFIG_B"), "y");
	assert_string_equal(dotconfig_get(&c, "CONFIG_OFF"), "n");
	assert_string_equal(dotconfig_get(&c, "CONFIG_STR"), "\"a = \\\"b\\\" # c\"");
	assert_string_equal(dotconfig_get(&c, "CONFIG_NUM"), "0x10");
	assert_null(dotconfig_get(&c, "CONFIG_WORDS"));
	assert_null(dotconfig_get(&c, "CONFIG_BARE"));
	assert_null(dotconfig_get(&c, "CONFIG"));
}

static void nothing_is_nothing(void **state)
{
	struct dotconfig c __cleanup(dotconfig_release) = { 0 };

	(void)state;
	dotconfig_parse("", &c);
	assert_int_equal(c.n, 0);
	assert_null(dotconfig_get(&c, "CONFIG_A"));
	dotconfig_parse("#\n\n# \nCONFIG_\n", &c);
	assert_int_equal(c.n, 0);
}

static void diff_of(const char *a, const char *b, struct dotconfig_diff *d)
{
	struct dotconfig x __cleanup(dotconfig_release) = { 0 };
	struct dotconfig y __cleanup(dotconfig_release) = { 0 };

	dotconfig_parse(a, &x);
	dotconfig_parse(b, &y);
	dotconfig_diff(&x, &y, d);
}

static void diff_is_sorted_and_whole(void **state)
{
	struct dotconfig_diff d __cleanup(dotconfig_diff_release) = { 0 };

	(void)state;
	diff_of("CONFIG_Z=y\nCONFIG_SAME=64\n# CONFIG_OFF is not set\nCONFIG_M=m\nCONFIG_A1=y\n",
		"CONFIG_SAME=64\nCONFIG_M=y\nCONFIG_A=\"x\"\nCONFIG_A1=y\n", &d);
	assert_int_equal(d.n, 3);
	assert_string_equal(d.v[0].symbol, "CONFIG_A");
	assert_string_equal(d.v[0].a, "n");
	assert_string_equal(d.v[0].b, "\"x\"");
	assert_string_equal(d.v[1].symbol, "CONFIG_M");
	assert_string_equal(d.v[1].a, "m");
	assert_string_equal(d.v[1].b, "y");
	assert_string_equal(d.v[2].symbol, "CONFIG_Z");
	assert_string_equal(d.v[2].a, "y");
	assert_string_equal(d.v[2].b, "n");
}

static void off_is_as_absent(void **state)
{
	struct dotconfig_diff d __cleanup(dotconfig_diff_release) = { 0 };

	(void)state;
	diff_of("# CONFIG_A is not set\nCONFIG_B=n\n", "", &d);
	assert_int_equal(d.n, 0);
}

static void knows_a_whole_one(void **state)
{
	static const char header[] = "#\n# Automatically generated file; DO NOT EDIT.\n"
				     "# Linux/x86 7.3.4 Kernel Configuration\n#\nCONFIG_A=y\n";
	struct strbuf many __strbuf = { 0 };

	(void)state;
	assert_true(dotconfig_is_whole(header));
	assert_false(dotconfig_is_whole("# not "
					"generated\nCONFIG_A=y\n"));
	/* words in a value or far down are no header */
	assert_false(dotconfig_is_whole("CONFIG_A=\"Automatically generated file\"\n"));
	for (int i = 0; i < DOTCONFIG_WHOLE; i++) {
		assert_false(dotconfig_is_whole(strbuf_str(&many)));
		strbuf_addf(&many, "CONFIG_S%d=y\n", i);
	}
	assert_true(dotconfig_is_whole(strbuf_str(&many)));
}

static void ranks(void **state)
{
	(void)state;
	assert_true(dotconfig_is_tool("CONFIG_CC_VERSION_TEXT"));
	assert_true(dotconfig_is_tool("CONFIG_AS_HAS_NON_CONST_ULEB128"));
	assert_true(dotconfig_is_tool("CONFIG_GCC_VERSION"));
	assert_false(dotconfig_is_tool("CONFIG_GCC_PLUGINS"));
	assert_false(dotconfig_is_tool("CONFIG_CC_OPTIMIZE_FOR_SIZE"));
	assert_false(dotconfig_is_tool("CONFIG_ASYNC_IO"));
	assert_int_equal(dotconfig_rank("CONFIG_TRANSPARENT_HUGEPAGE"), 0);
	assert_int_equal(dotconfig_rank("CONFIG_DEBUG_VM"), 0);
	assert_int_equal(dotconfig_rank("CONFIG_USB"), 1);
	assert_int_equal(dotconfig_rank("CONFIG_LOCALVERSION"), 2);
}

static void takes_what_people_type(void **state)
{
	static const struct {
		const char *text, *symbol, *value;
	} rows[] = {
		{ "CONFIG_DEBUG_VM=y", "CONFIG_DEBUG_VM", "y" },
		{ "CONFIG_DEBUG_VM=n", "CONFIG_DEBUG_VM", "n" },
		{ "CONFIG_NR_CPUS=8", "CONFIG_NR_CPUS", "8" },
		{ "CONFIG_X=-1", "CONFIG_X", "-1" },
		{ "CONFIG_BASE=0x1000", "CONFIG_BASE", "0x1000" },
		{ "CONFIG_4xx=y", "CONFIG_4xx", "y" },
		{ "CONFIG_S=\"a b\"", "CONFIG_S", "\"a b\"" },
		{ "CONFIG_S=\"\"", "CONFIG_S", "\"\"" },
		{ "CONFIG_S=lz4", "CONFIG_S", "\"lz4\"" }, /* the shell took the quotes */
		{ "CONFIG_S=a=b\"c", "CONFIG_S", "\"a=b\\\"c\"" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct dotconfig_line l = { 0 };
		struct error e = { "" };

		if (dotconfig_assignment(rows[i].text, &l, &e))
			fail_msg("%s: %s", rows[i].text, e.msg);
		assert_string_equal(l.symbol, rows[i].symbol);
		assert_string_equal(l.value, rows[i].value);
		dotconfig_line_release(&l);
	}
}

static void says_what_would_be_right(void **state)
{
	static const struct {
		const char *text, *says;
	} rows[] = {
		{ "CONFIG_DEBUG_VM", "wants a value: +CONFIG_DEBUG_VM=y" },
		{ "CONFIG_DEBUG_VM=", "wants a value: +CONFIG_DEBUG_VM=y" },
		{ "CONFIG_DEBUG-VM=y", "'-' is in no symbol" },
		{ "CONFIG_DEBUG_VM y", "' ' is in no symbol" },
		{ "CONFIG_=y", "wants +CONFIG_X=y" },
		{ "DEBUG_VM=y", "wants +CONFIG_X=y" },
		{ "config_debug_vm=y", "wants +CONFIG_X=y" },
		{ "CONFIG_debug_vm=y", "in capitals" },
		{ "CONFIG_DEBUG_VM=m", "modules are not built" },
		{ "CONFIG_DEBUG_VM=yes", "switched with =y" },
		{ "CONFIG_DEBUG_VM=off", "switched with =n" },
		{ "CONFIG_DEBUG_VM=Y", "switched with =y" },
		{ "CONFIG_S=\"a", "a quote without its end" },
		{ "CONFIG_S=\"", "a quote without its end" },
		{ "CONFIG_A=x\nCONFIG_B=y", "one line" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct dotconfig_line l = { 0 };
		struct error e = { "" };

		assert_int_equal(dotconfig_assignment(rows[i].text, &l, &e), -EINVAL);
		assert_contains(e.msg, rows[i].says);
		assert_null(strchr(e.msg, '\n'));
	}
}

static void names_the_tools(void **state)
{
	static const struct {
		const char *text, *compiler, *linker;
	} rows[] = {
		{ "CONFIG_CC_VERSION_TEXT=\"gcc-14 (Debian 14.2.0-19) 14.2.0\"\n"
		  "CONFIG_LD_VERSION=24400\nCONFIG_LLD_VERSION=0\n",
		  "gcc-14 (Debian 14.2.0-19) 14.2.0", "ld 2.44" },
		{ "CONFIG_CC_VERSION_TEXT=\"clang version 16.0.6\"\nCONFIG_LD_VERSION=0\n"
		  "CONFIG_LLD_VERSION=160006\n",
		  "clang version 16.0.6", "lld 16.0.6" },
		{ "CONFIG_CC_VERSION_TEXT=\"\n", "", "" },
		{ "", "", "" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct dotconfig c __cleanup(dotconfig_release) = { 0 };
		char *compiler __free = NULL;
		char *linker __free = NULL;

		dotconfig_parse(rows[i].text, &c);
		compiler = dotconfig_compiler(&c);
		linker = dotconfig_linker(&c);
		assert_string_equal(compiler, rows[i].compiler);
		assert_string_equal(linker, rows[i].linker);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(says_what_is_there),
		cmocka_unit_test(nothing_is_nothing),
		cmocka_unit_test(diff_is_sorted_and_whole),
		cmocka_unit_test(off_is_as_absent),
		cmocka_unit_test(knows_a_whole_one),
		cmocka_unit_test(ranks),
		cmocka_unit_test(names_the_tools),
		cmocka_unit_test(takes_what_people_type),
		cmocka_unit_test(says_what_would_be_right),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

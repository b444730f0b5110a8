// SPDX-License-Identifier: GPL-2.0-or-later
/* Fragments: how they merge, and that what a kernel does not hold is all listed. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "lib/cleanup.h"
#include "runner/config.h"

static const char fragment[] = "# words\n"
			       "CONFIG_A=y\n"
			       "CONFIG_B=n\n"
			       "# CONFIG_C is not set\n"
			       "CONFIG_NUM=64\n"
			       "CONFIG_NEW=y # optional\n";

static struct config_wants wants_of(const char *text)
{
	struct config_wants cw = { 0 };
	struct error e = { 0 };

	if (config_wants_add(&cw, text, "frag", &e) < 0)
		fail_msg("%s", e.msg);
	return cw;
}

static void holds(void **state)
{
	struct config_wants cw __cleanup(config_wants_release) = wants_of(fragment);

	(void)state;
	assert_int_equal(
		config_check(&cw, "CONFIG_A=y\n# CONFIG_B is not set\nCONFIG_NUM=64\n", NULL), 0);
	assert_int_equal(config_check(&cw, "CONFIG_A=y\nCONFIG_NUM=64\nCONFIG_NEW=y\n", NULL), 0);
}

static void lists_every_mismatch(void **state)
{
	struct config_wants cw __cleanup(config_wants_release) = wants_of(fragment);
	struct error e = { 0 };

	(void)state;
	/* A absent, B on, C on, NUM other, NEW there but off; AB must not pass for A */
	assert_int_equal(config_check(&cw,
				      "CONFIG_AB=y\nCONFIG_B=y\nCONFIG_C=m\nCONFIG_NUM=6\n"
				      "# CONFIG_NEW is not set\n",
				      &e),
			 -ENOTSUP);
	assert_non_null(strstr(e.msg, "does not hold 5 "));
	assert_non_null(strstr(e.msg, "CONFIG_A wanted y, got nothing"));
	assert_non_null(strstr(e.msg, "CONFIG_B wanted n, got y"));
	assert_non_null(strstr(e.msg, "CONFIG_C wanted n, got m"));
	assert_non_null(strstr(e.msg, "CONFIG_NUM wanted 64, got 6"));
	assert_non_null(strstr(e.msg, "CONFIG_NEW wanted y, got n"));
}

static void later_line_holds(void **state)
{
	struct config_wants cw __cleanup(config_wants_release) =
		wants_of("CONFIG_A=y\nCONFIG_B=y\nCONFIG_A=n\n");
	struct strbuf out __strbuf = { 0 };

	(void)state;
	config_wants_format(&cw, &out);
	assert_string_equal(strbuf_str(&out), "CONFIG_B=y\n# CONFIG_A is not set\n");
}

static void bad_lines(void **state)
{
	static const char *const rows[] = { "CONFIG_A y", "A=y", "CONFIG_A=", "CONFIG_A=y # why",
					    "CONFIG_=y" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char *text __free = xasprintf("# fine\n%s\n", rows[i]);
		struct config_wants cw __cleanup(config_wants_release) = { 0 };
		struct error e = { 0 };

		assert_int_equal(config_wants_add(&cw, text, "frag", &e), -EINVAL);
		assert_non_null(strstr(e.msg, "frag:2: "));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(holds),
		cmocka_unit_test(lists_every_mismatch),
		cmocka_unit_test(later_line_holds),
		cmocka_unit_test(bad_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

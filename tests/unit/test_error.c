// SPDX-License-Identifier: GPL-2.0-or-later
/* lib/error: codes, context in front, messages longer than the buffer. */
#include <errno.h>

#include "lib/error.h"
#include "tests/unit/unit.h"

static void set_returns_negative_errno(void **state)
{
	struct error e;

	(void)state;
	assert_int_equal(error_set(&e, EINVAL, "folio=%s", "3K"), -EINVAL);
	assert_string_equal(e.msg, "folio=3K");
}

static void sys_appends_strerror(void **state)
{
	struct error e;

	(void)state;
	assert_int_equal(error_sys(&e, ENOENT, "%s", "/x"), -ENOENT);
	assert_string_equal(e.msg, "/x: No such file or directory");
}

static void prefix_keeps_code_and_message(void **state)
{
	struct error e;
	int rc = error_set(&e, ENOSPC, "full");

	(void)state;
	assert_int_equal(error_prefix(&e, rc, "boot %d", 3), -ENOSPC);
	assert_int_equal(error_prefix(&e, rc, "ab"), -ENOSPC);
	assert_string_equal(e.msg, "ab: boot 3: full");
}

/* Nothing failed: E may never have been written to. */
static void prefix_of_success_leaves_the_message(void **state)
{
	struct error e;

	(void)state;
	memset(&e, 0x5a, sizeof(e));
	assert_int_equal(error_prefix(&e, 0, "gnuplot"), 0);
	assert_int_equal(e.msg[0], 0x5a);
}

static void no_struct_is_fine(void **state)
{
	(void)state;
	assert_int_equal(error_set(NULL, EIO, "x"), -EIO);
	assert_int_equal(error_sys(NULL, EIO, "x"), -EIO);
	assert_int_equal(error_prefix(NULL, -EIO, "x"), -EIO);
}

static void long_messages_are_cut(void **state)
{
	char text[3 * sizeof(struct error)];
	struct error e;

	(void)state;
	memset(text, 'a', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	error_set(&e, EIO, "%s", text);
	assert_int_equal(strlen(e.msg), sizeof(e.msg) - 1);
	error_prefix(&e, -EIO, "%s", text);
	assert_int_equal(strlen(e.msg), sizeof(e.msg) - 1);
	error_sys(&e, EIO, "%s", text);
	assert_int_equal(strlen(e.msg), sizeof(e.msg) - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(set_returns_negative_errno),
		cmocka_unit_test(sys_appends_strerror),
		cmocka_unit_test(prefix_keeps_code_and_message),
		cmocka_unit_test(prefix_of_success_leaves_the_message),
		cmocka_unit_test(no_struct_is_fine),
		cmocka_unit_test(long_messages_are_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* lib/units: what parses, what does not, and that printing inverts parsing. */
#include <errno.h>

#include "lib/cleanup.h"
#include "lib/units.h"
#include "tests/unit/unit.h"

static void sizes(void **state)
{
	static const struct {
		const char *text;
		uint64_t bytes;
	} good[] = {
		{ "0", 0 },
		{ "4097", 4097 },
		{ "4K", 4096 },
		{ "4k", 4096 },
		{ "2M", 2 << 20 },
		{ "50G", 50ULL << 30 },
		{ "55T", 55ULL << 40 },
		{ "16777215T", 16777215ULL << 40 },
		{ "18446744073709551615", UINT64_MAX },
	};
	uint64_t bytes;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		assert_int_equal(parse_size(good[i].text, &bytes), 0);
		assert_true(bytes == good[i].bytes);
	}
}

static void bad_sizes(void **state)
{
	static const char *const invalid[] = { "",    "K",   "-1", "+1",   " 4K",
					       "4K ", "4KB", "4X", "0x10", "1.5M" };
	uint64_t bytes;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(invalid); i++) {
		if (parse_size(invalid[i], &bytes) != -EINVAL)
			fail_msg("'%s' was not refused", invalid[i]);
	}
	assert_int_equal(parse_size("16777216T", &bytes), -ERANGE);
	assert_int_equal(parse_size("18446744073709551616", &bytes), -ERANGE);
}

static void uints(void **state)
{
	static const char *const invalid[] = { "", "-1", "+1", "1K", " 1", "1 ", "1.0", "one" };
	uint64_t v;

	(void)state;
	assert_int_equal(parse_uint("18446744073709551615", &v), 0);
	assert_true(v == UINT64_MAX);
	assert_int_equal(parse_uint("18446744073709551616", &v), -ERANGE);
	for (size_t i = 0; i < ARRAY_SIZE(invalid); i++) {
		if (parse_uint(invalid[i], &v) != -EINVAL)
			fail_msg("'%s' was not refused", invalid[i]);
	}
}

static void printed_sizes_parse_back(void **state)
{
	static const uint64_t values[] = {
		0, 1, 1023, 1024, 1025, 1536 * 1024, 2 << 20, 1ULL << 40, 1ULL << 50, UINT64_MAX
	};
	char buf[24];
	uint64_t back;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
		assert_int_equal(parse_size(format_size(buf, sizeof(buf), values[i]), &back), 0);
		assert_true(back == values[i]);
	}
	assert_string_equal(format_size(buf, sizeof(buf), 65536), "64K");
	assert_string_equal(format_size(buf, sizeof(buf), 1536 * 1024), "1536K");
	assert_string_equal(format_size(buf, sizeof(buf), 4097), "4097");
	assert_string_equal(format_size(buf, sizeof(buf), 1ULL << 50), "1024T");
}

static void shares(void **state)
{
	static const struct {
		const char *text;
		double share;
	} good[] = { { "1%", 0.01 }, { "0.5%", 0.005 }, { ".5%", 0.005 }, { "2.%", 0.02 },
		     { "100%", 1 },  { "0%", 0 },	{ "0.1%", 0.001 } };
	static const char *const invalid[] = { "",     "%",   "1",    "0.01", "-1%",
					       "+1%",  "1 %", " 1%",  "1%%",  "1.2.3%",
					       "1,5%", ".%",  "1e1%", "nan%", "0x1%" };
	double v;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		assert_int_equal(parse_share(good[i].text, &v), 0);
		assert_true(v == good[i].share);
	}
	for (size_t i = 0; i < ARRAY_SIZE(invalid); i++) {
		if (parse_share(invalid[i], &v) != -EINVAL)
			fail_msg("'%s' was not refused", invalid[i]);
	}
}

static void seconds(void **state)
{
	char buf[24];

	(void)state;
	assert_string_equal(format_seconds(buf, sizeof(buf), 0), "0s");
	assert_string_equal(format_seconds(buf, sizeof(buf), 8.4), "8s");
	assert_string_equal(format_seconds(buf, sizeof(buf), 59.6), "1m00s");
	assert_string_equal(format_seconds(buf, sizeof(buf), 204), "3m24s");
	assert_string_equal(format_seconds(buf, sizeof(buf), 3900), "1h05m");
	assert_string_equal(format_seconds(buf, sizeof(buf), -1), "?");
}

static void clock_goes_forward(void **state)
{
	double a = now_seconds(), b = now_seconds();

	(void)state;
	assert_true(b >= a);
	assert_true(b - a < 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sizes),
		cmocka_unit_test(bad_sizes),
		cmocka_unit_test(uints),
		cmocka_unit_test(printed_sizes_parse_back),
		cmocka_unit_test(shares),
		cmocka_unit_test(seconds),
		cmocka_unit_test(clock_goes_forward),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

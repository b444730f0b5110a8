// SPDX-License-Identifier: GPL-2.0-or-later
/* The swap header that finds left-over devices again, and reading /proc/swaps. */
#include <string.h>

#include "bench/swap.h"
#include "tests/unit/unit.h"

#define PAGE 4096

static void header_names_its_owner(void **state)
{
	unsigned char page[PAGE];
	uint32_t version, last;

	(void)state;
	memset(page, 0xff, sizeof(page));
	swap_header(page, PAGE, 64 << 20, 4194303);
	memcpy(&version, page + 1024, sizeof(version));
	memcpy(&last, page + 1028, sizeof(last));
	assert_int_equal(version, 1);
	assert_int_equal(last, (64 << 20) / PAGE - 1);
	assert_memory_equal(page + PAGE - 10, "SWAPSPACE2", 10);
	assert_int_equal(page[0], 0);
	assert_int_equal(swap_header_owner(page, PAGE), 4194303);
}

static void foreign_areas_are_not_ours(void **state)
{
	unsigned char page[PAGE] = { 0 };

	(void)state;
	assert_int_equal(swap_header_owner(page, PAGE), 0);
	/* a swap area with another name */
	swap_header(page, PAGE, 64 << 20, 17);
	page[1024 + 28] = 'F';
	assert_int_equal(swap_header_owner(page, PAGE), 0);
	/* our header, but no swap area any more */
	swap_header(page, PAGE, 64 << 20, 17);
	page[PAGE - 1] = 'X';
	assert_int_equal(swap_header_owner(page, PAGE), 0);
}

static void only_a_living_agent_owns(void **state)
{
	(void)state;
	assert_true(swap_owner_lives("17 (foliobench-agen) S 1 17"));
	assert_true(swap_owner_lives("17 (foliobench) R 1 17"));
	assert_false(swap_owner_lives("17 (foliobench-agen) Z 1 17"));
	/* the number went to somebody else */
	assert_false(swap_owner_lives("17 (bash) S 1 17"));
	assert_false(swap_owner_lives("17 (a) (foliobench) S 1 17"));
	assert_false(swap_owner_lives(""));
}

static void used_bytes_are_those_of_the_device(void **state)
{
	static const char text[] =
		"Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n"
		"/dev/zram1                              partition\t589820\t\t8"
		"\t\t-2\n"
		"/dev/zram12                             partition\t589820\t\t4096"
		"\t\t32767\n"
		"/swap file                              file\t\t100\t\t0\t\t-3\n";

	(void)state;
	assert_int_equal(swap_used_parse(text, "/dev/zram1"), 8 << 10);
	assert_int_equal(swap_used_parse(text, "/dev/zram12"), 4096 << 10);
	assert_int_equal(swap_used_parse(text, "/dev/zram"), -1);
	assert_int_equal(swap_used_parse(text, "/dev/zram2"), -1);
	assert_int_equal(swap_used_parse("", "/dev/zram1"), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(header_names_its_owner),
		cmocka_unit_test(foreign_areas_are_not_ours),
		cmocka_unit_test(only_a_living_agent_owns),
		cmocka_unit_test(used_bytes_are_those_of_the_device),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

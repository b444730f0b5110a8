// SPDX-License-Identifier: GPL-2.0-or-later
/* Counting pages of page tables, and what maps says of an address space. */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bench/tables.h"
#include "tests/unit/unit.h"

#define K ((uint64_t)1 << 10)
#define M ((uint64_t)1 << 20)
#define G ((uint64_t)1 << 30)

static struct tables_count x86(void)
{
	return (struct tables_count){ .bits = 9, .levels = 3, .shift = 12 };
}

static void one_page_takes_one_of_each_level(void **state)
{
	struct tables_count c = x86();

	(void)state;
	tables_count(&c, 0, 4 * K);
	assert_int_equal(c.tables, 3);
	/* all that the same tables reach */
	tables_count(&c, 8 * K, 2 * M);
	assert_int_equal(c.tables, 3);
	/* another PTE table, then another PMD table with one, then all three */
	tables_count(&c, 2 * M, 2 * M + 4 * K);
	assert_int_equal(c.tables, 4);
	tables_count(&c, 5 * G, 5 * G + 4 * K);
	assert_int_equal(c.tables, 6);
	tables_count(&c, 1024 * G, 1024 * G + 4 * K);
	assert_int_equal(c.tables, 9);
}

static void a_range_takes_all_that_it_touches(void **state)
{
	struct tables_count c = x86();

	(void)state;
	/* 2 pages, in two PTE tables */
	tables_count(&c, 2 * M - 4 * K, 2 * M + 4 * K);
	assert_int_equal(c.tables, 4);
	/* begins in a table that is counted; ends on a border */
	tables_count(&c, 2 * M + 8 * K, 8 * M);
	assert_int_equal(c.tables, 6);
	/* across a border of 1 GiB: a PTE table on either side */
	c = x86();
	tables_count(&c, G - 4 * K, G + 4 * K);
	assert_int_equal(c.tables, 2 + 2 + 1);
}

static void folded_levels_are_not_counted(void **state)
{
	struct tables_count c = { .bits = 9, .levels = 2, .shift = 12 };

	(void)state;
	tables_count(&c, 0, 4 * K);
	assert_int_equal(c.tables, 2);
}

static void maps_are_summed_without_the_kernels(void **state)
{
	static const char text[] =
		"00400000-00401000 r--p 00000000 00:01 7    /memfd:churn (deleted)\n"
		"00401000-00481000 r-xp 00001000 00:01 7    /memfd:churn (deleted)\n"
		"7ffffffde000-7ffffffff000 rw-p 00000000 00:00 0   [stack]\n"
		"ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0   [vsyscall]\n";
	uint64_t start, end, virt;

	(void)state;
	assert_true(tables_parse_maps(text, &start, &end, &virt));
	assert_int_equal(start, 0x400000);
	assert_int_equal(end, 0x7ffffffff000);
	assert_int_equal(virt, 0x81000 + 0x21000);
	assert_false(tables_parse_maps("", &start, &end, &virt));
}

/* Of this process: what was there, and one table more that leads to something. */
static void a_touched_page_is_found(void **state)
{
	size_t len = 64 * M;
	char *at = mmap(NULL, len, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	char *middle = at + len / 2;
	struct tables before, after;
	struct error e;
	int rc;

	(void)state;
	assert_ptr_not_equal(at, MAP_FAILED);
	rc = tables_look(getpid(), &before, &e);
	if (rc == -ENOTTY || rc == -EINVAL)
		skip(); /* a kernel before 6.7 */
	assert_int_equal(rc, 0);
	assert_true(before.in_use <= before.total);
	assert_true(before.virt >= len);
	*(volatile char *)middle = 1;
	assert_int_equal(tables_look(getpid(), &after, &e), 0);
	assert_true(after.in_use > before.in_use);
	assert_true(after.total > before.total);
	assert_true(after.present > before.present);
	assert_int_equal(munmap(at, len), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_page_takes_one_of_each_level),
		cmocka_unit_test(a_range_takes_all_that_it_touches),
		cmocka_unit_test(folded_levels_are_not_counted),
		cmocka_unit_test(maps_are_summed_without_the_kernels),
		cmocka_unit_test(a_touched_page_is_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

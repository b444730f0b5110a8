// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * runner/cost/inline: this program's own debug information names functions of this file, those
 * that are inlined, twice over too; what has none is refused with what to do.
 */
#define _GNU_SOURCE /* dl_iterate_phdr */
#include <errno.h>
#include <link.h>

#include "runner/cost/inline.h"
#include "tests/unit/unit.h"

/* Labels in what is inlined: addresses to ask for. */
extern const char inline_deep[], inline_flat[], inline_between[], inline_two[];

static int counter;

#define LABEL(name) asm volatile(".globl " #name "\n" #name ":\n\tnop" ::: "memory")

static inline __attribute__((always_inline)) void deep(void)
{
	counter += 7;
	LABEL(inline_deep);
	counter *= 3;
}

static inline __attribute__((always_inline)) void between(void)
{
	deep();
	LABEL(inline_between);
	counter++;
}

static __attribute__((noinline)) void outer_one(void)
{
	between();
	LABEL(inline_flat);
}

static __attribute__((noinline)) void outer_two(void)
{
	counter--;
	LABEL(inline_two);
}

static int first_object(struct dl_phdr_info *info, size_t size, void *data)
{
	(void)size;
	*(uintptr_t *)data = info->dlpi_addr;
	return 1;
}

/* Addresses as the file has them, not where it was loaded. */
static uint64_t in_file(const void *p)
{
	uintptr_t base = 0;

	dl_iterate_phdr(first_object, &base);
	return (uintptr_t)p - base;
}

static void names_what_is_inlined(void **state)
{
	struct inline_map *m = NULL;
	struct error e;

	(void)state;
	outer_one();
	outer_two();
	assert_int_equal(inline_open("/proc/self/exe", &m, &e), 0);
	assert_string_equal(inline_name(m, in_file(inline_deep)), "deep [in outer_one]");
	assert_string_equal(inline_name(m, in_file(inline_between)), "between [in outer_one]");
	assert_string_equal(inline_name(m, in_file(inline_flat)), "outer_one");
	assert_string_equal(inline_name(m, in_file(inline_two)), "outer_two");
	assert_null(inline_name(m, 0));
	assert_null(inline_name(m, UINT64_MAX));
	inline_close(m);
}

static void each_side_has_its_own(void **state)
{
	struct inline_pair pair = { 0 };
	struct error e;

	(void)state;
	assert_int_equal(inline_open("/proc/self/exe", &pair.patched, &e), 0);
	assert_null(inline_pair_name(&pair, false, in_file(inline_flat)));
	assert_string_equal(inline_pair_name(&pair, true, in_file(inline_flat)), "outer_one");
	inline_close(pair.patched);
}

static void says_how_to_get_debug_information(void **state)
{
	char *dir = scratch_make();
	char *path = xasprintf("%s/text", dir);
	struct inline_map *m = NULL;
	struct error e;

	(void)state;
	assert_int_equal(fs_write(path, "no ELF", 6, &e), 0);
	assert_int_equal(inline_open(path, &m, &e), -EINVAL);
	assert_contains(e.msg, "+debug-info");
	assert_null(m);
	free(path);
	path = xasprintf("%s/none", dir);
	assert_int_equal(inline_open(path, &m, &e), -ENOENT);
	free(path);
	scratch_remove(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_what_is_inlined),
		cmocka_unit_test(each_side_has_its_own),
		cmocka_unit_test(says_how_to_get_debug_information),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

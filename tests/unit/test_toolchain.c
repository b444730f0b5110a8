// SPDX-License-Identifier: GPL-2.0-or-later
/* Compilers: their names, versions as they print them, and what is said where one is missing. */
#include <errno.h>
#include <sys/stat.h>

#include "lib/cleanup.h"
#include "runner/toolchain.h"
#include "tests/unit/unit.h"

static void versions_are_read(void **state)
{
	static const char *const lines[][2] = {
		{ "gcc (Debian 12.2.0-14+deb12u1) 12.2.0", "12.2.0" },
		{ "aarch64-linux-gnu-gcc (GCC) 14.1.1 20240620", "14.1.1" },
		{ "Debian clang version 14.0.6", "14.0.6" },
		{ "clang version 19.1.7 (++20250114103320+cd708029e0b2-1~exp1)", "19.1.7" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		char *version __free = toolchain_version(lines[i][0]);

		assert_string_equal(version, lines[i][1]);
	}
	assert_null(toolchain_version("no compiler at all"));
}

static void versions_are_numbers(void **state)
{
	(void)state;
	assert_true(toolchain_version_cmp("9.0", "14.0.6") < 0);
	assert_true(toolchain_version_cmp("14.0.6", "14.0.10") < 0);
	assert_true(toolchain_version_cmp("17.0.1", "17") > 0);
	assert_int_equal(toolchain_version_cmp("17.0.0", "17"), 0);
	assert_true(toolchain_version_cmp("19.1", "17.0.1") > 0);
}

static void names_that_are_none(void **state)
{
	static const char *const names[] = { "icc", "gcc-", "clang-x", "clang19", "gcc-12-x", "" };
	const struct arch *a = arch_find("x86_64", NULL);
	struct runner r = { 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		struct toolchain t;
		struct error e = { 0 };

		assert_int_equal(toolchain_find(&r, names[i], a, &t, &e), -EINVAL);
		assert_contains(e.msg, "gcc");
		assert_contains(e.msg, "clang");
	}
}

/* A program DIR/NAME that prints LINE. */
static void fake(const char *dir, const char *name, const char *line)
{
	char *path __free = xasprintf("%s/%s", dir, name);
	char *text __free = xasprintf("#!/bin/sh\necho '%s'\n", line);

	assert_int_equal(fs_write(path, text, strlen(text), NULL), 0);
	assert_int_equal(chmod(path, 0755), 0);
}

static void missing_parts_are_named(void **state)
{
	char *dir = scratch_make();
	char *path __free = xstrdup(getenv("PATH"));
	const struct arch *a = arch_find("x86_64", NULL);
	struct runner r = { 0 };
	struct toolchain t;
	struct error e = { 0 };

	(void)state;
	fake(dir, "clang-91", "clang version 91.0.1");
	setenv("PATH", dir, 1);
	assert_int_equal(toolchain_find(&r, "clang-91", a, &t, &e), -ENOENT);
	setenv("PATH", path, 1);
	assert_contains(e.msg, "ld.lld-91");
	assert_contains(e.msg, "apt install lld-91 llvm-91");
	setenv("PATH", dir, 1);
	assert_int_equal(toolchain_find(&r, "gcc-91", a, &t, &e), -ENOENT);
	setenv("PATH", path, 1);
	assert_contains(e.msg, "gcc-91");
	scratch_remove(dir);
}

static void old_compilers_are_refused(void **state)
{
	char *dir = scratch_make();
	char *scripts __free = xasprintf("%s/scripts", dir);
	char *min __free = xasprintf("%s/min-tool-version.sh", scripts);
	const char *script = "[ \"$1\" = gcc ] && echo $WANTS\n";
	const struct arch *a = arch_find("x86_64", NULL);
	struct runner r = { 0 };
	struct toolchain t = { .name = "gcc",
			       .compiler = "gcc (Debian 12.2.0-14+deb12u1) 12.2.0",
			       .suffix = "" };
	struct error e = { 0 };

	(void)state;
	assert_int_equal(toolchain_check(&r, &t, a, dir, &e), 0);
	assert_int_equal(fs_mkdirs(scripts, NULL), 0);
	assert_int_equal(fs_write(min, script, strlen(script), NULL), 0);
	setenv("WANTS", "8.1.0", 1);
	assert_int_equal(toolchain_check(&r, &t, a, dir, &e), 0);
	setenv("WANTS", "512.0.1", 1);
	assert_int_equal(toolchain_check(&r, &t, a, dir, &e), -ENOTSUP);
	assert_contains(e.msg, "12.2.0");
	assert_contains(e.msg, "512.0.1");
	assert_contains(e.msg, "--cc gcc-512");
	scratch_remove(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(versions_are_read),
		cmocka_unit_test(versions_are_numbers),
		cmocka_unit_test(names_that_are_none),
		cmocka_unit_test(missing_parts_are_named),
		cmocka_unit_test(old_compilers_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

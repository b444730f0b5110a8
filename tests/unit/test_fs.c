// SPDX-License-Identifier: GPL-2.0-or-later
/* lib/fs: all or nothing on writes, /proc reads, trees with traps in them. */
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/cleanup.h"
#include "tests/unit/unit.h"

static char *in_dir(const char *dir, const char *name)
{
	return xasprintf("%s/%s", dir, name);
}

static void write_then_read(void **state)
{
	char *dir = scratch_make();
	char *path __free = in_dir(dir, "f");
	struct strbuf sb __strbuf = { 0 };

	(void)state;
	assert_int_equal(fs_write(path, "a\0b", 3, NULL), 0);
	assert_int_equal(fs_write(path, "xyz", 3, NULL), 0);
	assert_int_equal(fs_read(path, &sb, NULL), 0);
	assert_string_equal(strbuf_str(&sb), "xyz");
	assert_int_equal(fs_read(path, &sb, NULL), 0); /* appends */
	assert_string_equal(strbuf_str(&sb), "xyzxyz");
	scratch_remove(dir);
}

static void failed_write_leaves_nothing(void **state)
{
	char *dir = scratch_make();
	char *target __free = in_dir(dir, "folder");
	char *child __free = in_dir(dir, "folder/child");
	struct error e;

	(void)state;
	assert_int_equal(fs_mkdirs(child, NULL), 0);
	/* a folder cannot be replaced by a file: rename fails after the write */
	assert_true(fs_write(target, "x", 1, &e) < 0);
	assert_contains(e.msg, "folder");
	assert_int_equal(rmdir(child), 0);
	assert_int_equal(rmdir(target), 0);
	assert_int_equal(rmdir(dir), 0); /* so no temporary file is left */
	free(dir);
}

static void reads_proc(void **state)
{
	struct strbuf sb __strbuf = { 0 };

	(void)state;
	assert_int_equal(fs_read("/proc/self/status", &sb, NULL), 0);
	assert_contains(strbuf_str(&sb), "VmPTE");
}

static void errors_name_the_path(void **state)
{
	struct strbuf sb __strbuf = { 0 };
	struct error e;

	(void)state;
	assert_int_equal(fs_read("/no/such/file", &sb, &e), -ENOENT);
	assert_string_equal(e.msg, "/no/such/file: No such file or directory");
	assert_int_equal(fs_read("/", &sb, &e), -EISDIR);
	assert_int_equal(fs_write("/no/such/file", "", 0, &e), -ENOENT);
	assert_int_equal(fs_mkdirs("/proc/no/such", &e), -ENOENT);
}

static void poke_does_not_create(void **state)
{
	char *dir = scratch_make();
	char *path __free = in_dir(dir, "f");
	struct strbuf sb __strbuf = { 0 };

	(void)state;
	assert_int_equal(fs_poke(path, "1", NULL), -ENOENT);
	assert_false(fs_exists(path));
	assert_int_equal(fs_write(path, "0", 1, NULL), 0);
	assert_int_equal(fs_poke(path, "1", NULL), 0);
	assert_int_equal(fs_read(path, &sb, NULL), 0);
	assert_string_equal(strbuf_str(&sb), "1");
	scratch_remove(dir);
}

static void mkdirs_is_idempotent(void **state)
{
	char *dir = scratch_make();
	char *deep __free = in_dir(dir, "a/b c/d");

	(void)state;
	assert_int_equal(fs_mkdirs(deep, NULL), 0);
	assert_int_equal(fs_mkdirs(deep, NULL), 0);
	assert_true(fs_exists(deep));
	scratch_remove(dir);
}

static void remove_does_not_follow_links(void **state)
{
	char *dir = scratch_make();
	char *keep __free = in_dir(dir, "keep");
	char *file __free = in_dir(dir, "keep/file");
	char *tree __free = in_dir(dir, "tree");
	char *link __free = in_dir(dir, "tree/link");

	(void)state;
	assert_int_equal(fs_mkdirs(keep, NULL), 0);
	assert_int_equal(fs_mkdirs(tree, NULL), 0);
	assert_int_equal(fs_write(file, "x", 1, NULL), 0);
	assert_int_equal(symlink(keep, link), 0);
	assert_int_equal(fs_remove_tree(tree, NULL), 0);
	assert_false(fs_exists(tree));
	assert_true(fs_exists(file));
	assert_int_equal(fs_remove_tree(tree, NULL), 0); /* missing is fine */
	scratch_remove(dir);
}

static void free_bytes(void **state)
{
	(void)state;
	assert_true(fs_free_bytes("/") > 0);
	assert_true(fs_free_bytes("/no/such/path") == UINT64_MAX);
}

static void trim(void **state)
{
	char a[] = "madvise \n\n", b[] = " \t\n", c[] = "  x";

	(void)state;
	assert_string_equal(str_trim(a), "madvise");
	assert_string_equal(str_trim(b), "");
	assert_string_equal(str_trim(c), "  x"); /* only at the end */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(write_then_read),
		cmocka_unit_test(failed_write_leaves_nothing),
		cmocka_unit_test(reads_proc),
		cmocka_unit_test(errors_name_the_path),
		cmocka_unit_test(poke_does_not_create),
		cmocka_unit_test(mkdirs_is_idempotent),
		cmocka_unit_test(remove_does_not_follow_links),
		cmocka_unit_test(free_bytes),
		cmocka_unit_test(trim),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

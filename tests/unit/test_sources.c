// SPDX-License-Identifier: GPL-2.0-or-later
/* Small decisions about sources on this machine; what git does with them is in tests/cli. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/cleanup.h"
#include "runner/git.h"
#include "runner/gitignore.h"
#include "runner/image_file.h"
#include "runner/source.h"
#include "tests/unit/unit.h"

static char *scratch;

static int make_scratch(void **state)
{
	(void)state;
	scratch = scratch_make();
	return 0;
}

static int remove_scratch(void **state)
{
	(void)state;
	scratch_remove(scratch);
	return 0;
}

/* A path in the scratch folder; the caller frees. */
static char *in_scratch(const char *name)
{
	return xasprintf("%s/%s", scratch, name);
}

static void put(const char *name, const char *text)
{
	char *path __free = in_scratch(name);

	assert_int_equal(fs_write(path, text, strlen(text), NULL), 0);
}

static void splits_at_the_longest_folder(void **state)
{
	static const struct {
		const char *text, *path, *rev;
	} rows[] = {
		{ "linux", "linux", NULL },
		{ "linux/", "linux/", NULL },
		{ "linux@v6.14", "linux", "v6.14" },
		{ "linux@origin/master@{1}", "linux", "origin/master@{1}" },
		{ "linux@{2}", "linux", "@{2}" },
		{ "linux@", "linux", "" },
		{ "a@b", "a@b", NULL },
		{ "a@b@c@{yesterday}", "a@b", "c@{yesterday}" },
		{ "a b,c@x", "a b,c", "x" },
	};
	static const char *const folders[] = { "linux", "a@b", "a b,c" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(folders); i++) {
		char *path __free = in_scratch(folders[i]);

		assert_int_equal(fs_mkdirs(path, NULL), 0);
	}
	assert_int_equal(chdir(scratch), 0);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char *path __free = NULL, *rev __free = NULL;
		struct error e = { 0 };

		if (git_split(rows[i].text, &path, &rev, &e))
			fail_msg("%s: %s", rows[i].text, e.msg);
		assert_string_equal(path, rows[i].path);
		assert_true(!rev == !rows[i].rev);
		if (rev)
			assert_string_equal(rev, rows[i].rev);
	}
}

static void no_folder_is_said(void **state)
{
	char *path = NULL, *rev = NULL;
	struct error e = { 0 };

	(void)state;
	assert_int_equal(git_split("nosuch@v6.14", &path, &rev, &e), -EINVAL);
	assert_string_equal(e.msg, "no folder 'nosuch'");
	assert_int_equal(git_split("ssh://host/linux@v6.14", &path, &rev, &e), -EINVAL);
	assert_contains(e.msg, "git clone it first");
	assert_null(path);
	assert_null(rev);
}

static void home_folders(void **state)
{
	char *mine __free = NULL, *root __free = NULL, *other __free = NULL, *nobody __free = NULL;

	(void)state;
	setenv("HOME", "/home/me", 1);
	mine = source_expand_home("~/linux@v6");
	root = source_expand_home("~root");
	other = source_expand_home("./~");
	nobody = source_expand_home("~no-such-user/x");
	assert_string_equal(mine, "/home/me/linux@v6");
	assert_string_equal(root, "/root");
	assert_string_equal(other, "./~");
	assert_string_equal(nobody, "~no-such-user/x");
}

static void relative_to_a_recipe(void **state)
{
	static const char *const rows[][3] = {
		{ "git:../linux@v6", "k", "git:k/../linux@v6" },
		{ "git:/linux@v6", "k", "git:/linux@v6" },
		{ "dir:~/linux", "k", "dir:~/linux" },
		{ "dir:linux", ".", "dir:linux" },
		{ "tarball:a.tar", "/k/l", "tarball:/k/l/a.tar" },
		{ "image:Image", "k", "image:k/Image" },
		{ "debian:7.3", "k", "debian:7.3" },
		{ "running", "k", "running" },
		{ "svn:x", "k", "svn:x" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char *got __free = source_relative_to(rows[i][0], rows[i][1]);

		assert_string_equal(got, rows[i][2]);
	}
}

static void versions_of_makefiles(void **state)
{
	static const char *const rows[][2] = {
		{ "# x\nVERSION = 6\nPATCHLEVEL = 14\nSUBLEVEL = 0\nEXTRAVERSION = -rc3\n",
		  "6.14.0-rc3" },
		{ "VERSION = 7\nPATCHLEVEL = 3\nSUBLEVEL = 4\nEXTRAVERSION =\n", "7.3.4" },
		{ "VERSION=6\nPATCHLEVEL=1", "6.1" },
		{ "VERSION = 1\nPATCHLEVEL = 36\nSUBLEVEL = 1\n", NULL },  /* busybox */
		{ "VERSION = 2024\nPATCHLEVEL = 01\nSUBLEVEL =\n", NULL }, /* U-Boot */
		{ "VERSION = 6\n", NULL },
		{ "MY_VERSION = 6\nPATCHLEVEL = 3\n", NULL },
		{ "", NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char *got __free = source_makefile_version(rows[i][0]);

		assert_true(!got == !rows[i][1]);
		if (got)
			assert_string_equal(got, rows[i][1]);
	}
}

static void a_files_hash_is_remembered_until_it_changes(void **state)
{
	struct runner r = { .cache_dir = scratch };
	const struct timespec old[2] = { { .tv_sec = 1000 }, { .tv_sec = 1000 } };
	char *path __free = in_scratch("some.tar");
	char first[HASH_TEXT], again[HASH_TEXT];
	struct error e;

	(void)state;
	put("some.tar", "one");
	assert_int_equal(utimensat(AT_FDCWD, path, old, 0), 0);
	assert_int_equal(source_hash_file(&r, path, first, &e), 0);
	assert_int_equal(source_hash_file(&r, path, again, &e), 0);
	assert_string_equal(first, again);
	/* another file by that name, of the same length and age */
	put("some.tar", "two");
	assert_int_equal(utimensat(AT_FDCWD, path, old, 0), 0);
	assert_int_equal(source_hash_file(&r, path, again, &e), 0);
	assert_string_not_equal(first, again);
	hash_buf("two", 3, first);
	assert_string_equal(first, again);
}

static void rules_of_folders_that_leave_out_everything(void **state)
{
	struct runner r = { .cache_dir = scratch };
	char *folder __free = in_scratch("swallow");
	char *out __free = in_scratch("rules");
	struct strbuf text __strbuf = { 0 };
	struct error e = { 0 };

	(void)state;
	setenv("HOME", scratch, 1);
	unsetenv("XDG_CONFIG_HOME");
	put("swallow-not", "");
	char *mm __free = in_scratch("swallow/mm");
	assert_int_equal(fs_mkdirs(mm, NULL), 0);
	put("swallow/.gitignore", "# all\n*.o\n/*\n!/debian/\n");
	put("swallow/mm/.gitignore", "/made.h\nalso.h\nsub/*.c\n!keep.o\n# no\n");
	assert_true(gitignore_swallows(folder));
	assert_false(gitignore_swallows(mm));
	if (gitignore_write(&r, folder, NULL, out, &e))
		fail_msg("%s", e.msg);
	assert_int_equal(fs_read(out, &text, NULL), 0);
	assert_string_equal(text.buf, "*.o\n!/debian/\n/mm/made.h\n/mm/**/also.h\n/mm/sub/*.c\n"
				      "!/mm/**/keep.o\n");
}

static void what_lies_beside_an_image(void **state)
{
	static const char config[] = "#\n# Automatically generated file; DO NOT EDIT.\n"
				     "# Linux/x86 6.14.0-rc3 Kernel Configuration\n#\nCONFIG_X=y\n";
	static const char *const rows[][3] = {
		/* the image, the configuration that belongs to it, its release */
		{ "boot/vmlinuz-6.14.0-rc3", "boot/config-6.14.0-rc3", "6.14.0-rc3" },
		{ "boot/vmlinuz-6.14.0-test", "boot/config-6.14.0-rc3", "6.14.0-rc3" },
		{ "boot/vmlinuz-6.1", NULL, "6.1.0" }, /* that of another version */
		{ "tree/arch/x86/boot/bzImage", "tree/.config", "6.14.0-rc3+" },
		{ "tree/vmlinux", "tree/.config", "6.14.0-rc3+" },
		{ "alone/vmlinux", NULL, "6.14.0-rc3+" },
	};
	static const char *const folders[] = { "boot", "tree/arch/x86/boot", "alone" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(folders); i++) {
		char *path __free = in_scratch(folders[i]);

		assert_int_equal(fs_mkdirs(path, NULL), 0);
	}
	put("boot/config-6.14.0-rc3", config);
	put("boot/config-6.1", config);
	put("tree/.config", config);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char *path __free = in_scratch(rows[i][0]);
		char *want __free = rows[i][1] ? in_scratch(rows[i][1]) : NULL;
		char *got __free = image_file_config(path, rows[i][2]);

		assert_true(!got == !want);
		if (got)
			assert_string_equal(got, want);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(splits_at_the_longest_folder),
		cmocka_unit_test(no_folder_is_said),
		cmocka_unit_test(home_folders),
		cmocka_unit_test(relative_to_a_recipe),
		cmocka_unit_test(versions_of_makefiles),
		cmocka_unit_test(a_files_hash_is_remembered_until_it_changes),
		cmocka_unit_test(rules_of_folders_that_leave_out_everything),
		cmocka_unit_test(what_lies_beside_an_image),
	};

	return cmocka_run_group_tests(tests, make_scratch, remove_scratch);
}

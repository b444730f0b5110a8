// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Patches on a tree of hard links: the shared file never changes, the patched
 * one is newer, and one that does not apply says which hunk of which file.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/cleanup.h"
#include "lib/fs.h"
#include "runner/patch.h"

static char top[] = "/tmp/fb-patch-XXXXXX";
static struct runner runner;

static const char original[] = "1\n2\n3\n4\n5\n6\n7\n8\n";
static const char good[] =
	"Words.\n\n--- a/mm/x.c\n+++ b/mm/x.c\n@@ -2,3 +2,3 @@\n 2\n-3\n+three\n 4\n";
static const char bad[] = "--- a/mm/x.c\n+++ b/mm/x.c\n@@ -2,3 +2,3 @@\n 2\n-3\n+three\n 4\n"
			  "@@ -6,3 +6,3 @@\n six\n-7\n+seven\n 8\n";

static char *put(const char *name, const char *text)
{
	char *path = xasprintf("%s/%s", top, name);

	assert_int_equal(fs_write(path, text, strlen(text), NULL), 0);
	return path;
}

/* shared/mm/x.c, and tree/mm/x.c as a second link to it, both an hour old. */
static int make_trees(void **state)
{
	static const char *const dirs[] = { "shared/mm", "tree/mm", "logs" };
	const struct timespec old[2] = { { time(NULL) - 3600, 0 }, { time(NULL) - 3600, 0 } };
	char *shared = NULL, *link_path = NULL, *logs;

	(void)state;
	strcpy(top + strlen(top) - 6, "XXXXXX");
	if (!mkdtemp(top))
		return -1;
	for (size_t i = 0; i < ARRAY_SIZE(dirs); i++) {
		char *path __free = xasprintf("%s/%s", top, dirs[i]);

		fs_mkdirs(path, NULL);
	}
	shared = put("shared/mm/x.c", original);
	link_path = xasprintf("%s/tree/mm/x.c", top);
	logs = xasprintf("%s/logs", top);
	runner = (struct runner){ .log_dir = logs };
	utimensat(AT_FDCWD, shared, old, 0);
	if (link(shared, link_path) < 0)
		return -1;
	free(shared);
	free(link_path);
	return 0;
}

static int remove_trees(void **state)
{
	(void)state;
	free((char *)runner.log_dir);
	return fs_remove_tree(top, NULL);
}

static int apply(const char *tree, const char *path, struct error *e)
{
	struct strv words __strv = { 0 };
	struct patch_series s = { 0 };
	int rc;

	strv_add(&words, path);
	rc = patch_series_load(&runner, &words, &s, e);
	if (!rc)
		rc = patch_apply(&runner, tree, &s.p[0], e);
	patch_series_release(&s);
	return rc;
}

static void assert_file(const char *name, const char *want)
{
	char *path __free = xasprintf("%s/%s", top, name);
	struct strbuf text __strbuf = { 0 };

	assert_int_equal(fs_read(path, &text, NULL), 0);
	assert_string_equal(strbuf_str(&text), want);
}

static void applies_and_leaves_the_shared_file(void **state)
{
	char *patch __free = put("good.patch", good);
	char *tree __free = xasprintf("%s/tree", top);
	char *file __free = xasprintf("%s/tree/mm/x.c", top);
	struct error e = { 0 };
	struct stat st;

	(void)state;
	if (apply(tree, patch, &e) < 0)
		fail_msg("%s", e.msg);
	assert_file("tree/mm/x.c", "1\n2\nthree\n4\n5\n6\n7\n8\n");
	assert_file("shared/mm/x.c", original);
	assert_int_equal(stat(file, &st), 0);
	assert_true(st.st_mtime > time(NULL) - 60); /* newer than any object of before */
}

static void names_the_hunk(void **state)
{
	char *patch __free = put("bad.patch", bad);
	char *tree __free = xasprintf("%s/tree", top);
	char *reject __free = xasprintf("%s/logs/bad.patch.x.c.rej", top);
	struct strbuf text __strbuf = { 0 };
	struct error e = { 0 };

	(void)state;
	assert_int_equal(apply(tree, patch, &e), -EBADMSG);
	assert_non_null(strstr(e.msg, "bad.patch does not apply: hunk 2 of mm/x.c"));
	assert_non_null(strstr(e.msg, reject));
	assert_int_equal(fs_read(reject, &text, NULL), 0);
	assert_non_null(strstr(strbuf_str(&text), "+seven"));
	assert_file("shared/mm/x.c", original);
}

static void other_failures(void **state)
{
	char *missing __free = put("m.patch", "--- a/no.c\n+++ b/no.c\n@@ -1 +1 @@\n-a\n+b\n");
	char *empty __free = put("e.patch", "no patch here\n");
	char *tree __free = xasprintf("%s/tree", top);
	struct error e = { 0 };

	(void)state;
	assert_int_equal(apply(tree, missing, &e), -EBADMSG);
	assert_non_null(strstr(e.msg, "can't find file"));
	assert_int_equal(apply(tree, empty, &e), -EINVAL);
	assert_non_null(strstr(e.msg, "no patch in it"));
}

static void lists_files(void **state)
{
	struct strv files __strv = { 0 };

	(void)state;
	patch_files("--- a/mm/x.c\t2026\n+++ b/mm/x.c\n--- /dev/null\n+++ b/new/y.h\n"
		    "--- a/../../etc/passwd\n+++ b/../../etc/passwd\n",
		    &files);
	assert_int_equal(files.n, 2);
	assert_string_equal(files.v[0], "mm/x.c");
	assert_string_equal(files.v[1], "new/y.h");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(applies_and_leaves_the_shared_file, make_trees,
						remove_trees),
		cmocka_unit_test_setup_teardown(names_the_hunk, make_trees, remove_trees),
		cmocka_unit_test_setup_teardown(other_failures, make_trees, remove_trees),
		cmocka_unit_test(lists_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

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

static void assert_absent(const char *name)
{
	char *path __free = xasprintf("%s/%s", top, name);

	assert_false(fs_exists(path));
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

static void names_the_hunk_and_keeps_the_state(void **state)
{
	char *patch __free = put("bad.patch", bad);
	char *tree __free = xasprintf("%s/tree", top);
	char *kept __free = xasprintf("%s/logs/failed-bad.patch/mm/x.c.rej", top);
	struct strbuf text __strbuf = { 0 };
	struct error e = { 0 };

	(void)state;
	assert_int_equal(apply(tree, patch, &e), -EBADMSG);
	assert_non_null(
		strstr(e.msg, "bad.patch does not apply: hunk 2 of mm/x.c fails at line 6"));
	assert_non_null(strstr(e.msg, kept));
	assert_int_equal(fs_read(kept, &text, NULL), 0);
	assert_non_null(strstr(strbuf_str(&text), "+seven"));
	assert_file("logs/failed-bad.patch/mm/x.c", "1\n2\nthree\n4\n5\n6\n7\n8\n");
	assert_file("logs/failed-bad.patch/mm/x.c.orig", original);
	assert_true(fs_exists(kept));
	/* all or nothing: neither the hunk that applies is there, nor the reject */
	assert_file("tree/mm/x.c", original);
	assert_file("shared/mm/x.c", original);
	assert_absent("tree/mm/x.c.rej");
	assert_absent("tree/mm/x.c.orig");
}

static void names_the_patch_of_a_series(void **state)
{
	char *one __free = put("1-good.patch", good);
	char *two __free = put("2-bad.patch", bad);
	char *tree __free = xasprintf("%s/tree", top);
	struct patch_series s = { 0 };
	struct strv words __strv = { 0 };
	struct error e = { 0 };

	(void)state;
	strv_add(&words, one);
	strv_add(&words, two);
	assert_int_equal(patch_series_load(&runner, &words, &s, &e), 0);
	assert_int_equal(s.n, 2);
	assert_int_equal(patch_apply(&runner, tree, &s.p[0], &e), 0);
	assert_int_equal(patch_apply(&runner, tree, &s.p[1], &e), -EBADMSG);
	assert_non_null(strstr(e.msg, "patch 2 of 2 ("));
	assert_non_null(strstr(e.msg, "2-bad.patch) does not apply: hunk 1 of mm/x.c"));
	assert_non_null(strstr(e.msg, "(and 1 more)"));
	assert_non_null(strstr(e.msg, "the 1 before it applies"));
	/* as the patches before it have left it */
	assert_file("tree/mm/x.c", "1\n2\nthree\n4\n5\n6\n7\n8\n");
	assert_file("logs/failed-2-bad.patch/mm/x.c.orig", "1\n2\nthree\n4\n5\n6\n7\n8\n");
	patch_series_release(&s);
}

static void sees_what_is_there_already(void **state)
{
	char *patch __free = put("twice.patch", good);
	char *tree __free = xasprintf("%s/tree", top);
	struct error e = { 0 };

	(void)state;
	assert_int_equal(apply(tree, patch, &e), 0);
	assert_int_equal(apply(tree, patch, &e), -EBADMSG);
	assert_non_null(strstr(e.msg, "it is in this source already"));
	assert_file("tree/mm/x.c", "1\n2\nthree\n4\n5\n6\n7\n8\n");
}

static void says_how_far_a_hunk_has_moved(void **state)
{
	char *patch __free = put("moved.patch", "--- a/mm/x.c\n+++ b/mm/x.c\n"
						"@@ -4,3 +4,3 @@\n 2\n-3\n+three\n 4\n");
	char *tree __free = xasprintf("%s/tree", top);
	char *log __free = xasprintf("%s/logs/patch.log", top);
	struct strbuf text __strbuf = { 0 };
	struct error e = { 0 };

	(void)state;
	assert_int_equal(apply(tree, patch, &e), 0);
	assert_file("tree/mm/x.c", "1\n2\nthree\n4\n5\n6\n7\n8\n");
	assert_int_equal(fs_read(log, &text, NULL), 0);
	assert_non_null(strstr(strbuf_str(&text), "== 1 of 1: moved.patch"));
	assert_non_null(strstr(strbuf_str(&text), "(offset -2 lines)"));
}

/* Context that differs is no context: patch(1) would take it with fuzz. */
static void no_fuzz(void **state)
{
	char *patch __free = put("fuzz.patch", "--- a/mm/x.c\n+++ b/mm/x.c\n"
					       "@@ -2,4 +2,4 @@\n 2\n-3\n+three\n 4\n five\n");
	char *tree __free = xasprintf("%s/tree", top);
	struct error e = { 0 };

	(void)state;
	assert_int_equal(apply(tree, patch, &e), -EBADMSG);
	assert_file("tree/mm/x.c", original);
}

static void files_come_go_and_move(void **state)
{
	char *patch __free =
		put("files.patch",
		    "diff --git a/mm/x.c b/mm/y.c\nsimilarity index 90%\nrename from mm/x.c\n"
		    "rename to mm/y.c\n--- a/mm/x.c\n+++ b/mm/y.c\n@@ -1,2 +1,2 @@\n-1\n+one\n 2\n"
		    "diff --git a/new/n.h b/new/n.h\nnew file mode 100755\n--- /dev/null\n"
		    "+++ b/new/n.h\n@@ -0,0 +1 @@\n+n\n");
	char *back __free = put("back.patch",
				"diff --git a/new/n.h b/new/n.h\ndeleted file mode 100755\n"
				"--- a/new/n.h\n+++ /dev/null\n@@ -1 +0,0 @@\n-n\n"
				"diff --git a/mm/y.c b/mm/y.c\nold mode 100644\nnew mode 100755\n");
	char *tree __free = xasprintf("%s/tree", top);
	char *program __free = xasprintf("%s/tree/new/n.h", top);
	char *moved __free = xasprintf("%s/tree/mm/y.c", top);
	struct error e = { 0 };

	(void)state;
	if (apply(tree, patch, &e) < 0)
		fail_msg("%s", e.msg);
	assert_file("tree/mm/y.c", "one\n2\n3\n4\n5\n6\n7\n8\n");
	assert_absent("tree/mm/x.c");
	assert_file("tree/new/n.h", "n\n");
	assert_int_equal(access(program, X_OK), 0);
	if (apply(tree, back, &e) < 0)
		fail_msg("%s", e.msg);
	assert_absent("tree/new/n.h");
	assert_int_equal(access(moved, X_OK), 0);
	assert_file("shared/mm/x.c", original);
}

static void other_failures(void **state)
{
	char *missing __free = put("m.patch", "--- a/no.c\n+++ b/no.c\n@@ -1 +1 @@\n-a\n+b\n");
	char *made __free =
		put("made.patch", "--- /dev/null\n+++ b/mm/x.c\n@@ -0,0 +1 @@\n+again\n");
	char *empty __free = put("e.patch", "no patch here\n");
	char *linked __free =
		put("l.patch", "--- a/link/x.c\n+++ b/link/x.c\n@@ -2,3 +2,3 @@\n 2\n-3\n+t\n 4\n");
	char *tree __free = xasprintf("%s/tree", top);
	char *link_path __free = xasprintf("%s/tree/link", top);
	struct error e = { 0 };

	(void)state;
	assert_int_equal(symlink("mm", link_path), 0);
	assert_int_equal(apply(tree, missing, &e), -EBADMSG);
	assert_non_null(strstr(e.msg, "no.c is not in this source"));
	assert_int_equal(apply(tree, made, &e), -EBADMSG);
	assert_non_null(strstr(e.msg, "it makes mm/x.c, which is there already"));
	assert_int_equal(apply(tree, empty, &e), -EINVAL);
	assert_non_null(strstr(e.msg, "no patch in it"));
	assert_int_equal(apply(tree, linked, &e), -EINVAL);
	assert_non_null(strstr(e.msg, "link/x.c leads through a symbolic link"));
	assert_file("tree/mm/x.c", original);
}

static void lists_files(void **state)
{
	struct strv files __strv = { 0 };

	(void)state;
	patch_files("--- a/mm/x.c\t2026\n+++ b/mm/x.c\n@@ -1 +1 @@\n--- a/no.c\n+++ b/no.c\n"
		    "--- /dev/null\n+++ b/new/y.h\n@@ -0,0 +1 @@\n+y\n",
		    &files);
	assert_int_equal(files.n, 2);
	assert_string_equal(files.v[0], "mm/x.c");
	assert_string_equal(files.v[1], "new/y.h");
}

#define TREE_TEST(f) cmocka_unit_test_setup_teardown(f, make_trees, remove_trees)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TREE_TEST(applies_and_leaves_the_shared_file),
		TREE_TEST(names_the_hunk_and_keeps_the_state),
		TREE_TEST(names_the_patch_of_a_series),
		TREE_TEST(sees_what_is_there_already),
		TREE_TEST(says_how_far_a_hunk_has_moved),
		TREE_TEST(no_fuzz),
		TREE_TEST(files_come_go_and_move),
		TREE_TEST(other_failures),
		cmocka_unit_test(lists_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

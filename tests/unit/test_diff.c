// SPDX-License-Identifier: GPL-2.0-or-later
/* Diffs: what the id of a change depends on, what is read of names, what is refused. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lib/cleanup.h"
#include "runner/diff.h"

#define HUNK "@@ -2,3 +2,3 @@\n 2\n-3\n+three\n 4\n"

static void read_diff(const char *text, int strip, struct diff *d)
{
	struct error e = { 0 };

	*d = (struct diff){ 0 };
	if (diff_read(text, strip, d, &e) < 0)
		fail_msg("%s\n%s", e.msg, text);
}

/* Whether the texts are one change. */
static int same(const char *a, const char *b)
{
	struct diff x __cleanup(diff_release) = { 0 };
	struct diff y __cleanup(diff_release) = { 0 };

	read_diff(a, 1, &x);
	read_diff(b, 1, &y);
	return !strcmp(x.id, y.id);
}

static void refused(const char *text, const char *why)
{
	struct diff d = { 0 };
	struct error e = { 0 };

	assert_int_equal(diff_read(text, 1, &d, &e), -EINVAL);
	if (!strstr(e.msg, why))
		fail_msg("'%s' is not in '%s'", why, e.msg);
	assert_null(d.text.buf);
}

static void ids_of_one_change(void **state)
{
	static const char plain[] = "--- a/mm/x.c\n+++ b/mm/x.c\n" HUNK;

	(void)state;
	assert_true(
		same(plain, "--- linux.orig/mm/x.c\t2026-01-01\n+++ linux/mm/x.c\t2026\n" HUNK));
	assert_true(same(plain,
			 "Words.\n---\n x.c | 2 +-\n\ndiff --git a/mm/x.c b/mm/x.c\n"
			 "index 12..34 100644\n--- a/mm/x.c\n+++ b/mm/x.c\n" HUNK "-- \n2.39\n"));
	assert_true(same(plain, "diff --git mm/x.c mm/x.c\n--- mm/x.c\n+++ mm/x.c\n" HUNK));
	assert_true(same(plain, "diff --git i/mm/x.c w/mm/x.c\n--- i/mm/x.c\n+++ w/mm/x.c\n" HUNK));
	assert_true(same(plain, "--- a/mm/x.c\n+++ b/mm/x.c\n@@ -2,3 +2,3 @@ int main(void)\n"
				" 2\n-3\n+three\n 4\n"));
	/* an empty line of context, with its blank and without */
	assert_true(same("--- a/x\n+++ b/x\n@@ -1,2 +1,2 @@\n \n-a\n+b\n",
			 "--- a/x\n+++ b/x\n@@ -1,2 +1,2 @@\n\n-a\n+b\n"));
	/* a new file, as git says it and as diff -N does */
	assert_true(same("diff --git a/n b/n\nnew file mode 100644\nindex 0..1\n--- /dev/null\n"
			 "+++ b/n\n@@ -0,0 +1 @@\n+n\n",
			 "--- a/n\t1970-01-01 00:00:00.000000000 +0000\n+++ b/n\t2026-01-01\n"
			 "@@ -0,0 +1 @@\n+n\n"));
}

static void ids_of_different_changes(void **state)
{
	static const char plain[] = "--- a/mm/x.c\n+++ b/mm/x.c\n" HUNK;

	(void)state;
	assert_false(same(plain, "--- a/mm/y.c\n+++ b/mm/y.c\n" HUNK));
	assert_false(
		same(plain, "--- a/mm/x.c\n+++ b/mm/x.c\n@@ -3,3 +3,3 @@\n 2\n-3\n+three\n 4\n"));
	assert_false(
		same(plain, "--- a/mm/x.c\n+++ b/mm/x.c\n@@ -2,3 +2,3 @@\n 2\n-3\n+Three\n 4\n"));
	assert_false(
		same(plain, "--- a/mm/x.c\n+++ b/mm/x.c\n@@ -2,3 +2,3 @@\n two\n-3\n+three\n 4\n"));
	assert_false(
		same(plain, "--- a/mm/x.c\n+++ b/mm/x.c\n@@ -2,3 +2,3 @@\n 2\n-3\n+three \n 4\n"));
	assert_false(same("diff --git a/r b/r\nold mode 100644\nnew mode 100755\n",
			  "diff --git a/r b/r\nold mode 100755\nnew mode 100644\n"));
	assert_false(same("--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n",
			  "--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n\\ No newline at end of file\n"));
}

static void what_it_touches(void **state)
{
	struct diff d __cleanup(diff_release) = { 0 };

	(void)state;
	read_diff("diff --git a/old.c b/new.c\nsimilarity index 100%\nrename from old.c\n"
		  "rename to new.c\ndiff --git a/e b/e\nnew file mode 100644\nindex 0..0\n"
		  "diff --git a/g b/g\ndeleted file mode 100644\n--- a/g\n+++ /dev/null\n"
		  "@@ -1,2 +0,0 @@\n-a\n--- b\n",
		  1, &d);
	assert_int_equal(d.files.n, 4);
	assert_int_equal(d.needed.n, 2);
	assert_true(strv_contains(&d.needed, "old.c") && strv_contains(&d.needed, "g"));
	assert_int_equal(d.created.n, 2);
	assert_true(strv_contains(&d.created, "new.c") && strv_contains(&d.created, "e"));
	assert_int_equal(d.added, 0);
	assert_int_equal(d.removed, 2);
}

/* Several patches one behind the other: what the first makes the second may change. */
static void made_further_up(void **state)
{
	struct diff d __cleanup(diff_release) = { 0 };

	(void)state;
	read_diff("diff --git a/n b/n\nnew file mode 100644\n--- /dev/null\n+++ b/n\n@@ -0,0 +1 "
		  "@@\n+a\n"
		  "diff --git a/n b/n\n--- a/n\n+++ b/n\n@@ -1 +1 @@\n-a\n+b\n",
		  1, &d);
	assert_int_equal(d.needed.n, 0);
	assert_int_equal(d.created.n, 1);
}

static void strips_as_asked(void **state)
{
	struct diff d __cleanup(diff_release) = { 0 };
	struct diff bare __cleanup(diff_release) = { 0 };

	(void)state;
	read_diff("--- a/linux//mm/x.c\n+++ b/linux/mm/x.c\n" HUNK, 2, &d);
	assert_string_equal(d.files.v[0], "mm/x.c");
	assert_string_equal(strbuf_str(&d.text), "--- a/mm/x.c\n+++ b/mm/x.c\n" HUNK);
	read_diff("--- mm/x.c.orig\n+++ mm/x.c\n" HUNK, 0, &bare);
	assert_string_equal(bare.files.v[0], "mm/x.c");
}

static void refuses(void **state)
{
	(void)state;
	refused("--- a/x\n+++ b/x\n@@ -1,3 +1,3 @@\n a\n-b\n+c\nwrapped\n",
		"damaged at \"wrapped\"");
	refused("--- a/x\n+++ b/x\n@@ -1,3 +1,3 @@\n a\n-b\n+c\n", "hunk 1 of x is cut off");
	refused("--- a/x\n+++ b/x\n@@ -1 +1 @@\n-b\n+c\n+d\n", "more lines than it says");
	refused("--- a/x\n+++ b/x\n@@ -1 +1@@\n-b\n+c\n", "a damaged hunk");
	refused("--- a/x\n+++ b/x\nno hunk\n", "a file without a hunk");
	refused("--- a/../x\n+++ b/../x\n@@ -1 +1 @@\n-b\n+c\n", "outside of the source");
	refused("--- ../x\n+++ ../x\n@@ -1 +1 @@\n-b\n+c\n", "outside of the source");
	refused("--- /etc/x\n+++ /etc/x\n@@ -1 +1 @@\n-b\n+c\n", "outside of the source");
	refused("diff --git a/x b/../x\nrename from x\nrename to ../x\n", "outside of the source");
	refused("diff --git a/.git/config b/.git/config\nnew file mode 100644\n",
		"outside of the source");
	refused("--- x\n+++ x\n@@ -1 +1 @@\n-b\n+c\n", "-p1");
	refused("diff --git a/l b/l\nnew file mode 120000\n", "symbolic link");
	refused("diff --git a/l b/l\nold mode 100644\nnew mode 160000\n", "no plain file");
	refused("diff --git a/l b/l\nindex 1..2 100644\n", "nothing that is different");
	refused("diff --git a/x b/y\nrename from x\n", "half of a renaming");
	refused("diff --git a/x b/x\n--- a/y\n+++ b/y\n@@ -1 +1 @@\n-a\n+b\n",
		"called differently");
	refused("diff --git a/x b/x\nnew file mode 100644\n--- a/y\n+++ b/y\n@@ -1 +1 @@\n-a\n+b\n",
		"called differently");
	refused("diff --git a/x b/x\nnew file mode 100644\n\n--- a/y\n+++ b/y\n@@ -1 +1 "
		"@@\n-a\n+b\n",
		"without the \"diff --git\"");
	refused("--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n\n@@ -7 +7 @@\n-c\n+d\n",
		"a hunk of no file");
	refused("diff --git a/l b/l\nindex 1..2 100644\nBinary files a/l and b/l differ\n",
		"binary");
}

static void no_diff(void **state)
{
	struct diff d = { 0 };
	struct error e = { 0 };

	(void)state;
	assert_int_equal(diff_read("", 1, &d, &e), -ENODATA);
	assert_int_equal(diff_read("> diff --git a/x b/x\n> --- a/x\n> +++ b/x\n", 1, &d, &e),
			 -ENODATA);
	assert_false(diff_looks_like("> diff --git a/x b/x\n> --- a/x\n> +++ b/x\n"));
	assert_true(diff_looks_like("Hello\n\ndiff --git a/x b/x\n"));
	assert_true(diff_looks_like("--- x\n+++ y\n"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ids_of_one_change), cmocka_unit_test(ids_of_different_changes),
		cmocka_unit_test(what_it_touches),   cmocka_unit_test(strips_as_asked),
		cmocka_unit_test(made_further_up),   cmocka_unit_test(refuses),
		cmocka_unit_test(no_diff),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

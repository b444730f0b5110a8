// SPDX-License-Identifier: GPL-2.0-or-later
/* Trees compared by content, and the seals on those of the cache. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/cleanup.h"
#include "runner/manifest.h"
#include "runner/treediff.h"
#include "tests/unit/unit.h"

static void put(const char *dir, const char *name, const char *text)
{
	char *path __free = xasprintf("%s/%s", dir, name);
	char *folder __free = xstrdup(path);

	*strrchr(folder, '/') = '\0';
	assert_int_equal(fs_mkdirs(folder, NULL), 0);
	assert_int_equal(fs_write(path, text, strlen(text), NULL), 0);
}

static void age(const char *dir, const char *name, time_t when)
{
	char *path __free = xasprintf("%s/%s", dir, name);
	const struct timespec times[2] = { { .tv_sec = when }, { .tv_sec = when } };

	assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
}

struct trees {
	char *dir, *a, *b;
	struct runner r;
	struct tree_diff d;
};

static void trees_make(struct trees *t)
{
	*t = (struct trees){ .dir = scratch_make() };
	t->a = xasprintf("%s/a", t->dir);
	t->b = xasprintf("%s/b", t->dir);
	for (int i = 0; i < 2; i++) {
		put(i ? t->b : t->a, "mm/memory.c", "int a;\n");
		put(i ? t->b : t->a, "mm/mmap.c", "int b;\n");
		put(i ? t->b : t->a, "Makefile", "all:\n");
	}
}

static void trees_remove(struct trees *t)
{
	tree_diff_release(&t->d);
	free(t->a);
	free(t->b);
	scratch_remove(t->dir);
}

static void times_say_nothing(void **state)
{
	struct trees t;

	(void)state;
	trees_make(&t);
	age(t.a, "mm/mmap.c", 1000);
	/* as git archive does it: other contents of the same size, with the time of long ago */
	put(t.b, "mm/memory.c", "int c;\n");
	age(t.b, "mm/memory.c", 1000);
	age(t.a, "mm/memory.c", 1000);
	assert_int_equal(tree_diff(&t.r, t.a, t.b, 10, &t.d, NULL), 0);
	assert_int_equal(t.d.changed.n, 1);
	assert_string_equal(t.d.changed.v[0], "mm/memory.c");
	assert_int_equal(t.d.added.n + t.d.gone.n, 0);
	trees_remove(&t);
}

static void files_come_and_go(void **state)
{
	struct trees t;
	char *path __free = NULL;

	(void)state;
	trees_make(&t);
	put(t.b, "include/linux/a.h", "");
	put(t.b, "include/linux/b.h", "");
	put(t.a, "old/one.c", "");
	put(t.a, "turns", "a file\n");
	put(t.b, "turns/into", "a folder\n");
	path = xasprintf("%s/Makefile", t.b);
	assert_int_equal(chmod(path, 0755), 0);
	assert_int_equal(tree_diff(&t.r, t.a, t.b, 10, &t.d, NULL), 0);
	assert_int_equal(t.d.added.n, 3);
	assert_string_equal(t.d.added.v[0], "include/linux/a.h");
	assert_string_equal(t.d.added.v[2], "turns/into");
	assert_int_equal(t.d.gone.n, 2);
	assert_string_equal(t.d.gone.v[0], "old");
	assert_int_equal(t.d.changed.n, 1);
	tree_diff_release(&t.d);
	assert_int_equal(tree_diff(&t.r, t.a, t.b, 2, &t.d, NULL), -E2BIG);
	trees_remove(&t);
}

static void namesakes_are_found(void **state)
{
	struct strv names __strv = { 0 };
	struct strv paths __strv = { 0 };
	struct trees t;

	(void)state;
	trees_make(&t);
	put(t.a, "include/uapi/linux/a.h", "");
	put(t.a, "include/linux/a.h", "");
	put(t.a, "include/linux/aa.h", "");
	strv_add(&names, "a.h");
	assert_int_equal(tree_namesakes(t.a, &names, &paths, NULL), 0);
	assert_int_equal(paths.n, 2);
	trees_remove(&t);
}

static void seals_show_changes(void **state)
{
	struct trees t;
	char *path __free = NULL;
	char *copy __free = NULL;
	char *path_of_seal __free = NULL;

	(void)state;
	trees_make(&t);
	assert_int_equal(manifest_check(t.a, NULL), -ENOENT);
	assert_int_equal(manifest_seal(t.a, NULL), 0);
	assert_int_equal(manifest_check(t.a, NULL), 0);
	put(t.a, "mm/new.c", "");
	assert_int_equal(manifest_check(t.a, NULL), -EBADMSG);
	path = xasprintf("%s/mm/new.c", t.a);
	unlink(path);
	assert_int_equal(manifest_check(t.a, NULL), 0);
	age(t.a, "mm/memory.c", 1000);
	assert_int_equal(manifest_check(t.a, NULL), -EBADMSG);
	assert_int_equal(manifest_seal(t.a, NULL), 0);
	/* a copy has the seal of its original, which is none of its own */
	copy = xasprintf("%s/mm/" MANIFEST_FILE, t.a);
	path_of_seal = xasprintf("%s/" MANIFEST_FILE, t.a);
	assert_int_equal(link(path_of_seal, copy), 0);
	free(copy);
	copy = xasprintf("%s/mm", t.a);
	assert_int_equal(manifest_check(copy, NULL), -ENOENT);
	/* cut off, with its time put back */
	put(t.a, "mm/memory.c", "int");
	age(t.a, "mm/memory.c", 1000);
	assert_int_equal(manifest_check(t.a, NULL), -EBADMSG);
	trees_remove(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(times_say_nothing),
		cmocka_unit_test(files_come_and_go),
		cmocka_unit_test(namesakes_are_found),
		cmocka_unit_test(seals_show_changes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

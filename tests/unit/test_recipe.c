// SPDX-License-Identifier: GPL-2.0-or-later
/* Recipes: what is read, and that every mistake names its file and line. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "kernels/recipe.h"
#include "lib/cleanup.h"
#include "lib/fs.h"

static char dir[] = "/tmp/fb-recipe-XXXXXX";

static int make_dir(void **state)
{
	(void)state;
	return mkdtemp(dir) ? 0 : -1;
}

static int remove_dir(void **state)
{
	(void)state;
	return fs_remove_tree(dir, NULL);
}

static char *put(const char *name, const char *text)
{
	char *path = xasprintf("%s/%s", dir, name);

	assert_int_equal(fs_write(path, text, strlen(text), NULL), 0);
	return path;
}

static void reads_all_keys(void **state)
{
	char *p1 __free = put("a.patch", "x");
	char *p2 __free = put("b.patch", "x");
	char *frag __free = put("more.config", "x");
	char *ini __free = put("mine.ini", "; words\n[kernel]\ndescription = two words\n"
					   "source = debian:7.3\nconfig = more\n"
					   "series = a.patch\n\tb.patch\n");
	struct recipe rc;
	struct error e = { 0 };

	(void)state;
	assert_int_equal(recipe_load(ini, dir, &rc, &e), 0);
	assert_string_equal(rc.name, "mine");
	assert_string_equal(rc.description, "two words");
	assert_string_equal(rc.source, "debian:7.3");
	assert_string_equal(rc.arch, RECIPE_DEFAULT_ARCH);
	assert_int_equal(rc.series.n, 2);
	assert_string_equal(rc.series.v[0], p1);
	assert_string_equal(rc.series.v[1], p2);
	assert_int_equal(rc.config.n, 1);
	assert_string_equal(rc.config.v[0], frag);
	recipe_release(&rc);
}

static void names_file_and_line(void **state)
{
	static const struct {
		const char *text, *want;
	} rows[] = {
		{ "[kernel]\nsource = debian:\ncolour = red\n", "bad.ini:3: unknown key 'colour'" },
		{ "[kernel]\nsource = debian:\nnonsense\n", "bad.ini:3: not 'key = value'" },
		{ "[kernel]\nsource = a:\nsource = b:\n", "bad.ini:3: 'source' is given twice" },
		{ "[kernel]\nsource =\n", "bad.ini:2: 'source' is empty" },
		{ "[kern]\nsource = a:\n", "bad.ini:2: section [kern]" },
		{ "[kernel]\nsource = a:\nseries = none.patch\n",
		  "bad.ini:3: none.patch: no such" },
		{ "[kernel]\nconfig = none\nsource = a:\n",
		  "bad.ini:2: none: no such fragment (there are " },
		{ "[kernel]\ndescription = x\n", "bad.ini: no 'source'" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char *ini __free = put("bad.ini", rows[i].text);
		struct recipe rc;
		struct error e = { 0 };

		assert_int_equal(recipe_load(ini, dir, &rc, &e), -EINVAL);
		if (!strstr(e.msg, rows[i].want))
			fail_msg("wanted '%s', got '%s'", rows[i].want, e.msg);
		assert_null(strchr(e.msg, '\n'));
	}
}

static void shipped_recipes_load(void **state)
{
	struct strv names __strv = { 0 };

	(void)state;
	assert_int_equal(recipe_list(TEST_DATA_DIR "/../../kernels", &names, NULL), 0);
	assert_true(strv_contains(&names, "stock"));
	assert_true(strv_contains(&names, "knockouts"));
	strv_for_each(&names, it) {
		char *path __free = xasprintf(TEST_DATA_DIR "/../../kernels/%s.ini", *it);
		struct recipe rc;
		struct error e = { 0 };

		if (recipe_load(path, TEST_DATA_DIR "/../../kernels/config", &rc, &e) < 0)
			fail_msg("%s", e.msg);
		if (!strcmp(*it, "knockouts"))
			assert_int_equal(rc.series.n, 5);
		recipe_release(&rc);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_all_keys),
		cmocka_unit_test(names_file_and_line),
		cmocka_unit_test(shipped_recipes_load),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}

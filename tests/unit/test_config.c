// SPDX-License-Identifier: GPL-2.0-or-later
/* Fragments: how they merge, and that what a kernel does not hold is all listed. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/cleanup.h"
#include "lib/fs.h"
#include "runner/config.h"

static const char fragment[] = "# words\n"
			       "CONFIG_A=y\n"
			       "CONFIG_B=n\n"
			       "# CONFIG_C is not set\n"
			       "CONFIG_NUM=64\n"
			       "CONFIG_NEW=y # optional\n";

static struct config_wants wants_of(const char *text)
{
	struct config_wants cw = { 0 };
	struct error e = { 0 };

	if (config_wants_add(&cw, text, "frag", &e) < 0)
		fail_msg("%s", e.msg);
	return cw;
}

static void holds(void **state)
{
	struct config_wants cw __cleanup(config_wants_release) = wants_of(fragment);

	(void)state;
	assert_int_equal(
		config_check(&cw, "CONFIG_A=y\n# CONFIG_B is not set\nCONFIG_NUM=64\n", NULL), 0);
	assert_int_equal(config_check(&cw, "CONFIG_A=y\nCONFIG_NUM=64\nCONFIG_NEW=y\n", NULL), 0);
}

static void lists_every_mismatch(void **state)
{
	struct config_wants cw __cleanup(config_wants_release) = wants_of(fragment);
	struct error e = { 0 };

	(void)state;
	/* A absent, B on, C on, NUM other, NEW there but off; AB must not pass for A */
	assert_int_equal(config_check(&cw,
				      "CONFIG_AB=y\nCONFIG_B=y\nCONFIG_C=m\nCONFIG_NUM=6\n"
				      "# CONFIG_NEW is not set\n",
				      &e),
			 -ENOTSUP);
	assert_non_null(strstr(e.msg, "does not hold 5 "));
	assert_non_null(strstr(e.msg, "CONFIG_A wanted y, got nothing"));
	assert_non_null(strstr(e.msg, "CONFIG_B wanted n, got y"));
	assert_non_null(strstr(e.msg, "CONFIG_C wanted n, got m"));
	assert_non_null(strstr(e.msg, "CONFIG_NUM wanted 64, got 6"));
	assert_non_null(strstr(e.msg, "CONFIG_NEW wanted y, got n"));
}

static void later_line_holds(void **state)
{
	struct config_wants cw __cleanup(config_wants_release) =
		wants_of("CONFIG_A=y\nCONFIG_B=y\nCONFIG_A=n\n");
	struct strbuf out __strbuf = { 0 };

	(void)state;
	config_wants_format(&cw, &out);
	assert_string_equal(strbuf_str(&out), "CONFIG_B=y\n# CONFIG_A is not set\n");
}

static void bad_lines(void **state)
{
	static const char *const rows[] = { "CONFIG_A y", "A=y", "CONFIG_A=", "CONFIG_A=y # why",
					    "CONFIG_=y" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char *text __free = xasprintf("# fine\n%s\n", rows[i]);
		struct config_wants cw __cleanup(config_wants_release) = { 0 };
		struct error e = { 0 };

		assert_int_equal(config_wants_add(&cw, text, "frag", &e), -EINVAL);
		assert_non_null(strstr(e.msg, "frag:2: "));
	}
}

/* A folder with all that the ground is made of, and FULL as a whole .config beside it. */
static char *make_kernels(const char *full)
{
	static const char *const names[] = { "base", "x86_64", "boot", "boot-x86_64", "more" };
	char template[] = "/tmp/fb-config-XXXXXX";
	char *dir = xstrdup(mkdtemp(template) ? template : "");
	char *folder __free = xasprintf("%s/config", dir);
	char *whole __free = xasprintf("%s/whole", dir);
	char *text __free = xasprintf("# Automatically generated file; DO NOT EDIT.\n%s", full);

	assert_int_equal(fs_mkdirs(folder, NULL), 0);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		char *path __free = xasprintf("%s/%s.config", folder, names[i]);
		char *line __free = xasprintf("CONFIG_OF=\"%s\"\nCONFIG_%zu=y\n", names[i], i);

		assert_int_equal(fs_write(path, line, strlen(line), NULL), 0);
	}
	assert_int_equal(fs_write(whole, text, strlen(text), NULL), 0);
	return dir;
}

/* What make is given for WORDS, separated by blanks; DIR in them stands for the folder. */
static char *text_of(const char *full, const char *words, struct error *e)
{
	char *dir __free = make_kernels(full);
	struct config_plan p __cleanup(config_plan_release) = { 0 };
	struct strv list __strv = { 0 }, paths __strv = { 0 };
	struct strbuf out = { 0 };
	int rc;

	strv_split(&list, words, " ");
	strv_for_each(&list, it)
		strv_addf(&paths, "%s%s", **it == '+' ? "" : dir, *it);
	rc = config_plan_make(dir, "x86_64", &paths, &p, e);
	if (!rc)
		rc = config_plan_text(&p, &out, e);
	fs_remove_tree(dir, NULL);
	return rc < 0 ? NULL : strbuf_detach(&out);
}

static void puts_words_on_their_ground(void **state)
{
	static const struct {
		const char *full, *words, *text;
	} rows[] = {
		{ "", "", "CONFIG_0=y\nCONFIG_OF=\"x86_64\"\nCONFIG_1=y\n" },
		/* base named is base once; words in their order */
		{ "", "/config/base.config +CONFIG_OF=me /config/more.config",
		  "CONFIG_0=y\nCONFIG_1=y\nCONFIG_OF=\"more\"\nCONFIG_4=y\n" },
		{ "", "/config/more.config +CONFIG_OF=me +CONFIG_4=n",
		  "CONFIG_0=y\nCONFIG_1=y\nCONFIG_OF=\"me\"\n# CONFIG_4 is not set\n" },
		{ "CONFIG_B=m\n# CONFIG_A is not set\nCONFIG_3=n\n", "/whole",
		  "# CONFIG_A is not set\nCONFIG_B=m\nCONFIG_2=y\nCONFIG_OF=\"boot-x86_64\"\n"
		  "CONFIG_3=y\n" },
		/* a swap device is built in where it was a module, and not where it was off */
		{ "CONFIG_ZRAM=m\n", "/whole",
		  "CONFIG_2=y\nCONFIG_OF=\"boot-x86_64\"\nCONFIG_3=y\nCONFIG_ZRAM=y\n" },
		{ "CONFIG_ZRAM=m\n", "/whole +CONFIG_ZRAM=n",
		  "CONFIG_2=y\nCONFIG_OF=\"boot-x86_64\"\nCONFIG_3=y\n# CONFIG_ZRAM is not set\n" },
		{ "CONFIG_B=y\n", "/whole /config/base.config",
		  "CONFIG_B=y\nCONFIG_2=y\nCONFIG_3=y\nCONFIG_OF=\"base\"\nCONFIG_0=y\n" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct error e = { "" };
		char *text __free = text_of(rows[i].full, rows[i].words, &e);

		if (!text)
			fail_msg("%s: %s", rows[i].words, e.msg);
		assert_string_equal(text, rows[i].text);
	}
}

/* Without pahole, which the PATH decides. */
static void switches_off_what_wants_a_tool(void **state)
{
	char *path __free = xstrdup(getenv("PATH"));
	char *text = NULL;
	struct error e = { "" };

	(void)state;
	setenv("PATH", "/nowhere", 1);
	text = text_of("CONFIG_DEBUG_INFO_BTF=y\n", "/whole", &e);
	assert_non_null(strstr(text, "# CONFIG_DEBUG_INFO_BTF is not set\n"));
	free(text);
	text = text_of("CONFIG_DEBUG_INFO_BTF=y\n", "/whole +CONFIG_DEBUG_INFO_BTF=y", &e);
	assert_non_null(strstr(text, "CONFIG_DEBUG_INFO_BTF=y\n"));
	free(text);
	setenv("PATH", path, 1);
}

static void tells_what_is_lost(void **state)
{
	static const char full[] = "CONFIG_GONE=y\nCONFIG_KEPT=y\nCONFIG_WANTED=y\n"
				   "CONFIG_GCC_VERSION=1\nCONFIG_THP_SWAP=y\n";
	static const char final[] = "CONFIG_KEPT=y\nCONFIG_NEW=y\n";
	struct config_plan p = { .full = (char *)"whole", .wants = wants_of("CONFIG_WANTED=n\n") };
	char *text __free = config_lost(&p, full, final);

	(void)state;
	assert_string_equal(text, "2 of the 5 lines of whole cannot hold in this version: "
				  "CONFIG_THP_SWAP y, now n; CONFIG_GONE y, now n");
	assert_null(config_lost(&p, "CONFIG_KEPT=y\n", final));
	config_wants_release(&p.wants);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(holds),
		cmocka_unit_test(lists_every_mismatch),
		cmocka_unit_test(later_line_holds),
		cmocka_unit_test(bad_lines),
		cmocka_unit_test(puts_words_on_their_ground),
		cmocka_unit_test(switches_off_what_wants_a_tool),
		cmocka_unit_test(tells_what_is_lost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* runner/kconfig_tree and config_verify: why a symbol is not as asked. */
#include <errno.h>
#include <unistd.h>

#include "lib/cleanup.h"
#include "lib/dotconfig.h"
#include "lib/fs.h"
#include "runner/config.h"
#include "runner/kconfig_tree.h"
#include "tests/unit/unit.h"

static const char top[] = "mainmenu \"Linux/$(ARCH) $(KERNELVERSION)\"\n"
			  "source \"mm/Kconfig\"\n"
			  "source \"arch/$(SRCARCH)/Kconfig\"\n"
			  "source \"gone/Kconfig\"\n"
			  "config HIDDEN\n\tbool\n"
			  "choice\n\tprompt \"Timer frequency\"\n\tdefault HZ_250\n"
			  "config HZ_100\n\tbool \"100 HZ\"\n"
			  "config HZ_1000\n\tbool \"1000 HZ\"\n"
			  "endchoice\n"
			  "config HZ\n\tint\n\tdefault 100 if HZ_100\n"
			  "config LAST\n\tbool \"after the choice\"\n";

static const char mm[] = "menu \"Memory\"\n\tdepends on MMU\n"
			 "config DEBUG_VM\n"
			 "\tbool \"Debug VM\" # with a comment\n"
			 "\tdepends on DEBUG_KERNEL && \\\n\t\t(A || B)\n"
			 "\tdepends on !BROKEN\n"
			 "\thelp\n\t  config IN_HELP is no symbol\n\n\t  depends on NOTHING\n"
			 "if SWAP\n"
			 "comment \"a remark\"\n\tdepends on COMMENTED\n"
			 "menuconfig ZSWAP\n\ttristate 'Compressed swap'\n"
			 "config TWICE\n\tbool\n"
			 "config TWICE\n\tbool \"with a prompt\"\n"
			 "endif\n"
			 "endmenu\n"
			 "config TRANSPARENT_HUGEPAGE\n\tbool \"THP\"\n";

static char *make_tree(void)
{
	static const char *const files[][2] = {
		{ "Kconfig", top },
		{ "mm/Kconfig", mm },
		{ "arch/x86/Kconfig", "config X86_ONLY\n\tbool \"x\"\n" },
		{ "arch/arm64/Kconfig", "source \"arch/arm64/Kconfig.platforms\"\n" },
		{ "arch/arm64/Kconfig.platforms", "config ARM64_64K_PAGES\n\tbool \"64K\"\n" },
	};
	char *dir = scratch_make();

	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		char *path __free = xasprintf("%s/%s", dir, files[i][0]);
		char *folder __free = xasprintf("%.*s", (int)(strrchr(path, '/') - path), path);

		assert_int_equal(fs_mkdirs(folder, NULL), 0);
		assert_int_equal(fs_write(path, files[i][1], strlen(files[i][1]), NULL), 0);
	}
	return dir;
}

static void reads_what_sources_say(void **state)
{
	struct kconfig_tree t __cleanup(kconfig_tree_release) = { 0 };
	char *dir = make_tree();

	(void)state;
	kconfig_tree_load(dir, "x86", &t);
	assert_string_equal(kconfig_tree_find(&t, "DEBUG_VM")->depends,
			    "MMU && DEBUG_KERNEL && (A || B) && !BROKEN");
	assert_true(kconfig_tree_find(&t, "DEBUG_VM")->prompt);
	assert_string_equal(kconfig_tree_find(&t, "ZSWAP")->depends, "MMU && SWAP");
	assert_true(kconfig_tree_find(&t, "ZSWAP")->prompt);
	assert_true(kconfig_tree_find(&t, "TWICE")->prompt);
	assert_false(kconfig_tree_find(&t, "HIDDEN")->prompt);
	assert_string_equal(kconfig_tree_find(&t, "TRANSPARENT_HUGEPAGE")->depends, "");
	assert_null(kconfig_tree_find(&t, "IN_HELP"));
	assert_null(kconfig_tree_find(&t, "ARM64_64K_PAGES"));
	assert_non_null(kconfig_tree_find(&t, "X86_ONLY"));
	assert_int_not_equal(kconfig_tree_find(&t, "HZ_100")->choice, 0);
	assert_int_equal(kconfig_tree_find(&t, "HZ_100")->choice,
			 kconfig_tree_find(&t, "HZ_1000")->choice);
	assert_int_equal(kconfig_tree_find(&t, "LAST")->choice, 0);
	scratch_remove(dir);
}

static void finds_what_was_meant(void **state)
{
	static const char *const rows[][2] = {
		{ "DEBUG_VMM", "DEBUG_VM" },
		{ "debug_vm", "DEBUG_VM" },
		{ "TRANSPARENT_HUGEPAGES", "TRANSPARENT_HUGEPAGE" },
		{ "TRANSPARANT_HUGE_PAGE", "TRANSPARENT_HUGEPAGE" },
		{ "ZSWP", "ZSWAP" },
		{ "SOMETHING_ELSE", NULL },
		{ "X", NULL },
	};
	struct kconfig_tree t __cleanup(kconfig_tree_release) = { 0 };
	char *dir = make_tree();

	(void)state;
	kconfig_tree_load(dir, "x86", &t);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const char *near = kconfig_tree_nearest(&t, rows[i][0]);

		if (!rows[i][1] ? near != NULL : !near || strcmp(near, rows[i][1]) != 0)
			fail_msg("%s: %s", rows[i][0], near ? near : "none");
	}
	scratch_remove(dir);
}

static const char *get(void *data, const char *name)
{
	char *symbol __free = xasprintf("CONFIG_%s", name);

	return dotconfig_get(data, symbol);
}

static void tells_what_is_not_met(void **state)
{
	static const char *const rows[][2] = {
		{ "A && B", "B is off" },
		{ "A && !M", "M is on" },
		{ "A", NULL },
		{ "(A || B) && B && C", "B is off, C is off" },
		{ "(B && C)", NULL },
		{ "A && B = 5", NULL },
		{ "", NULL },
		{ "!A && y", "A is on" },
	};
	struct dotconfig c __cleanup(dotconfig_release) = { 0 };

	(void)state;
	dotconfig_parse("CONFIG_A=y\nCONFIG_M=m\n# CONFIG_C is not set\nCONFIG_y=y\n", &c);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char *text __free = kconfig_unmet(rows[i][0], get, &c);

		if (!rows[i][1] ? text != NULL : !text || strcmp(text, rows[i][1]) != 0)
			fail_msg("%s: %s", rows[i][0], text ? text : "nothing");
	}
}

/* What verifying WORDS (as typed, or lines of the ground) against FINAL says. */
static int verify(const char *dir, const char *ground, const char *const *typed, const char *final,
		  struct error *e)
{
	struct config_wants cw __cleanup(config_wants_release) = { 0 };

	assert_int_equal(config_wants_add(&cw, ground, "base.config", e), 0);
	cw.asked = cw.typed = true;
	for (; typed && *typed; typed++)
		assert_int_equal(config_wants_add(&cw, *typed, "+typed", e), 0);
	*e = (struct error){ "" };
	return config_verify(&cw, dir, "x86_64", final, e);
}

static void explains(void **state)
{
	static const struct {
		const char *typed, *final, *says;
	} rows[] = {
		{ "CONFIG_DEBUG_VMM=y", "",
		  "no symbol CONFIG_DEBUG_VMM in this version (did you "
		  "mean CONFIG_DEBUG_VM?)" },
		{ "CONFIG_DEBUG_VMM=n", "", "did you mean CONFIG_DEBUG_VM?" },
		{ "CONFIG_QUITE_OTHER_THING=y", "",
		  "no symbol CONFIG_QUITE_OTHER_THING in this "
		  "version" },
		{ "CONFIG_ARM64_64K_PAGES=y", "",
		  "CONFIG_ARM64_64K_PAGES is no symbol of x86 "
		  "(arm64 has it)" },
		{ "CONFIG_DEBUG_VM=y", "CONFIG_MMU=y\nCONFIG_A=y\n# CONFIG_DEBUG_VM is not set\n",
		  "CONFIG_DEBUG_VM=y does not hold, it is off: depends on MMU && DEBUG_KERNEL && "
		  "(A || B) && !BROKEN, but DEBUG_KERNEL is off" },
		{ "CONFIG_HIDDEN=y", "", "nobody can set it" },
		{ "CONFIG_DEBUG_VM=n", "CONFIG_DEBUG_VM=y\n", "another symbol selects it" },
		{ "CONFIG_HZ=100", "CONFIG_HZ=250\n", "CONFIG_HZ=100 does not hold, it is 250" },
	};
	char *dir = make_tree();

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const char *const typed[] = { rows[i].typed, NULL };
		struct error e;

		assert_int_equal(verify(dir, "", typed, rows[i].final, &e), -EINVAL);
		assert_contains(e.msg, rows[i].says);
		assert_null(strchr(e.msg, '\n'));
	}
	scratch_remove(dir);
}

static void gives_way_in_a_choice(void **state)
{
	const char *const typed[] = { "CONFIG_HZ_1000=y", NULL };
	const char *const other[] = { "CONFIG_LAST=y", NULL };
	char *dir = make_tree();
	struct error e;

	(void)state;
	assert_int_equal(verify(dir, "CONFIG_HZ_100=y\n", typed, "CONFIG_HZ_1000=y\n", &e), 0);
	/* the other way round what was asked for is lost */
	assert_int_equal(verify(dir, "CONFIG_HZ_100=y\n", typed, "CONFIG_HZ_100=y\n", &e), -EINVAL);
	assert_contains(e.msg, "CONFIG_HZ_1000=y does not hold");
	assert_int_equal(
		verify(dir, "CONFIG_HZ_100=y\n", other, "CONFIG_LAST=y\nCONFIG_HZ_1000=y\n", &e),
		-EINVAL);
	assert_contains(e.msg, "CONFIG_HZ_100=y does not hold, it is off (base.config)");
	scratch_remove(dir);
}

static void names_many_in_short(void **state)
{
	const char *const typed[] = { "CONFIG_S1=y", "CONFIG_S2=y", "CONFIG_S3=y", "CONFIG_S4=y",
				      "CONFIG_S5=y", "CONFIG_S6=y", NULL };
	char *dir = make_tree();
	struct error e;

	(void)state;
	assert_int_equal(verify(dir, "CONFIG_LAST=y\n", typed, "", &e), -EINVAL);
	assert_contains(e.msg, "no symbol CONFIG_S4 in this version; and CONFIG_S5, CONFIG_S6, "
			       "CONFIG_LAST");
	scratch_remove(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_what_sources_say), cmocka_unit_test(finds_what_was_meant),
		cmocka_unit_test(tells_what_is_not_met),  cmocka_unit_test(explains),
		cmocka_unit_test(gives_way_in_a_choice),  cmocka_unit_test(names_many_in_short),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

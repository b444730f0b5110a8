// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Layouts as edits of the linker script's source: seeded, of all objects, taken back to the
 * byte, and never through a link into the shared tree. What they do to an image is
 * shown in tests/build/a_layouts.sh.
 */
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/cleanup.h"
#include "runner/layout.h"
#include "tests/unit/unit.h"

#define SCRIPT "src/include/asm-generic/vmlinux.lds.h"
#define JOIN   "src/scripts/Makefile.vmlinux_o"

static const char script[] = "#define OTHER \\\n\t*(TEXT_MAIN)\n\n"
			     "#define TEXT_TEXT\t\\\n\t\tALIGN_FUNCTION();\t\\\n"
			     "\t\t*(TEXT_MAIN .text.fixup)\t\\\n\t\t*(.ref.text)\n\n#define LAST\n";
static const char join[] = "cmd = \\\n\t$(LD) ${KBUILD_LDFLAGS} -r -o $@ \\\n\t--whole-archive\n";
static const char link_script[] =
	"if is_enabled CONFIG_LTO_CLANG || is_enabled CONFIG_X86_KERNEL_IBT; then\n";

static const struct arch x86 = { .name = "x86_64", .make_arch = "x86_64" };
static char *top;

static void put(const char *name, const char *text)
{
	char *path __free = xasprintf("%s/%s", top, name);

	assert_int_equal(fs_write(path, text, strlen(text), NULL), 0);
}

static char *get(const char *name)
{
	char *path __free = xasprintf("%s/%s", top, name);
	struct strbuf text = { 0 };

	assert_int_equal(fs_read(path, &text, NULL), 0);
	return strbuf_detach(&text);
}

/* A thin archive as ar writes it: an index of no symbols, the names, the members' heads. */
static void put_archive(const char *name, const char *const *members)
{
	struct strbuf names __strbuf = { 0 }, ar __strbuf = { 0 };

	for (size_t i = 0; members[i]; i++)
		strbuf_addf(&names, "%s/\n", members[i]);
	if (names.len & 1)
		strbuf_addch(&names, '\n');
	strbuf_addf(&ar, "!<thin>\n%-48s%-10u`\n%4s", "/", 4u, "");
	strbuf_addf(&ar, "%-48s%-10zu`\n%s", "//", names.len, strbuf_str(&names));
	for (size_t i = 0; members[i]; i++)
		strbuf_addf(&ar, "%-48s%-10u`\n", "/0", 1000u);
	put(name, strbuf_str(&ar));
}

static const char *const few[] = { "init/main.o", "mm/memory.o", "net/unix/af_unix.o",
				   "mm/mmap.o",	  "fs/exec.o",	 NULL };
static const char *const more[] = { "init/main.o", "mm/memory.o", "net/unix/af_unix.o",
				    "mm/new.o",	   "mm/mmap.o",	  "fs/exec.o",
				    NULL };
static const char *const lib[] = { "arch/x86/lib/memset_64.o", NULL };

static int make_tree(void **state)
{
	static const char *const dirs[] = { "src/include/asm-generic", "src/scripts",
					    "obj/arch/x86/lib", "obj/lib", "shared" };

	(void)state;
	top = scratch_make();
	for (size_t i = 0; i < ARRAY_SIZE(dirs); i++) {
		char *path __free = xasprintf("%s/%s", top, dirs[i]);

		assert_int_equal(fs_mkdirs(path, NULL), 0);
	}
	put(SCRIPT, script);
	put(JOIN, join);
	put("src/scripts/link-vmlinux.sh", link_script);
	put("obj/.config", "#\nCONFIG_64BIT=y\n");
	put_archive("obj/vmlinux.a", few);
	put_archive("obj/arch/x86/lib/lib.a", lib);
	return 0;
}

static int remove_tree(void **state)
{
	(void)state;
	scratch_remove(top);
	return 0;
}

static int apply(unsigned int seed, struct error *e)
{
	char *src __free = xasprintf("%s/src", top);
	char *obj __free = xasprintf("%s/obj", top);

	return layout_apply(src, obj, &x86, seed, e);
}

static char *script_of(unsigned int seed)
{
	struct error e = { "" };

	if (apply(seed, &e))
		fail_msg("%s", e.msg);
	return get(SCRIPT);
}

static void every_object_is_named_once_ahead_of_the_rest(void **state)
{
	char *text __free = script_of(1);
	const char *rest = strstr(text, "\t\t*(TEXT_MAIN .text.fixup)");

	(void)state;
	assert_non_null(rest);
	for (size_t i = 0; few[i]; i++) {
		char *line __free = xasprintf("; \"vmlinux.a:%s\"(TEXT_MAIN)\t\\\n", few[i]);
		const char *at = strstr(text, line);

		assert_true(at && at < rest);
		assert_null(strstr(at + 1, line));
	}
	assert_contains(text, "\"arch/x86/lib/lib.a:arch/x86/lib/memset_64.o\"(TEXT_MAIN)");
	/* the other macro's line is not taken for it */
	assert_int_equal(strncmp(text, script, strcspn(script, "A")), 0);
}

static void a_seed_is_a_layout_and_0_is_none(void **state)
{
	char *one __free = script_of(1);
	char *two __free = script_of(2);
	char *again __free = script_of(1);
	char *none __free = script_of(0);

	(void)state;
	assert_string_equal(one, again);
	assert_string_not_equal(one, two);
	assert_string_equal(none, script);
}

/* Those that were there stay in order, with the same room before them. */
static void an_added_object_does_not_move_the_others(void **state)
{
	char *before __free = script_of(3);
	char *after __free = NULL;
	struct strbuf rest __strbuf = { 0 };
	char *line, *end;

	(void)state;
	put_archive("obj/vmlinux.a", more);
	after = script_of(3);
	line = strstr(after, "mm/new.o");
	assert_non_null(line);
	end = strchr(line, '\n') + 1;
	while (line[-1] != '\n')
		line--;
	strbuf_add(&rest, after, (size_t)(line - after));
	strbuf_addstr(&rest, end);
	assert_string_equal(strbuf_str(&rest), before);
}

static void the_shared_tree_is_not_written_to(void **state)
{
	char *own __free = xasprintf("%s/" SCRIPT, top);
	char *shared __free = xasprintf("%s/shared/lds.h", top);
	char *changed __free = NULL;
	char *text __free = NULL;

	(void)state;
	assert_int_equal(link(own, shared), 0);
	changed = script_of(1);
	text = get("shared/lds.h");
	assert_string_equal(text, script);
	assert_string_not_equal(changed, script);
}

/* Where objtool wants all objects at once the order is one of the link before the last. */
static void joined_objects_are_ordered_where_they_are_joined(void **state)
{
	char *text __free = NULL, *rule __free = NULL, *order __free = NULL;
	char *plain __free = NULL;

	(void)state;
	put("obj/.config", "#\nCONFIG_X86_KERNEL_IBT=y\n");
	text = script_of(7);
	rule = get(JOIN);
	order = get("src/scripts/foliobench-layout-7.lds");
	assert_string_equal(text, script);
	assert_contains(rule, "-r -o $@ -T $(srctree)/scripts/foliobench-layout-7.lds \\\n");
	assert_contains(order, "\"vmlinux.a:mm/memory.o\"(.text)\n");
	assert_int_equal(apply(8, NULL), 0);
	free(rule);
	rule = get(JOIN);
	assert_contains(rule, "$@ -T $(srctree)/scripts/foliobench-layout-8.lds \\\n");
	assert_int_equal(apply(0, NULL), 0);
	plain = get(JOIN);
	assert_string_equal(plain, join);
}

static void what_cannot_be_laid_out_is_said(void **state)
{
	struct error e = { "" };
	char *path __free = xasprintf("%s/obj/vmlinux.a", top);

	(void)state;
	put("obj/.config", "#\nCONFIG_LTO_CLANG=y\n");
	assert_int_equal(apply(1, &e), -EINVAL);
	assert_contains(e.msg, "LTO");
	put("obj/.config", "#\n");
	put(SCRIPT, "#define TEXT_TEXT *(.text)\n#define X \\\n *(TEXT_MAIN)\n");
	assert_int_equal(apply(1, &e), -EINVAL);
	assert_contains(e.msg, "TEXT_TEXT");
	put("obj/vmlinux.a", "!<arch>\n");
	assert_int_equal(apply(1, &e), -EINVAL);
	assert_contains(e.msg, "thin archive");
	/* cut off in the middle of the names */
	put("obj/vmlinux.a",
	    "!<thin>\n//                                              999       `\nmm/");
	assert_int_equal(apply(1, &e), -EINVAL);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(apply(1, &e), -EINVAL);
	assert_contains(e.msg, "6.1 or newer");
}

#define LAYOUT_TEST(t) cmocka_unit_test_setup_teardown(t, make_tree, remove_tree)

int main(void)
{
	const struct CMUnitTest tests[] = {
		LAYOUT_TEST(every_object_is_named_once_ahead_of_the_rest),
		LAYOUT_TEST(a_seed_is_a_layout_and_0_is_none),
		LAYOUT_TEST(an_added_object_does_not_move_the_others),
		LAYOUT_TEST(the_shared_tree_is_not_written_to),
		LAYOUT_TEST(joined_objects_are_ordered_where_they_are_joined),
		LAYOUT_TEST(what_cannot_be_laid_out_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

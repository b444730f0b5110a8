// SPDX-License-Identifier: GPL-2.0-or-later
/* results/differences: what a comparison says of configurations and tools that differ. */
#include "results/compare.h"
#include "tests/unit/fake_run.h"

#define CC "gcc (Debian 12.2.0-14) 12.2.0"

/* How a kernel was made: the parts of its inputs.json that count here. */
struct made {
	const char *name, *hash, *config, *compiler, *linker, *key, *asked, *arch;
};

static void add_kernel(struct store *s, int64_t run, const struct made *m)
{
	char *inputs __free =
		m->compiler ? xasprintf("{\"compiler\":\"%s\",\"linker\":\"%s\",\"key\":\"%s\","
					"\"arch\":\"x86_64\",\"config\":{\"asked\":{%s}}}",
					m->compiler, m->linker ? m->linker : "GNU ld 2.40",
					m->key ? m->key : "linux-7.3", m->asked ? m->asked : "")
			    : NULL;
	struct store_boot sb = {
		.run_id = run,
		.kernel = { .name = m->name,
			    .hash = m->hash,
			    .arch = m->arch ? m->arch : "x86_64",
			    .release = "7.3.4",
			    .inputs = inputs,
			    .config = m->config },
		.target = "qemu",
	};
	struct fake_boot b = { .s = s, .run = run, .unit = "insn" };
	struct error e = { "" };

	if (store_boot_begin(s, &sb, &b.id, &e))
		fail_msg("%s", e.msg);
	fake_line(&b, "{\"t\":\"hello\",\"v\":1,\"agent\":\"0.1.0\",\"kernel\":\"7.3.4\","
		      "\"unit\":\"insn\",\"facts\":{}}");
	fake_cell(&b, 0, "null", "{}", "");
	fake_sample(&b, 0, 0, "ok", "\"per_page\":3");
	fake_end(&b, "ok", "");
}

/* The comparison of A and B in a store of its own. */
static void compare(const struct made *a, const struct made *b, struct comparison *c)
{
	const struct compare_query q = { .baseline = "one", .patched = "two" };
	char *dir = scratch_make();
	struct store *s = fake_open(dir);
	int64_t run = fake_run(s, "qemu");
	struct made x = *a, y = *b;
	struct error e = { "" };

	x.name = "one";
	x.hash = "aaaaaaaaaaaaaaaa";
	y.name = "two";
	y.hash = "bbbbbbbbbbbbbbbb";
	add_kernel(s, run, &x);
	add_kernel(s, run, &y);
	assert_int_equal(store_run_end(s, run, "complete", &e), 0);
	if (compare_load(s, &q, c, &e))
		fail_msg("%s", e.msg);
	store_close(s);
	scratch_remove(dir);
}

static void nothing_to_say(void **state)
{
	const struct made a = { .config = "CONFIG_A=y\n# CONFIG_B is not set\n", .compiler = CC };
	const struct made b = { .config = "CONFIG_A=y\n", .compiler = CC, .key = "linux-7.2" };
	struct comparison c;

	(void)state;
	compare(&a, &b, &c);
	assert_true(c.built.known);
	assert_int_equal(c.built.config.n, 0);
	assert_string_equal(c.built.fact, "");
	assert_int_equal(c.warnings.n, 0);
	comparison_release(&c);
}

static void warns_of_what_nobody_asked_for(void **state)
{
	const struct made a = { .config = "CONFIG_USB=y\nCONFIG_A1=y\nCONFIG_A2=y\nCONFIG_A3=y\n"
					  "CONFIG_A4=y\nCONFIG_A5=y\nCONFIG_A6=y\n",
				.compiler = CC };
	const struct made b = { .config = "CONFIG_DEBUG_VM=y\n",
				.compiler = CC,
				.key = "linux-7.2" };
	struct comparison c;

	(void)state;
	compare(&a, &b, &c);
	assert_int_equal(c.built.config.n, 8);
	assert_int_equal(c.warnings.n, 2);
	assert_contains(c.warnings.v[0], "differ in 8 symbols that nobody asked for: "
					 "CONFIG_DEBUG_VM n -> y, CONFIG_A1 y -> n, ");
	assert_contains(c.warnings.v[0], "CONFIG_A5 y -> n, ...; all of them: foliobench kernel "
					 "diff aaaaaaaaaaaa bbbbbbbbbbbb");
	/* and DEBUG_VM is no difference of releases */
	assert_contains(c.warnings.v[1], "not comparable: the configurations differ and nobody "
					 "asked: CONFIG_DEBUG_VM n -> y");
	comparison_release(&c);
}

static void names_what_was_asked_for(void **state)
{
	const struct made a = { .config = "CONFIG_X=y\n", .compiler = CC };
	const struct made b = { .config = "CONFIG_X=y\nCONFIG_DEBUG_VM=y\nCONFIG_HELPER=y\n",
				.compiler = CC,
				.asked = "\"CONFIG_DEBUG_VM\":\"y\"" };
	const struct made other = { .config = a.config, .compiler = CC, .key = "linux-7.2" };
	struct comparison c;

	(void)state;
	compare(&a, &b, &c);
	assert_string_equal(c.built.fact, "differ as asked for: CONFIG_DEBUG_VM n -> y; 1 more "
					  "follows from that: CONFIG_HELPER n -> y");
	assert_int_equal(c.warnings.n, 0);
	assert_int_equal(c.built.config.n, 2);
	assert_true(c.built.asked[0]);
	assert_false(c.built.asked[1]);
	comparison_release(&c);
	/* from another source it may be an accident */
	compare(&other, &b, &c);
	assert_string_equal(c.built.fact, "differ as asked for: CONFIG_DEBUG_VM n -> y");
	assert_int_equal(c.warnings.n, 1);
	assert_contains(c.warnings.v[0], "1 symbol that nobody asked for: CONFIG_HELPER n -> y;");
	comparison_release(&c);
}

/* Both asked for the same: what differs comes from elsewhere. */
static void what_both_ask_for_is_no_reason(void **state)
{
	const struct made a = { .config = "CONFIG_X=n\n",
				.compiler = CC,
				.asked = "\"CONFIG_X\":\"y\"" };
	const struct made b = { .config = "CONFIG_X=y\n",
				.compiler = CC,
				.asked = "\"CONFIG_X\":\"y\"" };
	struct comparison c;

	(void)state;
	compare(&a, &b, &c);
	assert_int_equal(c.warnings.n, 1);
	assert_contains(c.warnings.v[0], "1 symbol by what the patches change: CONFIG_X n -> y");
	comparison_release(&c);
}

static void unknown_is_no_difference(void **state)
{
	const struct made a = { .config = "CONFIG_X=y\n", .compiler = CC };
	const struct made b = { .compiler = CC };
	struct comparison c;

	(void)state;
	compare(&a, &b, &c);
	assert_false(c.built.known);
	assert_int_equal(c.built.config.n, 0);
	assert_int_equal(c.warnings.n, 0);
	comparison_release(&c);
}

static void warns_of_other_tools(void **state)
{
	const struct made a = { .config = "CONFIG_GCC_VERSION=120200\n", .compiler = CC };
	const struct made b = { .config = "CONFIG_GCC_VERSION=0\nCONFIG_CLANG_VERSION=160000\n",
				.compiler = "clang version 16",
				.linker = "LLD 16",
				.arch = "arm64" };
	struct comparison c;

	(void)state;
	compare(&a, &b, &c);
	assert_int_equal(c.warnings.n, 4); /* and none of symbols that only say so again */
	assert_contains(c.warnings.v[0], "compilers differ: " CC " (one), clang version 16 (two)");
	assert_contains(c.warnings.v[1], "linkers differ: GNU ld 2.40 (one), LLD 16 (two)");
	assert_contains(c.warnings.v[2], "architectures differ: x86_64 (one), arm64 (two)");
	assert_contains(c.warnings.v[3], "not comparable: the architectures differ: ");
	comparison_release(&c);
}

/* A prebuilt kernel's configuration says its compiler, by another name of the same. */
static void takes_tools_from_the_configuration(void **state)
{
	const struct made built = { .config = "CONFIG_CC_VERSION_TEXT=\"" CC "\"\n"
					      "CONFIG_LD_VERSION=24000\n",
				    .compiler = CC };
	const struct made same = { .config = "CONFIG_CC_VERSION_TEXT=\"gcc-12 (Debian 12.2.0-14) "
					     "12.2.0\"\nCONFIG_LD_VERSION=24000\n" };
	const struct made other = { .config = "CONFIG_CC_VERSION_TEXT=\"gcc-14 (Debian 14.2.0-19) "
					      "14.2.0\"\nCONFIG_LD_VERSION=24400\n" };
	struct comparison c;

	(void)state;
	compare(&built, &same, &c);
	assert_int_equal(c.warnings.n, 1);
	assert_contains(c.warnings.v[0], "CONFIG_CC_VERSION_TEXT");
	comparison_release(&c);
	compare(&built, &other, &c);
	assert_int_equal(c.warnings.n, 3);
	assert_contains(c.warnings.v[0], "compilers differ: " CC " (one), gcc-14 (Debian");
	assert_contains(c.warnings.v[1], "linkers differ: ld 2.40 (one), ld 2.44 (two)");
	assert_contains(c.warnings.v[2], "not comparable: the compilers differ and nobody asked");
	comparison_release(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_to_say),
		cmocka_unit_test(warns_of_what_nobody_asked_for),
		cmocka_unit_test(names_what_was_asked_for),
		cmocka_unit_test(what_both_ask_for_is_no_reason),
		cmocka_unit_test(unknown_is_no_difference),
		cmocka_unit_test(warns_of_other_tools),
		cmocka_unit_test(takes_tools_from_the_configuration),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

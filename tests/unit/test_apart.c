// SPDX-License-Identifier: GPL-2.0-or-later
/* results/apart: which kernels and boots do not compare, and which do in spite of differences. */
#include "results/compare.h"
#include "tests/unit/fake_run.h"

#define CC    "gcc (Debian 12.2.0-14) 12.2.0"
#define CC_14 "gcc (Debian 14.2.0-19) 14.2.0"

/* A kernel and where it ran. What is NULL is as in any other. */
struct made {
	const char *config, *compiler, *cc, *key, *asked, *full, *series, *arch, *release;
	const char *facts, *hello, *agent, *events;
	bool image; /* came built */
};

static char *inputs_of(const struct made *m)
{
	if (m->image)
		return xasprintf("{\"source\":\"image\",\"key\":\"%s\"}",
				 m->key ? m->key : "image");
	return xasprintf(
		"{\"compiler\":\"%s\",\"cc\":\"%s\",\"linker\":\"GNU ld 2.40\",\"key\":\"%s\","
		"\"arch\":\"x86_64\",\"config\":{\"asked\":{%s},\"full_sha256\":\"%s\"},"
		"\"series\":[%s]}",
		m->compiler ? m->compiler : CC, m->cc ? m->cc : "gcc",
		m->key ? m->key : "linux-7.3", m->asked ? m->asked : "", m->full ? m->full : "none",
		m->series ? m->series : "");
}

static void add_boot(struct store *s, int64_t run, const struct made *m, const char *name,
		     const char *hash, const char *target)
{
	char *inputs __free = inputs_of(m);
	struct store_boot sb = {
		.run_id = run,
		.kernel = { .name = name,
			    .hash = hash,
			    .arch = m->arch ? m->arch : "x86_64",
			    .release = m->release ? m->release : "7.3.4",
			    .inputs = inputs,
			    .config = m->config },
		.target = target,
		.facts = json_parse(m->facts ? m->facts : "{}", strlen(m->facts ? m->facts : "{}"),
				    NULL),
	};
	struct fake_boot b = { .s = s, .run = run, .unit = "insn" };
	struct error e = { "" };

	if (store_boot_begin(s, &sb, &b.id, &e))
		fail_msg("%s", e.msg);
	json_decref(sb.facts);
	fake_line(
		&b,
		"{\"t\":\"hello\",\"v\":1,\"agent\":\"%s\",\"kernel\":\"7.3.4\",\"unit\":\"insn\","
		"\"facts\":%s%s}",
		m->agent ? m->agent : "0.1.0", m->hello ? m->hello : "{}",
		m->events ? m->events : "");
	fake_cell(&b, 0, "null", "{}", "");
	fake_sample(&b, 0, 0, "ok", "\"per_page\":3");
	fake_end(&b, "ok", "");
}

/* The reasons against comparing A and B; "" for none. */
static char *why(const struct made *a, const struct made *b, const char *target)
{
	const struct compare_query q = { .baseline = "one", .patched = "two" };
	char *dir = scratch_make(), *text;
	struct store *s = fake_open(dir);
	int64_t run = fake_run(s, target);
	struct comparison c;
	struct error e = { "" };

	add_boot(s, run, a, "one", "aaaaaaaaaaaaaaaa", target);
	add_boot(s, run, b, "two", "bbbbbbbbbbbbbbbb", target);
	assert_int_equal(store_run_end(s, run, "complete", &e), 0);
	if (compare_load(s, &q, &c, &e))
		fail_msg("%s", e.msg);
	text = xstrdup(c.apart);
	assert_int_equal(c.n_cells, 1);
	/* what is said, what is warned of, and what is judged agree */
	assert_int_equal(c.cells[0].verdict, *text ? VERDICT_NOT_COMPARABLE : VERDICT_EQUIVALENT);
	if (*text) {
		assert_true(!strncmp(c.cells[0].note, text, strlen(text)));
		assert_contains(c.warnings.v[c.warnings.n - 1], "not comparable: ");
	}
	comparison_release(&c);
	store_close(s);
	scratch_remove(dir);
	return text;
}

static void expect(struct made a, struct made b, const char *want)
{
	char *text __free = why(&a, &b, "qemu"), *turned __free = why(&b, &a, "qemu");

	if (*want) {
		assert_contains(text, want);
		assert_true(*turned);
	} else {
		assert_string_equal(text, "");
		assert_string_equal(turned, "");
	}
}

static const struct made plain = { .config = "CONFIG_SMP=y\n# CONFIG_NUMA is not set\n"
					     "# CONFIG_KASAN is not set\nCONFIG_HZ=250\n" };
static const struct made checked = { .config = "CONFIG_SMP=y\n# CONFIG_NUMA is not set\n"
					       "CONFIG_KASAN=y\nCONFIG_HZ=250\n" };

/* BASE with some fields of its own. */
#define LIKE(base, ...)                                                                            \
	({                                                                                         \
		struct made m_ = (base);                                                           \
		const struct made with_ = { __VA_ARGS__ };                                         \
		with(&m_, &with_);                                                                 \
		m_;                                                                                \
	})

static void with(struct made *m, const struct made *o)
{
	const char **to = (const char **)m;
	const char *const *from = (const char *const *)o;

	for (size_t i = 0; i < offsetof(struct made, image) / sizeof(char *); i++)
		to[i] = from[i] ? from[i] : to[i];
	m->image |= o->image;
}

static void the_same_compares(void **state)
{
	(void)state;
	expect(plain, plain, "");
}

/* Debugging weighs, whoever has it: from another source, by another compiler's day. */
static void configurations_that_nobody_asked_for(void **state)
{
	const struct made old = LIKE(plain, .key = "linux-6.12", .release = "6.12.1");
	const struct made numa =
		LIKE(old, .config = "CONFIG_SMP=y\nCONFIG_NUMA=y\nCONFIG_HZ=250\n");
	const struct made bare = LIKE(old, .config = "CONFIG_SMP=y\nCONFIG_HZ=250\n");
	const struct made fast = LIKE(old, .config = "CONFIG_SMP=y\nCONFIG_HZ=1000\n");
	const struct made same = LIKE(fast, .release = "7.3.9");
	const struct made sooner = LIKE(fast, .release = "7.30.9");

	(void)state;
	expect(old, checked, "the configurations differ and nobody asked: CONFIG_KASAN n -> y");
	expect(numa, plain, "nobody asked: CONFIG_NUMA y -> n");
	/* what a release does not know is nobody's decision; but debugging costs in any case */
	expect(bare, plain, "");
	expect(bare, checked, "CONFIG_KASAN n -> y");
	/* defaults move between releases, not within one */
	expect(fast, plain, "");
	expect(sooner, plain, "");
	expect(same, plain, "CONFIG_HZ 1000 -> 250");
}

static void asking_is_consent(void **state)
{
	const struct made asked = LIKE(checked, .asked = "\"CONFIG_KASAN\":\"y\"");
	const struct made other = LIKE(plain, .key = "linux-6.12");
	const struct made more =
		LIKE(asked, .config = "CONFIG_SMP=y\nCONFIG_KASAN=y\nCONFIG_DEBUG_OBJECTS=y\n");
	const struct made whole = LIKE(checked, .full = "abc");

	(void)state;
	expect(plain, asked, "");
	/* also of another source, and with what it brings along */
	expect(other, asked, "");
	expect(other, more, "");
	expect(plain, whole, "");
}

static void patches_may_change_the_configuration(void **state)
{
	const struct made patched = LIKE(checked, .series = "{\"id\":\"0123\"}");

	(void)state;
	expect(plain, patched, "");
	/* the same source, tools, requests and patches, and yet another configuration */
	expect(plain, checked, "CONFIG_KASAN n -> y");
	expect(plain, LIKE(plain, .config = "CONFIG_SMP=y\nCONFIG_HZ=250\nCONFIG_USB=y\n"),
	       "CONFIG_USB n -> y");
}

static void compilers(void **state)
{
	const struct made newer = LIKE(plain, .compiler = CC_14);
	const struct made asked = LIKE(newer, .cc = "gcc-14");
	const struct made image = { .image = true,
				    .config = "CONFIG_CC_VERSION_TEXT=\"" CC "\"\n" };
	const struct made image_14 = { .image = true,
				       .config = "CONFIG_CC_VERSION_TEXT=\"" CC_14 "\"\n" };

	(void)state;
	expect(plain, newer, "the compilers differ and nobody asked: " CC ", " CC_14);
	expect(plain, asked, "");
	expect(image, image_14, "");
	expect(plain, image_14, "the compilers differ");
	expect(plain, image, "");
}

/* Images of two releases: new symbols, and some gone. */
static void images_of_two_releases(void **state)
{
	const struct made old = { .image = true,
				  .release = "6.12.117+deb13-cloud-amd64",
				  .config = "CONFIG_SMP=y\nCONFIG_PREEMPT_VOLUNTARY=y\n"
					    "# CONFIG_UBSAN is not set\nCONFIG_MEMCG=y\n" };
	const struct made new = { .image = true,
				  .release = "7.3.4+deb13-cloud-amd64",
				  .config = "CONFIG_SMP=y\nCONFIG_PREEMPT_LAZY=y\nCONFIG_UBSAN=y\n"
					    "# CONFIG_PREEMPT_VOLUNTARY is not set\n"
					    "CONFIG_MEMCG=y\nCONFIG_NUMA_MIGRATION=y\n" };
	const struct made rt =
		LIKE(new, .release = "7.3.4+deb13-rt-amd64",
		     .config = "CONFIG_SMP=y\nCONFIG_PREEMPT_RT=y\nCONFIG_MEMCG=y\n");

	(void)state;
	expect(old, new, "");
	expect(new, rt, "CONFIG_PREEMPT_RT n -> y");
	expect(old, rt, "CONFIG_PREEMPT_RT n -> y");
}

static void nothing_is_known_of_some(void **state)
{
	const struct made unknown = { .image = true };

	(void)state;
	expect(plain, unknown, "");
	expect(unknown, checked, "");
}

static void machines(void **state)
{
	const struct made here = LIKE(plain, .facts = "{\"accel\":\"tcg\",\"machine\":\"q35\","
						      "\"emulator_version\":\"7.2.22\",\"cpus\":1,"
						      "\"memory_mib\":1024}");
	const struct made more = LIKE(here, .facts = "{\"accel\":\"tcg\",\"machine\":\"q35\","
						     "\"emulator_version\":\"7.2.22\",\"cpus\":2,"
						     "\"memory_mib\":1024}");
	const struct made small = LIKE(here, .facts = "{\"accel\":\"tcg\",\"machine\":\"q35\","
						      "\"emulator_version\":\"7.2.22\",\"cpus\":1,"
						      "\"memory_mib\":512}");
	const struct made old = LIKE(here, .facts = "{\"accel\":\"tcg\",\"machine\":\"q35\","
						    "\"emulator_version\":\"6.0.0\",\"cpus\":1,"
						    "\"memory_mib\":1024}");

	(void)state;
	expect(here, here, "");
	expect(here, more, "the boots were of several machines: qemu 7.2.22 q35");
	expect(here, small, "several machines");
	expect(here, old, "several machines");
	expect(LIKE(plain, .hello = "{\"cpus\":1}"), LIKE(plain, .hello = "{\"cpus\":4}"),
	       "several machines");
}

static void who_measured_and_what(void **state)
{
	(void)state;
	expect(plain, LIKE(plain, .agent = "0.2.0"),
	       "the boots were measured by several agents: 0.1.0; 0.2.0");
	expect(plain, LIKE(plain, .events = ",\"events\":[\"minor-faults\"]"),
	       "other events were counted: none; [\"minor-faults\"]");
	expect(plain, LIKE(plain, .events = ",\"events\":[]"), "");
	expect(plain, LIKE(plain, .arch = "arm64"), "the architectures differ: x86_64, arm64");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_same_compares),
		cmocka_unit_test(configurations_that_nobody_asked_for),
		cmocka_unit_test(asking_is_consent),
		cmocka_unit_test(patches_may_change_the_configuration),
		cmocka_unit_test(compilers),
		cmocka_unit_test(images_of_two_releases),
		cmocka_unit_test(nothing_is_known_of_some),
		cmocka_unit_test(machines),
		cmocka_unit_test(who_measured_and_what),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

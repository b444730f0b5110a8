// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Names of kernels and what they resolve to, with a package index written by
 * hand: no network, no apt.
 */
#include <errno.h>
#include <unistd.h>

#include "lib/cleanup.h"
#include "runner/runner.h"
#include "runner/source.h"
#include "tests/unit/unit.h"

static const char index_text[] =
	"# mirror: \n"
	"linux-source-7.3 7.3.4-1~bpo13+1 aa 100\n"
	"linux-source-7.2 7.2.13-1 bb 100\n"
	"linux-source-7.2 7.2.9-1 bb 100\n"
	"linux-source-7.2-rt 9.9-1 bb 100\n"
	"linux-source 99 bb 100\n"
	"linux-image-6.12-cloud-amd64 6.12.117-1 cc 1500\n"
	"linux-image-6.12.117+deb12-cloud-amd64 6.12.117-1~deb12u1 cc 34000000\n"
	"linux-image-6.12.117+deb12-cloud-amd64-unsigned 6.12.117-1~deb12u1 uu 34000000\n"
	"linux-image-6.12.9+deb12-cloud-amd64 6.12.9-1 cc 34000000\n"
	"linux-image-7.2.13+deb14-cloud-amd64 7.2.13-1 dd 1900\n"
	"linux-binary-unsigned-7.2.13+deb14-cloud-amd64 7.2.13-1 ee 13000000\n"
	"linux-binary-7.2.13+deb14-cloud-amd64 7.2.13-1 ff 13000000\n"
	"linux-binary-unsigned-7.3.4+deb13-cloud-amd64 7.3.4-1~bpo13+1 gg 13000000\n";

static char *cache;

static int make_cache(void **state)
{
	(void)state;
	unsetenv("FOLIOBENCH_MIRROR");
	cache = scratch_make();
	char *apt __free = xasprintf("%s/apt", cache);
	char *index __free = xasprintf("%s/index-amd64", apt);
	char *tried __free = xasprintf("%s/tried-amd64", apt);

	return fs_mkdirs(apt, NULL) || fs_write(index, index_text, strlen(index_text), NULL) ||
	       fs_write(tried, "", 0, NULL);
}

static int remove_cache(void **state)
{
	(void)state;
	scratch_remove(cache);
	return 0;
}

/* The version that TEXT stands for, or NULL and the message in E; key in KEY. */
static char *version_of(const char *text, char **key, struct error *e)
{
	struct runner r = { .cache_dir = cache, .log_dir = cache };
	const struct arch *a = arch_find("x86_64", e);
	struct source_id id = { 0 };
	const char *asked;
	const struct source *s = source_find(text, &asked, e);
	char *version = NULL;

	assert_non_null(s);
	if (!s->resolve(&r, a, asked, &id, e)) {
		version = xstrdup(id.version);
		*key = xstrdup(id.key);
	}
	source_id_release(s, &id);
	return version;
}

static void resolves(void **state)
{
	static const struct {
		const char *text, *version, *key;
	} rows[] = {
		{ "debian:", "7.3.4-1~bpo13+1", "linux-source-7.3_7.3.4-1~bpo13+1" },
		{ "debian:7.2", "7.2.13-1", "linux-source-7.2_7.2.13-1" },
		{ "debian:7.2.9", "7.2.9-1", "linux-source-7.2_7.2.9-1" },
		{ "debian-image:6.12", "6.12.117-1~deb12u1",
		  "linux-image-6.12.117+deb12-cloud-amd64_6.12.117-1~deb12u1" },
		{ "debian-image:6.12.117+deb12", "6.12.117-1~deb12u1",
		  "linux-image-6.12.117+deb12-cloud-amd64_6.12.117-1~deb12u1" },
		{ "debian-image:6.12.9-1", "6.12.9-1",
		  "linux-image-6.12.9+deb12-cloud-amd64_6.12.9-1" },
		{ "debian-image:7.2", "7.2.13-1",
		  "linux-binary-7.2.13+deb14-cloud-amd64_7.2.13-1" },
		{ "debian-image:", "7.3.4-1~bpo13+1",
		  "linux-binary-unsigned-7.3.4+deb13-cloud-amd64_7.3.4-1~bpo13+1" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct error e = { 0 };
		char *key __free = NULL;
		char *got __free = version_of(rows[i].text, &key, &e);

		if (!got)
			fail_msg("%s: %s", rows[i].text, e.msg);
		assert_string_equal(got, rows[i].version);
		assert_string_equal(key, rows[i].key);
	}
}

static void says_what_is_there(void **state)
{
	struct error e = { 0 };
	char *key __free = NULL;

	(void)state;
	assert_null(version_of("debian:6.17", &key, &e));
	assert_contains(e.msg, "no linux-source 6.17 (it has 7.3.4-1~bpo13+1, 7.2.13-1, 7.2.9-1)");
	assert_null(version_of("debian-image:5.10", &key, &e));
	assert_contains(e.msg, "no cloud kernel 5.10 (it has 7.3.4+deb13, 7.2.13+deb14, "
			       "6.12.117+deb12, 6.12.9+deb12)");
}

static void a_tree_outlives_the_archive(void **state)
{
	char *tree __free = xasprintf("%s/src/linux-source-6.17_6.17.8-1", cache);
	char *half __free = xasprintf("%s/src/.tmp-linux-source-6.16_6.16.1-1", cache);
	struct error e = { 0 };
	char *key __free = NULL, *none __free = NULL;
	char *got __free = NULL;

	(void)state;
	fs_mkdirs(tree, NULL);
	fs_mkdirs(half, NULL);
	got = version_of("debian:6.17", &key, &e);
	assert_non_null(got);
	assert_string_equal(got, "6.17.8-1");
	assert_null(version_of("debian:6.16", &none, &e));
}

static void kernel_names(void **state)
{
	struct runner r = { .cache_dir = cache,
			    .log_dir = cache,
			    .kernels_dir = TEST_DATA_DIR "/../../kernels" };
	struct kernel a, b;
	struct error e = { 0 };

	(void)state;
	assert_int_equal(kernel_resolve_name(&r, "nosuch", &a, &e), -EINVAL);
	assert_contains(e.msg, "no kernel 'nosuch' (known: ");
	assert_contains(e.msg, "stock");
	assert_contains(e.msg, "debian-image:VERSION");
	assert_int_equal(kernel_resolve_name(&r, "running", &a, &e), 0);
	assert_true(a.running && a.built && !a.image);
	kernel_release(&a);
	assert_int_equal(kernel_resolve_name(&r, "stock", &a, &e), 0);
	assert_int_equal(kernel_resolve_name(&r, "knockouts", &b, &e), 0);
	assert_string_not_equal(a.hash, b.hash);
	assert_false(a.built);
	kernel_release(&b);
	/* the same inputs by another name are the same kernel */
	assert_int_equal(kernel_resolve_name(&r, "debian:7.3", &b, &e), 0);
	assert_string_equal(a.hash, b.hash);
	kernel_release(&a);
	kernel_release(&b);
}

static void unknown_source(void **state)
{
	struct error e = { 0 };
	const char *asked;

	(void)state;
	assert_null(source_find("ubuntu:1", &asked, &e));
	assert_contains(e.msg, "git:, dir:, tarball:, debian:, debian-image:, image:, running");
	assert_true(source_is_name("debian-image:6.12"));
	assert_false(source_is_name("debian"));
	assert_false(source_is_name("debianx:1"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(resolves),
		cmocka_unit_test(says_what_is_there),
		cmocka_unit_test(a_tree_outlives_the_archive),
		cmocka_unit_test(kernel_names),
		cmocka_unit_test(unknown_source),
	};

	return cmocka_run_group_tests(tests, make_cache, remove_cache);
}

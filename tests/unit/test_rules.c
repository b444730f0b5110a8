// SPDX-License-Identifier: GPL-2.0-or-later
/* results/rules.c: what is laid down before a run comes back as it went in. */
#include <errno.h>

#include "results/db.h"
#include "results/rules.h"
#include "tests/unit/fake_run.h"

static void test_all_fields(void **state)
{
	char *dir = scratch_make();
	struct store *s = fake_open(dir);
	int64_t run = fake_run(s, "qemu");
	struct run_rules in = { .margin = 0.005,
				.detect = 0.01,
				.power = 0.9,
				.looks = 3,
				.blocks = 24,
				.look = 2,
				.looked_at = 16 };
	struct run_rules out;
	struct error e = { "" };

	(void)state;
	strv_add(&in.headline, "munmap folio=64K");
	strv_add(&in.headline, "fork \"per page\"");
	assert_int_equal(rules_store(s, run, &in, &e), 0);
	/* another program that opens the store sees it */
	store_close(s);
	s = fake_open(dir);
	assert_int_equal(rules_load(s, run, &out, &e), 0);
	assert_true(out.margin == 0.005 && out.detect == 0.01 && out.power == 0.9);
	assert_int_equal(out.looks, 3);
	assert_int_equal(out.blocks, 24);
	assert_int_equal(out.look, 2);
	assert_int_equal(out.looked_at, 16);
	assert_int_equal(out.headline.n, 2);
	assert_string_equal(out.headline.v[0], "munmap folio=64K");
	assert_string_equal(out.headline.v[1], "fork \"per page\"");
	assert_false(out.calibration || out.pilot);
	rules_release(&out);
	assert_int_equal(out.headline.n, 0);
	rules_release(&in);
	store_close(s);
	scratch_remove(dir);
}

static void test_flags_and_replacing(void **state)
{
	char *dir = scratch_make();
	struct store *s = fake_open(dir);
	int64_t run = fake_run(s, "local"), other = fake_run(s, "local");
	struct run_rules in = { .calibration = true, .margin = 0.02 }, out;
	struct error e = { "" };

	(void)state;
	assert_int_equal(rules_store(s, run, &in, &e), 0);
	in = (struct run_rules){ .pilot = true };
	assert_int_equal(rules_store(s, other, &in, &e), 0);
	assert_int_equal(rules_load(s, run, &out, &e), 0);
	assert_true(out.calibration && !out.pilot && out.margin == 0.02);
	rules_release(&out);
	assert_int_equal(rules_load(s, other, &out, &e), 0);
	assert_true(out.pilot && !out.calibration && out.margin == 0);
	rules_release(&out);

	/* later rules replace earlier ones whole */
	in = (struct run_rules){ .looks = 2 };
	assert_int_equal(rules_store(s, run, &in, &e), 0);
	assert_int_equal(rules_load(s, run, &out, &e), 0);
	assert_true(!out.calibration && out.margin == 0 && out.looks == 2);
	rules_release(&out);
	store_close(s);
	scratch_remove(dir);
}

static void test_none(void **state)
{
	char *dir = scratch_make();
	struct store *s = fake_open(dir);
	int64_t run = fake_run(s, "qemu");
	struct run_rules none = { 0 }, out = { .looks = 77 };
	struct error e = { "" };

	(void)state;
	assert_int_equal(rules_load(s, run, &out, &e), 0);
	assert_memory_equal(&out, &none, sizeof(out));
	assert_int_equal(rules_store(s, run, &none, &e), 0);
	assert_int_equal(rules_load(s, run, &out, &e), 0);
	assert_memory_equal(&out, &none, sizeof(out));

	assert_int_equal(rules_load(s, run + 1, &out, &e), -ENOENT);
	assert_contains(e.msg, "there is no run 2");
	assert_int_equal(rules_store(s, run + 1, &none, &e), -ENOENT);
	store_close(s);
	scratch_remove(dir);
}

static void test_damaged(void **state)
{
	static const char *const texts[] = {
		"{",
		"[]",
		"{\"margin\":\"1%\"}",
		"{\"margin\":-1}",
		"{\"power\":2}",
		"{\"looks\":-3}",
		"{\"blocks\":1e300}",
		"{\"headline\":\"munmap\"}",
		"{\"headline\":[\"munmap\",7]}",
	};
	char *dir = scratch_make();
	struct store *s = fake_open(dir);
	int64_t run = fake_run(s, "qemu");
	struct run_rules out;
	struct error e = { "" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		char *sql __free = xasprintf("UPDATE run SET rules = '%s'", texts[i]);

		assert_int_equal(db_exec(s, sql, &e), 0);
		if (rules_load(s, run, &out, &e) != -EUCLEAN)
			fail_msg("taken: %s", texts[i]);
		assert_contains(e.msg, "rules of run 1 are damaged");
		assert_int_equal(out.headline.n, 0);
	}
	/* what a newer program adds does not keep this one from reading the rest */
	assert_int_equal(db_exec(s, "UPDATE run SET rules = '{\"looks\":4,\"new\":{}}'", &e), 0);
	assert_int_equal(rules_load(s, run, &out, &e), 0);
	assert_int_equal(out.looks, 4);
	rules_release(&out);
	store_close(s);
	scratch_remove(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_fields),
		cmocka_unit_test(test_flags_and_replacing),
		cmocka_unit_test(test_none),
		cmocka_unit_test(test_damaged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

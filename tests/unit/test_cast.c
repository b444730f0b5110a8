// SPDX-License-Identifier: GPL-2.0-or-later
/* Who shares, leaves and writes, from params; and what a correct kernel may do then. */
#include "bench/cast.h"
#include "tests/unit/unit.h"

static const struct param_desc descs[] = { CAST_PARAMS, { 0 } };

/* The cast of one cell: ARGS is up to three assignments. */
static const char *cast_of(struct cast *c, const char *a, const char *b, const char *d)
{
	char *args[] = { (char *)a, (char *)b, (char *)d, NULL };
	struct strv assignments = { args, 3 };
	struct param_set *cells = NULL;
	struct error e = { "" };
	const char *why;
	size_t n = 0;

	for (size_t i = 0; i < 3; i++) {
		if (!args[i])
			args[i] = (char *)"folio=4K"; /* not of this table: skipped */
	}
	if (params_expand(descs, &assignments, &cells, &n, &e))
		fail_msg("%s", e.msg);
	assert_int_equal(n, 1);
	why = cast_from_params(&cells[0], c);
	free(cells);
	return why;
}

static void parent_writes_when_the_child_is_gone(void **state)
{
	struct cast c;

	(void)state;
	assert_null(cast_of(&c, NULL, NULL, NULL));
	assert_int_equal(c.children, 1);
	assert_int_equal(c.writer, CAST_PARENT);
	assert_int_equal(c.how, LEAVE_EXIT);
	assert_int_equal(c.n_leaving, 1);
	assert_int_equal(c.leaving[0], 0);
	assert_false(cast_shared(&c));
	assert_string_equal(cast_rule(&c), "may reuse");
}

static void children_leave_in_order(void **state)
{
	struct cast c;

	(void)state;
	assert_null(cast_of(&c, "children=4", "left=second", "child=exec"));
	assert_int_equal(c.how, LEAVE_EXEC);
	assert_int_equal(c.n_leaving, 3);
	assert_int_equal(c.leaving[0], 0);
	assert_int_equal(c.leaving[1], 2);
	assert_int_equal(c.leaving[2], 3);
	assert_true(c.stays[1]);
	assert_null(cast_of(&c, "children=4", "left=second", "end_order=reverse"));
	assert_int_equal(c.leaving[0], 3);
	assert_int_equal(c.leaving[2], 0);
}

static void left_child_is_the_writer(void **state)
{
	struct cast c;

	(void)state;
	assert_null(cast_of(&c, "writer=child", "children=3", "left=last"));
	assert_int_equal(c.writer, 2);
	assert_int_equal(c.n_leaving, 2);
	assert_false(cast_shared(&c));
	assert_string_equal(cast_rule(&c), "may reuse");
	assert_null(cast_of(&c, "writer=child", "children=3", NULL));
	assert_int_equal(c.writer, 0);
	assert_int_equal(c.leaving[0], 1);
}

static void who_shares_forbids_reuse(void **state)
{
	static const char *const cells[][3] = {
		{ "children=3", "left=first", NULL },
		{ "children=3", "left=last", NULL },
		{ "children=8", "left=all", NULL },
		{ "writer=child", "left=parent", NULL },
		{ "writer=child", "left=all", "children=2" },
	};
	struct cast c;

	(void)state;
	for (size_t i = 0; i < sizeof(cells) / sizeof(cells[0]); i++) {
		assert_null(cast_of(&c, cells[i][0], cells[i][1], cells[i][2]));
		assert_true(cast_shared(&c));
		assert_contains(cast_rule(&c), "must copy");
	}
	/* one child alone that is the writer shares with nobody, whoever all are */
	assert_null(cast_of(&c, "writer=child", "left=all", NULL));
	assert_false(cast_shared(&c));
}

static void halves_are_shared_in_part(void **state)
{
	struct cast c;

	(void)state;
	assert_null(cast_of(&c, "child=unmap-half", "children=2", "left=first"));
	assert_true(c.stays[0] && !c.halves[0]);
	assert_true(!c.stays[1] && c.halves[1]);
	assert_true(cast_shared(&c) && cast_halved(&c));
	assert_null(cast_of(&c, "child=unmap-half", NULL, NULL));
	assert_false(cast_shared(&c));
	assert_true(cast_halved(&c));
	assert_contains(cast_rule(&c), "must copy what children map");
}

static void holds_have_rules(void **state)
{
	struct cast c;

	(void)state;
	assert_null(cast_of(&c, "hold=gup-pin", NULL, NULL));
	assert_int_equal(c.hold, HOLD_GUP_PIN);
	assert_contains(cast_rule(&c), "must stay in place");
	/* fork() copied what is pinned: a child that stays does not map it */
	assert_null(cast_of(&c, "hold=gup-pin", "left=first", NULL));
	assert_contains(cast_rule(&c), "must stay in place");
	assert_null(cast_of(&c, "hold=gup-pin", "writer=child", NULL));
	assert_contains(cast_rule(&c), "the pin sees no write");
	assert_null(cast_of(&c, "hold=pipe", NULL, NULL));
	assert_contains(cast_rule(&c), "must copy the pages in pipes");
	assert_null(cast_of(&c, "hold=pipe", "left=first", NULL));
	assert_contains(cast_rule(&c), "others map it");
	assert_null(cast_of(&c, "hold=one-page-left", NULL, NULL));
	assert_int_equal(c.hold, HOLD_ONE_PAGE_LEFT);
	assert_string_equal(cast_rule(&c), "may reuse");
}

static void what_makes_no_sense_has_a_reason(void **state)
{
	struct cast c;

	(void)state;
	assert_contains(cast_of(&c, "left=second", NULL, NULL), "children=2");
	assert_contains(cast_of(&c, "left=parent", NULL, NULL), "writer=child");
	assert_contains(cast_of(&c, "writer=child", "child=unmap-half", NULL), "children=2");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parent_writes_when_the_child_is_gone),
		cmocka_unit_test(children_leave_in_order),
		cmocka_unit_test(left_child_is_the_writer),
		cmocka_unit_test(who_shares_forbids_reuse),
		cmocka_unit_test(halves_are_shared_in_part),
		cmocka_unit_test(holds_have_rules),
		cmocka_unit_test(what_makes_no_sense_has_a_reason),
	};

	return cmocka_run_group_tests_name("cast", tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* lib/folded and plots/flame: stacks are merged by the names of the source, and drawn. */
#include <errno.h>

#include "lib/folded.h"
#include "plots/flame.h"
#include "tests/unit/unit.h"

static void same_stacks_are_one(void **state)
{
	struct strbuf out __strbuf = { 0 };
	struct folded f = { 0 };
	struct error e;

	(void)state;
	assert_int_equal(folded_add(&f, "a;b.isra.0 3\na 4\n", FOLDED_BASELINE, 1, &e), 0);
	assert_int_equal(folded_add(&f, "a;b 5\na2;c 1\na;b;c 2", FOLDED_BASELINE, 2, &e), 0);
	folded_seal(&f);
	folded_write(&f, FOLDED_BASELINE, &out);
	/* what a calls follows a, before the longer name a2 */
	assert_string_equal(strbuf_str(&out), "a 4\na;b 13\na;b;c 4\na2;c 2\n");
	assert_true(folded_total(&f, FOLDED_BASELINE) == 23);
	assert_true(folded_total(&f, FOLDED_PATCHED) == 0);
	folded_release(&f);
}

static void split_parts_are_their_function(void **state)
{
	struct strbuf out __strbuf = { 0 };
	struct folded f = { 0 };
	struct error e;

	(void)state;
	assert_int_equal(folded_add(&f, "a;f;f.cold 3\na;f 4\na;f.part.0;f 1\n", 0, 1, &e), 0);
	/* a call of itself is no split part */
	assert_int_equal(folded_add(&f, "a;f;f;f 2\n", 0, 1, &e), 0);
	folded_seal(&f);
	folded_write(&f, 0, &out);
	assert_string_equal(strbuf_str(&out), "a;f 8\na;f;f;f 2\n");
	folded_release(&f);
}

static void both_counts_side_by_side(void **state)
{
	struct strbuf out __strbuf = { 0 };
	struct folded f = { 0 };
	struct error e;

	(void)state;
	assert_int_equal(folded_add(&f, "a 10\na;gone 5\n", FOLDED_BASELINE, 0.5, &e), 0);
	assert_int_equal(folded_add(&f, "a 10\na;new 7\na;tiny 0.25", FOLDED_PATCHED, 1, &e), 0);
	folded_seal(&f);
	folded_write_both(&f, &out);
	assert_string_equal(strbuf_str(&out), "a 5 10\na;gone 2 0\na;new 0 7\n");
	folded_release(&f);
}

static void refuses_what_is_no_stack(void **state)
{
	static const char *const bad[] = { "a;b\n",    "a;b x\n", " 3\n",   "a -1\n",
					   "a 1e99\n", "a 3 \n",  "a nan\n" };
	struct folded f = { 0 };
	struct error e;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		assert_int_equal(folded_add(&f, bad[i], 0, 1, &e), -EPROTO);
		assert_contains(e.msg, "no call stack");
	}
	folded_release(&f);
}

static void draw(const char *baseline, const char *patched, bool diff, struct strbuf *out)
{
	const struct flame_look look = { .title = "a < b & c", .unit = "things", .diff = diff };
	struct folded f = { 0 };
	struct error e;

	assert_int_equal(folded_add(&f, baseline, FOLDED_BASELINE, 1, &e), 0);
	assert_int_equal(folded_add(&f, patched, FOLDED_PATCHED, 1, &e), 0);
	folded_seal(&f);
	flame_svg(&f, &look, out);
	folded_release(&f);
}

static void widths_are_the_counts(void **state)
{
	struct strbuf out __strbuf = { 0 };

	(void)state;
	draw("a 25\na;b 50\na;c 25\n", "", false, &out);
	assert_contains(strbuf_str(&out), "a &#60; b &#38; c");
	assert_contains(strbuf_str(&out), "<title>all: 100, 100.00% of all; in it alone 0</title>"
					  "<rect x=\"10.00\" y=\"86\" width=\"1180.00\"");
	assert_contains(strbuf_str(&out), "<title>b: 50, 50.00% of all; in it alone 50</title>"
					  "<rect x=\"10.00\" y=\"52\" width=\"590.00\"");
	assert_contains(strbuf_str(&out), "<title>c: 25, 25.00% of all; in it alone 25</title>"
					  "<rect x=\"600.00\" y=\"52\" width=\"295.00\"");
}

static void a_difference_has_what_is_gone_too(void **state)
{
	struct strbuf out __strbuf = { 0 };

	(void)state;
	draw("a 50\na;b 50\n", "a 50\na;c 25\n", true, &out);
	/* 125 wide: the larger of each; b is blue, c paler red, a has not changed */
	assert_contains(strbuf_str(&out), "things: 75, was 100 (-25)");
	assert_contains(strbuf_str(&out), "<title>b: 0, was 50 (-50); in it alone 0, was 50 (-50)"
					  "</title><rect x=\"10.00\" y=\"52\" width=\"472.00\" "
					  "height=\"16\" fill=\"#5a5af0\"/>");
	assert_contains(strbuf_str(&out), "<title>c: 25, was 0 (+25); in it alone 25, was 0 (+25)"
					  "</title><rect x=\"482.00\" y=\"52\" width=\"236.00\" "
					  "height=\"16\" fill=\"#f08686\"/>");
	assert_contains(strbuf_str(&out), "width=\"1180.00\" height=\"16\" fill=\"#f0f0f0\"");
}

static void nothing_is_drawn_of_nothing(void **state)
{
	struct strbuf out __strbuf = { 0 };

	(void)state;
	draw("", "", false, &out);
	assert_contains(strbuf_str(&out), "</svg>");
	assert_null(strstr(strbuf_str(&out), "nan"));
}

static void deep_stacks_have_a_row_each(void **state)
{
	struct strbuf stack __strbuf = { 0 }, out __strbuf = { 0 };
	size_t rows = 0;

	(void)state;
	for (int i = 0; i < 500; i++)
		strbuf_addf(&stack, "%sf%d", i ? ";" : "", i);
	strbuf_addstr(&stack, " 1\n");
	draw(strbuf_str(&stack), "", false, &out);
	for (const char *p = strbuf_str(&out); (p = strstr(p, "<title>")); p++)
		rows++;
	assert_int_equal(rows, 501);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(same_stacks_are_one),
		cmocka_unit_test(split_parts_are_their_function),
		cmocka_unit_test(both_counts_side_by_side),
		cmocka_unit_test(refuses_what_is_no_stack),
		cmocka_unit_test(widths_are_the_counts),
		cmocka_unit_test(a_difference_has_what_is_gone_too),
		cmocka_unit_test(nothing_is_drawn_of_nothing),
		cmocka_unit_test(deep_stacks_have_a_row_each),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* lib/strbuf: growth, embedded NULs, reuse after reset and detach, vectors. */
#include "lib/strbuf.h"
#include "tests/unit/unit.h"

static void empty_is_a_string(void **state)
{
	struct strbuf sb __strbuf = { 0 };
	char *s;

	(void)state;
	assert_string_equal(strbuf_str(&sb), "");
	strbuf_reset(&sb);
	s = strbuf_detach(&sb);
	assert_string_equal(s, "");
	free(s);
}

static void grows_and_stays_terminated(void **state)
{
	struct strbuf sb __strbuf = { 0 };

	(void)state;
	for (int i = 0; i < 10000; i++) {
		strbuf_addf(&sb, "%d,", i % 10);
		assert_int_equal(sb.buf[sb.len], '\0');
	}
	assert_int_equal(sb.len, 20000);
	assert_memory_equal(sb.buf + 19980, "0,1,2,3,4,5,6,7,8,9,", 20);
}

static void formats_longer_than_the_buffer(void **state)
{
	struct strbuf sb __strbuf = { 0 };

	(void)state;
	strbuf_addf(&sb, "%0500d|%s", 7, "end");
	assert_int_equal(sb.len, 504);
	assert_string_equal(sb.buf + 499, "7|end");
}

static void holds_bytes(void **state)
{
	struct strbuf sb __strbuf = { 0 };

	(void)state;
	strbuf_add(&sb, "a\0b", 3);
	strbuf_addch(&sb, 'c');
	assert_int_equal(sb.len, 4);
	assert_memory_equal(sb.buf, "a\0bc", 5);
}

static void usable_after_reset_and_detach(void **state)
{
	struct strbuf sb __strbuf = { 0 };
	char *first;

	(void)state;
	strbuf_addstr(&sb, "first");
	first = strbuf_detach(&sb);
	strbuf_addstr(&sb, "second");
	strbuf_reset(&sb);
	assert_string_equal(strbuf_str(&sb), "");
	strbuf_addstr(&sb, "third");
	assert_string_equal(first, "first");
	assert_string_equal(strbuf_str(&sb), "third");
	free(first);
}

static void vector_is_null_terminated(void **state)
{
	struct strv v __strv = { 0 };
	size_t n = 0;

	(void)state;
	strv_for_each(&v, it)
		n++;
	assert_int_equal(n, 0);
	strv_add(&v, "qemu");
	strv_addf(&v, "-m%d", 512);
	strv_for_each(&v, it)
		n++;
	assert_int_equal(n, 2);
	assert_null(v.v[2]);
	assert_string_equal(v.v[1], "-m512");
}

static void split_drops_empty_words(void **state)
{
	struct strv v __strv = { 0 };

	(void)state;
	strv_split(&v, ",,4K,16K;64K,", ",;");
	assert_int_equal(v.n, 3);
	assert_string_equal(v.v[0], "4K");
	assert_string_equal(v.v[2], "64K");
	strv_split(&v, "", ",");
	assert_int_equal(v.n, 3);
	assert_true(strv_contains(&v, "16K"));
	assert_false(strv_contains(&v, "16"));
}

static void copies_own_their_text(void **state)
{
	struct strv a = { 0 }, b __strv = { 0 };

	(void)state;
	strv_add(&a, "x");
	strv_copy(&b, &a);
	a.v[0][0] = 'y';
	strv_release(&a);
	assert_string_equal(b.v[0], "x");
	assert_int_equal(a.n, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(empty_is_a_string),
		cmocka_unit_test(grows_and_stays_terminated),
		cmocka_unit_test(formats_longer_than_the_buffer),
		cmocka_unit_test(holds_bytes),
		cmocka_unit_test(usable_after_reset_and_detach),
		cmocka_unit_test(vector_is_null_terminated),
		cmocka_unit_test(split_drops_empty_words),
		cmocka_unit_test(copies_own_their_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

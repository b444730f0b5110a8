// SPDX-License-Identifier: GPL-2.0-or-later
/* runner/plan: blocks, seeds, the order of cells, what the agent reads. */
#include <errno.h>

#include "lib/cleanup.h"
#include "runner/plan.h"
#include "tests/unit/unit.h"

#define N_CELLS 12

static json_t *make_cells(size_t n)
{
	json_t *cells = json_array();

	for (size_t i = 0; i < n; i++)
		json_array_append_new(cells, json_pack("{s:i, s:s, s:{}, s:i}", "cell", (int)i,
						       "case", "null", "params", "samples", 3));
	return cells;
}

static void make(struct plan *p, const struct kernel *k, size_t n, unsigned int boots,
		 uint64_t seed)
{
	json_t *cells __json = make_cells(N_CELLS);
	struct error e = { "" };

	if (plan_make(p, k, n, cells, boots, seed, &e))
		fail_msg("%s", e.msg);
}

static void each_block_has_each_kernel_once(void **state)
{
	struct kernel k[3] = { 0 };
	struct plan p;

	(void)state;
	make(&p, k, 3, 20, 7);
	assert_int_equal(p.n_boots, 60);
	for (size_t block = 0; block < 20; block++) {
		unsigned int seen = 0;

		for (size_t i = block * 3; i < block * 3 + 3; i++) {
			assert_int_equal(p.boots[i].block, block);
			assert_int_equal(p.boots[i].number, block);
			seen |= 1u << p.boots[i].kernel;
		}
		assert_int_equal(seen, 7);
	}
	plan_release(&p);
}

/* A kernel that is measured against itself, with two images in each arm: arms are kernels. */
static void arms_of_one_kernel_are_two(void **state)
{
	struct kernel k[4] = { 0 };
	struct plan p;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(k); i++) {
		k[i].group = (char *)"a";
		k[i].again = i % 2;
	}
	make(&p, k, ARRAY_SIZE(k), 20, 7);
	assert_int_equal(p.n_boots, 40);
	for (unsigned int block = 0; block < 20; block++) {
		const struct plan_boot *b = &p.boots[2 * (size_t)block];
		unsigned int seen = 1u << b[0].kernel | 1u << b[1].kernel;

		/* the first images of both, then the second ones */
		assert_int_equal(seen, block % 2 ? 1u << 2 | 1u << 3 : 1u << 0 | 1u << 1);
	}
	plan_release(&p);
}

/* Two kernels, a and b, of which a has three images and b two. */
static void each_block_boots_the_next_layout(void **state)
{
	static char *const groups[] = { (char *)"a", (char *)"b", (char *)"a", (char *)"b",
					(char *)"a" };
	static const unsigned int images[2][3] = { { 0, 2, 4 }, { 1, 3, 1 } };
	struct kernel k[ARRAY_SIZE(groups)] = { 0 };
	unsigned int first = 0;
	struct plan p;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(groups); i++)
		k[i].group = groups[i];
	make(&p, k, ARRAY_SIZE(groups), 60, 7);
	assert_int_equal(p.n_boots, 120);
	for (unsigned int block = 0; block < 60; block++) {
		const struct plan_boot *b = &p.boots[2 * (size_t)block];
		unsigned int a = images[0][block % 3], c = images[1][block % 2];

		assert_int_equal(b[0].block, block);
		assert_int_equal(b[1].block, block);
		assert_true((b[0].kernel == a && b[1].kernel == c) ||
			    (b[0].kernel == c && b[1].kernel == a));
		first += b[0].kernel == a;
	}
	assert_in_range(first, 12, 48);
	plan_release(&p);
}

/* "baseline first" in every block would let drift look like an effect. */
static void order_is_random_but_the_seed_s(void **state)
{
	struct kernel k[2] = { 0 };
	struct plan a, b, c;
	unsigned int first = 0, differ = 0;

	(void)state;
	make(&a, k, 2, 100, 1);
	make(&b, k, 2, 100, 1);
	make(&c, k, 2, 100, 2);
	assert_memory_equal(a.boots, b.boots, a.n_boots * sizeof(*a.boots));
	for (size_t i = 0; i < a.n_boots; i += 2) {
		first += a.boots[i].kernel == 0;
		differ += a.boots[i].kernel != c.boots[i].kernel;
	}
	/* half of the blocks each; seeds differ by chance, five standard deviations of pairs of
	 * blocks */
	assert_int_equal(first, 50);
	assert_in_range(differ, 15, 85);
	plan_release(&a);
	plan_release(&b);
	plan_release(&c);
}

/* What grows evenly from boot to boot is the same for all kernels in two blocks. */
static void every_second_block_runs_backwards(void **state)
{
	struct kernel k[3] = { 0 };
	unsigned int orders = 0;
	struct plan p;

	(void)state;
	make(&p, k, 3, 40, 5);
	for (size_t i = 0; i < p.n_boots; i += 6) {
		for (size_t j = 0; j < 3; j++)
			assert_int_equal(p.boots[i + j].kernel, p.boots[i + 5 - j].kernel);
		orders |= 1u << (3 * p.boots[i].kernel + p.boots[i + 1].kernel);
	}
	/* all six of them: 01 02 10 12 20 21 */
	assert_int_equal(orders, 0xee);
	plan_release(&p);
}

/* The plan's text without its head. */
static char *cells_of(const struct plan *p, const struct target *t, size_t boot)
{
	struct strbuf sb __strbuf = { 0 };

	plan_write(p, t, &p->boots[boot], &sb);
	return xstrdup(strchr(strbuf_str(&sb), '\n') + 1);
}

static void exact_targets_keep_the_order_of_cells(void **state)
{
	const struct target t = { .unit = "insn", .exact = true, .boots_kernels = true };
	struct kernel k[2] = { 0 };
	struct plan p;
	char *first __free = NULL;

	(void)state;
	make(&p, k, 2, 3, 1);
	first = cells_of(&p, &t, 0);
	assert_non_null(strstr(first, "{\"cell\":0,"));
	for (size_t i = 1; i < p.n_boots; i++) {
		char *other __free = cells_of(&p, &t, i);

		assert_string_equal(first, other);
	}
	plan_release(&p);
}

static void time_targets_shuffle_cells_in_each_boot(void **state)
{
	const struct target t = { .unit = "ns" };
	struct kernel k[2] = { 0 };
	struct plan p;

	(void)state;
	make(&p, k, 2, 2, 1);
	for (size_t i = 0; i < p.n_boots; i++) {
		char *a __free = cells_of(&p, &t, i);
		char *again __free = cells_of(&p, &t, i);

		assert_string_equal(a, again);
		for (int cell = 0; cell < N_CELLS; cell++) {
			char *start __free = xasprintf("{\"cell\":%d,", cell);

			assert_contains(a, start);
		}
		for (size_t j = 0; j < i; j++) {
			char *b __free = cells_of(&p, &t, j);

			assert_string_not_equal(a, b);
			assert_int_equal(strlen(a), strlen(b));
		}
	}
	plan_release(&p);
}

/* Several emulated CPUs run side by side: time is measured, and cells are shuffled. */
static void several_cpus_are_not_exact(void **state)
{
	const struct target t = { .unit = "insn", .exact = true, .boots_kernels = true };
	const struct target timed = { .unit = "ns", .boots_kernels = true };
	struct kernel k = { 0 };
	struct plan p;
	char *one __free = NULL, *two __free = NULL;

	(void)state;
	make(&p, &k, 1, 2, 1);
	assert_true(plan_exact(&p, &t));
	assert_false(plan_exact(&p, &timed));
	p.cpus = 1;
	assert_true(plan_exact(&p, &t));
	one = cells_of(&p, &t, 0);
	assert_string_equal(plan_unit(&p, &t), "insn");
	p.cpus = 2;
	assert_false(plan_exact(&p, &t));
	assert_string_equal(plan_unit(&p, &t), "ns");
	assert_string_equal(plan_unit(&p, &timed), "ns");
	two = cells_of(&p, &t, 0);
	assert_string_not_equal(one, two);
	assert_int_equal(strlen(one), strlen(two));
	plan_release(&p);
}

static void head_says_what_the_guest_was_made_with(void **state)
{
	const struct target t = { .unit = "insn", .exact = true, .boots_kernels = true };
	struct kernel k = { 0 };
	struct strbuf sb __strbuf = { 0 };
	struct plan p;

	(void)state;
	make(&p, &k, 1, 1, 1);
	p.cpus = 4;
	p.nodes = 2;
	plan_write(&p, &t, &p.boots[0], &sb);
	*strchr(sb.buf, '\n') = '\0';
	assert_string_equal(sb.buf, "{\"v\":1,\"unit\":\"ns\",\"settle_s\":3,"
				    "\"modules\":[],\"cpus\":4,\"nodes\":2}");
	plan_release(&p);
}

static void head_says_unit_settling_and_modules(void **state)
{
	const struct target t = { .unit = "insn", .exact = true, .boots_kernels = true };
	struct kernel k = { 0 };
	struct strbuf sb __strbuf = { 0 };
	struct plan p;

	(void)state;
	strv_add(&k.modules, "/cache/x/virtio_console.ko");
	make(&p, &k, 1, 1, 1);
	plan_write(&p, &t, &p.boots[0], &sb);
	*strchr(sb.buf, '\n') = '\0';
	assert_string_equal(sb.buf, "{\"v\":1,\"unit\":\"insn\",\"settle_s\":3,"
				    "\"modules\":[\"/modules/virtio_console.ko\"]}");
	plan_release(&p);
	strv_release(&k.modules);
}

static void nothing_to_do_is_an_error(void **state)
{
	json_t *cells __json = make_cells(1);
	json_t *none __json = json_array();
	struct kernel k = { 0 };
	struct plan p;
	struct error e;

	(void)state;
	assert_int_equal(plan_make(&p, &k, 0, cells, 1, 1, &e), -EINVAL);
	assert_int_equal(plan_make(&p, &k, 1, cells, 0, 1, &e), -EINVAL);
	assert_int_equal(plan_make(&p, &k, 1, none, 1, 1, &e), -EINVAL);
	assert_int_equal(plan_make(&p, &k, 1, cells, 4000000000u, 1, &e), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_block_has_each_kernel_once),
		cmocka_unit_test(each_block_boots_the_next_layout),
		cmocka_unit_test(arms_of_one_kernel_are_two),
		cmocka_unit_test(order_is_random_but_the_seed_s),
		cmocka_unit_test(every_second_block_runs_backwards),
		cmocka_unit_test(exact_targets_keep_the_order_of_cells),
		cmocka_unit_test(time_targets_shuffle_cells_in_each_boot),
		cmocka_unit_test(several_cpus_are_not_exact),
		cmocka_unit_test(head_says_unit_settling_and_modules),
		cmocka_unit_test(head_says_what_the_guest_was_made_with),
		cmocka_unit_test(nothing_to_do_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

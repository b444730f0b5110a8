// SPDX-License-Identifier: GPL-2.0-or-later
/* bench/place: nodes read from numa_maps, what is good enough; the params of every case. */
#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bench/bench.h"
#include "bench/place.h"
#include "lib/cleanup.h"
#include "tests/unit/unit.h"

static const char numa_maps[] =
	"00400000 default file=/init mapped=250 N0=250 kernelpagesize_kB=4\n"
	"7fff00000000 bind:0-1 anon=512 dirty=512 active=0 N0=500 N1=12 kernelpagesize_kB=4\n"
	"7fff00200000 interleave:0-1 anon=8 dirty=8 N11=3 N1=5 kernelpagesize_kB=4\n"
	"7fff00400000 default stack=3\n";

struct fixture {
	struct place place;
	struct bench b;
};

static int set_up(void **state)
{
	struct fixture *f = xcalloc(1, sizeof(*f));

	f->place = (struct place){ .memory = PLACE_SPREAD, .nodes = { 0, 1 }, .n_nodes = 2 };
	f->b.place = &f->place;
	f->b.evidence = json_object();
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	json_decref(f->b.evidence);
	json_decref(f->b.lacks);
	free(f);
	return 0;
}

static void counts_are_those_of_the_vma(void **state)
{
	struct fixture *f = *state;
	size_t count[2] = { 7, 7 };

	assert_true(place_parse(&f->place, numa_maps, 0x7fff00000000, count));
	assert_int_equal(count[0], 500);
	assert_int_equal(count[1], 12);
	/* a node without pages is not named; 11 is not 1 */
	assert_true(place_parse(&f->place, numa_maps, 0x7fff00200000, count));
	assert_int_equal(count[0], 0);
	assert_int_equal(count[1], 5);
	assert_true(place_parse(&f->place, numa_maps, 0x7fff00400000, count));
	assert_int_equal(count[0] + count[1], 0);
	assert_false(place_parse(&f->place, numa_maps, 0x7fff00001000, count));
	assert_false(place_parse(&f->place, "", 0x400000, count));
}

static int judge(struct fixture *f, size_t a, size_t b, size_t n, size_t folio_pages)
{
	const size_t count[2] = { a, b };

	return place_judge(&f->b, count, n, folio_pages);
}

static void bound_memory_is_on_its_node(void **state)
{
	struct fixture *f = *state;

	f->place.memory = PLACE_BOUND;
	f->place.nodes[0] = 3;
	f->place.n_nodes = 1;
	assert_int_equal(judge(f, 1000, 0, 1000, 1), 0);
	assert_int_equal(judge(f, 990, 0, 1000, 1), 0);
	assert_int_equal(judge(f, 989, 0, 1000, 1), BENCH_REFUSE);
	assert_contains(f->b.why.msg, "only 98.9% of the pages are on node 3");
	assert_true(json_real_value(json_object_get(f->b.evidence, "share_on_node3")) == 0.989);
}

static void interleaved_memory_is_on_all_nodes_alike(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(judge(f, 500, 500, 1000, 1), 0);
	assert_int_equal(judge(f, 520, 480, 1000, 1), 0);
	assert_int_equal(judge(f, 530, 470, 1000, 1), BENCH_REFUSE);
	assert_int_equal(judge(f, 1000, 0, 1000, 1), BENCH_REFUSE);
	assert_contains(f->b.why.msg, "of the pages are on node 0 (interleaved over 2 nodes");
	/* three folios cannot be halved; but pages elsewhere are */
	assert_int_equal(judge(f, 1024, 512, 1536, 512), 0);
	assert_int_equal(judge(f, 1536, 0, 1536, 512), BENCH_REFUSE);
	assert_int_equal(judge(f, 500, 400, 1000, 1), BENCH_REFUSE);
}

static void nothing_is_asked_without_memory(void **state)
{
	struct fixture *f = *state;

	f->place.memory = PLACE_ANY;
	assert_int_equal(place_check(&f->b, 0, NULL, 100, 4096, 1), 0);
	assert_false(f->place.looked);
	f->b.place = NULL;
	assert_int_equal(place_check(&f->b, 0, NULL, 100, 4096, 1), 0);
}

/* Memory of this process: all of it is on the nodes that there are, none of it on another. */
static void the_kernel_is_asked(void **state)
{
	struct fixture *f = *state;
	size_t page = (size_t)sysconf(_SC_PAGESIZE), n = 1000;
	char *p = mmap(NULL, n * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	assert_true(p != MAP_FAILED);
	memset(p, 1, n * page);
	f->place.memory = PLACE_BOUND;
	f->place.nodes[0] = PLACE_NODES_MAX + 1;
	f->place.n_nodes = 1;
	if (!place_check(&f->b, 0, p, n, page, 1)) {
		assert_non_null(f->b.lacks);
		skip();
	}
	assert_true(f->place.looked);
	assert_contains(f->b.why.msg, "only 0.0% of the pages are on node 65");
	munmap(p, n * page);
}

static void every_case_takes_them(void **state)
{
	(void)state;
	for (size_t i = 0; bench_cases[i]; i++) {
		for (const struct param_desc *d = bench_common_params; d->name; d++) {
			const struct param_desc *found = param_find(
				bench_case_params(bench_cases[i]), d->name, strlen(d->name));

			assert_null(d->defaults);
			assert_null(param_find(bench_cases[i]->params, d->name, strlen(d->name)));
			if (!found)
				fail_msg("%s has no room for param %s", bench_cases[i]->name,
					 d->name);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(counts_are_those_of_the_vma, set_up, tear_down),
		cmocka_unit_test_setup_teardown(bound_memory_is_on_its_node, set_up, tear_down),
		cmocka_unit_test_setup_teardown(interleaved_memory_is_on_all_nodes_alike, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(nothing_is_asked_without_memory, set_up, tear_down),
		cmocka_unit_test_setup_teardown(the_kernel_is_asked, set_up, tear_down),
		cmocka_unit_test(every_case_takes_them),
	};

	return cmocka_run_group_tests_name("place", tests, NULL, NULL);
}

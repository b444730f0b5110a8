// SPDX-License-Identifier: GPL-2.0-or-later
/* bench/evidence: what counts as a folio of a size, and what is read from text. */
#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bench/evidence.h"
#include "tests/unit/unit.h"

#define PAGES 16
#define ORDER 4 /* pages in a folio, not the exponent */

struct frames {
	uint64_t pfn[PAGES], flags[PAGES], after[PAGES];
};

/* Four whole folios of four pages from frame 64 on. */
static struct frames whole(void)
{
	struct frames f = { 0 };

	for (size_t i = 0; i < PAGES; i++) {
		f.pfn[i] = 64 + i;
		f.flags[i] = KPF_BIT_THP | (i % ORDER ? KPF_BIT_TAIL : KPF_BIT_HEAD);
	}
	for (size_t k = 0; k < PAGES / ORDER; k++)
		f.after[k] = KPF_BIT_HEAD;
	return f;
}

static size_t count(const struct frames *f)
{
	return evidence_whole(f->pfn, f->flags, f->after, PAGES, ORDER);
}

static void whole_folios_count(void **state)
{
	struct frames f = whole();

	(void)state;
	assert_int_equal(count(&f), PAGES);
	/* other bits say nothing about the size */
	f.flags[3] |= 1 << 5 | 1 << 4;
	assert_int_equal(count(&f), PAGES);
}

/* Each defect costs just the folio that has it. */
static void each_defect_is_seen(void **state)
{
	const size_t rest = PAGES - ORDER;
	struct frames f;

	(void)state;
	f = whole();
	f.pfn[5] = 0; /* not there */
	assert_int_equal(count(&f), rest);
	f = whole();
	f.pfn[6] = 4000; /* elsewhere */
	assert_int_equal(count(&f), rest);
	f = whole();
	f.flags[4] = KPF_BIT_TAIL | KPF_BIT_THP; /* starts inside of a larger one */
	assert_int_equal(count(&f), rest);
	f = whole();
	f.after[1] = KPF_BIT_TAIL | KPF_BIT_THP; /* goes on behind */
	assert_int_equal(count(&f), rest);
	f = whole();
	f.flags[6] = KPF_BIT_HEAD | KPF_BIT_THP; /* two small ones */
	assert_int_equal(count(&f), rest);
	f = whole();
	f.flags[7] &= ~KPF_BIT_THP; /* compound but no THP */
	assert_int_equal(count(&f), rest);
	f = whole();
	for (size_t i = 4; i < 8; i++)
		f.pfn[i] += 1; /* consecutive, not aligned */
	assert_int_equal(count(&f), rest);
}

static void single_pages_are_no_folio_parts(void **state)
{
	struct frames f = whole();

	(void)state;
	assert_int_equal(evidence_whole(f.pfn, f.flags, f.after, PAGES, 1), 0);
	memset(f.flags, 0, sizeof(f.flags));
	assert_int_equal(evidence_whole(f.pfn, f.flags, f.after, PAGES, 1), PAGES);
	f.pfn[3] = 0;
	assert_int_equal(evidence_whole(f.pfn, f.flags, f.after, PAGES, 1), PAGES - 1);
}

static void same_wants_presence(void **state)
{
	const uint64_t a[] = { 1, 2, 0, 4 }, b[] = { 1, 3, 0, 4 };

	(void)state;
	assert_int_equal(evidence_same(a, b, 4), 2);
}

static const char smaps[] = "00200000-00400000 rw-p 00000000 00:00 0 \n"
			    "Size:               2048 kB\n"
			    "Rss:                  12 kB\n"
			    "AnonHugePages:         0 kB\n"
			    "VmFlags: rd wr mr mw me ac \n"
			    "00400000-00600000 rw-p 00000000 00:00 0 [anon: x]\n"
			    "Rss:                2048 kB\n"
			    "AnonHugePages:      2048 kB\n"
			    "7ffc00000000-7ffc00021000 rw-p 00000000 00:00 0 [stack]\n"
			    "Rss:                  16 kB\n";

static void vmas_are_told_apart(void **state)
{
	struct evidence_vma v;

	(void)state;
	evidence_vma_parse(smaps, 0x200000, 0x200000, &v);
	assert_int_equal(v.vmas, 1);
	assert_true(v.exact);
	assert_int_equal(v.anon_huge_kb, 0);
	assert_int_equal(v.rss_kb, 12);

	evidence_vma_parse(smaps, 0x200000, 0x400000, &v); /* in two */
	assert_int_equal(v.vmas, 2);
	assert_false(v.exact);
	assert_int_equal(v.anon_huge_kb, 2048);
	assert_int_equal(v.rss_kb, 2060);

	evidence_vma_parse(smaps, 0x400000, 0x100000, &v); /* merged with more */
	assert_int_equal(v.vmas, 1);
	assert_false(v.exact);

	evidence_vma_parse(smaps, 0x600000, 0x200000, &v); /* gone */
	assert_int_equal(v.vmas, 0);
	assert_false(v.exact);
}

static void lookup_wants_the_whole_key(void **state)
{
	const char *text = "pgreuse_other 7\nxpgreuse 8\npgreuse 9\n";

	(void)state;
	assert_int_equal(evidence_lookup(text, "pgreuse"), 9);
	assert_int_equal(evidence_lookup(text, "pgreuse_o"), -1);
	assert_int_equal(evidence_lookup("", "pgreuse"), -1);
}

static void delta_knows_what_it_does_not_know(void **state)
{
	long long d;

	(void)state;
	assert_true(evidence_delta(5, 3, &d));
	assert_int_equal(d, -2);
	assert_false(evidence_delta(-1, 3, &d));
	assert_false(evidence_delta(3, -1, &d));
}

/* Page tables are counted at once: a page in a range of its own takes some. */
static void vmpte_moves(void **state)
{
	const size_t len = 8 << 20;
	long before = evidence_kb(0, "status", "VmPTE");
	char *p = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	(void)state;
	assert_true(before > 0);
	assert_true(p != MAP_FAILED);
	for (size_t i = 0; i < len; i += 1 << 20)
		p[i] = 1;
	assert_true(evidence_kb(0, "status", "VmPTE") > before);
	munmap(p, len);
}

static void own_frames(void **state)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	uint64_t pfn[2], again[2];
	struct error e = { "" };
	char *p;

	(void)state;
	if (evidence_access(&e)) {
		assert_true(e.msg[0]);
		skip();
	}
	p = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_true(p != MAP_FAILED);
	p[0] = 1;
	assert_int_equal(evidence_pfns(0, p, 2, page, pfn, &e), 0);
	assert_int_not_equal(pfn[0], 0);
	assert_int_equal(pfn[1], 0); /* never touched */
	assert_int_equal(evidence_pfns(getpid(), p, 2, page, again, &e), 0);
	assert_memory_equal(pfn, again, sizeof(pfn));
	munmap(p, 2 * page);
}

static void no_such_process(void **state)
{
	struct error e;
	uint64_t pfn;

	(void)state;
	/* beyond the largest pid there can be */
	assert_int_equal(evidence_pfns(0x7fffffff, NULL, 1, 4096, &pfn, &e), -ENOENT);
	assert_contains(e.msg, "/proc/2147483647/pagemap");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole_folios_count),
		cmocka_unit_test(each_defect_is_seen),
		cmocka_unit_test(single_pages_are_no_folio_parts),
		cmocka_unit_test(same_wants_presence),
		cmocka_unit_test(vmas_are_told_apart),
		cmocka_unit_test(lookup_wants_the_whole_key),
		cmocka_unit_test(delta_knows_what_it_does_not_know),
		cmocka_unit_test(vmpte_moves),
		cmocka_unit_test(own_frames),
		cmocka_unit_test(no_such_process),
	};

	return cmocka_run_group_tests_name("evidence", tests, NULL, NULL);
}

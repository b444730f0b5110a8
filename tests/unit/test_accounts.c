// SPDX-License-Identifier: GPL-2.0-or-later
/* bench/accounts, bench/kconfig: what is so of shared memory, and what is read from text. */
#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bench/accounts.h"
#include "bench/evidence.h"
#include "bench/kconfig.h"
#include "lib/fs.h"
#include "lib/spawn.h"
#include "tests/unit/unit.h"

#define PAGE  4096
#define PAGES 8
#define HERE  (PAGEMAP_PRESENT | 100)

/* Eight pages here; the other process has the first four of them and one of its own. */
struct pair {
	uint64_t here[PAGES], there[PAGES], count[PAGES];
};

static struct pair half(void)
{
	struct pair p = { 0 };

	for (size_t i = 0; i < PAGES; i++) {
		p.here[i] = HERE + i;
		p.count[i] = i < 4 ? 2 : 1;
		if (i < 4)
			p.there[i] = HERE + i;
		else
			p.here[i] |= PAGEMAP_EXCLUSIVE;
	}
	p.there[7] = PAGEMAP_PRESENT | PAGEMAP_EXCLUSIVE | 900;
	return p;
}

static void exact_values_come_from_both_sides(void **state)
{
	struct pair p = half();
	struct accounts a;

	(void)state;
	accounts_exact(p.here, p.there, PAGES, PAGE, &a);
	assert_int_equal(a.rss_kb, 32);
	assert_int_equal(a.pss_kb, 16 + 8);
	assert_int_equal(a.private_kb, 16);
	assert_int_equal(a.shared_kb, 16);
	assert_int_equal(a.mapmax, 2);
	/* the other one: four that are shared, one that is its own */
	accounts_exact(p.there, p.here, PAGES, PAGE, &a);
	assert_int_equal(a.rss_kb, 20);
	assert_int_equal(a.pss_kb, 8 + 4);
	assert_int_equal(a.private_kb, 4);
	/* alone, and nothing at all */
	accounts_exact(p.here, NULL, PAGES, PAGE, &a);
	assert_int_equal(a.pss_kb, 32);
	assert_int_equal(a.mapmax, 1);
	memset(p.here, 0, sizeof(p.here));
	accounts_exact(p.here, p.there, PAGES, PAGE, &a);
	assert_int_equal(a.rss_kb, 0);
	assert_int_equal(a.mapmax, 0);
}

static void without_frames_presence_decides(void **state)
{
	struct pair p = half();
	struct accounts a;

	(void)state;
	for (size_t i = 0; i < PAGES; i++) {
		p.here[i] &= ~PAGEMAP_PFN;
		p.there[i] &= ~PAGEMAP_PFN;
	}
	p.there[7] = 0;
	accounts_exact(p.here, p.there, PAGES, PAGE, &a);
	assert_int_equal(a.private_kb, 16);
	assert_int_equal(a.pss_kb, 24);
}

static void each_wrong_page_is_counted(void **state)
{
	struct pair p = half();

	(void)state;
	assert_int_equal(accounts_exclusive_wrong(p.here, p.there, PAGES), 0);
	assert_int_equal(accounts_counts_wrong(p.here, p.there, p.count, PAGES), 0);
	p.here[0] |= PAGEMAP_EXCLUSIVE;	 /* said of a shared page */
	p.here[5] &= ~PAGEMAP_EXCLUSIVE; /* not said of one that it has alone */
	assert_int_equal(accounts_exclusive_wrong(p.here, p.there, PAGES), 2);
	p.count[1] = 1;
	p.count[6] = 2;
	p.count[7] = 0;
	assert_int_equal(accounts_counts_wrong(p.here, p.there, p.count, PAGES), 3);
	/* of pages that are not there nothing is expected */
	memset(p.here, 0, sizeof(p.here));
	assert_int_equal(accounts_counts_wrong(p.here, p.there, p.count, PAGES), 0);
	p.here[2] = PAGEMAP_EXCLUSIVE;
	assert_int_equal(accounts_exclusive_wrong(p.here, p.there, PAGES), 1);
}

static const char smaps[] = "7f0000000000-7f0000200000 rw-p 00000000 00:00 0 \n"
			    "Size:               2048 kB\n"
			    "Rss:                1000 kB\n"
			    "Pss:                 999 kB\n"
			    "Pss_Dirty:           777 kB\n"
			    "Private_Dirty:      1000 kB\n"
			    "7f0000200000-7f0000400000 rw-p 00000000 00:00 0 \n"
			    "Rss:                2048 kB\n"
			    "Pss:                1536 kB\n"
			    "Pss_Dirty:          1536 kB\n"
			    "Shared_Clean:          8 kB\n"
			    "Shared_Dirty:       1016 kB\n"
			    "Private_Clean:         4 kB\n"
			    "Private_Dirty:      1020 kB\n"
			    "Anonymous:          2048 kB\n"
			    "AnonHugePages:      2048 kB\n"
			    "VmFlags: rd wr mr mw me ac sd hg \n"
			    "7f0000400000-7f0000401000 rw-p 00000000 00:00 0 \n"
			    "Rss:                   4 kB\n";

static const char numa_maps[] =
	"7f0000000000 default anon=250 dirty=250 mapmax=9 N0=250 kernelpagesize_kB=4\n"
	"7f0000200000 default anon=512 dirty=512 mapmax=2 active=0 N0=512 kernelpagesize_kB=4\n"
	"7f0000400000 default anon=1 dirty=1 N0=1 kernelpagesize_kB=4\n"
	"7f0000500000 default\n";

static void text_is_summed_up_for_the_range_alone(void **state)
{
	unsigned int vmas;
	struct accounts a;

	(void)state;
	accounts_parse(smaps, numa_maps, 0x7f0000200000, 0x200000, &a, &vmas);
	assert_int_equal(vmas, 1);
	assert_int_equal(a.rss_kb, 2048);
	assert_int_equal(a.pss_kb, 1536);
	assert_int_equal(a.private_kb, 1024);
	assert_int_equal(a.shared_kb, 1024);
	assert_int_equal(a.anon_kb, 2048);
	assert_int_equal(a.huge_kb, 2048);
	assert_int_equal(a.mapmax, 2);
	/* two VMAs */
	accounts_parse(smaps, numa_maps, 0x7f0000200000, 0x201000, &a, &vmas);
	assert_int_equal(vmas, 2);
	assert_int_equal(a.rss_kb, 2052);
	/* mapped once: numa_maps does not say so; no numa_maps; nothing mapped */
	accounts_parse(smaps, numa_maps, 0x7f0000400000, 0x1000, &a, &vmas);
	assert_int_equal(a.mapmax, 1);
	accounts_parse(smaps, NULL, 0x7f0000200000, 0x200000, &a, &vmas);
	assert_int_equal(a.mapmax, 0);
	accounts_parse(smaps, numa_maps, 0x7f0000500000, 0x1000, &a, &vmas);
	assert_int_equal(a.mapmax, 0);
	assert_int_equal(vmas, 0);
}

static void a_record_is_found(void **state)
{
	size_t len;
	long at = accounts_record(smaps, 0x7f0000200000, &len);

	(void)state;
	assert_true(at > 0);
	assert_memory_equal(smaps + at, "7f0000200000-", 13);
	assert_memory_equal(smaps + at + len, "7f0000400000-", 13);
	/* the last one ends with the text */
	at = accounts_record(smaps, 0x7f0000400000, &len);
	assert_int_equal((size_t)at + len, strlen(smaps));
	assert_int_equal(accounts_record(smaps, 0x7f0000300000, &len), -1);
}

/* This process's own memory, by what this kernel says. */
static void own_memory_is_accounted(void **state)
{
	const size_t len = PAGES * PAGE;
	char *p = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	uint64_t here[PAGES], huge;
	struct accounts said, is;
	struct error e;
	int rc;

	(void)state;
	assert_ptr_not_equal(p, MAP_FAILED);
	madvise(p, len, MADV_NOHUGEPAGE);
	memset(p, 1, len / 2);
	assert_int_equal(accounts_said(0, p, len, &said, &e), 0);
	assert_int_equal(evidence_pagemap(0, p, PAGES, PAGE, here, &e), 0);
	accounts_exact(here, NULL, PAGES, PAGE, &is);
	assert_int_equal(is.rss_kb, 16);
	assert_int_equal(said.private_kb, is.private_kb);
	rc = accounts_huge(0, p, len, &huge, &e);
	assert_true(!rc || rc == -ENOTTY);
	assert_int_equal(huge, 0);
	munmap(p, len);
	assert_true(accounts_said(-5, p, len, &said, &e) < 0);
}

static void configuration_is_read(void **state)
{
	const char text[] = "# CONFIG_A is not set\nCONFIG_AB=y\nCONFIG_NAME=\"x\"\nCONFIG_N=64\n";
	char *dir = scratch_make();
	char *path = xasprintf("%s/config", dir);
	struct strv argv = { 0 };
	struct spawn s = { .argv = &argv };
	char out[32];

	(void)state;
	strv_add(&argv, "gzip");
	strv_add(&argv, path);
	assert_int_equal(fs_write(path, text, sizeof(text) - 1, NULL), 0);
	for (int packed = 0; packed < 2; packed++) {
		assert_string_equal(kconfig_from(path, "CONFIG_AB", out, sizeof(out)), "y");
		assert_string_equal(kconfig_from(path, "CONFIG_A", out, sizeof(out)), "n");
		assert_string_equal(kconfig_from(path, "CONFIG_N", out, sizeof(out)), "64");
		assert_string_equal(kconfig_from(path, "CONFIG_GONE", out, sizeof(out)), "n");
		if (packed)
			break;
		assert_int_equal(spawn_run(&s, NULL), 0);
		free(path);
		path = xasprintf("%s/config.gz", dir);
	}
	unlink(path);
	assert_string_equal(kconfig_from(path, "CONFIG_AB", out, sizeof(out)), "unknown");
	strv_release(&argv);
	free(path);
	scratch_remove(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(exact_values_come_from_both_sides),
		cmocka_unit_test(without_frames_presence_decides),
		cmocka_unit_test(each_wrong_page_is_counted),
		cmocka_unit_test(text_is_summed_up_for_the_range_alone),
		cmocka_unit_test(a_record_is_found),
		cmocka_unit_test(own_memory_is_accounted),
		cmocka_unit_test(configuration_is_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

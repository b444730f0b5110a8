// SPDX-License-Identifier: GPL-2.0-or-later
/* Settings that the memory cases need; see quiet.h. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "bench/evidence.h"
#include "bench/quiet.h"
#include "bench/settings.h"
#include "lib/cleanup.h"
#include "lib/fs.h"
#include "lib/units.h"

#define THP_ROOT   "/sys/kernel/mm/transparent_hugepage"
#define KHUGEPAGED THP_ROOT "/khugepaged"
#define KDAMONDS   "/sys/kernel/mm/damon/admin/kdamonds"
#define MIN_FREE   "/proc/sys/vm/min_free_kbytes"

/* Of <linux/prctl.h>, newer than the C library's headers. */
#define PRCTL_THP_DISABLE  41
#define PRCTL_MEMORY_MERGE 67

/*
 * What would move, merge, split, age or look at pages behind our back. Each row is work that
 * somebody else does on the memory, or decides whether somebody else is woken; none is a step
 * of a fault, fork, unmap or protection change, so that what is measured stays the kernel's
 * own path. Left alone for that reason: lru_gen/enabled and defrag_mode (how every page is
 * put on a list, how every folio is allocated), use_zero_page, zone_reclaim_mode, overcommit,
 * zswap (where a page goes that is swapped on purpose), watermark_boost_factor. They are
 * in the facts of each boot.
 */
static const struct {
	const char *what; /* as it is told to a user who may not change it */
	const char *path;
	const char *value;
} put_away[] = {
	/* makes equal pages one, read-only; with 0 it stops and leaves what is merged */
	{ "KSM", "/sys/kernel/mm/ksm/run", "0" },
	/* takes PTEs away to see who faults, and moves pages to who did */
	{ "NUMA balancing", "/proc/sys/kernel/numa_balancing", "0" },
	/* moves cold pages to a slower node instead of swapping them */
	{ "demotion", "/sys/kernel/mm/numa/demotion_enabled", "false" },
	/* moves pages to make large free blocks before anybody wants them */
	{ "proactive compaction", "/proc/sys/vm/compaction_proactiveness", "0" },
	/* anonymous memory goes last when the kernel wants memory back */
	{ "swapping", "/proc/sys/vm/swappiness", "0" },
	/* with a time to live the kernel kills a process rather than evict younger pages */
	{ "min_ttl of the LRU", "/sys/kernel/mm/lru_gen/min_ttl_ms", "0" },
	/* splits a 2M folio of which most pages are zero */
	{ "splitting of underused THPs", THP_ROOT "/shrink_underused", "0" },
	/*
	 * khugepaged puts single pages together to large folios. Writing how long it
	 * sleeps wakes it for one round: let that be a round of one page.
	 */
	{ "khugepaged", KHUGEPAGED "/pages_to_scan", "1" },
	{ "khugepaged", KHUGEPAGED "/defrag", "0" },
	{ "khugepaged", KHUGEPAGED "/scan_sleep_millisecs", "4294967295" },
	/*
	 * Compaction on fault: only for who asked for large folios, as regions do while they
	 * are populated. "always" would add it to every fault of other memory, "never"
	 * and "defer" would refuse folios that can be had.
	 */
	{ "compaction on fault", THP_ROOT "/defrag", "madvise" },
	/* page out what nobody uses; sort the LRU lists; look at who uses what */
	{ "DAMON", "/sys/module/damon_reclaim/parameters/enabled", "N" },
	{ "DAMON", "/sys/module/damon_lru_sort/parameters/enabled", "N" },
	{ "DAMON", "/sys/module/damon_stat/parameters/enabled", "N" },
};

size_t quiet_pmd_size(void)
{
	struct strbuf sb __strbuf = { 0 };
	size_t size = 0;

	if (!fs_read(THP_ROOT "/hpage_pmd_size", &sb, NULL))
		size = strtoul(strbuf_str(&sb), NULL, 10);
	return size ? size : (size_t)2 << 20;
}

static int compare_sizes(const void *a, const void *b)
{
	unsigned long x = *(const unsigned long *)a, y = *(const unsigned long *)b;

	return (x > y) - (x < y);
}

/* Sizes in kB that anonymous folios can have (a folder may be for shmem alone); ascending. */
static size_t list_sizes(const char *root, unsigned long *kb, size_t max)
{
	DIR *dir __closedir = opendir(root);
	struct dirent *d;
	size_t n = 0;

	while (dir && n < max && (d = readdir(dir))) {
		char *path __free = NULL;

		if (sscanf(d->d_name, "hugepages-%lukB", &kb[n]) != 1)
			continue;
		path = xasprintf("%s/%s/enabled", root, d->d_name);
		if (fs_exists(path))
			n++;
	}
	qsort(kb, n, sizeof(*kb), compare_sizes);
	return n;
}

void quiet_sizes(const char *root, struct strv *sizes)
{
	unsigned long kb[32];
	size_t n = list_sizes(root, kb, ARRAY_SIZE(kb));
	char text[24];

	for (size_t i = 0; i < n; i++)
		strv_add(sizes, format_size(text, sizeof(text), (uint64_t)kb[i] << 10));
}

static bool is_read_only(int rc)
{
	return rc == -EROFS;
}

static bool not_permitted(int rc)
{
	return rc == -EROFS || rc == -EACCES || rc == -EPERM;
}

/*
 * Monitors that somebody has set up by hand are not stopped: what they have learnt would
 * be lost, and started again they need not do what they did. It is said that they run.
 */
static void look_for_damon(struct strv *left)
{
	DIR *dir __closedir = opendir(KDAMONDS);
	struct dirent *d;

	while (dir && (d = readdir(dir))) {
		char *path __free = xasprintf(KDAMONDS "/%s/state", d->d_name);
		char state[16] = "";

		if (d->d_name[0] < '0' || d->d_name[0] > '9')
			continue;
		if (!settings_get(path, state, sizeof(state), NULL) && strcmp(state, "on") != 0)
			continue;
		strv_addf(left, *state ? "DAMON (its kdamond %s is on)" : "DAMON (kdamond %s)",
			  d->d_name);
	}
}

/* All that is in the way goes; what may not be changed, or cannot, is said in one line. */
static void clear_the_way(struct bench *b)
{
	struct strv left __strv = { 0 };
	struct strbuf text __strbuf = { 0 };
	bool read_only = false;

	for (size_t i = 0; i < ARRAY_SIZE(put_away); i++) {
		int rc = settings_set(put_away[i].path, put_away[i].value, NULL);

		if (rc && rc != -ENOENT && !strv_contains(&left, put_away[i].what))
			strv_add(&left, put_away[i].what);
		read_only |= is_read_only(rc);
	}
	look_for_damon(&left);
	strv_for_each(&left, it)
		strbuf_addf(&text, "%s%s", text.len ? ", " : "", *it);
	if (left.n)
		bench_lacks(b, "not put out of the way: %s%s", strbuf_str(&text),
			    read_only ? " (/sys is read-only: a container?)" : "");
	/* of this process, from whoever started it */
	prctl(PRCTL_THP_DISABLE, 0, 0, 0, 0);
	prctl(PRCTL_MEMORY_MERGE, 0, 0, 0, 0);
}

/*
 * Whether a size gives folios to those who ask (MADV_HUGEPAGE) with its file "enabled" as
 * it is, which this user may not change.
 */
static bool gives_folios(const char *path)
{
	char value[32], top[32];

	if (settings_get(path, value, sizeof(value), NULL))
		return false;
	if (strcmp(value, "inherit") != 0)
		return !strcmp(value, "always") || !strcmp(value, "madvise");
	return !settings_get(THP_ROOT "/enabled", top, sizeof(top), NULL) &&
	       (!strcmp(top, "always") || !strcmp(top, "madvise"));
}

/*
 * One size gives folios on request, the others none. Who may not change this can still
 * measure single pages, and a size that is on while no larger one is: the kernel tries the
 * larger ones first.
 */
static int offer(struct bench *b, size_t folio)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	unsigned long kb[32];
	size_t n = list_sizes(THP_ROOT, kb, ARRAY_SIZE(kb));

	/* the kernel sets it anew when sizes are switched on or off */
	settings_keep(MIN_FREE, NULL);
	for (size_t i = 0; i < n; i++) {
		char *path __free = xasprintf(THP_ROOT "/hugepages-%lukB/enabled", kb[i]);
		bool wanted = kb[i] == folio >> 10;
		const char *value = wanted ? "madvise" : "never";
		struct error e;
		int rc = settings_set(path, value, &e);

		if (!rc || (not_permitted(rc) && folio == page))
			continue; /* single pages come by MADV_NOHUGEPAGE */
		if (!not_permitted(rc))
			return bench_fail(b, rc, "%s", e.msg);
		if (wanted ? gives_folios(path) : kb[i] < folio >> 10 || !gives_folios(path))
			continue;
		return bench_not_permitted(b, "%s, and %s (hugepages-*/enabled)",
					   wanted ? "folios of this size are off here"
						  : "larger folios are on here and come first",
					   is_read_only(rc) ? "/sys is read-only: a container?"
							    : "this user may not change it");
	}
	return 0;
}

static int check_size(struct bench *b, size_t folio)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	struct strv have __strv = { 0 };
	struct strbuf list __strbuf = { 0 };
	char text[24];

	if (folio == page)
		return 0;
	strv_add(&have, format_size(text, sizeof(text), page));
	quiet_sizes(THP_ROOT, &have);
	format_size(text, sizeof(text), folio);
	if (strv_contains(&have, text))
		return 0;
	strv_for_each(&have, it)
		strbuf_addf(&list, "%s%s", it == have.v ? "" : ", ", *it);
	return bench_skip(b, "this kernel has no %s folios (it has %s)", text, strbuf_str(&list));
}

int quiet_machine(struct bench *b, size_t folio, bool *frames)
{
	int rc = check_size(b, folio);

	if (rc)
		return rc;
	*frames = !evidence_access(NULL);
	if (!*frames)
		bench_lacks(b, "not proven: frame numbers and page flags%s",
			    fs_exists("/proc/kpageflags") ? ""
							  : " (kernel without PROC_PAGE_MONITOR)");
	clear_the_way(b);
	return offer(b, folio);
}

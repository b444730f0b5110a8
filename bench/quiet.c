// SPDX-License-Identifier: GPL-2.0-or-later
/* Settings that the memory cases need; see quiet.h. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/evidence.h"
#include "bench/quiet.h"
#include "bench/settings.h"
#include "lib/cleanup.h"
#include "lib/fs.h"
#include "lib/units.h"

#define THP_ROOT "/sys/kernel/mm/transparent_hugepage"

/* What would move, merge, split or look at pages behind our back. */
static const struct {
	const char *path;
	const char *value;
} put_away[] = {
	{ "/sys/kernel/mm/ksm/run", "0" },
	{ "/proc/sys/kernel/numa_balancing", "0" },
	{ "/proc/sys/vm/compaction_proactiveness", "0" },
	{ "/proc/sys/vm/swappiness", "0" },
	{ THP_ROOT "/shrink_underused", "0" },
	{ THP_ROOT "/khugepaged/scan_sleep_millisecs", "4294967295" },
	{ THP_ROOT "/khugepaged/defrag", "0" },
	{ THP_ROOT "/defrag", "madvise" },
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

/* What stands in the way of a setting, and what helps. */
static const char *obstacle(int rc)
{
	return rc == -EROFS
		       ? "it is mounted read-only (a container?): mount -o remount,rw /sys, or "
			 "run on the host"
		       : "run as root (sudo foliobench run ...)";
}

static bool not_permitted(int rc)
{
	return rc == -EROFS || rc == -EACCES || rc == -EPERM;
}

/* One of put_away[]: what is not there is fine, what may not be written is said. */
static int put(struct bench *b, const char *path, const char *value)
{
	struct error e;
	int rc = settings_set(path, value, &e);

	if (!rc || rc == -ENOENT)
		return 0;
	if (!not_permitted(rc))
		return bench_fail(b, rc, "%s", e.msg);
	bench_lacks(b, "may not set %s to %s: %s", path, value, obstacle(rc));
	return 0;
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
		return bench_skip(b, "may not set %s to %s: %s", path, value, obstacle(rc));
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
	struct error e;
	int rc = check_size(b, folio);

	if (rc)
		return rc;
	*frames = !evidence_access(&e);
	if (!*frames)
		bench_lacks(b, "%s: run as root (sudo foliobench run ...)", e.msg);
	for (size_t i = 0; i < ARRAY_SIZE(put_away); i++) {
		rc = put(b, put_away[i].path, put_away[i].value);
		if (rc)
			return rc;
	}
	return offer(b, folio);
}

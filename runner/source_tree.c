// SPDX-License-Identifier: GPL-2.0-or-later
/* What sources that have trees share: making them whole, checking what they are; see source.h. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "lib/cleanup.h"
#include "lib/fs.h"
#include "lib/json.h"
#include "runner/lock.h"
#include "runner/source.h"

/* Busybox and U-Boot number themselves in the same way: 1.36, 2024.01. */
#define MAJOR_MIN 2
#define MAJOR_MAX 99

/* The value of the line "NAME = value", for the caller to free; NULL if there is none. */
static char *makefile_value(const char *text, const char *name)
{
	size_t len = strlen(name);

	for (const char *p = text; p && *p; p = strchr(p, '\n'), p += p != NULL) {
		const char *v = p + len;

		if (strncmp(p, name, len))
			continue;
		v += strspn(v, " \t");
		if (*v != '=')
			continue;
		v++;
		v += strspn(v, " \t");
		return xasprintf("%.*s", (int)strcspn(v, " \t\n"), v);
	}
	return NULL;
}

char *source_makefile_version(const char *text)
{
	char *major __free = makefile_value(text, "VERSION");
	char *minor __free = makefile_value(text, "PATCHLEVEL");
	char *sub __free = makefile_value(text, "SUBLEVEL");
	char *extra __free = makefile_value(text, "EXTRAVERSION");
	bool has_sub = sub && *sub;

	if (!major || !minor || atoi(major) < MAJOR_MIN || atoi(major) > MAJOR_MAX || !*minor)
		return NULL;
	return xasprintf("%s.%s%s%s%s", major, minor, has_sub ? "." : "", has_sub ? sub : "",
			 extra ? extra : "");
}

int source_check_tree(const char *tree, struct error *e)
{
	/* kbuild refuses to build elsewhere from a source that was built in */
	static const char *const products[] = { ".config", "include/config",
						"include/generated/autoconf.h" };
	char *makefile __free = xasprintf("%s/Makefile", tree);
	struct strbuf text __strbuf = { 0 };
	char *version __free = NULL;

	if (!fs_exists(makefile) || fs_read(makefile, &text, NULL) < 0)
		return error_set(e, EINVAL, "is no kernel source: no Makefile in it");
	version = source_makefile_version(strbuf_str(&text));
	if (!version)
		return error_set(e, EINVAL,
				 "is no kernel source: its Makefile has no VERSION and PATCHLEVEL "
				 "of one");
	for (size_t i = 0; i < ARRAY_SIZE(products); i++) {
		char *path __free = xasprintf("%s/%s", tree, products[i]);

		if (fs_exists(path))
			return error_set(e, EINVAL,
					 "was built in (%s is there): make mrproper in it first",
					 products[i]);
	}
	return 0;
}

/* 2001-01-01: before any object of any kernel that is built here. */
#define OLD_S 978307200

static int make_old(const char *path, const struct stat *st, int type, struct FTW *at)
{
	const struct timespec old[2] = { { OLD_S, 0 }, { OLD_S, 0 } };

	(void)at;
	/* linked to other trees, and old already: those were sealed with it */
	if (type != FTW_F || st->st_mtim.tv_sec <= OLD_S)
		return 0;
	return utimensat(AT_FDCWD, path, old, AT_SYMLINK_NOFOLLOW);
}

/*
 * All files become older than any object. Objects may be older than the day on which this tree
 * was unpacked: those of a tree with the same contents are taken over as they are.
 */
static int make_tree_old(const char *tree, struct error *e)
{
	return nftw(tree, make_old, 64, FTW_PHYS) ? error_sys(e, errno, "%s", tree) : 0;
}

static int unpack_locked(const struct runner *r, const char *key, const char *final,
			 source_unpack_fn *unpack, const void *data, struct error *e)
{
	char *tmp __free = xasprintf("%s/src/.tmp-%s", r->cache_dir, key);
	char *tree __free = xasprintf("%s/tree", tmp);
	int rc = fs_remove_tree(tmp, e); /* what a killed one left */

	if (!rc)
		rc = fs_mkdirs(tmp, e);
	if (!rc)
		rc = unpack(r, tmp, tree, data, e);
	if (!rc)
		rc = source_check_tree(tree, e);
	if (!rc)
		rc = make_tree_old(tree, e);
	if (!rc && rename(tree, final) < 0)
		rc = error_sys(e, errno, "%s", final);
	fs_remove_tree(tmp, NULL);
	return rc;
}

int source_unpack(const struct runner *r, const char *key, source_unpack_fn *unpack,
		  const void *data, char **dir, struct error *e)
{
	char *final __free = xasprintf("%s/src/%s", r->cache_dir, key);
	char *lock_name __free = xasprintf("src-%s", key);
	int lock __lock = -1;
	int rc = 0;

	if (!fs_exists(final)) {
		rc = lock_take(r, lock_name, &lock, e);
		if (!rc && !fs_exists(final))
			rc = unpack_locked(r, key, final, unpack, data, e);
	}
	if (!rc)
		*dir = take_ptr(final);
	return rc;
}

/* What makes a file another one, as text. */
static char *stat_text(const char *path, const struct stat *st)
{
	return xasprintf("%s %lld %lld.%09ld %lld.%09ld %llu:%llu", path, (long long)st->st_size,
			 (long long)st->st_mtim.tv_sec, st->st_mtim.tv_nsec,
			 (long long)st->st_ctim.tv_sec, st->st_ctim.tv_nsec,
			 (unsigned long long)st->st_dev, (unsigned long long)st->st_ino);
}

/* CACHE/hashes/HASH-OF-PATH holds the file's hash and, behind it, what it looked like then. */
int source_hash_file(const struct runner *r, const char *path, char out[HASH_TEXT], struct error *e)
{
	char *full __free = realpath(path, NULL);
	char *dir __free = xasprintf("%s/hashes", r->cache_dir);
	char name[HASH_TEXT];
	char *memo __free = NULL, *looks __free = NULL, *text __free = NULL;
	struct strbuf known __strbuf = { 0 };
	struct stat st;
	int rc;

	if (!full || stat(full, &st) < 0)
		return error_sys(e, errno, "%s", path);
	hash_buf(full, strlen(full), name);
	memo = xasprintf("%s/%.32s", dir, name);
	looks = stat_text(full, &st);
	if (fs_exists(memo) && !fs_read(memo, &known, NULL) && known.len > HASH_TEXT &&
	    !strcmp(known.buf + HASH_TEXT, looks)) {
		snprintf(out, HASH_TEXT, "%s", known.buf);
		return 0;
	}
	rc = hash_file(full, out, e);
	if (rc < 0)
		return rc;
	text = xasprintf("%s %s", out, looks);
	/* a file that was just written may be written again without looking different */
	if (st.st_mtim.tv_sec + 2 < time(NULL) && !fs_mkdirs(dir, NULL))
		fs_write(memo, text, strlen(text), NULL);
	return 0;
}

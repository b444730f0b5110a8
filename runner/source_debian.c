// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The source "debian:": linux-source-X.Y from Debian's archive, unpacked once
 * into CACHE/src/PACKAGE_VERSION. A tree is unpacked aside and renamed when it
 * is complete, so what has that name is whole. A tree already there is found
 * also after its version has left the archive, or without a network.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cleanup.h"
#include "lib/fs.h"
#include "lib/spawn.h"
#include "runner/apt.h"
#include "runner/lock.h"
#include "runner/room.h"
#include "runner/source.h"

#define PACKAGE_PREFIX "linux-source-"
/* A 7.3 tree takes 1.8 GiB, its package 0.2 twice while unpacking. */
#define UNPACK_BYTES (2300ull << 20)
#define UNPACK_FILES 96000.0

/* "linux-source-7.3": the prefix and a number, no -rt or the like. */
static bool is_source_package(const char *name)
{
	size_t len = strlen(PACKAGE_PREFIX);

	return !strncmp(name, PACKAGE_PREFIX, len) && name[len] &&
	       !name[len + strspn(name + len, "0123456789.")];
}

/* The best match so far. */
struct pick {
	char *name, *version, *sha256;
	uint64_t size_bytes;
};

static void pick_release(struct pick *p)
{
	free(p->name);
	free(p->version);
	free(p->sha256);
	*p = (struct pick){ 0 };
}

static void offer(struct pick *best, const struct apt_package *p, const char *asked)
{
	if (!is_source_package(p->name) || !apt_version_matches(p->version, asked))
		return;
	if (best->version && apt_version_cmp(p->version, best->version) <= 0)
		return;
	pick_release(best);
	best->name = xstrdup(p->name);
	best->version = xstrdup(p->version);
	best->sha256 = xstrdup(p->sha256 ? p->sha256 : "");
	best->size_bytes = p->size_bytes;
}

/* Trees that are unpacked already. */
static void offer_cached(const struct runner *r, struct pick *best, const char *asked)
{
	char *dir __free = xasprintf("%s/src", r->cache_dir);
	DIR *d __closedir = opendir(dir);
	struct dirent *de;

	while (d && (de = readdir(d))) {
		char *name __free = xstrdup(de->d_name);
		char *sep = strchr(name, '_');
		struct apt_package p = { .name = name };

		if (!sep)
			continue;
		*sep = '\0';
		p.version = sep + 1;
		offer(best, &p, asked);
	}
}

static int by_version(const void *a, const void *b)
{
	return -apt_version_cmp(*(char *const *)a, *(char *const *)b);
}

static int none_there(const struct apt_index *ix, const char *asked, struct error *e)
{
	struct strv there __strv = { 0 };
	struct strbuf text __strbuf = { 0 };

	for (size_t i = 0; i < ix->n; i++) {
		if (is_source_package(ix->p[i].name) && !strv_contains(&there, ix->p[i].version))
			strv_add(&there, ix->p[i].version);
	}
	if (there.n)
		qsort(there.v, there.n, sizeof(*there.v), by_version);
	strv_for_each(&there, it)
		strbuf_addf(&text, "%s%s", text.len ? ", " : "", *it);
	return error_set(e, ENOENT, "Debian's archive has no linux-source %s (it has %s)", asked,
			 there.n ? strbuf_str(&text) : "none at all");
}

/* The package is one for all architectures: the lists of the host's are there already. */
static const char *lists_of(const struct arch *a)
{
	const struct arch *host = arch_host();

	return host ? host->debian : a->debian;
}

static int resolve(const struct runner *r, const struct arch *a, const char *asked,
		   struct source_id *id, struct error *e)
{
	struct pick best __cleanup(pick_release) = { 0 };
	struct apt_index ix __cleanup(apt_index_release) = { 0 };
	int rc = 0;

	for (int fresh = APT_DAILY; fresh <= APT_RECENT && !best.name; fresh++) {
		apt_index_release(&ix);
		rc = apt_index_load(r, lists_of(a), fresh, &ix, e);
		if (rc == -ECANCELED)
			return rc;
		for (size_t i = 0; i < ix.n; i++)
			offer(&best, &ix.p[i], asked);
		/* "the newest" is the archive's; a cached tree only if there is none */
		if (*asked || rc < 0)
			offer_cached(r, &best, asked);
	}
	if (!best.name)
		return rc < 0 ? rc : none_there(&ix, asked, e);
	id->version = xstrdup(best.version);
	id->key = xasprintf("%s_%s", best.name, best.version);
	id->facts = json_pack("{s:s, s:s}", "package", best.name, "version", best.version);
	return 0;
}

/* A tree is what it says it is: the files a build starts from, and the version. */
static int verify(const char *tree, const char *package, struct error *e)
{
	static const char *const files[] = { "Kconfig", "mm/memory.c", "scripts/kconfig/conf.c",
					     "usr/Makefile", "virt/kvm/Makefile.kvm" };
	char *makefile __free = xasprintf("%s/Makefile", tree);
	struct strbuf text __strbuf = { 0 };
	char *version __free = NULL, *name __free = NULL;
	int rc = fs_read(makefile, &text, e);

	if (rc < 0)
		return rc;
	version = source_makefile_version(strbuf_str(&text));
	name = xasprintf(PACKAGE_PREFIX "%s", version ? version : "none");
	if (!apt_version_matches(name, package))
		return error_set(e, EIO, "%s: is %s, not %s", makefile, name, package);
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		char *path __free = xasprintf("%s/%s", tree, files[i]);

		if (!fs_exists(path))
			return error_set(e, EIO, "%s: missing after unpacking", path);
	}
	return 0;
}

struct unpack {
	const struct runner *r;
	const char *what;
	const char *log;
	double files;
};

static void on_unpacked(const char *line, void *data)
{
	struct unpack *u = data;

	(void)line;
	u->files++;
	if ((long)u->files % 1000 == 0)
		runner_progress(u->r, "unpack", u->files,
				u->files > UNPACK_FILES ? u->files : UNPACK_FILES, -1, u->log, "%s",
				u->what);
}

/* DEB's tarball into TREE, by way of the folder TMP. */
static int unpack(const struct runner *r, const char *deb, const char *package, const char *tmp,
		  const char *tree, struct error *e)
{
	char *log __free = xasprintf("%s/unpack.log", r->log_dir);
	struct strv deb_argv __strv = { 0 };
	struct strv tar_argv __strv = { 0 };
	struct unpack u = { .r = r, .what = package, .log = log };
	struct spawn s = { .argv = &deb_argv, .log_path = log, .cancel = r->cancel };
	int rc;

	runner_progress(r, "unpack", 0, UNPACK_FILES, -1, log, "%s", package);
	strv_add(&deb_argv, "dpkg-deb");
	strv_add(&deb_argv, "-x");
	strv_add(&deb_argv, deb);
	strv_add(&deb_argv, tmp);
	rc = spawn_run(&s, e);
	if (rc < 0)
		return error_prefix(e, rc, "%s", deb);
	rc = fs_mkdirs(tree, e);
	if (rc < 0)
		return rc;
	strv_add(&tar_argv, "tar");
	strv_add(&tar_argv, "-xvf");
	strv_addf(&tar_argv, "%s/usr/src/%s.tar.xz", tmp, package);
	strv_add(&tar_argv, "--no-same-owner");
	strv_add(&tar_argv, "--strip-components=1");
	strv_add(&tar_argv, "-C");
	strv_add(&tar_argv, tree);
	s.argv = &tar_argv;
	s.log_path = NULL; /* a hundred thousand names */
	s.on_line = on_unpacked;
	s.data = &u;
	rc = spawn_run(&s, e);
	if (rc < 0)
		return error_prefix(e, rc, "unpack %s", package);
	return verify(tree, package, e);
}

static int fetch_into(const struct runner *r, const struct arch *a, const struct source_id *id,
		      const char *tmp, const char *final, struct error *e)
{
	const char *package = json_string_value(json_object_get(id->facts, "package"));
	struct apt_index ix __cleanup(apt_index_release) = { 0 };
	char *tree __free = xasprintf("%s/tree", tmp);
	char *deb __free = NULL;
	int rc = room_check(r, UNPACK_BYTES, "unpacking a kernel source", e);

	if (!rc)
		rc = apt_index_load(r, lists_of(a), APT_DAILY, &ix, e);
	if (!rc)
		rc = fs_mkdirs(tmp, e);
	if (rc < 0)
		return rc;
	for (size_t i = 0; i < ix.n; i++) {
		if (strcmp(ix.p[i].name, package) || strcmp(ix.p[i].version, id->version))
			continue;
		rc = apt_download(r, lists_of(a), &ix.p[i], tmp, &deb, e);
		if (!rc)
			rc = unpack(r, deb, package, tmp, tree, e);
		if (!rc && rename(tree, final) < 0)
			rc = error_sys(e, errno, "%s", final);
		return rc;
	}
	return none_there(&ix, id->version, e);
}

static int fetch(const struct runner *r, const struct arch *a, const struct source_id *id,
		 char **dir, struct error *e)
{
	char *final __free = xasprintf("%s/src/%s", r->cache_dir, id->key);
	char *tmp __free = xasprintf("%s/src/.tmp-%s", r->cache_dir, id->key);
	char *lock_name __free = xasprintf("src-%s", id->key);
	int lock __lock = -1;
	int rc = 0;

	if (!fs_exists(final)) {
		rc = lock_take(r, lock_name, &lock, e);
		if (rc < 0)
			return rc;
		/* what a killed fetch left */
		rc = fs_remove_tree(tmp, e);
		if (!rc && !fs_exists(final)) {
			rc = fetch_into(r, a, id, tmp, final, e);
			fs_remove_tree(tmp, NULL);
		}
	}
	if (rc < 0)
		return rc;
	*dir = take_ptr(final);
	return 0;
}

const struct source source_debian = {
	.name = "debian",
	.summary = "debian:VERSION, a kernel source of Debian's (debian: is the newest, "
		   "debian:7.3 the newest 7.3)",
	.resolve = resolve,
	.fetch = fetch,
};

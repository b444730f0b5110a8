// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The source "debian-image:": Debian's prebuilt cloud kernels. How they are
 * packed has changed twice, so a kernel is put together from up to three
 * packages of one version, and what is in them is found by looking:
 *
 *	the image	linux-image-V-cloud-A, from 6.19 on linux-binary-V-cloud-A, the
 *			newest at times only as linux-binary-unsigned-V-cloud-A
 *	the base	linux-base-V-cloud-A: the configuration, from 7.2 on
 *	the modules	linux-modules-V-cloud-A, from 6.19 on; else with the image
 *
 * Modules are taken only for what the record's port needs and the image does
 * not have built in.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cleanup.h"
#include "lib/fs.h"
#include "lib/spawn.h"
#include "runner/apt.h"
#include "runner/module.h"
#include "runner/room.h"
#include "runner/source.h"
#include "runner/tree.h"

#define UNPACK_BYTES (512ull << 20)
/* Smaller packages of that name are empty ones that pull in the real ones. */
#define IMAGE_MIN_BYTES (5ull << 20)

/* Kinds of package that hold an image, best first. */
static const struct kind {
	const char *prefix, *suffix;
} kinds[] = {
	{ "linux-binary-", "" },
	{ "linux-image-", "" },
	{ "linux-binary-unsigned-", "" },
	{ "linux-image-", "-unsigned" },
};

/* What this file keeps in source_id.priv: the packages by name. */
struct choice {
	char *release;				 /* "6.12.117+deb12-cloud-amd64" */
	struct apt_package image, base, modules; /* name NULL: there is none */
};

static void package_copy(struct apt_package *to, const struct apt_package *from)
{
	free(to->name);
	free(to->version);
	free(to->sha256);
	*to = (struct apt_package){ xstrdup(from->name), xstrdup(from->version),
				    xstrdup(from->sha256), from->size_bytes };
}

static void package_release(struct apt_package *p)
{
	free(p->name);
	free(p->version);
	free(p->sha256);
}

static void release_id(struct source_id *id)
{
	struct choice *c = id->priv;

	if (!c)
		return;
	free(c->release);
	package_release(&c->image);
	package_release(&c->base);
	package_release(&c->modules);
	free(c);
	id->priv = NULL;
}

/*
 * If P holds an image of architecture A: its kernel's release ("6.12.117+deb12-cloud-amd64"),
 * for the caller to free, and the rank of its kind. Else NULL.
 */
static char *image_release(const struct apt_package *p, const struct arch *a, size_t *rank)
{
	char *tail __free = xasprintf("-cloud-%s", a->debian);
	size_t len = strlen(p->name), tail_len = strlen(tail);

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		size_t pre = strlen(kinds[i].prefix), suf = strlen(kinds[i].suffix);

		if (len <= pre + tail_len + suf || strncmp(p->name, kinds[i].prefix, pre) ||
		    strcmp(p->name + len - suf, kinds[i].suffix) ||
		    strncmp(p->name + len - suf - tail_len, tail, tail_len) || p->name[pre] < '0' ||
		    p->name[pre] > '9' || p->size_bytes < IMAGE_MIN_BYTES)
			continue;
		*rank = i;
		return xasprintf("%.*s", (int)(len - suf - pre), p->name + pre);
	}
	return NULL;
}

/* "6.12" and "6.12.117-1~deb12u1" match the package's version, "6.12.117+deb12" the release. */
static bool matches(const struct apt_package *p, const char *release, const char *asked)
{
	return apt_version_matches(p->version, asked) || apt_version_matches(release, asked);
}

static struct choice *choose(const struct apt_index *ix, const struct arch *a, const char *asked)
{
	struct choice *c = xcalloc(1, sizeof(*c));
	size_t best_rank = 0;

	for (size_t i = 0; i < ix->n; i++) {
		size_t rank;
		char *release __free = image_release(&ix->p[i], a, &rank);
		int cmp;

		if (!release || !matches(&ix->p[i], release, asked))
			continue;
		cmp = c->release ? apt_version_cmp(ix->p[i].version, c->image.version) : 1;
		if (cmp < 0 || (!cmp && rank >= best_rank))
			continue;
		free(c->release);
		c->release = take_ptr(release);
		package_copy(&c->image, &ix->p[i]);
		best_rank = rank;
	}
	if (!c->release) {
		free(c);
		return NULL;
	}
	for (size_t i = 0; i < ix->n; i++) {
		char *base __free = xasprintf("linux-base-%s", c->release);
		char *modules __free = xasprintf("linux-modules-%s", c->release);

		if (strcmp(ix->p[i].version, c->image.version))
			continue;
		if (!strcmp(ix->p[i].name, base))
			package_copy(&c->base, &ix->p[i]);
		else if (!strcmp(ix->p[i].name, modules))
			package_copy(&c->modules, &ix->p[i]);
	}
	return c;
}

static int by_version(const void *a, const void *b)
{
	return -apt_version_cmp(*(char *const *)a, *(char *const *)b);
}

static int none_there(const struct apt_index *ix, const struct arch *a, const char *asked,
		      struct error *e)
{
	struct strv there __strv = { 0 };
	struct strbuf text __strbuf = { 0 };

	for (size_t i = 0; i < ix->n; i++) {
		size_t rank;
		char *release __free = image_release(&ix->p[i], a, &rank);

		if (!release)
			continue;
		release[strlen(release) - strlen("-cloud-") - strlen(a->debian)] = '\0';
		if (!strv_contains(&there, release))
			strv_add(&there, release);
	}
	if (there.n)
		qsort(there.v, there.n, sizeof(*there.v), by_version);
	strv_for_each(&there, it)
		strbuf_addf(&text, "%s%s", text.len ? ", " : "", *it);
	return error_set(e, ENOENT, "Debian's archive has no cloud kernel %s (it has %s)", asked,
			 there.n ? strbuf_str(&text) : "none at all");
}

/* VERSION:ARCH, with everybody's word for it. */
static int arch_of(const struct runner *r, const char *version, const char **name, struct error *e)
{
	static const char *const words[][2] = { { "amd64", "x86_64" },
						{ "x86_64", "x86_64" },
						{ "arm64", "arm64" },
						{ "aarch64", "arm64" } };
	const char *colon = strrchr(version, ':');

	(void)r;
	for (size_t i = 0; colon && i < ARRAY_SIZE(words); i++) {
		if (!strcmp(colon + 1, words[i][0]))
			*name = words[i][1];
	}
	if (colon && !*name)
		return error_set(e, EINVAL, "debian-image:%s: no architecture '%s' (amd64, arm64)",
				 version, colon + 1);
	return 0;
}

static int resolve(const struct runner *r, const struct arch *a, const char *text,
		   struct source_id *id, struct error *e)
{
	struct apt_index ix __cleanup(apt_index_release) = { 0 };
	char *asked __free = xasprintf("%.*s", (int)strcspn(text, ":"), text);
	struct choice *c = NULL;

	for (int fresh = APT_DAILY; fresh <= APT_RECENT && !c; fresh++) {
		int rc;

		apt_index_release(&ix);
		rc = apt_index_load(r, a->debian, fresh, &ix, e);
		if (rc < 0)
			return rc;
		c = choose(&ix, a, asked);
	}
	if (!c)
		return none_there(&ix, a, asked, e);
	id->priv = c;
	id->version = xasprintf("%s%s", c->image.version, text + strlen(asked));
	id->key = xasprintf("%s_%s", c->image.name, c->image.version);
	id->facts = json_pack("{s:s, s:s, s:s}", "package", c->image.name, "version",
			      c->image.version, "sha256", c->image.sha256);
	return 0;
}

/* Fetches a package and unpacks it below TMP; no package is fine. */
static int add_package(const struct runner *r, const struct arch *a, const struct apt_package *p,
		       const char *tmp, struct error *e)
{
	struct strv argv __strv = { 0 };
	struct spawn s = { .argv = &argv, .cancel = r->cancel };
	char *deb __free = NULL;
	int rc;

	if (!p->name)
		return 0;
	rc = apt_download(r, a->debian, p, tmp, &deb, e);
	if (rc < 0)
		return rc;
	runner_progress(r, "unpack", 0, 0, -1, NULL, "%s", p->name);
	strv_add(&argv, "dpkg-deb");
	strv_add(&argv, "-x");
	strv_add(&argv, deb);
	strv_addf(&argv, "%s/root", tmp);
	rc = spawn_run(&s, e);
	return rc < 0 ? error_prefix(e, rc, "%s", deb) : 0;
}

/* Moves the first file below ROOT whose name starts so (and is no stub) to DIR/NAME. */
static int take_file(const char *root, const char *prefix, uint64_t min_bytes, const char *dir,
		     const char *name, char **field, struct error *e)
{
	char *from __free = tree_find(root, prefix, min_bytes);
	char *to __free = xasprintf("%s/%s", dir, name);

	if (!from)
		return -ENOENT;
	if (rename(from, to) < 0)
		return error_sys(e, errno, "%s", to);
	*field = xstrdup(name);
	return 0;
}

static int fill_from(const struct runner *r, const struct arch *a, const struct choice *c,
		     const char *tmp, const char *dir, struct kernel *k, struct error *e)
{
	char *root __free = xasprintf("%s/root", tmp);
	char *config __free = NULL;
	int rc = add_package(r, a, &c->image, tmp, e);

	if (!rc)
		rc = add_package(r, a, &c->base, tmp, e);
	if (rc < 0)
		return rc;
	rc = take_file(root, "vmlinuz", IMAGE_MIN_BYTES, dir, "vmlinuz", &k->image, e);
	if (rc == -ENOENT) /* 7.2 and later: a bzImage by the name vmlinux */
		rc = take_file(root, "vmlinux", IMAGE_MIN_BYTES, dir, "vmlinuz", &k->image, e);
	if (rc == -ENOENT)
		return error_set(e, EIO, "%s %s: no kernel image in it", c->image.name,
				 c->image.version);
	if (!rc)
		rc = take_file(root, "config", 1 << 12, dir, "config", &k->config, e);
	/* gone from the archive for some of 6.19 to 7.1, whose base package is */
	if (rc < 0 && rc != -ENOENT)
		return rc;
	/* Debian's is a stub of one line; a real one is taken */
	rc = take_file(root, "System.map", 1 << 16, dir, "System.map", &k->system_map, e);
	if (rc < 0 && rc != -ENOENT)
		return rc;
	if (k->config)
		config = xasprintf("%s/config", dir);
	if (modules_missing(config) && c->modules.name) {
		rc = add_package(r, a, &c->modules, tmp, e);
		if (rc < 0)
			return rc;
	}
	k->release = xstrdup(c->release);
	return modules_collect(r, root, config, dir, &k->modules, e);
}

static int fill(const struct runner *r, const struct arch *a, const struct source_id *id,
		const char *dir, struct kernel *k, struct error *e)
{
	char *tmp __free = xasprintf("%s/unpacked", dir);
	int rc = room_check(r, UNPACK_BYTES, "unpacking a kernel image", e);

	if (!rc)
		rc = fs_mkdirs(tmp, e);
	if (!rc)
		rc = fill_from(r, a, id->priv, tmp, dir, k, e);
	fs_remove_tree(tmp, NULL);
	return rc;
}

const struct source source_debian_image = {
	.name = "debian-image",
	.summary = "debian-image:VERSION[:ARCH], a prebuilt cloud kernel of Debian's (6.12, "
		   "6.12.117+deb12 or a full package version; amd64 or arm64)",
	.arch = arch_of,
	.resolve = resolve,
	.release = release_id,
	.fill = fill,
};

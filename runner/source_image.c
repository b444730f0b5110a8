// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The source "image:": a kernel that somebody else built, by what is in its file, its
 * configuration and its symbols. It is copied into the cache, so that it can be booted again
 * after the file has gone.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "lib/cleanup.h"
#include "lib/fs.h"
#include "runner/image_file.h"
#include "runner/module.h"
#include "runner/source.h"

/* What this file keeps in source_id.priv. */
struct found {
	struct image_file file;
	char *path, *config, *system_map, *modules; /* NULL where there is none */
};

static void release_id(struct source_id *id)
{
	struct found *f = id->priv;

	if (!f)
		return;
	image_file_release(&f->file);
	free(f->path);
	free(f->config);
	free(f->system_map);
	free(f->modules);
	free(f);
	id->priv = NULL;
}

static int full_path(const char *asked, char **path, struct error *e)
{
	char *given __free = source_expand_home(asked);

	if (!*asked)
		return error_set(e, EINVAL, "image: wants a file, as in image:/boot/vmlinuz-6.14");
	*path = realpath(given, NULL);
	if (!*path && errno == ENOENT)
		return error_set(e, EINVAL, "no file '%s'", given);
	return *path ? 0 : error_sys(e, errno, "%s", given);
}

static int arch_of(const struct runner *r, const char *asked, const char **name, struct error *e)
{
	char *path __free = NULL;
	enum image_kind kind;
	int rc = full_path(asked, &path, e);

	(void)r;
	return rc ? rc : image_file_kind(path, &kind, name, e);
}

/* A file's hash goes into H, and into FACTS by NAME; no file counts, too. */
static int add_file(const struct runner *r, const char *path, const char *name, struct hash *h,
		    json_t *facts, struct error *e)
{
	char sum[HASH_TEXT] = "none";
	int rc = path ? source_hash_file(r, path, sum, e) : 0;

	if (rc)
		return rc;
	hash_add(h, sum, strlen(sum));
	if (path)
		json_object_set_new(facts, name,
				    json_pack("{s:s, s:s}", "file", path, "sha256", sum));
	return 0;
}

static int identify(const struct runner *r, const struct found *f, struct source_id *id,
		    struct error *e)
{
	struct hash *h = hash_new();
	char sum[HASH_TEXT];
	int rc;

	id->facts = json_pack("{s:s, s:s, s:s}", "file", f->path, "sha256", f->file.sum, "release",
			      f->file.release);
	hash_add(h, f->file.sum, strlen(f->file.sum));
	rc = add_file(r, f->config, "config", h, id->facts, e);
	if (!rc)
		rc = add_file(r, f->system_map, "system_map", h, id->facts, e);
	/* modules that appear later may be what was lacking */
	hash_add(h, f->modules ? "modules" : "none", f->modules ? 7 : 4);
	if (f->modules)
		json_object_set_new(id->facts, "modules", json_string(f->modules));
	hash_finish(h, sum);
	id->key = xasprintf("image-%.40s", sum);
	id->version = xstrdup(f->path);
	return rc;
}

static int resolve(const struct runner *r, const struct arch *a, const char *asked,
		   struct source_id *id, struct error *e)
{
	struct found *f;
	char *path __free = NULL;
	int rc = full_path(asked, &path, e);

	(void)a;
	if (rc)
		return rc;
	id->priv = f = xcalloc(1, sizeof(*f));
	f->path = take_ptr(path);
	rc = image_file_look(r, f->path, &f->file, e);
	if (rc)
		return rc;
	f->config = image_file_config(f->path, f->file.release);
	f->system_map = image_file_system_map(f->path, f->file.release);
	f->modules = image_file_modules(f->path, f->file.release);
	return identify(r, f, id, e);
}

/* FROM (may be NULL) as DIR/NAME; *FIELD says so. */
static int take(const char *from, const char *dir, const char *name, char **field, struct error *e)
{
	char *to __free = xasprintf("%s/%s", dir, name);
	struct strbuf text __strbuf = { 0 };
	int rc;

	if (!from)
		return 0;
	rc = fs_read(from, &text, e);
	if (!rc)
		rc = fs_write(to, strbuf_str(&text), text.len, e);
	if (!rc)
		*field = xstrdup(name);
	return rc;
}

static int take_modules(const struct runner *r, const struct found *f, const char *config,
			const char *dir, struct kernel *k, struct error *e)
{
	int rc;

	if (!modules_missing(config))
		return 0;
	/* without a configuration they may be built in: the boot will tell */
	if (!f->modules && !config)
		return 0;
	if (!f->modules)
		return error_set(e, ENOENT,
				 "%s needs modules that are not here: no /lib/modules/%s, none "
				 "beside it",
				 f->path, f->file.release);
	rc = modules_collect(r, f->modules, config, dir, &k->modules, e);
	return error_prefix(e, rc, "%s (modules: %s)", f->path, f->modules);
}

static int fill(const struct runner *r, const struct arch *a, const struct source_id *id,
		const char *dir, struct kernel *k, struct error *e)
{
	static const char *const names[] = { [IMAGE_BZIMAGE] = "vmlinuz",
					     [IMAGE_ELF] = "vmlinux",
					     [IMAGE_RAW] = "Image",
					     [IMAGE_GZIP] = "Image",
					     [IMAGE_ZBOOT] = "Image" };
	const struct found *f = id->priv;
	char *to __free = xasprintf("%s/%s", dir, names[f->file.kind]);
	char *config __free = f->config ? xasprintf("%s/config", dir) : NULL;
	char sum[HASH_TEXT] = "";
	int rc;

	(void)a;
	runner_progress(r, "copy", 0, 0, -1, NULL, "%s", f->path);
	rc = image_file_copy(r, f->path, &f->file, to, e);
	if (!rc)
		rc = hash_file(f->path, sum, e);
	if (!rc && strcmp(sum, f->file.sum))
		return error_set(e, ESTALE, "%s changed while it was copied; start again", f->path);
	if (!rc)
		rc = take(f->config, dir, "config", &k->config, e);
	if (!rc)
		rc = take(f->system_map, dir, "System.map", &k->system_map, e);
	if (!rc)
		rc = take_modules(r, f, config, dir, k, e);
	k->image = xstrdup(names[f->file.kind]);
	k->release = xstrdup(f->file.release);
	return rc;
}

int source_running_image(char **text, struct error *e)
{
	static const char *const places[] = {
		"/boot/vmlinuz-%s",	   "/usr/lib/modules/%s/vmlinuz",
		"/lib/modules/%s/vmlinuz", "/boot/vmlinux-%s",
		"/boot/Image-%s",	   "/boot/kernel-%s"
	};
	struct utsname u;

	*text = NULL;
	if (uname(&u) < 0)
		return error_sys(e, errno, "uname");
	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		const char *hole = strstr(places[i], "%s");
		char *path __free = xasprintf("%.*s%s%s", (int)(hole - places[i]), places[i],
					      u.release, hole + 2);

		if (!fs_exists(path))
			continue;
		*text = xasprintf("image:%s", path);
		return 0;
	}
	return error_set(e, ENOENT,
			 "the image of the running kernel, %s, is not in /boot nor in "
			 "/lib/modules: name it, image:FILE, or measure it here, --on local",
			 u.release);
}

const struct source source_image = {
	.name = "image",
	.takes_path = true,
	.summary = "image:FILE, a bootable kernel; System.map, configuration and modules are found "
		   "by their usual names",
	.arch = arch_of,
	.resolve = resolve,
	.release = release_id,
	.fill = fill,
};

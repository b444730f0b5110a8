// SPDX-License-Identifier: GPL-2.0-or-later
/* Files before a patch; see patch_kept.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/cleanup.h"
#include "lib/fs.h"
#include "runner/patch_kept.h"

int kept_read(struct kept *k, const char *tree, const struct strv *files, struct error *e)
{
	k->v = xcalloc(files->n + 1, sizeof(*k->v));
	strv_for_each(files, it) {
		char *path __free = xasprintf("%s/%s", tree, *it);
		struct kept_file *f = &k->v[k->n++];
		struct stat st;
		int rc;

		f->name = xstrdup(*it);
		if (lstat(path, &st) < 0)
			continue;
		if (!S_ISREG(st.st_mode))
			return error_set(e, EINVAL, "%s: is no file in this source", *it);
		rc = fs_read(path, &f->data, e);
		if (rc < 0)
			return rc;
		f->there = true;
		f->mode = st.st_mode & 07777;
	}
	return 0;
}

bool kept_was_there(const struct kept *k, const char *name)
{
	for (size_t i = 0; i < k->n; i++) {
		if (!strcmp(k->v[i].name, name))
			return k->v[i].there;
	}
	return false;
}

/* Writes it under another name first: a link to a shared file is left behind. */
static int put(const struct kept_file *f, const char *path, struct error *e)
{
	int rc = fs_write(path, strbuf_str(&f->data), f->data.len, e);

	if (!rc && chmod(path, f->mode) < 0)
		rc = error_sys(e, errno, "%s", path);
	return rc;
}

int kept_unshare(const struct kept *k, const char *tree, struct error *e)
{
	int rc = 0;

	for (size_t i = 0; i < k->n && !rc; i++) {
		char *path __free = xasprintf("%s/%s", tree, k->v[i].name);

		if (k->v[i].there)
			rc = put(&k->v[i], path, e);
	}
	return rc;
}

static void mkdir_of(const char *path)
{
	char *dir __free = xasprintf("%.*s", (int)(strrchr(path, '/') - path), path);

	fs_mkdirs(dir, NULL);
}

int kept_restore(const struct kept *k, const char *tree, struct error *e)
{
	int rc = 0;

	for (size_t i = 0; i < k->n; i++) {
		char *path __free = xasprintf("%s/%s", tree, k->v[i].name);
		char *reject __free = xasprintf("%s.rej", path);
		char *backup __free = xasprintf("%s.orig", path);

		unlink(reject);
		unlink(backup);
		if (!k->v[i].there) {
			unlink(path);
			continue;
		}
		mkdir_of(path); /* patch(1) removes folders that become empty */
		rc = put(&k->v[i], path, e) ?: rc;
	}
	return rc;
}

/* A file of TREE, if it is there, to TO. */
static int copy(const char *from, const char *to, struct error *e)
{
	struct strbuf data __strbuf = { 0 };
	int rc;

	if (!fs_exists(from))
		return 0;
	rc = fs_read(from, &data, e);
	mkdir_of(to);
	return rc < 0 ? rc : fs_write(to, strbuf_str(&data), data.len, e);
}

static int save_file(const struct kept_file *f, const char *tree, const char *dir, char **reject,
		     struct error *e)
{
	char *from __free = xasprintf("%s/%s", tree, f->name);
	char *from_rej __free = xasprintf("%s.rej", from);
	char *to __free = xasprintf("%s/%s", dir, f->name);
	char *to_rej __free = xasprintf("%s.rej", to);
	char *orig __free = xasprintf("%s.orig", to);
	int rc = copy(from, to, e);

	if (!rc && f->there) {
		mkdir_of(orig);
		rc = put(f, orig, e);
	}
	if (!rc && fs_exists(from_rej)) {
		rc = copy(from_rej, to_rej, e);
		if (!*reject)
			*reject = xasprintf("%s.rej", f->name);
	}
	return rc;
}

int kept_save(const struct kept *k, const char *tree, const struct patch *p, const char *dir,
	      char **reject, struct error *e)
{
	char *patch __free = xasprintf("%s/%s", dir, p->name);
	char *text __free = xasprintf("Subject: %s\n\n%s", p->subject, p->text);
	int rc = fs_remove_tree(dir, e);

	if (!rc)
		rc = fs_mkdirs(dir, e);
	if (!rc)
		rc = fs_write(patch, text, strlen(text), e);
	for (size_t i = 0; i < k->n && !rc; i++)
		rc = save_file(&k->v[i], tree, dir, reject, e);
	return rc;
}

void kept_release(struct kept *k)
{
	for (size_t i = 0; i < k->n; i++) {
		free(k->v[i].name);
		strbuf_release(&k->v[i].data);
	}
	free(k->v);
	*k = (struct kept){ 0 };
}

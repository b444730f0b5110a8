// SPDX-License-Identifier: GPL-2.0-or-later
/* The tree that kernels are built in; see work.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/cleanup.h"
#include "lib/fs.h"
#include "lib/json.h"
#include "lib/spawn.h"
#include "runner/manifest.h"
#include "runner/patch.h"
#include "runner/work.h"

void work_init(struct work *w, const struct runner *r, const struct build_job *j)
{
	*w = (struct work){ .r = r, .j = j };
	w->dir = xasprintf("%s/build/work", r->cache_dir);
	w->src = xasprintf("%s/src", w->dir);
	w->obj = xasprintf("%s/obj", w->src);
	w->log = xasprintf("%s/build-%s.log", r->log_dir, j->name);
	for (char *p = w->log + strlen(r->log_dir) + 1; *p; p++) {
		if (*p == '/' || *p == ':')
			*p = '-';
	}
}

void work_move(struct work *w, const char *name)
{
	free(w->dir);
	free(w->src);
	free(w->obj);
	w->dir = xasprintf("%s/build/%s", w->r->cache_dir, name);
	w->src = xasprintf("%s/src", w->dir);
	w->obj = xasprintf("%s/obj", w->dir);
}

void work_release(struct work *w)
{
	free(w->dir);
	free(w->src);
	free(w->obj);
	free(w->log);
	*w = (struct work){ 0 };
}

static char *state_path(const struct work *w)
{
	return xasprintf("%s/state.json", w->dir);
}

static json_t *state_json(const struct work *w)
{
	json_t *ids = json_array();

	for (size_t i = 0; i < w->j->series->n; i++)
		json_array_append_new(ids, json_string(w->j->series->p[i].id));
	return json_pack("{s:s, s:s, s:i, s:o}", "key", w->j->key, "tree", w->j->tree, "layout",
			 (int)w->j->layout, "patches", ids);
}

/* Whether the patches that are in the tree are the first ones of the job's. */
static bool begins_with(const struct patch_series *s, const json_t *ids)
{
	if (!json_is_array(ids) || json_array_size(ids) > s->n)
		return false;
	for (size_t i = 0; i < json_array_size(ids); i++) {
		const char *id = json_string_value(json_array_get(ids, i));

		if (!id || strcmp(id, s->p[i].id))
			return false;
	}
	return true;
}

bool work_is_warm(const struct work *w, struct work_state *s)
{
	char *path __free = state_path(w);
	struct strbuf text __strbuf = { 0 };
	json_t *j __json = NULL;
	const char *key, *tree;
	struct error e = { 0 };

	*s = (struct work_state){ 0 };
	if (!fs_exists(path) || fs_read(path, &text, NULL) < 0)
		return false;
	j = json_parse(strbuf_str(&text), text.len, NULL);
	key = json_string_value(json_object_get(j, "key"));
	tree = json_string_value(json_object_get(j, "tree"));
	if (!key || strcmp(key, w->j->key) || !tree || strcmp(tree, w->j->tree) ||
	    !begins_with(w->j->series, json_object_get(j, "patches")))
		return false;
	if (manifest_check(w->src, &e) < 0) {
		runner_note(w->r, "%s; laid out anew", e.msg);
		return false;
	}
	s->patches = json_array_size(json_object_get(j, "patches"));
	s->layout = (unsigned int)json_integer_value(json_object_get(j, "layout"));
	return true;
}

int work_begin(const struct work *w, struct error *e)
{
	char *path __free = state_path(w);

	if (unlink(path) < 0 && errno != ENOENT)
		return error_sys(e, errno, "%s", path);
	return 0;
}

int work_keep(const struct work *w, struct error *e)
{
	char *path __free = state_path(w);
	json_t *j __json = state_json(w);
	char *text __free = json_line(j);
	int rc = manifest_seal(w->src, e);

	return rc < 0 ? rc : fs_write(path, text, strlen(text), e);
}

int work_clear(const struct work *w, struct error *e)
{
	int rc = work_begin(w, e);

	return rc < 0 ? rc : fs_remove_tree(w->dir, e);
}

int work_copy(const struct work *w, const char *how, const char *from, const char *to,
	      struct error *e)
{
	struct strv argv __strv = { 0 };
	struct spawn s = { .argv = &argv, .log_path = w->log, .cancel = w->r->cancel };
	int rc;

	strv_add(&argv, "cp");
	strv_add(&argv, how);
	if (!strcmp(how, "-a"))
		strv_add(&argv, "--reflink=auto");
	strv_add(&argv, "-T");
	strv_add(&argv, from);
	strv_add(&argv, to);
	rc = spawn_run(&s, e);
	if (rc == -ECHILD && strstr(e->msg, "No space left"))
		rc = -ENOSPC;
	return rc < 0 ? error_prefix(e, rc, "copy %s", from) : 0;
}

int work_lay_out(const struct work *w, const char *tree, struct error *e)
{
	int rc = work_clear(w, e);

	if (!rc)
		rc = fs_mkdirs(w->dir, e);
	return rc < 0 ? rc : work_copy(w, "-al", tree, w->src, e);
}

int work_take_objects(const struct work *w, const char *dir, struct error *e)
{
	return work_copy(w, "-a", dir, w->obj, e);
}

/* TO becomes a file of its own that is like FROM, as new as can be. */
static int copy_fresh(const char *from, const char *to, struct error *e)
{
	struct strbuf data __strbuf = { 0 };
	char target[4096];
	struct stat st;
	ssize_t len;
	int rc;

	if (lstat(from, &st) < 0)
		return error_sys(e, errno, "%s", from);
	if (S_ISLNK(st.st_mode)) {
		len = readlink(from, target, sizeof(target) - 1);
		if (len < 0)
			return error_sys(e, errno, "%s", from);
		target[len] = '\0';
		unlink(to);
		return symlink(target, to) < 0 ? error_sys(e, errno, "%s", to) : 0;
	}
	rc = fs_read(from, &data, e);
	if (!rc)
		rc = fs_write(to, strbuf_str(&data), data.len, e);
	if (!rc && chmod(to, st.st_mode & 07777) < 0)
		rc = error_sys(e, errno, "%s", to);
	return rc;
}

static int copy_into(const struct work *w, const char *name, struct error *e)
{
	char *from __free = xasprintf("%s/%s", w->j->tree, name);
	char *to __free = xasprintf("%s/%s", w->src, name);
	char *dir __free = xstrdup(to);
	int rc;

	*strrchr(dir, '/') = '\0';
	rc = fs_mkdirs(dir, e);
	return rc < 0 ? rc : copy_fresh(from, to, e);
}

static bool ends_with(const char *name, const char *end)
{
	size_t len = strlen(name), end_len = strlen(end);

	return len >= end_len && !strcmp(name + len - end_len, end);
}

/*
 * A header that is new may hide one that objects were made with: <linux/a.h> in include/
 * comes before that in include/uapi/. make cannot know; what was made with any of the same name
 * is made again.
 */
static int freshen_namesakes(const struct work *w, const struct strv *added, struct error *e)
{
	struct strv names __strv = { 0 };
	struct strv paths __strv = { 0 };
	int rc = 0;

	strv_for_each(added, it) {
		const char *slash = strrchr(*it, '/');

		if (ends_with(*it, ".h"))
			strv_add(&names, slash ? slash + 1 : *it);
	}
	if (names.n)
		rc = tree_namesakes(w->src, &names, &paths, e);
	for (size_t i = 0; i < paths.n && !rc; i++)
		rc = copy_fresh(paths.v[i], paths.v[i], e);
	return rc;
}

int work_follow(const struct work *w, const struct tree_diff *d, struct error *e)
{
	int rc = 0;

	for (size_t i = 0; i < d->gone.n && !rc; i++) {
		char *path __free = xasprintf("%s/%s", w->src, d->gone.v[i]);

		rc = fs_remove_tree(path, e);
	}
	for (size_t i = 0; i < d->changed.n && !rc; i++)
		rc = copy_into(w, d->changed.v[i], e);
	for (size_t i = 0; i < d->added.n && !rc; i++)
		rc = copy_into(w, d->added.v[i], e);
	return rc < 0 ? rc : freshen_namesakes(w, &d->added, e);
}

/* Whether a change of NAME can change no configuration. */
static bool is_plain(const char *name)
{
	static const char *const ends[] = { ".c", ".h", ".S", ".rst", ".txt", ".yaml" };

	if (!strncmp(name, "scripts/", 8))
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(ends); i++) {
		if (ends_with(name, ends[i]))
			return true;
	}
	return false;
}

int work_patch(const struct work *w, size_t from, bool *plain, struct error *e)
{
	struct strv added __strv = { 0 };
	int rc = 0;

	*plain = true;
	for (size_t i = from; i < w->j->series->n && !rc; i++) {
		const struct patch *p = &w->j->series->p[i];
		struct strv files __strv = { 0 };

		patch_files(p->text, &files);
		strv_for_each(&files, it) {
			char *path __free = xasprintf("%s/%s", w->src, *it);

			*plain = *plain && is_plain(*it);
			if (!fs_exists(path))
				strv_add(&added, *it);
		}
		rc = patch_apply(w->r, w->src, p, e);
	}
	return rc < 0 ? rc : freshen_namesakes(w, &added, e);
}

int work_unpatch(const struct work *w, struct error *e)
{
	int rc = 0;

	for (size_t i = 0; i < w->j->series->n && !rc; i++) {
		struct strv files __strv = { 0 };

		patch_files(w->j->series->p[i].text, &files);
		for (size_t k = 0; k < files.n && !rc; k++) {
			char *original __free = xasprintf("%s/%s", w->j->tree, files.v[k]);
			char *path __free = xasprintf("%s/%s", w->src, files.v[k]);

			if (fs_exists(original))
				rc = copy_into(w, files.v[k], e);
			else
				rc = fs_remove_tree(path, e);
		}
	}
	return rc;
}

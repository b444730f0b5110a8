// SPDX-License-Identifier: GPL-2.0-or-later
/* Object trees in the cache; see objects.h. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/cleanup.h"
#include "lib/fs.h"
#include "lib/json.h"
#include "runner/cache.h"
#include "runner/manifest.h"
#include "runner/objects.h"

#define STAMP ".foliobench.json"

/* The value of "NAME = value" in a Makefile's text. */
static char *make_variable(const char *text, const char *name)
{
	size_t len = strlen(name);

	for (const char *line = text; line && *line; line = strchr(line, '\n')) {
		const char *p;

		line += *line == '\n';
		p = line + len;
		if (strncmp(line, name, len) || (*p != ' ' && *p != '='))
			continue;
		p += strspn(p, " =");
		return xasprintf("%.*s", (int)strcspn(p, " \n"), p);
	}
	return xstrdup("");
}

static char *source_version(const char *tree)
{
	char *path __free = xasprintf("%s/Makefile", tree);
	struct strbuf text __strbuf = { 0 };
	char *version __free = NULL;
	char *patchlevel __free = NULL;

	if (fs_read(path, &text, NULL) < 0)
		return xstrdup("");
	version = make_variable(strbuf_str(&text), "VERSION");
	patchlevel = make_variable(strbuf_str(&text), "PATCHLEVEL");
	return xasprintf("%s.%s", version, patchlevel);
}

void objects_of(const struct runner *r, const struct build_job *j, struct objects *o)
{
	*o = (struct objects){ .key = xstrdup(j->key),
			       .dir = xasprintf("%s/build/%s/obj", r->cache_dir, j->key),
			       .tree = xstrdup(j->tree),
			       .version = source_version(j->tree),
			       .arch = xstrdup(j->arch->name),
			       .tools = xasprintf("%s; %s", j->tools->compiler, j->tools->linker) };
}

void objects_release(struct objects *o)
{
	free(o->key);
	free(o->dir);
	free(o->tree);
	free(o->version);
	free(o->arch);
	free(o->tools);
	*o = (struct objects){ 0 };
}

int objects_seal(const struct objects *o, const char *dir, struct error *e)
{
	char *path __free = xasprintf("%s/" STAMP, dir);
	const char *slash = strrchr(o->tree, '/');
	json_t *j __json = json_pack("{s:f, s:s, s:s, s:s, s:s}", "steps", o->steps, "tree",
				     slash ? slash + 1 : o->tree, "version", o->version, "arch",
				     o->arch, "tools", o->tools);
	char *text __free = json_line(j);
	int rc = fs_write(path, text, strlen(text), e);

	return rc < 0 ? rc : manifest_seal(dir, e);
}

static char *text_of(const json_t *j, const char *key)
{
	return xstrdup(json_string_value(json_object_get(j, key)) ?: "");
}

/* What the stamp of KEY's tree says. false if there is none. */
static bool read_stamp(const struct runner *r, const char *key, struct objects *o)
{
	char *dir __free = xasprintf("%s/build/%s/obj", r->cache_dir, key);
	char *path __free = xasprintf("%s/" STAMP, dir);
	char *folder __free = xasprintf("%s/build/%s", r->cache_dir, key);
	struct strbuf text __strbuf = { 0 };
	json_t *j __json = NULL;
	char *tree __free = NULL;
	struct stat st;

	*o = (struct objects){ 0 };
	if (stat(folder, &st) < 0 || !fs_exists(path) || fs_read(path, &text, NULL) < 0)
		return false;
	j = json_parse(strbuf_str(&text), text.len, NULL);
	if (!j)
		return false;
	tree = text_of(j, "tree");
	*o = (struct objects){ .key = xstrdup(key),
			       .dir = take_ptr(dir),
			       .tree = xasprintf("%s/src/%s", r->cache_dir, tree),
			       .version = text_of(j, "version"),
			       .arch = text_of(j, "arch"),
			       .tools = text_of(j, "tools"),
			       .steps = json_number_value(json_object_get(j, "steps")),
			       .used = st.st_mtime };
	return true;
}

bool objects_usable(const struct runner *r, const struct objects *o, int *held)
{
	char *folder __free = xasprintf("%s/build/%s", r->cache_dir, o->key);
	char *aside __free = xasprintf("%s/.tmp-obj", folder);
	struct error e = { 0 };
	int rc;

	*held = -1;
	if (!fs_exists(o->dir) || cache_hold(folder, held, NULL) < 0)
		return false;
	rc = manifest_check(o->dir, &e);
	if (!rc) {
		cache_used(*held);
		return true;
	}
	runner_note(r, "%s; removed, and made again", e.msg);
	/* first out of its name: half a tree must not be found there */
	fs_remove_tree(aside, NULL);
	if (!rename(o->dir, aside))
		fs_remove_tree(aside, NULL);
	return false;
}

/* Objects of the same source before all others, then by their last use. */
static int by_nearness(const void *a, const void *b, void *tree)
{
	const struct objects *x = a, *y = b;
	int xs = !strcmp(x->tree, tree), ys = !strcmp(y->tree, tree);

	if (xs != ys)
		return ys - xs;
	return (x->used < y->used) - (x->used > y->used);
}

static bool is_near(const struct objects *a, const struct objects *b)
{
	return strcmp(a->key, b->key) && !strcmp(a->version, b->version) &&
	       !strcmp(a->arch, b->arch) && !strcmp(a->tools, b->tools) && fs_exists(b->tree);
}

void objects_near(const struct runner *r, const struct objects *o, struct objects **near, size_t *n)
{
	char *dir __free = xasprintf("%s/build", r->cache_dir);
	DIR *d __closedir = opendir(dir);
	struct dirent *de;

	*near = NULL;
	*n = 0;
	while (d && (de = readdir(d))) {
		struct objects other = { 0 };

		if (de->d_name[0] == '.' || !read_stamp(r, de->d_name, &other))
			continue;
		if (!is_near(o, &other)) {
			objects_release(&other);
			continue;
		}
		*near = xrealloc(*near, (*n + 1) * sizeof(other));
		(*near)[(*n)++] = other;
	}
	if (*n)
		qsort_r(*near, *n, sizeof(**near), by_nearness, o->tree);
}

double objects_steps(const struct runner *r)
{
	char *dir __free = xasprintf("%s/build", r->cache_dir);
	DIR *d __closedir = opendir(dir);
	struct dirent *de;
	double steps = 0;

	while (d && (de = readdir(d))) {
		struct objects o = { 0 };

		/* the longest build, so that the time left is not told too short */
		if (read_stamp(r, de->d_name, &o) && o.steps > steps)
			steps = o.steps;
		objects_release(&o);
	}
	return steps;
}

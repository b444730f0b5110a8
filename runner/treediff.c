// SPDX-License-Identifier: GPL-2.0-or-later
/* Comparing source trees; see treediff.h. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/cleanup.h"
#include "runner/manifest.h"
#include "runner/treediff.h"

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

int folder_names(int dir_fd, const char *path, struct strv *names, struct error *e)
{
	int fd = dup(dir_fd);
	DIR *d __closedir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *de;

	if (!d) {
		if (fd >= 0)
			close(fd);
		return error_sys(e, errno, "%s", path);
	}
	rewinddir(d);
	while ((de = readdir(d))) {
		if (strcmp(de->d_name, ".") && strcmp(de->d_name, ".."))
			strv_add(names, de->d_name);
	}
	if (names->n)
		qsort(names->v, names->n, sizeof(*names->v), by_text);
	return 0;
}

/* Two trees, and the folder in both of them that is looked at. */
struct walk {
	const struct runner *r;
	const char *a, *b;
	size_t max;
	struct tree_diff *d;
	struct error *e;
};

static bool same_bytes(int a, int b)
{
	static char one[65536], other[65536];
	ssize_t n, m;

	do {
		n = read(a, one, sizeof(one));
		m = read(b, other, sizeof(other));
		if (n != m || n < 0 || memcmp(one, other, (size_t)n))
			return false;
	} while (n > 0);
	return true;
}

static bool same_link(const char *a, const char *b)
{
	char one[4096], other[4096];
	ssize_t n = readlink(a, one, sizeof(one));

	return n >= 0 && n == readlink(b, other, sizeof(other)) && !memcmp(one, other, (size_t)n);
}

static bool same_file(const char *a, const struct stat *sa, const char *b, const struct stat *sb)
{
	int fd_a __close = -1, fd_b __close = -1;

	if (sa->st_ino == sb->st_ino && sa->st_dev == sb->st_dev)
		return true;
	if (sa->st_mode != sb->st_mode || sa->st_size != sb->st_size)
		return false;
	if (S_ISLNK(sa->st_mode))
		return same_link(a, b);
	fd_a = open(a, O_RDONLY | O_CLOEXEC);
	fd_b = open(b, O_RDONLY | O_CLOEXEC);
	return fd_a >= 0 && fd_b >= 0 && same_bytes(fd_a, fd_b);
}

static int list_folder(const char *root, const char *rel, struct strv *names, struct error *e)
{
	char *path __free = xasprintf("%s/%s", root, rel);
	int fd __close = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return error_sys(e, errno, "%s", path);
	return folder_names(fd, path, names, e);
}

/* All files at or below REL, which only the second tree has. */
static int add_all(const struct walk *w, const char *rel)
{
	char *path __free = xasprintf("%s/%s", w->b, rel);
	struct strv names __strv = { 0 };
	struct stat st;
	int rc;

	if (lstat(path, &st) < 0)
		return error_sys(w->e, errno, "%s", path);
	if (!S_ISDIR(st.st_mode)) {
		strv_add(&w->d->added, rel);
		return 0;
	}
	rc = list_folder(w->b, rel, &names, w->e);
	for (size_t i = 0; i < names.n && !rc; i++) {
		char *sub __free = xasprintf("%s/%s", rel, names.v[i]);

		rc = add_all(w, sub);
	}
	return rc;
}

static int compare_folders(const struct walk *w, const char *rel);

static int compare_both(const struct walk *w, const char *rel)
{
	char *a __free = xasprintf("%s/%s", w->a, rel);
	char *b __free = xasprintf("%s/%s", w->b, rel);
	struct stat sa, sb;

	if (lstat(a, &sa) < 0)
		return error_sys(w->e, errno, "%s", a);
	if (lstat(b, &sb) < 0)
		return error_sys(w->e, errno, "%s", b);
	if (S_ISDIR(sa.st_mode) && S_ISDIR(sb.st_mode))
		return compare_folders(w, rel);
	if (S_ISDIR(sa.st_mode) || S_ISDIR(sb.st_mode)) {
		strv_add(&w->d->gone, rel);
		return add_all(w, rel);
	}
	if (!same_file(a, &sa, b, &sb))
		strv_add(&w->d->changed, rel);
	return 0;
}

static int compare_folders(const struct walk *w, const char *rel)
{
	struct strv in_a __strv = { 0 };
	struct strv in_b __strv = { 0 };
	size_t i = 0, k = 0;
	int rc = list_folder(w->a, rel, &in_a, w->e);

	if (!rc)
		rc = list_folder(w->b, rel, &in_b, w->e);
	while (!rc && (i < in_a.n || k < in_b.n)) {
		int cmp = i == in_a.n ? 1 : k == in_b.n ? -1 : strcmp(in_a.v[i], in_b.v[k]);
		const char *name = cmp > 0 ? in_b.v[k] : in_a.v[i];
		char *sub __free = *rel ? xasprintf("%s/%s", rel, name) : xstrdup(name);

		if (!strcmp(name, MANIFEST_FILE))
			;
		else if (cmp < 0)
			strv_add(&w->d->gone, sub);
		else
			rc = cmp ? add_all(w, sub) : compare_both(w, sub);
		i += cmp <= 0;
		k += cmp >= 0;
		if (!rc && w->d->changed.n + w->d->added.n > w->max)
			rc = error_set(w->e, E2BIG, "more than %zu files are different", w->max);
		if (!rc && runner_cancelled(w->r))
			rc = error_set(w->e, ECANCELED, "interrupted");
	}
	return rc;
}

int tree_diff(const struct runner *r, const char *a, const char *b, size_t max, struct tree_diff *d,
	      struct error *e)
{
	const struct walk w = { .r = r, .a = a, .b = b, .max = max, .d = d, .e = e };
	int rc;

	*d = (struct tree_diff){ 0 };
	rc = compare_folders(&w, "");
	if (rc < 0)
		tree_diff_release(d);
	return rc;
}

void tree_diff_release(struct tree_diff *d)
{
	strv_release(&d->changed);
	strv_release(&d->added);
	strv_release(&d->gone);
}

int tree_namesakes(const char *dir, const struct strv *names, struct strv *paths, struct error *e)
{
	struct strv there __strv = { 0 };
	int rc = list_folder(dir, "", &there, e);

	for (size_t i = 0; i < there.n && !rc; i++) {
		char *path __free = xasprintf("%s/%s", dir, there.v[i]);
		struct stat st;

		if (lstat(path, &st) < 0)
			return error_sys(e, errno, "%s", path);
		if (S_ISDIR(st.st_mode))
			rc = tree_namesakes(path, names, paths, e);
		else if (S_ISREG(st.st_mode) && strv_contains(names, there.v[i]))
			strv_add(paths, path);
	}
	return rc;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* Folders of patches: quilt's, maildirs, and those with files in order; see series_parts.h. */
#define _GNU_SOURCE
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/cleanup.h"
#include "lib/fs.h"
#include "runner/mailbox.h"
#include "runner/series_parts.h"

static int by_version(const void *a, const void *b)
{
	return strverscmp(*(char *const *)a, *(char *const *)b);
}

static bool ends_with(const char *s, const char *end)
{
	size_t a = strlen(s), b = strlen(end);

	return a > b && !strcmp(s + a - b, end);
}

static bool is_patch_name(const char *name)
{
	static const char *const ends[] = { ".patch",	".diff",     ".patch.gz",
					    ".diff.gz", ".patch.xz", ".diff.xz" };

	for (size_t i = 0; i < ARRAY_SIZE(ends); i++) {
		if (ends_with(name, ends[i]))
			return true;
	}
	return false;
}

/* "17", "0003-x.txt" of git format-patch --suffix, "1.eml": what mail programs save. */
static bool is_mail_name(const char *name)
{
	return ends_with(name, ".eml") || ends_with(name, ".mbox") || ends_with(name, ".mbx") ||
	       ends_with(name, ".mail") || !name[strspn(name, "0123456789")] ||
	       (isdigit((unsigned char)name[0]) && ends_with(name, ".txt"));
}

static bool is_any_name(const char *name)
{
	(void)name;
	return true;
}

/* Paths of the files of DIR that are WANTED, in order of their names (9 before 10). */
static int list(const char *dir, bool (*wanted)(const char *name), struct strv *paths,
		struct error *e)
{
	DIR *d __closedir = opendir(dir);
	size_t first = paths->n;
	struct dirent *de;

	if (!d)
		return error_sys(e, errno, "%s", dir);
	while ((de = readdir(d))) {
		char *path __free = xasprintf("%s/%s", dir, de->d_name);
		struct stat st;

		if (de->d_name[0] != '.' && wanted(de->d_name) && !stat(path, &st) &&
		    S_ISREG(st.st_mode))
			strv_add(paths, path);
	}
	if (paths->n > first)
		qsort(paths->v + first, paths->n - first, sizeof(*paths->v), by_version);
	return 0;
}

/* Each a mailbox of one or more mails; their order is that of the subjects. */
static int take_mails(const struct runner *r, const char *dir, const struct strv *paths,
		      struct patch_series *s, struct error *e)
{
	struct mailbox mb __cleanup(mailbox_release) = { .label = dir };
	int rc = 0;

	for (size_t i = 0; i < paths->n && !rc; i++) {
		struct strbuf text __strbuf = { 0 };

		rc = series_read_text(r, paths->v[i], &text, e);
		if (!rc && !mail_is(text.buf))
			rc = error_set(e, EINVAL, "%s: no mail, but other files in its folder are",
				       paths->v[i]);
		if (!rc)
			rc = mailbox_add(r, &mb, paths->v[i], text.buf, e);
	}
	return rc ? rc : mailbox_take(&mb, s, e);
}

static int take_files(const struct runner *r, const struct strv *paths, struct patch_series *s,
		      struct error *e)
{
	int rc = 0;

	for (size_t i = 0; i < paths->n && !rc; i++)
		rc = series_file(r, paths->v[i], 1, true, s, e);
	return rc;
}

static bool first_is_mail(const struct runner *r, const struct strv *paths)
{
	struct strbuf text __strbuf = { 0 };

	return paths->n && !series_read_text(r, paths->v[0], &text, NULL) && mail_is(text.buf);
}

static int maildir(const struct runner *r, const char *dir, struct patch_series *s, struct error *e)
{
	static const char *const subs[] = { "cur", "new" };
	struct strv paths __strv = { 0 };
	int rc = 0;

	for (size_t i = 0; i < ARRAY_SIZE(subs) && !rc; i++) {
		char *sub __free = xasprintf("%s/%s", dir, subs[i]);

		if (fs_exists(sub))
			rc = list(sub, is_any_name, &paths, e);
	}
	if (!rc && !paths.n)
		rc = error_set(e, EINVAL, "%s: a maildir without a mail", dir);
	return rc ? rc : take_mails(r, dir, &paths, s, e);
}

int series_folder(const struct runner *r, const char *path, struct patch_series *s, struct error *e)
{
	char *quilt __free = xasprintf("%s/series", path);
	char *cur __free = xasprintf("%s/cur", path);
	char *new __free = xasprintf("%s/new", path);
	char *git __free = xasprintf("%s/.git", path);
	struct strv paths __strv = { 0 };
	struct stat st;
	int rc;

	if (!stat(quilt, &st) && S_ISREG(st.st_mode))
		return series_quilt(r, quilt, s, e);
	if (fs_exists(cur) && fs_exists(new))
		return maildir(r, path, s, e);
	rc = list(path, is_patch_name, &paths, e);
	if (rc < 0)
		return rc;
	if (paths.n)
		return take_files(r, &paths, s, e);
	rc = list(path, is_mail_name, &paths, e);
	if (rc < 0)
		return rc;
	if (paths.n)
		return first_is_mail(r, &paths) ? take_mails(r, path, &paths, s, e)
						: take_files(r, &paths, s, e);
	return error_set(e, EINVAL,
			 "%s: no *.patch, *.diff or *.eml, no quilt series, no maildir%s", path,
			 fs_exists(git) ? "; of a git tree it is git:PATH@A..B" : "");
}

/* One line of a series file: a name, then what patch(1) is to be told. */
static int quilt_line(const struct runner *r, const char *dir, char *line, struct patch_series *s,
		      struct error *e)
{
	struct strv words __strv = { 0 };
	char *comment = strchr(line, '#');
	char *path __free = NULL;
	int strip = 1;

	/* what begins a comment or a guard stands alone or behind a blank */
	while (comment && comment != line && !isspace((unsigned char)comment[-1]))
		comment = strchr(comment + 1, '#');
	if (comment)
		*comment = '\0';
	strv_split(&words, line, " \t\r");
	if (!words.n)
		return 0;
	for (size_t i = 1; i < words.n; i++) {
		const char *w = words.v[i];

		if (!strcmp(w, "-pab"))
			continue;
		if (strncmp(w, "-p", 2) || !isdigit((unsigned char)w[2]) || w[3])
			return error_set(e, EINVAL, "%s: option %s: only -pN is known", words.v[0],
					 w);
		strip = w[2] - '0';
	}
	path = xasprintf("%s/%s", dir, words.v[0]);
	if (!fs_exists(path))
		return error_set(e, EINVAL, "%s: no such file in %s", words.v[0], dir);
	return series_file(r, path, strip, true, s, e);
}

int series_quilt(const struct runner *r, const char *path, struct patch_series *s, struct error *e)
{
	char *dir __free =
		xasprintf("%.*s", (int)(strrchr(path, '/') ? strrchr(path, '/') - path : 0), path);
	struct strbuf text __strbuf = { 0 };
	char *line, *next;
	int rc = series_read_text(r, path, &text, e);

	for (line = text.buf; !rc && line && *line; line = next) {
		char *end = line + strcspn(line, "\n");

		next = *end ? end + 1 : end;
		*end = '\0';
		rc = quilt_line(r, *dir ? dir : ".", line, s, e);
		if (rc < 0)
			return error_prefix(e, rc, "%s", path);
	}
	if (!rc && !s->n)
		rc = error_set(e, EINVAL, "%s: names no patch", path);
	return rc;
}

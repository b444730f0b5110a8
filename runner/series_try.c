// SPDX-License-Identifier: GPL-2.0-or-later
/* Trying a series; see series_try.h. The copy has the files that the series touches, no more. */
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/cleanup.h"
#include "lib/fs.h"
#include "runner/patch.h"
#include "runner/scratch.h"
#include "runner/series_try.h"

/* A link of TREE is a link in the copy, too, wherever it leads: patch_apply() refuses it. */
static bool link_instead(const char *tree, const char *copy, const char *to)
{
	char *from __free = xasprintf("%s/%s", tree, to + strlen(copy) + 1);
	struct stat st;

	return !lstat(from, &st) && S_ISLNK(st.st_mode) && (!symlink(".", to) || errno == EEXIST);
}

static int copy_file(const char *tree, const char *name, const char *copy, struct error *e)
{
	char *from __free = xasprintf("%s/%s", tree, name);
	char *to __free = xasprintf("%s/%s", copy, name);
	struct strbuf data __strbuf = { 0 };
	int rc = 0;

	for (char *s = strchr(to + strlen(copy) + 1, '/'); s && !rc; s = strchr(s + 1, '/')) {
		*s = '\0';
		if (link_instead(tree, copy, to))
			return 0;
		rc = fs_mkdirs(to, e);
		*s = '/';
	}
	if (rc < 0 || link_instead(tree, copy, to) || !fs_exists(from))
		return rc;
	rc = fs_read(from, &data, e);
	return rc < 0 ? rc : fs_write(to, strbuf_str(&data), data.len, e);
}

static int copy_files(const char *tree, const struct patch_series *s, const char *copy,
		      struct error *e)
{
	int rc = 0;

	for (size_t i = 0; i < s->n; i++) {
		for (size_t k = 0; k < s->p[i].files.n && !rc; k++)
			rc = copy_file(tree, s->p[i].files.v[k], copy, e);
	}
	return rc;
}

int series_try(const struct runner *r, const char *tree, const struct patch_series *s, size_t *good,
	       struct error *e)
{
	char *copy __free = NULL;
	int lock __close = -1;
	int rc = scratch_create(&copy, &lock, e);

	*good = 0;
	if (rc < 0)
		return rc;
	rc = copy_files(tree, s, copy, e);
	for (size_t i = 0; i < s->n && !rc; i++) {
		runner_progress(r, "build", (double)i, (double)s->n, -1, NULL,
				"trying whether patch %zu of %zu applies", i + 1, s->n);
		rc = patch_apply(r, copy, &s->p[i], e);
		*good += !rc;
	}
	fs_remove_tree(copy, NULL);
	return rc;
}

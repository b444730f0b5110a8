// SPDX-License-Identifier: GPL-2.0-or-later
/* Trying a series; see series_try.h. The copy is of hard links: patch_apply() breaks them. */
#include <unistd.h>

#include "lib/cleanup.h"
#include "lib/fs.h"
#include "lib/spawn.h"
#include "runner/lock.h"
#include "runner/patch.h"
#include "runner/series_try.h"

/* TREE and the copy are in the cache, so that links are possible. */
static int link_tree(const struct runner *r, const char *tree, const char *to, struct error *e)
{
	struct strv argv __strv = { 0 };
	struct spawn s = { .argv = &argv, .cancel = r->cancel };

	strv_split(&argv, "cp -al -T", " ");
	strv_add(&argv, tree);
	strv_add(&argv, to);
	return error_prefix(e, spawn_run(&s, e), "copy of %s", tree);
}

int series_try(const struct runner *r, const char *tree, const struct patch_series *s, size_t *good,
	       struct error *e)
{
	/* one place for all: what a killed program left there goes the next time */
	char *copy __free = xasprintf("%s/try", r->cache_dir);
	int lock __lock = -1;
	int rc = lock_take(r, "try", &lock, e);

	*good = 0;
	if (!rc)
		rc = fs_remove_tree(copy, e);
	if (!rc)
		rc = link_tree(r, tree, copy, e);
	for (size_t i = 0; i < s->n && !rc; i++) {
		runner_progress(r, "build", (double)i, (double)s->n, -1, NULL,
				"trying whether patch %zu of %zu applies", i + 1, s->n);
		rc = patch_apply(r, copy, &s->p[i], e);
		*good += !rc;
	}
	fs_remove_tree(copy, NULL);
	return rc;
}

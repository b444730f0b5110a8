/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The files that a patch touches, as they were before it: to put them back, and to show them. */
#ifndef FB_RUNNER_PATCH_KEPT_H
#define FB_RUNNER_PATCH_KEPT_H

#include <stdbool.h>
#include <sys/stat.h>

#include "runner/patch_series.h"

struct kept_file {
	char *name;
	struct strbuf data;
	mode_t mode;
	bool there;
};

struct kept {
	struct kept_file *v;
	size_t n;
};

/* Reads FILES of TREE. 0 or -errno; -EINVAL for what is there and no plain file. */
int kept_read(struct kept *k, const char *tree, const struct strv *files, struct error *e);
bool kept_was_there(const struct kept *k, const char *name);
/* Each becomes a file of its own, with the time of now: a shared one must never see a change. */
int kept_unshare(const struct kept *k, const char *tree, struct error *e);
/* As they were; what was not there and rejects are removed. */
int kept_restore(const struct kept *k, const char *tree, struct error *e);
/*
 * Fills DIR, made anew, with P and the files of TREE as patch(1) has left them, each with .orig
 * as it was and .rej if there is one. *REJECT: the name of the first of these, NULL or owned.
 */
int kept_save(const struct kept *k, const char *tree, const struct patch *p, const char *dir,
	      char **reject, struct error *e);
void kept_release(struct kept *k);

#endif

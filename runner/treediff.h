/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is different between two source trees, by content: times say nothing. */
#ifndef FB_RUNNER_TREEDIFF_H
#define FB_RUNNER_TREEDIFF_H

#include "lib/error.h"
#include "lib/strbuf.h"
#include "runner/runner.h"

/* Paths relative to the trees. Folders are named for all that is in them. */
struct tree_diff {
	struct strv changed; /* files in both, with other contents or another mode */
	struct strv added;   /* only in the second: files alone, no folders */
	struct strv gone;    /* only in the first */
};

/*
 * From tree A to tree B. Stops at more than MAX changed and added files with -E2BIG. Files
 * that are links to each other are not read. 0, -ECANCELED or -errno.
 */
int tree_diff(const struct runner *r, const char *a, const char *b, size_t max, struct tree_diff *d,
	      struct error *e);
void tree_diff_release(struct tree_diff *d);

/* Paths of the regular files below DIR that are called as one of NAMES is, appended. */
int tree_namesakes(const char *dir, const struct strv *names, struct strv *paths, struct error *e);

/* What is in the open folder DIR_FD, sorted, without "." and ".."; PATH is for messages. */
int folder_names(int dir_fd, const char *path, struct strv *names, struct error *e);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Unified diffs, as git, diff and people write them. What is read is checked line by line
 * and written again in one form, so that patch(1) sees nothing but files and hunks: no mail
 * around them, no ed script, no name that leaves the tree.
 */
#ifndef FB_RUNNER_DIFF_H
#define FB_RUNNER_DIFF_H

#include "lib/error.h"
#include "lib/strbuf.h"
#include "runner/hash.h"

/* Strings are owned; diff_release() frees them. A zeroed struct is an empty diff. */
struct diff {
	struct strbuf text;    /* all of it, for "patch -p1"; LF line ends */
	struct strv files;     /* what it touches, each once, without a/ and b/ */
	struct strv needed;    /* those that must be there before */
	struct strv created;   /* those that must not, unless they are needed */
	size_t added, removed; /* lines */
	char id[HASH_TEXT];
};

/*
 * Reads the diff in TEXT into D, which is empty. STRIP is what patch calls -p: how many leading
 * parts of a name are not the tree's; "diff --git" without prefixes is recognised.
 * Everything that is not diff is passed over.
 *
 * D->id is a hash of the change: names, modes (only whether executable), positions and lines of
 * hunks. It does not depend on index lines, what stands behind a hunk's second @@, time
 * stamps, prefixes, nor on a blank that a mail program took from the end of an empty line. The same
 * edit at another position is another change: it gives another file.
 *
 * 0; -ENODATA (a line is left) if there is no diff; -EINVAL for what cannot be taken:
 * damaged, binary, of a merge, names outside of the tree.
 */
int diff_read(const char *text, int strip, struct diff *d, struct error *e);
void diff_release(struct diff *d);

/* Whether a line of TEXT begins as diffs do; says nothing of whether it is whole. */
int diff_looks_like(const char *text);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Series: what a person calls "the patches", as a list of patches in order. A word is
 *
 *	a file		a diff, a mail, an mbox; also compressed, also a pipe
 *	a folder	of patches, a quilt folder ("series"), a maildir, mails in files
 *	b4:MESSAGE-ID	a thread of the archive of lists, through b4
 *	git:PATH@A..B	commits of a repository, oldest first
 */
#ifndef FB_RUNNER_PATCH_SERIES_H
#define FB_RUNNER_PATCH_SERIES_H

#include "runner/hash.h"
#include "runner/runner.h"

struct patch {
	char *name;	       /* a file's: "0003-mm-batch-it.patch" */
	char *subject;	       /* the mail's, without "[PATCH 3/9]"; else the file's name */
	char *from;	       /* for messages: "v2.mbox, message 4", "fork.patch" */
	char *text;	       /* what patch(1) is given: a diff and nothing else, LF line ends */
	char id[HASH_TEXT];    /* of the change alone: see diff.h */
	struct strv files;     /* that it touches, without a/ and b/ */
	struct strv needed;    /* those that must be there before */
	struct strv created;   /* those that must not, unless they are needed */
	size_t added, removed; /* lines */
	size_t number, total;  /* its place in all of the series, from 1 */
};

struct patch_series {
	struct patch *p;
	size_t n;
	struct strv notes; /* what was left out and why, a line each, for people */
};

/*
 * Appends the patches that WORDS stand for, each word's in its own order. A word is read once
 * in a program's life: all kernels of a run have the same patches, whatever happens to the file
 * or the branch meanwhile. 0, -EINVAL for what is no series, or -errno.
 */
int patch_series_load(const struct runner *r, const struct strv *words, struct patch_series *s,
		      struct error *e);
void patch_series_release(struct patch_series *s);

#endif

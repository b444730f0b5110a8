/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Series: what a person calls "the patches", as a list of patches in order. A word is a patch
 * file, a folder of them, an mbox, "b4:MESSAGE-ID" or "git:PATH@A..B".
 */
#ifndef FB_RUNNER_PATCH_SERIES_H
#define FB_RUNNER_PATCH_SERIES_H

#include "runner/hash.h"
#include "runner/runner.h"

struct patch {
	char *name;	    /* a file's: "0003-mm-batch-it.patch" */
	char *subject;	    /* the mail's, without "[PATCH 3/9]"; else the file's name */
	char *from;	    /* for messages: "v2.mbox, message 4", "fork.patch" */
	char *text;	    /* what patch(1) is given; LF line ends */
	char id[HASH_TEXT]; /* of the change alone: not of subject, trailers or file name */
};

struct patch_series {
	struct patch *p;
	size_t n;
};

/* Appends the patches that WORDS stand for. 0, -EINVAL for what is no series, or -errno. */
int patch_series_load(const struct runner *r, const struct strv *words, struct patch_series *s,
		      struct error *e);
void patch_series_release(struct patch_series *s);

#endif

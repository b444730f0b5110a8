/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One mail with a patch in it. git mailinfo does what is mail about it (encodings, parts,
 * in-body headers, scissors); here is what it says, and whether that may be trusted.
 */
#ifndef FB_RUNNER_MAIL_H
#define FB_RUNNER_MAIL_H

#include <stdbool.h>

#include "runner/diff.h"
#include "runner/runner.h"

/* What the front of a subject says: "Re: [RFC PATCH mm v2 03/12] mm: batch it". */
struct mail_tag {
	bool reply;	      /* "Re:" and what other languages have for it */
	bool patch;	      /* "PATCH" in brackets */
	unsigned int version; /* 1000 for v1, or none; 2001 for v2.1 */
	bool numbered;	      /* "3/12"; of a cover letter NUMBER is 0 */
	unsigned int number, total;
};

/* Strings are owned; mail_release() frees them. */
struct mail {
	char *from;    /* for messages: "v2.mbox, message 4" */
	char *subject; /* without brackets and "Re:" */
	char *id;      /* the Message-ID, or NULL */
	struct mail_tag tag;
	bool has_diff; /* DIFF is there, or TROUBLE is */
	struct diff diff;
	char *trouble; /* why its diff cannot be taken; NULL: it can */
};

/* Reads the front of SUBJECT into T; what follows it, in SUBJECT. */
const char *mail_tag_read(const char *subject, struct mail_tag *t);

/* Whether TEXT begins as a mail does: lines of headers, one of which says from whom or what. */
bool mail_is(const char *text);

/*
 * Reads the mail TEXT (one mail, LF line ends) into M, which is empty; FROM is what messages
 * call it. SCRATCH is a folder to write files to. A mail whose diff is no good is no error here:
 * see TROUBLE. 0 or -errno (git does not run, no room).
 */
int mail_read(const struct runner *r, const char *scratch, const char *from, const char *text,
	      struct mail *m, struct error *e);
void mail_release(struct mail *m);

#endif

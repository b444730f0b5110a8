/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From the mails of a thread to its patches in order: what "git am" would be given by somebody
 * who reads the subjects. Cover letters, talk and older versions are left out;
 * a series that is not whole, or two in one mailbox, is refused.
 */
#ifndef FB_RUNNER_MAILBOX_H
#define FB_RUNNER_MAILBOX_H

#include "runner/mail.h"
#include "runner/patch_series.h"

/* Mails as they come; mailbox_release() frees them. */
struct mailbox {
	const char *label; /* the word that they are from, for messages; not owned */
	struct mail *v;
	size_t n;
	bool one_version; /* b4 has chosen between versions: what is there belongs together */
};

/*
 * Adds the mails in TEXT: an mbox, or one mail. LABEL is kept and names them in messages.
 * 0 or -errno (git is missing, no room); a mail that is no good is found later.
 */
int mailbox_add(const struct runner *r, struct mailbox *mb, const char *label, const char *text,
		struct error *e);

/*
 * Appends the patches of MB to S, in order of their numbers where they have some. Their texts
 * move to S. 0, or -EINVAL with a line: no patch, missing or contradicting numbers,
 * a patch that is no good.
 */
int mailbox_take(struct mailbox *mb, struct patch_series *s, struct error *e);
void mailbox_release(struct mailbox *mb);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What patch_series.c is made of: one file for each kind of word. All append to S and return 0,
 * -EINVAL with a line that says what is wrong with the word, or -errno.
 */
#ifndef FB_RUNNER_SERIES_PARTS_H
#define FB_RUNNER_SERIES_PARTS_H

#include "runner/diff.h"
#include "runner/patch_series.h"

/*
 * Appends a patch; D's text and files move into it. NAME is that of its file; NULL: made of
 * NUMBER (in the series, from 1) and SUBJECT, as git format-patch does.
 */
void series_add(struct patch_series *s, size_t number, const char *name, const char *subject,
		const char *from, struct diff *d);

/*
 * The whole of a file that could be a patch or mails, unpacked if it is compressed, with LF line
 * ends. -EINVAL if it is binary, a web page, too big, or no file.
 */
int series_read_text(const struct runner *r, const char *path, struct strbuf *text,
		     struct error *e);

/* One file. STRIP as in diff.h. MEMBER: of a folder, where a cover letter is passed over. */
int series_file(const struct runner *r, const char *path, int strip, bool member,
		struct patch_series *s, struct error *e);
int series_folder(const struct runner *r, const char *path, struct patch_series *s,
		  struct error *e);
/* PATH is a quilt "series" file. */
int series_quilt(const struct runner *r, const char *path, struct patch_series *s, struct error *e);
/* "PATH@A..B": what stands behind "git:". */
int series_git(const struct runner *r, const char *word, struct patch_series *s, struct error *e);
/* What stands behind "b4:". */
int series_b4(const struct runner *r, const char *id, struct patch_series *s, struct error *e);

#endif

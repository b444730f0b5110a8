// SPDX-License-Identifier: GPL-2.0-or-later
/* Unified diffs; see diff.h. */
#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cleanup.h"
#include "runner/diff.h"

#define NONE "/dev/null"

struct reader {
	char **line; /* of the whole text; NULL behind the last */
	size_t n, at;
	int strip;
	struct diff *d;
	struct strbuf facts; /* what the id is over */
	bool headless;	     /* the file before has a "diff --git" and no hunks */
	struct error *e;
};

/* One file of the diff. Names without prefix, NONE for what is not there; owned. */
struct file {
	char *from, *to;
	struct strbuf extended; /* git's lines that patch(1) has to see */
	bool git, bare;		/* "diff --git", without a/ and b/ */
	bool renamed, created, deleted, modes;
	bool said_from, said_to; /* by "rename from", "copy to" */
	unsigned int hunk;
};

static bool starts(const char *line, const char *with)
{
	return !strncmp(line, with, strlen(with));
}

static const char *line_at(const struct reader *rd, size_t ahead)
{
	return rd->at + ahead < rd->n ? rd->line[rd->at + ahead] : "";
}

static int refuse(const struct reader *rd, const char *what)
{
	return error_set(rd->e, EINVAL, "%s (\"%.70s\")", what, line_at(rd, 0));
}

static void file_release(struct file *f)
{
	free(f->from);
	free(f->to);
	strbuf_release(&f->extended);
}

static const char *name_of(const struct file *f)
{
	return f->to && strcmp(f->to, NONE) ? f->to : f->from ? f->from : "a file";
}

/* Refuses names that lead out of the tree, or that only a shell could have meant. */
static int check_name(const struct reader *rd, const char *name)
{
	struct strv parts __strv = { 0 };

	strv_split(&parts, name, "/");
	if (!*name || *name == '/' || !parts.n || strv_contains(&parts, "..") ||
	    strv_contains(&parts, ".git"))
		return refuse(rd, "names a file outside of the source");
	if (*name == '"' || strpbrk(name, " \t\r\\"))
		return refuse(rd, "a file name with blanks or quotes, which no kernel has");
	return 0;
}

/* The name in TEXT without its first STRIP parts, cut at a tab; NULL if it has not so many. */
static char *strip_name(const char *text, int strip)
{
	size_t len = strcspn(text, "\t");

	if (starts(text, NONE) && len == strlen(NONE))
		return xstrdup(NONE);
	while (strip-- > 0) {
		const char *slash = memchr(text, '/', len);

		if (!slash)
			return NULL;
		len -= (size_t)(slash + 1 - text);
		text = slash + 1;
		for (; len && *text == '/'; text++)
			len--;
	}
	while (len && text[len - 1] == ' ')
		len--;
	return xasprintf("%.*s", (int)len, text);
}

/* "diff --git A B": both names are the same but for their prefix, unless lines below tell. */
static void split_git_names(const struct reader *rd, const char *rest, struct file *f)
{
	for (const char *sp = strchr(rest, ' '); sp; sp = strchr(sp + 1, ' ')) {
		char *a __free = xasprintf("%.*s", (int)(sp - rest), rest);
		char *from __free = strip_name(a, rd->strip);
		char *to __free = strip_name(sp + 1, rd->strip);

		f->bare = !strcmp(a, sp + 1);
		if (f->bare || (from && to && !strcmp(from, to))) {
			f->from = f->bare ? xstrdup(a) : take_ptr(from);
			f->to = xstrdup(f->from);
			return;
		}
	}
}

static void set_name(char **name, const char *value)
{
	char *old = *name;

	*name = xstrdup(value); /* which may be the old one */
	free(old);
}

/* Modes: those of plain files only; the id knows whether a file is a program. */
static int read_mode(struct reader *rd, struct file *f, const char *what, const char *mode)
{
	if (strcmp(mode, "100644") && strcmp(mode, "100755"))
		return refuse(rd, starts(mode, "12") ? "makes or changes a symbolic link"
						     : "changes what is no plain file");
	f->created |= starts(what, "new file");
	f->deleted |= starts(what, "deleted");
	f->modes |= starts(what, "old mode");
	if (f->modes || !strcmp(mode, "100755"))
		strbuf_addf(&rd->facts, "%s%s\n", what, mode);
	strbuf_addf(&f->extended, "%s%s\n", what, mode);
	return 0;
}

/* One of the lines between "diff --git" and "---". 1 if it was one, 0 if they are over. */
static int read_extended(struct reader *rd, struct file *f)
{
	static const char *const modes[] = { "old mode ", "new mode ", "new file mode ",
					     "deleted file mode " };
	static const char *const names[] = { "rename from ", "rename to ", "copy from ",
					     "copy to " };
	const char *line = line_at(rd, 0);
	int rc;

	for (size_t i = 0; i < ARRAY_SIZE(modes); i++) {
		if (starts(line, modes[i])) {
			rc = read_mode(rd, f, modes[i], line + strlen(modes[i]));
			return rc < 0 ? rc : 1;
		}
	}
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (!starts(line, names[i]))
			continue;
		f->renamed = true;
		f->said_from |= i % 2 == 0;
		f->said_to |= i % 2 == 1;
		set_name(i % 2 ? &f->to : &f->from, line + strlen(names[i]));
		strbuf_addf(&f->extended, "%s\n", line);
		strbuf_addf(&rd->facts, "%s\n", line);
		return 1;
	}
	if (starts(line, "similarity index ") || starts(line, "dissimilarity index ")) {
		strbuf_addf(&f->extended, "%s\n", line);
		return 1;
	}
	if (starts(line, "GIT binary patch") || starts(line, "Binary files "))
		return refuse(rd, "changes a binary file, which patch(1) cannot");
	return starts(line, "index ");
}

/* Of a file that diff -N has not seen: its time is the beginning of all times. */
static bool stamp_of_nothing(const char *header)
{
	const char *tab = strchr(header, '\t');

	return tab && (starts(tab + 1, "1970-01-01") || starts(tab + 1, "1969-12-31") ||
		       starts(tab + 1, "Thu Jan  1 ") || starts(tab + 1, "Wed Dec 31 "));
}

/* diff -u x.c.orig x.c: the shorter one is meant, as patch(1) has it. */
static void settle_plain_names(struct file *f)
{
	if (!strcmp(f->from, NONE) || !strcmp(f->to, NONE))
		return;
	if (strlen(f->from) < strlen(f->to))
		set_name(&f->to, f->from);
	else
		set_name(&f->from, f->to);
}

/* "---" and "+++". */
static int read_names(struct reader *rd, struct file *f)
{
	int strip = f->bare ? 0 : rd->strip;
	char *from __free = strip_name(line_at(rd, 0) + 4, strip);
	char *to __free = strip_name(line_at(rd, 1) + 4, strip);

	for (size_t i = 0; i < 2; i++) {
		const char *name = line_at(rd, i) + 4;

		if ((*name == '/' && !starts(name, NONE)) || starts(name, "../"))
			return refuse(rd, "names a file outside of the source");
	}
	if (f->renamed) { /* git has said the names, whatever their prefixes */
		rd->at += 2;
		return 0;
	}
	if (!from || !to)
		return refuse(rd, "a file name without the folder in front that -p1 takes off");
	set_name(&from, stamp_of_nothing(line_at(rd, 0)) || f->created ? NONE : from);
	set_name(&to, stamp_of_nothing(line_at(rd, 1)) || f->deleted ? NONE : to);
	if (f->from && ((strcmp(from, NONE) && strcmp(from, f->from)) ||
			(strcmp(to, NONE) && strcmp(to, f->to))))
		return refuse(rd, "a file that is called differently above");
	free(f->from);
	free(f->to);
	f->from = take_ptr(from);
	f->to = take_ptr(to);
	settle_plain_names(f);
	if (!strcmp(f->from, f->to) && !strcmp(f->from, NONE))
		return refuse(rd, "a diff of no file with no file");
	rd->at += 2;
	return 0;
}

/* "-12,7" or "+12" at *P. */
static bool read_range(const char **p, char sign, unsigned long *first, unsigned long *count)
{
	char *end;

	if (**p != sign || !isdigit((unsigned char)(*p)[1]))
		return false;
	*first = strtoul(*p + 1, &end, 10);
	*count = 1;
	if (*end == ',' && isdigit((unsigned char)end[1]))
		*count = strtoul(end + 1, &end, 10);
	*p = end;
	return *first < 100000000 && *count < 100000000;
}

/* The lines of a hunk that says it has LEFT[0] old and LEFT[1] new ones. */
static int read_lines(struct reader *rd, const struct file *f, unsigned long left[2])
{
	while (left[0] || left[1]) {
		const char *line = line_at(rd, 0);
		char kind = *line ? *line : ' '; /* mail programs eat the blank of an empty line */
		bool old = kind != '+', new = kind != '-';

		if (rd->at >= rd->n)
			return error_set(rd->e, EINVAL, "hunk %u of %s is cut off", f->hunk,
					 name_of(f));
		if (kind == '\\') {
			strbuf_addf(&rd->facts, "\\\n");
		} else {
			if (!strchr(" +-", kind) || (old && !left[0]) || (new && !left[1]))
				return error_set(
					rd->e, EINVAL,
					"hunk %u of %s is damaged at \"%.60s\": wrapped by "
					"a mail program, or edited",
					f->hunk, name_of(f), line);
			left[0] -= old;
			left[1] -= new;
			rd->d->added += !old;
			rd->d->removed += !new;
			strbuf_addf(&rd->facts, "%c%s\n", kind, *line ? line + 1 : "");
		}
		strbuf_addf(&rd->d->text, "%c%s\n", kind, *line ? line + 1 : "");
		rd->at++;
	}
	if (*line_at(rd, 0) == '\\') {
		strbuf_addf(&rd->facts, "\\\n");
		strbuf_addf(&rd->d->text, "%s\n", line_at(rd, 0));
		rd->at++;
	}
	return 0;
}

/* What is behind a hunk looks like more of it than its head says. */
static bool left_over(const char *line)
{
	return *line == '+' || (*line == '-' && line[1] != '-');
}

static int read_hunk(struct reader *rd, struct file *f)
{
	const char *p = line_at(rd, 0) + 3;
	unsigned long first[2], left[2];
	int rc;

	f->hunk++;
	if (!read_range(&p, '-', &first[0], &left[0]) || *p++ != ' ' ||
	    !read_range(&p, '+', &first[1], &left[1]) || !starts(p, " @@"))
		return refuse(rd, "a damaged hunk");
	strbuf_addf(&rd->d->text, "%s\n", line_at(rd, 0));
	strbuf_addf(&rd->facts, "@@ -%lu,%lu +%lu,%lu @@\n", first[0], left[0], first[1], left[1]);
	rd->at++;
	rc = read_lines(rd, f, left);
	if (!rc && left_over(line_at(rd, 0)) && rd->at < rd->n)
		return error_set(rd->e, EINVAL,
				 "hunk %u of %s has more lines than it says (\"%.60s\")", f->hunk,
				 name_of(f), line_at(rd, 0));
	return rc;
}

static void add_name(struct strv *names, const char *name)
{
	if (strcmp(name, NONE) && !strv_contains(names, name))
		strv_add(names, name);
}

/* What must be there before, and what must not. */
static void add_needs(struct reader *rd, const struct file *f)
{
	const bool created = f->created || !strcmp(f->from, NONE);

	add_name(&rd->d->files, f->from);
	add_name(&rd->d->files, f->to);
	if (created || (f->renamed && strcmp(f->from, f->to)))
		add_name(&rd->d->created, f->to);
	/* a plain diff of nothing with something does not say whether there was an empty file;
	 * nor need be there what the same diff has made further up
	 */
	if (!created && !strv_contains(&rd->d->created, f->from) &&
	    !starts(line_at(rd, 0), "@@ -0,0 "))
		add_name(&rd->d->needed, f->from);
}

/* What is known of the file once its names are; the hunks follow. */
static int write_head(struct reader *rd, struct file *f, bool hunks)
{
	int rc = strcmp(f->from, NONE) ? check_name(rd, f->from) : 0;

	if (!rc && strcmp(f->to, NONE))
		rc = check_name(rd, f->to);
	if (rc < 0)
		return rc;
	if (f->git)
		strbuf_addf(&rd->d->text, "diff --git a/%s b/%s\n%s",
			    strcmp(f->from, NONE) ? f->from : f->to,
			    strcmp(f->to, NONE) ? f->to : f->from, strbuf_str(&f->extended));
	if (hunks)
		strbuf_addf(&rd->d->text, "--- %s%s\n+++ %s%s\n", strcmp(f->from, NONE) ? "a/" : "",
			    f->from, strcmp(f->to, NONE) ? "b/" : "", f->to);
	strbuf_addf(&rd->facts, "file %s %s\n", f->created ? NONE : f->from,
		    f->deleted ? NONE : f->to);
	add_needs(rd, f);
	return 0;
}

static bool at_names(const struct reader *rd)
{
	return starts(line_at(rd, 0), "--- ") && starts(line_at(rd, 1), "+++ ");
}

/* A file, from its first line to the end of its last hunk. */
static int read_file(struct reader *rd)
{
	struct file f __cleanup(file_release) = { 0 };
	int rc = 1;
	bool hunks;

	if (starts(line_at(rd, 0), "diff --git ")) {
		f.git = true;
		split_git_names(rd, line_at(rd, 0) + 11, &f);
		for (rd->at++; (rc = read_extended(rd, &f)) > 0;)
			rd->at++;
		if (rc < 0)
			return rc;
	}
	if (!f.git && rd->headless) /* these hunks would be taken for that file's */
		return refuse(rd, "a file without the \"diff --git\" that others have");
	hunks = at_names(rd);
	rd->headless = !hunks;
	if (f.renamed && (!f.said_from || !f.said_to || f.created || f.deleted))
		return refuse(rd, "half of a renaming");
	if (hunks)
		rc = read_names(rd, &f);
	else if (!f.from || !f.to || !(f.renamed || f.created || f.deleted || f.modes))
		return refuse(rd, "\"diff --git\" with nothing that is different below it");
	else
		rc = 0;
	if (!rc && f.from && f.to)
		rc = write_head(rd, &f, hunks);
	while (!rc && hunks && starts(line_at(rd, 0), "@@ "))
		rc = read_hunk(rd, &f);
	if (!rc && hunks && !f.hunk)
		return refuse(rd, "a file without a hunk");
	return rc;
}

/* Diffs of other kinds, in which a change would be passed over. */
static int refuse_others(const struct reader *rd)
{
	const char *line = line_at(rd, 0);
	size_t len = strlen(line);

	if (starts(line, "diff --cc ") || starts(line, "diff --combined "))
		return refuse(rd, "the diff of a merge");
	if (starts(line, "@@ -") && rd->d->files.n)
		return refuse(rd, "a hunk of no file");
	if (starts(line, "*** ") && starts(line_at(rd, 1), "--- ") &&
	    starts(line_at(rd, 2), "***************"))
		return refuse(rd, "a context diff: it has to be made by diff -u");
	if (starts(line, "Binary files ") && len > 7 && !strcmp(line + len - 7, " differ"))
		return refuse(rd, "changes a binary file, which patch(1) cannot");
	return 0;
}

/* TEXT is cut into its lines; both stay the caller's. */
static void cut_lines(char *text, struct reader *rd)
{
	size_t n = 1;

	for (const char *p = text; *p; p++)
		n += *p == '\n';
	rd->line = xcalloc(n + 1, sizeof(*rd->line));
	while (*text) {
		char *end = strchr(text, '\n');

		rd->line[rd->n++] = text;
		if (!end)
			break;
		*end = '\0';
		text = end + 1;
	}
}

static void reader_release(struct reader *rd)
{
	free(rd->line);
	strbuf_release(&rd->facts);
}

int diff_read(const char *text, int strip, struct diff *d, struct error *e)
{
	char *copy __free = xstrdup(text);
	struct reader rd __cleanup(reader_release) = { .strip = strip, .d = d, .e = e };
	int rc = 0;

	cut_lines(copy, &rd);
	while (rd.at < rd.n && !rc) {
		if (starts(line_at(&rd, 0), "diff --git ") || at_names(&rd)) {
			rc = read_file(&rd);
		} else {
			rc = refuse_others(&rd);
			rd.at++;
		}
	}
	if (!rc && !d->files.n)
		rc = error_set(e, ENODATA, "no diff in it");
	if (rc < 0) {
		diff_release(d);
		return rc;
	}
	hash_buf(rd.facts.buf, rd.facts.len, d->id);
	return 0;
}

void diff_release(struct diff *d)
{
	strbuf_release(&d->text);
	strv_release(&d->files);
	strv_release(&d->needed);
	strv_release(&d->created);
	*d = (struct diff){ 0 };
}

int diff_looks_like(const char *text)
{
	for (const char *p = text; p; p = strchr(p, '\n')) {
		p += *p == '\n';
		if (starts(p, "diff --git ") || starts(p, "diff -") || starts(p, "--- a/") ||
		    starts(p, "@@ -") || starts(p, "*** "))
			return 1;
		if (starts(p, "--- ") && strstr(p, "\n+++ "))
			return 1;
		if (!*p)
			break;
	}
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* Series of patches; see patch_series.h. Which kind a word is of, and what was read before. */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/cleanup.h"
#include "runner/mailbox.h"
#include "runner/patch_series.h"
#include "runner/series_parts.h"

/* Words that were read in this program's life. */
struct memo {
	struct memo *next;
	char *word;
	struct patch_series series;
};

static struct memo *memos;

/* "0003-mm-batch-it.patch", as git format-patch would call it. */
static char *file_name(size_t number, const char *subject)
{
	struct strbuf sb = { 0 };
	bool gap = true; /* no '-' at the beginning */

	strbuf_addf(&sb, "%04zu-", number);
	for (; *subject && sb.len < 57; subject++) {
		bool plain = isalnum((unsigned char)*subject) || strchr("._", *subject);

		if (plain && (*subject != '.' || subject[1] != '.'))
			strbuf_addch(&sb, *subject);
		else if (!gap)
			strbuf_addch(&sb, '-');
		gap = !plain;
	}
	while (sb.len > 5 && strchr("-.", sb.buf[sb.len - 1]))
		sb.buf[--sb.len] = '\0';
	strbuf_addstr(&sb, ".patch");
	return strbuf_detach(&sb);
}

void series_add(struct patch_series *s, size_t number, const char *name, const char *subject,
		const char *from, struct diff *d)
{
	struct patch *p;

	s->p = xrealloc(s->p, (s->n + 1) * sizeof(*s->p));
	p = &s->p[s->n++];
	*p = (struct patch){ .name = name ? xstrdup(name) : file_name(number, subject),
			     .subject = xstrdup(subject),
			     .from = xstrdup(from),
			     .text = strbuf_detach(&d->text),
			     .files = d->files,
			     .needed = d->needed,
			     .created = d->created,
			     .added = d->added,
			     .removed = d->removed };
	memcpy(p->id, d->id, sizeof(p->id));
	*d = (struct diff){ 0 };
}

static void copy_patch(struct patch *to, const struct patch *from)
{
	*to = *from;
	to->name = xstrdup(from->name);
	to->subject = xstrdup(from->subject);
	to->from = xstrdup(from->from);
	to->text = xstrdup(from->text);
	to->files = to->needed = to->created = (struct strv){ 0 };
	strv_copy(&to->files, &from->files);
	strv_copy(&to->needed, &from->needed);
	strv_copy(&to->created, &from->created);
}

static void append(struct patch_series *to, const struct patch_series *from)
{
	to->p = xrealloc(to->p, (to->n + from->n + 1) * sizeof(*to->p));
	for (size_t i = 0; i < from->n; i++)
		copy_patch(&to->p[to->n++], &from->p[i]);
	strv_for_each(&from->notes, it)
		strv_add(&to->notes, *it);
}

static int load_path(const struct runner *r, const char *path, struct patch_series *s,
		     struct error *e)
{
	const char *slash = strrchr(path, '/');
	struct stat st;

	if (stat(path, &st) < 0)
		return error_set(e, EINVAL, "%s: %s", path, strerror(errno));
	if (S_ISDIR(st.st_mode))
		return series_folder(r, path, s, e);
	if (!strcmp(slash ? slash + 1 : path, "series"))
		return series_quilt(r, path, s, e);
	return series_file(r, path, 1, false, s, e);
}

static int load_word(const struct runner *r, const char *word, struct patch_series *s,
		     struct error *e)
{
	int rc;

	/* what a recipe or the user names from here */
	for (; !strncmp(word, "./", 2); word += 2)
		;
	if (!strncmp(word, "git:", 4))
		rc = series_git(r, word + 4, s, e);
	else if (!strncmp(word, "b4:", 3))
		rc = series_b4(r, word + 3, s, e);
	else
		rc = load_path(r, word, s, e);
	if (!rc && !s->n)
		rc = error_set(e, EINVAL, "%s: no patch in it", word);
	return rc;
}

/* That answers are no patches is plain; what else was left out is said before hours are spent. */
static void tell(const struct runner *r, const char *word, const struct strv *notes)
{
	strv_for_each(notes, it) {
		size_t len = strlen(*it);

		if (len < 9 || strcmp(*it + len - 9, ", a reply"))
			runner_note(r, "%s: %s", word, *it);
	}
}

static int load_once(const struct runner *r, const char *word, const struct memo **out,
		     struct error *e)
{
	struct memo *m;
	int rc;

	for (m = memos; m && strcmp(m->word, word);)
		m = m->next;
	if (!m) {
		m = xcalloc(1, sizeof(*m));
		rc = load_word(r, word, &m->series, e);
		if (rc < 0) {
			patch_series_release(&m->series);
			free(m);
			return rc;
		}
		tell(r, word, &m->series.notes);
		m->word = xstrdup(word);
		m->next = memos;
		memos = m;
	}
	*out = m;
	return 0;
}

int patch_series_load(const struct runner *r, const struct strv *words, struct patch_series *s,
		      struct error *e)
{
	strv_for_each(words, it) {
		const struct memo *m = NULL;
		int rc = load_once(r, *it, &m, e);

		if (rc < 0)
			return rc;
		append(s, &m->series);
	}
	for (size_t i = 0; i < s->n; i++) {
		s->p[i].number = i + 1;
		s->p[i].total = s->n;
	}
	return 0;
}

void patch_series_release(struct patch_series *s)
{
	for (size_t i = 0; i < s->n; i++) {
		free(s->p[i].name);
		free(s->p[i].subject);
		free(s->p[i].from);
		free(s->p[i].text);
		strv_release(&s->p[i].files);
		strv_release(&s->p[i].needed);
		strv_release(&s->p[i].created);
	}
	free(s->p);
	strv_release(&s->notes);
	*s = (struct patch_series){ 0 };
}

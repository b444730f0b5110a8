// SPDX-License-Identifier: GPL-2.0-or-later
/* Patches in order out of mails; see mailbox.h. Mailboxes are split by git mailsplit. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cleanup.h"
#include "lib/fs.h"
#include "lib/spawn.h"
#include "runner/mailbox.h"
#include "runner/scratch.h"
#include "runner/series_parts.h"
#include "runner/tool.h"

/* More than any series with all that was said about it; an archive of a list is a mistake. */
#define MAILS_MAX 3000

static int add_mail(const struct runner *r, struct mailbox *mb, const char *scratch,
		    const char *from, const char *text, struct error *e)
{
	struct mail *m;

	if (runner_cancelled(r))
		return error_set(e, ECANCELED, "interrupted");
	mb->v = xrealloc(mb->v, (mb->n + 1) * sizeof(*mb->v));
	m = &mb->v[mb->n++];
	*m = (struct mail){ 0 };
	return mail_read(r, scratch, from, text, m, e);
}

/* Runs git mailsplit on TEXT: SCRATCH/0001 and so on. */
static int split(const struct runner *r, const char *scratch, const char *label, const char *text,
		 struct error *e)
{
	struct error why = { 0 };
	char *path __free = xasprintf("%s/mbox", scratch);
	struct strv argv __strv = { 0 };
	struct strv env __strv = { 0 };
	struct spawn s = {
		.argv = &argv, .env = &env, .cwd = scratch, .timeout_s = 120, .cancel = r->cancel
	};
	int rc = fs_write(path, text, strlen(text), e);

	if (rc < 0)
		return rc;
	tool_env_git(&env);
	strv_split(&argv, "git mailsplit -b --mboxrd", " ");
	strv_addf(&argv, "-o%s", scratch);
	strv_add(&argv, "--");
	strv_add(&argv, path);
	rc = spawn_run(&s, &why);
	if (rc == -ECHILD) /* "From " without what a mail program writes behind it */
		return error_set(e, EINVAL, "%s: begins as an mbox does and is none", label);
	return rc < 0 ? error_set(e, -rc, "%s", why.msg) : 0;
}

/* The mails that lie in SCRATCH as 0001, 0002, ... */
static int add_split(const struct runner *r, struct mailbox *mb, const char *scratch,
		     const char *label, struct error *e)
{
	char *second __free = xasprintf("%s/0002", scratch);
	bool several = fs_exists(second);
	int rc = 0;

	for (unsigned int i = 1; !rc; i++) {
		char *path __free = xasprintf("%s/%04u", scratch, i);
		char *from __free =
			several ? xasprintf("%s, message %u", label, i) : xstrdup(label);
		struct strbuf text __strbuf = { 0 };

		if (!fs_exists(path))
			break;
		if (i > MAILS_MAX)
			return error_set(
				e, EINVAL,
				"%s: more than %d mails: save the thread of the series alone",
				label, MAILS_MAX);
		rc = fs_read(path, &text, e);
		if (!rc)
			rc = add_mail(r, mb, scratch, from, strbuf_str(&text), e);
	}
	return rc;
}

int mailbox_add(const struct runner *r, struct mailbox *mb, const char *label, const char *text,
		struct error *e)
{
	char *scratch __free = NULL;
	int lock __close = -1;
	int rc = scratch_create(&scratch, &lock, e);

	if (rc < 0)
		return rc;
	if (!strncmp(text, "From ", 5)) {
		rc = split(r, scratch, label, text, e);
		if (!rc)
			rc = add_split(r, mb, scratch, label, e);
	} else {
		rc = add_mail(r, mb, scratch, label, text, e);
	}
	fs_remove_tree(scratch, NULL);
	return rc;
}

static bool is_cover(const struct mail *m)
{
	return m->tag.numbered && !m->tag.number;
}

/* Mails that are patches, for what is decided about them. Pointers into the mailbox. */
struct slot {
	struct mail *mail; /* NULL: none */
};

struct picked {
	struct slot *v;
	size_t n;
};

static void pick(struct picked *p, struct mail *m)
{
	p->v = xrealloc(p->v, (p->n + 1) * sizeof(*p->v));
	p->v[p->n++].mail = m;
}

static void picked_release(struct picked *p)
{
	free(p->v);
}

/* "2" for 2000, "2.1" for 2001. */
static char *version_text(unsigned int version)
{
	return version % 1000 ? xasprintf("v%u.%u", version / 1000, version % 1000)
			      : xasprintf("v%u", version / 1000);
}

/* P goes to S as patch NUMBER. */
static int take(struct patch_series *s, struct mail *m, size_t number, struct error *e)
{
	if (m->trouble)
		return error_set(e, EINVAL, "%s (\"%.100s\"): %s", m->from, m->subject, m->trouble);
	series_add(s, number, NULL, m->subject, m->from, &m->diff);
	return 0;
}

/* Nobody has numbered them: the order of the mailbox, of each subject the newest version. */
static int take_unnumbered(const struct picked *p, struct patch_series *s, struct error *e)
{
	int rc = 0;

	for (size_t i = 0; i < p->n && !rc; i++) {
		struct mail *m = p->v[i].mail, *other = NULL;

		for (size_t k = 0; k < p->n && !other; k++) {
			struct mail *o = p->v[k].mail;

			if (o == m || strcmp(o->subject, m->subject))
				continue;
			if (o->tag.version > m->tag.version ||
			    (k < i && o->tag.version == m->tag.version &&
			     !strcmp(o->diff.id, m->diff.id)))
				other = o;
		}
		if (other)
			strv_addf(&s->notes, "left out: %s (\"%s\"), for %s", m->from, m->subject,
				  other->from);
		else
			rc = take(s, m, s->n + 1, e);
	}
	return rc;
}

/* Two mails that say they are the same patch: fine if they are. */
static int same_number(const struct mail *a, const struct mail *b, struct error *e)
{
	if (a->id && b->id && !strcmp(a->id, b->id))
		return 0;
	if (!a->trouble && !b->trouble && !strcmp(a->diff.id, b->diff.id))
		return 0;
	return error_set(e, EINVAL,
			 "two patches are number %u of %u: %s (\"%.80s\") and %s (\"%.80s\"); save "
			 "each series in a file of its own",
			 a->tag.number, a->tag.total, a->from, a->subject, b->from, b->subject);
}

/* What is missing of 1..TOTAL in SLOTS, as "2, 4, 5". Empty: nothing. */
static void list_missing(const struct slot *slots, unsigned int total, struct strbuf *out,
			 unsigned int *n)
{
	*n = 0;
	for (unsigned int i = 1; i <= total; i++) {
		if (slots[i].mail)
			continue;
		if (++*n <= 12)
			strbuf_addf(out, "%s%u", out->len ? ", " : "", i);
		else if (*n == 13)
			strbuf_addstr(out, ", ...");
	}
}

/* A patch is not there: which, and what is there in its place. */
static int refuse_missing(const struct mailbox *mb, const struct mail *first, const char *list,
			  unsigned int n, struct error *e)
{
	char *version __free = version_text(first->tag.version);
	const char *hint = "";

	for (size_t i = 0; i < mb->n; i++) {
		const struct mail *m = &mb->v[i];

		if (m->tag.reply || !m->tag.numbered || !m->tag.number)
			continue;
		if (m->tag.version < first->tag.version && m->has_diff)
			hint = "; an older version is there too: put the mails that hold into a "
			       "mailbox of their own";
		else if (m->tag.version == first->tag.version && !m->has_diff)
			hint = "; a mail with such a number is there, but has no diff";
	}
	return error_set(e, EINVAL, "%s: patch%s %s of %u %s missing (%s)%s", mb->label,
			 n > 1 ? "es" : "", list, first->tag.total, n > 1 ? "are" : "is", version,
			 hint);
}

/* SLOTS has room for MAX + 1. */
static int fill_slots(const struct mailbox *mb, const struct picked *p, struct slot *slots,
		      struct error *e)
{
	const struct mail *first = p->v[0].mail;

	for (size_t i = 0; i < p->n; i++) {
		struct mail *m = p->v[i].mail;
		int rc;

		if (m->tag.total != first->tag.total)
			return error_set(
				e, EINVAL,
				"%s: two series in it, of %u and of %u patches: save each in "
				"a file of its own",
				mb->label, first->tag.total, m->tag.total);
		if (slots[m->tag.number].mail) {
			rc = same_number(slots[m->tag.number].mail, m, e);
			if (rc < 0)
				return error_prefix(e, rc, "%s", mb->label);
		} else {
			slots[m->tag.number].mail = m;
		}
	}
	return 0;
}

/* No patch at all: what there is instead. */
static int refuse_empty(const struct mailbox *mb, struct error *e)
{
	if (mb->n == 1)
		return error_set(e, EINVAL, "%s: %s", mb->label,
				 is_cover(&mb->v[0])
					 ? "a cover letter: the patches are in the mails "
					   "that follow it"
					 : "a mail without a diff");
	return error_set(e, EINVAL, "%s: no patch in its %zu mails", mb->label, mb->n);
}

/* All of one version. A number behind the last (10/9) is an addition, as b4 has it. */
static int take_numbered(const struct mailbox *mb, const struct picked *p, struct patch_series *s,
			 struct error *e)
{
	struct strbuf list __strbuf = { 0 };
	struct slot *slots __free = NULL;
	const struct mail *first = p->n ? p->v[0].mail : NULL;
	unsigned int max, missing;
	int rc;

	if (!first)
		return refuse_empty(mb, e);
	max = first->tag.total;
	for (size_t i = 0; i < p->n; i++)
		max = p->v[i].mail->tag.number > max ? p->v[i].mail->tag.number : max;
	slots = xcalloc(max + 1, sizeof(*slots));
	rc = fill_slots(mb, p, slots, e);
	if (rc < 0)
		return rc;
	list_missing(slots, first->tag.total, &list, &missing);
	if (missing && mb->n > 1)
		return refuse_missing(mb, first, strbuf_str(&list), missing, e);
	if (missing)
		strv_addf(&s->notes, "%s is patch %u of %u alone", mb->label, first->tag.number,
			  first->tag.total);
	for (unsigned int i = 1; i <= max && !rc; i++) {
		if (slots[i].mail)
			rc = take(s, slots[i].mail, i, e);
	}
	return rc;
}

/* What is told of the versions that lost against NEWEST. */
static void note_older(const struct picked *p, unsigned int newest, struct strv *notes)
{
	char *new __free = version_text(newest);

	for (size_t i = 0; i < p->n; i++) {
		const unsigned int version = p->v[i].mail->tag.version;
		char *old __free = version_text(version);
		size_t n = 0;

		for (size_t k = 0; k < p->n; k++) {
			if (p->v[k].mail->tag.version != version)
				continue;
			if (k < i)
				break; /* told already */
			n++;
		}
		if (n && version < newest)
			strv_addf(notes, "left out: %s (%zu mail%s), for %s", old, n,
				  n > 1 ? "s" : "", new);
	}
}

/* Numbered ones and others: the newest version of the numbered, and nothing else that counts. */
static int take_newest(const struct mailbox *mb, const struct picked *all, struct patch_series *s,
		       struct error *e)
{
	struct picked p __cleanup(picked_release) = { 0 };
	unsigned int newest = 0;

	for (size_t i = 0; i < all->n; i++) {
		const struct mail_tag *t = &all->v[i].mail->tag;

		newest = t->numbered && t->version > newest ? t->version : newest;
	}
	note_older(all, newest, &s->notes);
	for (size_t i = 0; i < all->n; i++) {
		struct mail *m = all->v[i].mail;

		if (m->tag.numbered && m->tag.version == newest) {
			pick(&p, m);
		} else if (m->tag.patch && m->tag.version >= newest) {
			return error_set(e, EINVAL,
					 "%s (\"%.100s\"): a patch without a number among numbered "
					 "ones: save it in a file of its own and give both",
					 m->from, m->subject);
		} else if (m->tag.version >= newest) {
			strv_addf(&s->notes, "left out: %s (\"%s\"), which does not say [PATCH]",
				  m->from, m->subject);
		}
	}
	return take_numbered(mb, &p, s, e);
}

int mailbox_take(struct mailbox *mb, struct patch_series *s, struct error *e)
{
	struct picked p __cleanup(picked_release) = { 0 };
	bool numbered = false;

	for (size_t i = 0; i < mb->n; i++) {
		struct mail *m = &mb->v[i];

		if (mb->one_version)
			m->tag.version = 1000;
		if (!m->has_diff || is_cover(m))
			continue;
		/* a diff in an answer is an idea; alone in its file it is what is asked for */
		if (m->tag.reply && mb->n > 1) {
			strv_addf(&s->notes, "left out: %s (\"%s\"), a reply", m->from, m->subject);
			continue;
		}
		pick(&p, m);
		numbered |= m->tag.numbered;
	}
	if (!p.n)
		return refuse_empty(mb, e);
	return numbered ? take_newest(mb, &p, s, e) : take_unnumbered(&p, s, e);
}

void mailbox_release(struct mailbox *mb)
{
	for (size_t i = 0; i < mb->n; i++)
		mail_release(&mb->v[i]);
	free(mb->v);
	*mb = (struct mailbox){ 0 };
}

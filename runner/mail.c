// SPDX-License-Identifier: GPL-2.0-or-later
/* One mail with a patch in it; see mail.h. */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/cleanup.h"
#include "lib/fs.h"
#include "lib/spawn.h"
#include "runner/mail.h"
#include "runner/mail_parts.h"
#include "runner/tool.h"

#define ASK "ask for it as git send-email sends it, or take it from the archive (b4:MESSAGE-ID)"

static bool starts_nocase(const char *s, const char *with)
{
	return !strncasecmp(s, with, strlen(with));
}

/* "Re: ", "Re[2]: ", "AW: " and the like: how long it is, 0 if there is none. */
static size_t reply_length(const char *s)
{
	static const char *const words[] = { "re", "aw", "antwort", "sv", "vs", "odp" };

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		size_t len = strlen(words[i]);

		if (strncasecmp(s, words[i], len))
			continue;
		if (s[len] == '[')
			len += strcspn(s + len, "]") + 1;
		if (s[len] == ':')
			return len + 1;
	}
	return 0;
}

/* "v2", "V2.1" as 2000, 2001; 0 if it is something else. */
static unsigned int version_of(const char *word)
{
	unsigned long major, minor = 0;
	char *end;

	if ((*word != 'v' && *word != 'V') || !isdigit((unsigned char)word[1]))
		return 0;
	major = strtoul(word + 1, &end, 10);
	if (*end == '.' && isdigit((unsigned char)end[1]))
		minor = strtoul(end + 1, &end, 10);
	if (*end || major > 1000 || minor > 999)
		return 0;
	return (unsigned int)(major * 1000 + minor);
}

static void read_word(const char *word, struct mail_tag *t)
{
	unsigned long number, total;
	char *end;

	if (starts_nocase(word, "PATCH")) {
		t->patch = true;
		word += 5; /* "PATCHv2" */
	}
	if (version_of(word))
		t->version = version_of(word);
	if (!isdigit((unsigned char)*word))
		return;
	number = strtoul(word, &end, 10);
	if (*end != '/' || !isdigit((unsigned char)end[1]))
		return;
	total = strtoul(end + 1, &end, 10);
	if (*end || number > 9999 || total > 9999)
		return;
	t->numbered = true;
	t->number = (unsigned int)number;
	t->total = (unsigned int)total;
}

const char *mail_tag_read(const char *subject, struct mail_tag *t)
{
	*t = (struct mail_tag){ .version = 1000 };
	for (;;) {
		struct strv words __strv = { 0 };
		char *inside __free = NULL;
		const char *close;
		size_t len;

		subject += strspn(subject, " \t");
		len = reply_length(subject);
		t->reply |= len > 0;
		if (!len && *subject == '[' && (close = strchr(subject, ']'))) {
			inside = xasprintf("%.*s", (int)(close - subject - 1), subject + 1);
			strv_split(&words, inside, " \t,[");
			strv_for_each(&words, it)
				read_word(*it, t);
			len = (size_t)(close - subject) + 1;
		}
		if (!len)
			return subject;
		subject += len;
	}
}

bool mail_is(const char *text)
{
	bool known = false;

	if (!strncmp(text, "From ", 5)) {
		text += strcspn(text, "\n");
		text += *text == '\n';
	}
	while (*text && *text != '\n') {
		size_t name = strcspn(text, ": \t\n");

		if (*text != ' ' && *text != '\t' && (!name || text[name] != ':'))
			return false;
		known |= starts_nocase(text, "From:") || starts_nocase(text, "Subject:") ||
			 starts_nocase(text, "Message-ID:");
		text += strcspn(text, "\n");
		text += *text == '\n';
	}
	return known;
}

/* What git mailinfo makes of the mail in the file PATH: its subject, and what follows "---". */
static int mailinfo(const struct runner *r, const char *scratch, const char *path, char **subject,
		    struct strbuf *patch, struct error *e)
{
	char *msg_path __free = xasprintf("%s/msg", scratch);
	char *patch_path __free = xasprintf("%s/patch", scratch);
	struct strv argv __strv = { 0 };
	struct strv env __strv = { 0 };
	struct strv lines __strv = { 0 };
	struct strbuf out __strbuf = { 0 };
	struct spawn s = { .argv = &argv,
			   .env = &env,
			   .cwd = scratch,
			   .stdin_path = path,
			   .out = &out,
			   .timeout_s = 60,
			   .cancel = r->cancel };
	int rc;

	tool_env_git(&env);
	strv_split(&argv, "git mailinfo -k --encoding=UTF-8 --scissors --quoted-cr=strip", " ");
	strv_add(&argv, msg_path);
	strv_add(&argv, patch_path);
	rc = spawn_run(&s, e);
	if (rc < 0)
		return rc;
	strv_split(&lines, strbuf_str(&out), "\n");
	strv_for_each(&lines, it) {
		if (!*subject && !strncmp(*it, "Subject: ", 9))
			*subject = xstrdup(*it + 9);
	}
	return fs_read(patch_path, patch, e);
}

static void set_trouble(struct mail *m, const char *why)
{
	m->trouble = xasprintf("%s: %s", why, ASK);
}

/* The subject without its front, which says what M is. A subject in the body has no numbers. */
static void take_subject(struct mail *m, const char *subject)
{
	struct mail_tag inner;
	const char *rest = mail_tag_read(subject, &inner);

	if (inner.patch || inner.numbered)
		m->tag = inner;
	free(m->subject);
	m->subject = xstrdup(*rest ? rest : "(no subject)");
}

/* The subject of the mail's own header, decoded by git: the body's hides it from mailinfo. */
static int outer_subject(const struct runner *r, const char *scratch, const char *text,
			 struct mail *m, struct error *e)
{
	char *path __free = xasprintf("%s/head", scratch);
	char *raw __free = mail_header(text, "Subject");
	char *head __free = NULL;
	char *subject __free = NULL;
	struct strbuf none __strbuf = { 0 };
	int rc = 0;

	if (raw && strstr(raw, "=?")) {
		head = xasprintf("From: x <x@x>\nSubject: %s\n\n", raw);
		rc = fs_write(path, head, strlen(head), e);
		if (!rc)
			rc = mailinfo(r, scratch, path, &subject, &none, e);
	}
	take_subject(m, subject ? subject : raw ? raw : "");
	return rc == -ECHILD ? 0 : rc;
}

/* M's diff, or why it is none. */
static int take_patch(const struct runner *r, const char *scratch, const char *text, struct mail *m,
		      struct error *e)
{
	char *path __free = xasprintf("%s/mail", scratch);
	char *subject __free = NULL;
	struct strbuf patch __strbuf = { 0 };
	struct error why = { 0 };
	int rc = fs_write(path, text, strlen(text), e);

	if (!rc)
		rc = mailinfo(r, scratch, path, &subject, &patch, &why);
	if (rc == -ECHILD) {
		m->has_diff = diff_looks_like(text);
		if (m->has_diff)
			set_trouble(m, why.msg);
		return 0;
	}
	if (rc < 0) {
		if (*why.msg)
			error_set(e, -rc, "%s", why.msg);
		return rc;
	}
	if (subject)
		take_subject(m, subject);
	rc = diff_read(strbuf_str(&patch), 1, &m->diff, &why);
	m->has_diff = rc != -ENODATA;
	if (rc == -EINVAL)
		set_trouble(m, why.msg);
	return 0;
}

int mail_read(const struct runner *r, const char *scratch, const char *from, const char *text,
	      struct mail *m, struct error *e)
{
	char *odd __free = mail_oddity(text);
	int rc;

	m->from = xstrdup(from);
	m->id = mail_header(text, "Message-ID");
	rc = outer_subject(r, scratch, text, m, e);
	if (rc < 0)
		return rc;
	if (odd) {
		m->has_diff = diff_looks_like(text) || mail_hides_patch(text) ||
			      (m->tag.patch && !(m->tag.numbered && !m->tag.number));
		if (m->has_diff)
			set_trouble(m, odd);
		return 0;
	}
	/* most of a thread is talk: no program is run for what cannot hide a diff */
	if (!mail_is_encoded(text) && !diff_looks_like(text))
		return 0;
	return take_patch(r, scratch, text, m, e);
}

void mail_release(struct mail *m)
{
	free(m->from);
	free(m->subject);
	free(m->id);
	free(m->trouble);
	diff_release(&m->diff);
	*m = (struct mail){ 0 };
}

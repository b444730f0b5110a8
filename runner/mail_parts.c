// SPDX-License-Identifier: GPL-2.0-or-later
/* The form of mails; see mail_parts.h. */
#define _GNU_SOURCE
#include <ctype.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/cleanup.h"
#include "lib/strbuf.h"
#include "runner/diff.h"
#include "runner/mail_parts.h"

/* A part that is no multipart. All owned. */
struct part {
	char *type; /* "text/plain", lower case */
	char *name; /* of the file; "" */
	char *body; /* as sent */
	bool flowed;
};

struct parts {
	struct part *v;
	size_t n;
	struct strv boundaries;
};

static const char *next_line(const char *p)
{
	p += strcspn(p, "\n");
	return *p ? p + 1 : p;
}

char *mail_header(const char *text, const char *name)
{
	size_t len = strlen(name);
	struct strbuf value = { 0 };

	if (!strncmp(text, "From ", 5))
		text = next_line(text);
	for (; *text && *text != '\n'; text = next_line(text)) {
		if (strncasecmp(text, name, len) || text[len] != ':')
			continue;
		text += len + 1;
		do {
			text += strspn(text, " \t");
			strbuf_addf(&value, "%s%.*s", value.len ? " " : "",
				    (int)strcspn(text, "\n"), text);
			text = next_line(text);
		} while (*text == ' ' || *text == '\t');
		return strbuf_detach(&value);
	}
	return NULL;
}

/* The parameter NAME of a header's VALUE, without quotes; NULL or owned. */
static char *param(const char *value, const char *name)
{
	size_t len = strlen(name);

	while (value && (value = strchr(value, ';'))) {
		value += 1 + strspn(value + 1, " \t");
		if (strncasecmp(value, name, len))
			continue;
		/* name*=, name*0=: what RFC 2231 makes of names that are long or not ASCII */
		value += len;
		value += *value == '*' ? strcspn(value, "=;") : 0;
		if (*value != '=')
			continue;
		value++;
		if (*value == '"')
			return xasprintf("%.*s", (int)strcspn(value + 1, "\""), value + 1);
		return xasprintf("%.*s", (int)strcspn(value, "; \t"), value);
	}
	return NULL;
}

static char *lower_type(const char *value)
{
	char *type = xasprintf("%.*s", (int)strcspn(value, "; \t"), value);

	for (char *p = type; *p; p++)
		*p = (char)tolower((unsigned char)*p);
	return type;
}

/* Whether LINE ends or begins a part. */
static bool at_boundary(const struct parts *ps, const char *line, bool *begins)
{
	if (strncmp(line, "--", 2))
		return false;
	strv_for_each(&ps->boundaries, it) {
		size_t len = strlen(*it);

		if (!strncmp(line + 2, *it, len)) {
			*begins = strncmp(line + 2 + len, "--", 2) != 0;
			return true;
		}
	}
	return false;
}

/* The part whose headers begin at TEXT. Returns where the lines after it begin. */
static const char *add_part(struct parts *ps, const char *text)
{
	char *type_header __free = mail_header(text, "Content-Type");
	char *where_header __free = mail_header(text, "Content-Disposition");
	char *type __free = lower_type(type_header ? type_header : "text/plain");
	char *boundary __free = param(type_header, "boundary");
	char *format __free = param(type_header, "format");
	char *name = param(where_header, "filename");
	const char *body, *end;
	bool begins = false;

	while (*text && *text != '\n')
		text = next_line(text);
	body = next_line(text);
	if (!strncmp(type, "multipart/", 10) && boundary && *boundary) {
		strv_add(&ps->boundaries, boundary);
		free(name);
		return body;
	}
	for (end = body; *end && !at_boundary(ps, end, &begins);)
		end = next_line(end);
	name = name ? name : param(type_header, "name");
	ps->v = xrealloc(ps->v, (ps->n + 1) * sizeof(*ps->v));
	ps->v[ps->n++] = (struct part){ .type = take_ptr(type),
					.name = name ? name : xstrdup(""),
					.body = xasprintf("%.*s", (int)(end - body), body),
					.flowed = format && !strcasecmp(format, "flowed") };
	return end;
}

static void parts_read(const char *text, struct parts *ps)
{
	bool begins;

	if (!strncmp(text, "From ", 5))
		text = next_line(text);
	text = add_part(ps, text);
	while (*text) {
		begins = false;
		if (at_boundary(ps, text, &begins) && begins)
			text = add_part(ps, next_line(text));
		else
			text = next_line(text);
	}
}

static void parts_release(struct parts *ps)
{
	for (size_t i = 0; i < ps->n; i++) {
		free(ps->v[i].type);
		free(ps->v[i].name);
		free(ps->v[i].body);
	}
	free(ps->v);
	strv_release(&ps->boundaries);
}

static bool ends_with(const char *s, const char *end)
{
	size_t a = strlen(s), b = strlen(end);

	return a >= b && !strcasecmp(s + a - b, end);
}

static bool is_patch(const struct part *p)
{
	return ends_with(p->type, "/x-patch") || ends_with(p->type, "/x-diff") ||
	       ends_with(p->name, ".patch") || ends_with(p->name, ".diff") ||
	       ends_with(p->name, ".patch.txt");
}

static bool is_signature(const struct part *p)
{
	return !strcmp(p->type, "application/pgp-signature") ||
	       ends_with(p->type, "pkcs7-signature");
}

/* Of one part among those of a mail with N_PATCH attached patches. */
static char *part_oddity(const struct part *p, size_t n_patch)
{
	const char *name = *p->name ? p->name : "one without a name";

	if (strncmp(p->type, "text/", 5) && !is_signature(p))
		return xasprintf("has an attachment (%s) of type %s, which is not text/x-patch",
				 name, p->type);
	if (p->flowed && (!n_patch || is_patch(p) || diff_looks_like(p->body)))
		return xstrdup("is sent as format=flowed, which breaks patches");
	if (n_patch && !is_patch(p) && diff_looks_like(p->body))
		return xstrdup("has a patch in its text and another one attached");
	return NULL;
}

char *mail_oddity(const char *text)
{
	struct parts ps __cleanup(parts_release) = { 0 };
	size_t n_patch = 0;
	char *why = NULL;

	parts_read(text, &ps);
	for (size_t i = 0; i < ps.n; i++)
		n_patch += is_patch(&ps.v[i]);
	if (n_patch > 1)
		return xasprintf("has %zu patches attached: save them to a folder", n_patch);
	if (ps.n == 1 && !strcmp(ps.v[0].type, "text/html"))
		return xstrdup("is sent as HTML");
	for (size_t i = 0; i < ps.n && !why; i++)
		why = part_oddity(&ps.v[i], n_patch);
	return why;
}

bool mail_hides_patch(const char *text)
{
	struct parts ps __cleanup(parts_release) = { 0 };
	bool hides = false;

	parts_read(text, &ps);
	for (size_t i = 0; i < ps.n; i++)
		hides |= is_patch(&ps.v[i]);
	return hides;
}

bool mail_is_encoded(const char *text)
{
	static const char header[] = "\nContent-Transfer-Encoding:";

	for (const char *p = text; (p = strcasestr(p, header));) {
		p += strlen(header);
		p += strspn(p, " \t");
		if (!strncasecmp(p, "base64", 6) || !strncasecmp(p, "quoted-printable", 16))
			return true;
	}
	return false;
}

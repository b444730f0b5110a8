// SPDX-License-Identifier: GPL-2.0-or-later
/* What the archive has: versions, mirrors and the index of packages; see apt.h. */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cleanup.h"
#include "lib/units.h"
#include "runner/apt.h"

/* Order of one character: '~' before the end, the end before letters, then the rest. */
static int order(char c)
{
	if (c == '~')
		return -1;
	if (!c || isdigit((unsigned char)c))
		return 0;
	return isalpha((unsigned char)c) ? c : c + 256;
}

/* One part (upstream version or revision), up to END. */
static int part_cmp(const char *a, const char *a_end, const char *b, const char *b_end)
{
	while (a < a_end || b < b_end) {
		int diff = 0;

		while ((a < a_end && !isdigit((unsigned char)*a)) ||
		       (b < b_end && !isdigit((unsigned char)*b))) {
			int ca = a < a_end ? order(*a) : 0;
			int cb = b < b_end ? order(*b) : 0;

			if (ca != cb)
				return ca - cb;
			a += a < a_end;
			b += b < b_end;
		}
		while (a < a_end && *a == '0')
			a++;
		while (b < b_end && *b == '0')
			b++;
		while (a < a_end && b < b_end && isdigit((unsigned char)*a) &&
		       isdigit((unsigned char)*b)) {
			if (!diff)
				diff = *a - *b;
			a++;
			b++;
		}
		if (a < a_end && isdigit((unsigned char)*a))
			return 1;
		if (b < b_end && isdigit((unsigned char)*b))
			return -1;
		if (diff)
			return diff;
	}
	return 0;
}

int apt_version_cmp(const char *a, const char *b)
{
	const char *ca = strchr(a, ':'), *cb = strchr(b, ':');
	long ea = ca ? atol(a) : 0, eb = cb ? atol(b) : 0;
	const char *ra, *rb, *enda, *endb;
	int rc;

	if (ea != eb)
		return ea < eb ? -1 : 1;
	a = ca ? ca + 1 : a;
	b = cb ? cb + 1 : b;
	enda = a + strlen(a);
	endb = b + strlen(b);
	ra = strrchr(a, '-');
	rb = strrchr(b, '-');
	rc = part_cmp(a, ra ? ra : enda, b, rb ? rb : endb);
	if (rc)
		return rc;
	return part_cmp(ra ? ra + 1 : enda, enda, rb ? rb + 1 : endb, endb);
}

bool apt_version_matches(const char *version, const char *asked)
{
	size_t len = strlen(asked);

	if (!len || !strcmp(version, asked))
		return true;
	return !strncmp(version, asked, len) && strchr(".-+~", version[len]);
}

/* The suites of Debian proper, so that other archives' entries are passed over. */
static bool is_debian_suite(const char *suite, bool *security)
{
	static const char *const names[] = { "bookworm", "trixie",  "forky",	"duke",	    "sid",
					     "stable",	 "testing", "unstable", "oldstable" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		size_t len = strlen(names[i]);

		if (strncmp(suite, names[i], len))
			continue;
		*security = !strcmp(suite + len, "-security");
		if (!suite[len] || *security || !strcmp(suite + len, "-updates") ||
		    !strcmp(suite + len, "-backports"))
			return true;
	}
	return false;
}

static void take_mirror(const char *uri, const char *suite, struct apt_mirrors *m)
{
	bool security;
	char **which;

	if (!is_debian_suite(suite, &security) || !strncmp(uri, "cdrom:", 6))
		return;
	which = security ? &m->security : &m->main;
	if (!*which)
		*which = xstrdup(uri);
}

void apt_mirrors_from_targets(const char *text, struct apt_mirrors *m)
{
	struct strv lines __strv = { 0 };

	strv_split(&lines, text, "\n");
	strv_for_each(&lines, it) {
		struct strv words __strv = { 0 };

		strv_split(&words, *it, " \t");
		if (words.n == 2)
			take_mirror(words.v[0], words.v[1], m);
	}
}

void apt_mirrors_from_list(const char *text, struct apt_mirrors *m)
{
	struct strv lines __strv = { 0 };

	strv_split(&lines, text, "\n");
	strv_for_each(&lines, it) {
		struct strv words __strv = { 0 };
		size_t i = 1;

		strv_split(&words, *it, " \t");
		if (words.n < 3 || strcmp(words.v[0], "deb"))
			continue;
		if (words.v[1][0] == '[') /* options, up to the closing bracket */
			while (i < words.n && !strchr(words.v[i++], ']'))
				;
		if (i + 1 < words.n)
			take_mirror(words.v[i], words.v[i + 1], m);
	}
}

void apt_mirrors_release(struct apt_mirrors *m)
{
	free(m->main);
	free(m->security);
	*m = (struct apt_mirrors){ 0 };
}

/* The value of a field at the start of LINE, or NULL. */
static const char *field(const char *line, const char *name)
{
	size_t len = strlen(name);

	return !strncmp(line, name, len) && line[len] == ':' && line[len + 1] == ' '
		       ? line + len + 2
		       : NULL;
}

/* What one paragraph has said so far; the pointers are into the text's lines. */
struct paragraph {
	const char *name, *version, *sha256, *size;
};

static void flush(struct paragraph *p, struct strbuf *lines)
{
	if (p->name && p->version && p->sha256 && p->size)
		strbuf_addf(lines, "%s %s %s %s\n", p->name, p->version, p->sha256, p->size);
	*p = (struct paragraph){ 0 };
}

void apt_index_from_show(const char *show, struct strbuf *lines)
{
	struct strv text __strv = { 0 };
	struct paragraph p = { 0 };

	strv_split(&text, show, "\n");
	strv_for_each(&text, it) {
		const char *v;

		if ((v = field(*it, "Package"))) {
			flush(&p, lines);
			p.name = v;
		} else if ((v = field(*it, "Version"))) {
			p.version = v;
		} else if ((v = field(*it, "SHA256"))) {
			p.sha256 = v;
		} else if ((v = field(*it, "Size"))) {
			p.size = v;
		}
	}
	flush(&p, lines);
}

int apt_index_parse(const char *text, struct apt_index *ix, struct error *e)
{
	struct strv lines __strv = { 0 };

	strv_split(&lines, text, "\n");
	ix->p = xcalloc(lines.n + 1, sizeof(*ix->p));
	strv_for_each(&lines, it) {
		struct apt_package *p = &ix->p[ix->n];
		struct strv words __strv = { 0 };

		if (**it == '#')
			continue;
		strv_split(&words, *it, " ");
		if (words.n != 4 || parse_uint(words.v[3], &p->size_bytes) < 0) {
			apt_index_release(ix);
			return error_set(e, EPROTO, "not a line of the package index: %s", *it);
		}
		p->name = xstrdup(words.v[0]);
		p->version = xstrdup(words.v[1]);
		p->sha256 = xstrdup(words.v[2]);
		ix->n++;
	}
	return 0;
}

void apt_index_release(struct apt_index *ix)
{
	for (size_t i = 0; i < ix->n; i++) {
		free(ix->p[i].name);
		free(ix->p[i].version);
		free(ix->p[i].sha256);
	}
	free(ix->p);
	*ix = (struct apt_index){ 0 };
}

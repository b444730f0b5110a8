// SPDX-License-Identifier: GPL-2.0-or-later
/* From what a person calls a revision to a tree, or to what it could have been; see git.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cleanup.h"
#include "runner/git.h"

#define NAMES_SHOWN  3
#define NAME_MAX_LEN 64
/* Names further apart than that are no slip of the finger. */
#define SLIPS_MAX 3

/* How many letters have to be changed, added or left out to make B of A. */
static unsigned int slips(const char *a, const char *b)
{
	size_t la = strlen(a), lb = strlen(b);
	unsigned int row[NAME_MAX_LEN + 1];

	if (la > NAME_MAX_LEN || lb > NAME_MAX_LEN)
		return SLIPS_MAX + 1;
	for (size_t j = 0; j <= lb; j++)
		row[j] = (unsigned int)j;
	for (size_t i = 1; i <= la; i++) {
		unsigned int diagonal = row[0];

		row[0] = (unsigned int)i;
		for (size_t j = 1; j <= lb; j++) {
			unsigned int best = diagonal + (a[i - 1] != b[j - 1]);

			if (row[j] + 1 < best)
				best = row[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			diagonal = row[j];
			row[j] = best;
		}
	}
	return row[lb];
}

/* 0: the same but for the remote's name; more: less alike; above SLIPS_MAX: not at all. */
static unsigned int unlike(const char *name, const char *rev)
{
	const char *tail = name;
	unsigned int best = slips(name, rev);

	/* "origin/fix" and "jane/topic/fix" for "fix" */
	while ((tail = strchr(tail, '/'))) {
		unsigned int n = slips(++tail, rev);

		if (n < best)
			best = n;
	}
	if (best > SLIPS_MAX && strlen(rev) >= 4 && strstr(name, rev))
		best = SLIPS_MAX;
	/* of short words nearly everything is near */
	return best >= strlen(rev) ? SLIPS_MAX + 1 : best;
}

/* The refs most like REV, as text: "origin/fix, fix2"; empty if there are none. */
static void alike(const struct strv *names, const char *rev, struct strbuf *text)
{
	unsigned int shown = 0;

	for (unsigned int n = 0; n <= SLIPS_MAX && shown < NAMES_SHOWN; n++) {
		strv_for_each(names, it) {
			if (unlike(*it, rev) != n || shown == NAMES_SHOWN)
				continue;
			strbuf_addf(text, "%s%s", shown++ ? ", " : "", *it);
		}
	}
}

static int no_such(const struct runner *r, const struct git_repo *g, const char *rev,
		   const char *why, struct error *e)
{
	const struct git_at at = { .git_dir = g->git_dir };
	struct strbuf out __strbuf = { 0 };
	struct strbuf near __strbuf = { 0 };
	struct strv names __strv = { 0 };
	/* the name in it: "v6.14~3", "topic^", "main@{1}" */
	char *name __free = xasprintf("%.*s", (int)strcspn(rev, "~^@:"), rev);
	struct error ignored;

	if (strstr(why, "ambiguous"))
		return error_set(e, EINVAL,
				 "%s: '%s' is the beginning of several commits' names: "
				 "give more of it",
				 g->path, rev);
	if (strstr(rev, ".."))
		return error_set(e, EINVAL,
				 "%s: '%s' is a range, a kernel is one commit (--series git:%s@%s "
				 "takes the patches of a range)",
				 g->path, rev, g->path, rev);
	if (!git_run(r, &at, &out, &ignored, "for-each-ref", "--format=%(refname:short)", NULL))
		strv_split(&names, strbuf_str(&out), "\n");
	alike(&names, *name ? name : rev, &near);
	return error_set(e, EINVAL, "%s: no revision '%s'%s%s%s: git -C %s fetch%s may bring it",
			 g->path, rev, near.len ? " (there is " : "", strbuf_str(&near),
			 near.len     ? ")"
			 : g->shallow ? " in this shallow clone"
				      : "",
			 g->path, g->shallow ? " --unshallow" : "");
}

/* What TEXT names as a TYPE, into OID; -ECHILD if it names none. */
static int name_of(const struct runner *r, const struct git_repo *g, const char *text,
		   const char *type, char oid[GIT_OID_TEXT], struct error *e)
{
	const struct git_at at = { .git_dir = g->git_dir };
	char *typed __free = xasprintf("%s^{%s}", text, type);
	struct strbuf out __strbuf = { 0 };
	int rc = git_run(r, &at, &out, e, "rev-parse", "--verify", typed, NULL);

	if (!rc)
		snprintf(oid, GIT_OID_TEXT, "%.*s", (int)strcspn(strbuf_str(&out), "\n"),
			 strbuf_str(&out));
	return rc;
}

int git_find(const struct runner *r, const struct git_repo *g, const char *rev,
	     char commit[GIT_OID_TEXT], char tree[GIT_OID_TEXT], struct error *e)
{
	struct error why = { 0 };
	int rc;

	*commit = *tree = '\0';
	if (!*rev)
		return error_set(e, EINVAL, "%s@: no revision behind the '@'", g->path);
	if (*rev == '-')
		return error_set(e, EINVAL, "%s: '%s' is no revision", g->path, rev);
	rc = name_of(r, g, rev, "commit", commit, &why);
	if (rc && rc != -ECHILD)
		return error_set(e, -rc, "%s: %s", g->path, why.msg);
	if (!name_of(r, g, *commit ? commit : rev, "tree", tree, e))
		return 0;
	if (*commit) /* and its tree is not there */
		return error_set(e, EIO, "%s@%s: " GIT_PARTIAL, g->path, rev);
	return no_such(r, g, rev, why.msg, e);
}

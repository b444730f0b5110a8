// SPDX-License-Identifier: GPL-2.0-or-later
/* Commits of a repository as a series; see series_parts.h. The repository is only read. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cleanup.h"
#include "runner/git.h"
#include "runner/series_parts.h"

/* More is a release, not a series: its end is a source. */
#define COMMITS_MAX 1000
/* Begins what git log says of a commit; no line of a diff does. */
#define MARK "\001"

struct range {
	char *word; /* "git:~/linux@a..b", for messages */
	char *path, *revs;
	struct git_repo repo;
};

static void range_release(struct range *g)
{
	free(g->word);
	free(g->path);
	free(g->revs);
	git_release(&g->repo);
}

static int open_range(const struct runner *r, const char *word, struct range *g, struct error *e)
{
	const char *dots;
	int rc;

	g->word = xasprintf("git:%s", word);
	rc = *word == '@' ? 0 : git_split(word, &g->path, &g->revs, e);
	if (*word == '@') { /* here */
		g->path = xstrdup(".");
		g->revs = xstrdup(word + 1);
	}
	if (rc < 0)
		return error_prefix(e, rc, "%s", g->word);
	dots = g->revs ? strstr(g->revs, "..") : NULL;
	if (!dots || dots[2] == '.' || !strcmp(g->revs, ".."))
		return error_set(e, EINVAL, "%s: a series is a range: git:PATH@A..B", g->word);
	if (*g->revs == '-' || strpbrk(g->revs, " \t\n"))
		return error_set(e, EINVAL, "%s: %s is no range of revisions", g->word, g->revs);
	return error_prefix(e, git_open(r, g->path, &g->repo, e), "%s", g->word);
}

/* How many commits there are of the range that are KIND ("--merges"). */
static int count(const struct runner *r, const struct range *g, const char *kind, long *n,
		 struct error *e)
{
	const struct git_at at = { .git_dir = g->repo.git_dir };
	struct strbuf out __strbuf = { 0 };
	struct error why = { 0 };
	int rc = git_run(r, &at, &out, &why, "rev-list", "--count", kind, g->revs, "--", NULL);

	*n = rc < 0 ? 0 : strtol(strbuf_str(&out), NULL, 10);
	if (rc < 0)
		return error_set(e, rc == -ECHILD ? EINVAL : -rc, "%s: %s", g->word, why.msg);
	return 0;
}

/* What git log says of the range: whatever git is set to, the same text for the same commits. */
static int read_log(const struct runner *r, const struct range *g, struct strbuf *out,
		    struct error *e)
{
	const struct git_at at = { .git_dir = g->repo.git_dir };

	return error_prefix(e,
			    git_run(r, &at, out, e, "-c", "core.quotePath=false", "-c",
				    "diff.suppressBlankEmpty=false", "-c", "log.showRoot=true",
				    "log", "--reverse", "--topo-order", "--no-show-signature",
				    "--no-notes", "--no-color", "-p", "-O/dev/null",
				    "--no-ext-diff", "--no-textconv", "--full-index", "--unified=3",
				    "--inter-hunk-context=0", "--diff-algorithm=myers",
				    "--indent-heuristic", "--find-renames", "--no-relative",
				    "--src-prefix=a/", "--dst-prefix=b/",
				    "--ignore-submodules=none", "--encoding=UTF-8",
				    "--format=tformat:" MARK "%H%x20%s", g->revs, "--", NULL),
			    "%s", g->word);
}

static int check(const struct runner *r, const struct range *g, struct error *e)
{
	long all, merges = 0, roots = 0;
	int rc = count(r, g, "--min-parents=0", &all, e);

	if (!rc && !all)
		return error_set(e, EINVAL, "%s: no commit in that range (is its end the first?)",
				 g->word);
	if (!rc && all > COMMITS_MAX)
		return error_set(
			e, EINVAL,
			"%s: %ld commits, more than a series: take git:%s@%s as the source",
			g->word, all, g->path, strstr(g->revs, "..") + 2);
	if (!rc)
		rc = count(r, g, "--merges", &merges, e);
	if (!rc && merges)
		return error_set(
			e, EINVAL,
			"%s: %ld merge%s among its %ld commits, so that its patches do not add "
			"up to its end: take git:%s@%s as the source, or a range without",
			g->word, merges, merges > 1 ? "s" : "", all, g->path,
			strstr(g->revs, "..") + 2);
	if (!rc)
		rc = count(r, g, "--max-parents=0", &roots, e);
	if (!rc && roots)
		return error_set(e, EINVAL,
				 "%s: reaches the beginning of the history, which is cut off there "
				 "if the clone is shallow (git fetch --unshallow)",
				 g->word);
	return rc;
}

/* TEXT is what git says of one commit: "HASH subject", then its diff. */
static int take_commit(const struct range *g, char *text, struct patch_series *s, struct error *e)
{
	struct diff d __cleanup(diff_release) = { 0 };
	char *end = text + strcspn(text, "\n");
	char *diff = *end ? end + 1 : end;
	char *from __free = xasprintf("%s, commit %.12s", g->word, text);
	char *subject = strchr(text, ' ');
	int rc;

	*end = '\0';
	subject = subject ? subject + 1 : end;
	rc = diff_read(diff, 1, &d, e);
	if (rc == -ENODATA) {
		strv_addf(&s->notes, "left out: %.12s (\"%s\"), an empty commit", text, subject);
		return 0;
	}
	if (rc < 0)
		return error_prefix(e, rc, "%s (\"%s\")", from, subject);
	series_add(s, s->n + 1, NULL, subject, from, &d);
	return 0;
}

int series_git(const struct runner *r, const char *word, struct patch_series *s, struct error *e)
{
	struct range g __cleanup(range_release) = { 0 };
	struct strbuf out __strbuf = { 0 };
	char *commit, *next;
	int rc = open_range(r, word, &g, e);

	if (!rc)
		rc = check(r, &g, e);
	if (!rc)
		rc = read_log(r, &g, &out, e);
	if (rc < 0)
		return rc;
	if (memchr(strbuf_str(&out), '\0', out.len))
		return error_set(e, EINVAL, "%s: a binary file is in its diffs", g.word);
	commit = out.len ? strstr(out.buf, MARK) : NULL;
	for (; commit && !rc; commit = next) {
		next = strstr(commit, "\n" MARK);
		if (next)
			*next++ = '\0';
		rc = take_commit(&g, commit + 1, s, e);
	}
	return rc;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* Applying patches; see patch.h. The work is patch(1)'s; its report is read here. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/cleanup.h"
#include "lib/fs.h"
#include "lib/spawn.h"
#include "runner/diff.h"
#include "runner/patch.h"
#include "runner/patch_kept.h"
#include "runner/tool.h"

void patch_files(const char *text, struct strv *files)
{
	struct diff d __cleanup(diff_release) = { 0 };

	if (diff_read(text, 1, &d, NULL) < 0)
		return;
	strv_for_each(&d.files, it) {
		if (!strv_contains(files, *it))
			strv_add(files, *it);
	}
}

/* What patch(1) said. */
struct report {
	char file[400];	     /* of which it spoke last */
	char complaint[512]; /* the first one */
	size_t failed;	     /* hunks */
};

static void on_patch_line(const char *line, void *data)
{
	struct report *rp = data;
	const char *at = strstr(line, "FAILED at");

	if (!strncmp(line, "patching file ", 14)) {
		snprintf(rp->file, sizeof(rp->file), "%s", line + 14);
		rp->file[strcspn(rp->file, " ")] = '\0';
	}
	if (!strncmp(line, "Hunk #", 6) && at) {
		if (!rp->complaint[0])
			snprintf(rp->complaint, sizeof(rp->complaint),
				 "hunk %d of %s fails at line %d", atoi(line + 6), rp->file,
				 atoi(at + 9));
		rp->failed++;
	} else if (!rp->complaint[0] && (strstr(line, "**** ") || strstr(line, "Skipping") ||
					 strstr(line, "can't find file"))) {
		snprintf(rp->complaint, sizeof(rp->complaint), "%s", line);
	}
}

/* Runs patch(1), with what OPTIONS say besides. */
static int run_patch(const struct runner *r, const char *tree, const struct patch *p,
		     const char *options, struct report *rp, struct error *e)
{
	char *log __free = xasprintf("%s/patch.log", r->log_dir);
	char *file __free = xasprintf("%s/.%d.patch", r->log_dir, (int)getpid());
	struct strv argv __strv = { 0 };
	struct strv env __strv = { 0 };
	struct spawn s = { .argv = &argv,
			   .env = &env,
			   .stdin_path = file,
			   .log_path = rp ? log : NULL,
			   .on_line = rp ? on_patch_line : NULL,
			   .data = rp,
			   .timeout_s = 120,
			   .cancel = r->cancel };
	int rc = fs_write(file, p->text, strlen(p->text), e);

	if (rc < 0)
		return rc;
	tool_env(&env);
	strv_split(&env, "POSIXLY_CORRECT PATCH_GET PATCH_VERSION_CONTROL SIMPLE_BACKUP_SUFFIX",
		   " "); /* taken out of it */
	strv_split(&argv, "patch -p1 -f -F0 --no-backup-if-mismatch --binary", " ");
	strv_split(&argv, options, " ");
	strv_add(&argv, "-d");
	strv_add(&argv, tree);
	rc = spawn_run(&s, e);
	unlink(file);
	return rc;
}

/* patch(1) names files only: which patch it is. */
static void head_log(const struct runner *r, const struct patch *p)
{
	char *path __free = xasprintf("%s/patch.log", r->log_dir);
	FILE *f __fclose = fopen(path, "ae");

	if (f)
		fprintf(f, "== %zu of %zu: %s (%s)\n", p->number, p->total, p->subject, p->from);
}

/* No part of the way to a file may be a link: it leads to who knows where. */
static int check_links(const char *tree, const struct patch *p, struct error *e)
{
	strv_for_each(&p->files, it) {
		char *path __free = xasprintf("%s/%s", tree, *it);

		for (char *s = path + strlen(tree) + 1;; s++) {
			struct stat st;
			char was = *s;

			if (was && was != '/')
				continue;
			*s = '\0';
			if (!lstat(path, &st) && S_ISLNK(st.st_mode))
				return error_set(e, EINVAL, "%s: %s leads through a symbolic link",
						 p->from, *it);
			*s = was;
			if (!was)
				break;
		}
	}
	return 0;
}

/* What needs no patch(1) to be seen; fills COMPLAINT if there is something. */
static void look_ahead(const struct kept *k, const struct patch *p, char *complaint, size_t size)
{
	strv_for_each(&p->needed, it) {
		if (!kept_was_there(k, *it)) {
			snprintf(complaint, size, "%s is not in this source", *it);
			return;
		}
	}
	strv_for_each(&p->created, it) {
		if (kept_was_there(k, *it) && !strv_contains(&p->needed, *it)) {
			snprintf(complaint, size, "it makes %s, which is there already", *it);
			return;
		}
	}
}

/* Tabs are what mail programs like to take from a patch; the kernel has them everywhere. */
static const char *hint_of(const struct runner *r, const char *tree, const struct patch *p,
			   const struct report *rp)
{
	if (!run_patch(r, tree, p, "-R --dry-run", NULL, NULL))
		return "; it is in this source already";
	if (rp->failed && strstr(p->text, "\n         ") && !strchr(p->text, '\t'))
		return "; it has no tab in it: a mail program may have made blanks of them";
	return "";
}

/* The tree is as it was before P. */
static int explain(const struct runner *r, const char *tree, const struct patch *p,
		   const struct report *rp, const char *dir, const char *reject, struct error *e)
{
	struct strbuf what __strbuf = { 0 };
	const bool named = strcmp(p->subject, p->name) != 0;

	if (p->total > 1 && named)
		strbuf_addf(&what, "patch %zu of %zu, \"%.100s\" (%s)", p->number, p->total,
			    p->subject, p->from);
	else if (p->total > 1)
		strbuf_addf(&what, "patch %zu of %zu (%s)", p->number, p->total, p->from);
	else if (named)
		strbuf_addf(&what, "%s (\"%.100s\")", p->from, p->subject);
	else
		strbuf_addstr(&what, p->from);
	strbuf_addf(&what, " does not apply: %s", rp->complaint);
	if (rp->failed > 1)
		strbuf_addf(&what, " (and %zu more)", rp->failed - 1);
	strbuf_addstr(&what, hint_of(r, tree, p, rp));
	if (p->number > 1)
		strbuf_addf(&what, "; the %zu before it %s", p->number - 1,
			    p->number > 2 ? "apply" : "applies");
	if (dir && reject)
		strbuf_addf(&what, "; kept with its files: %s/%s", dir, reject);
	else if (dir)
		strbuf_addf(&what, "; kept with its files: %s", dir);
	return error_set(e, EBADMSG, "%s", strbuf_str(&what));
}

/* It does not apply: what there is goes to the logs, and the tree is as it was before. */
static int give_up(const struct runner *r, const char *tree, const struct patch *p,
		   const struct kept *k, const struct report *rp, struct error *e)
{
	char *dir __free = xasprintf("%s/failed-%s", r->log_dir, p->name);
	char *reject __free = NULL;
	bool saved = !kept_save(k, tree, p, dir, &reject, NULL);
	int rc = kept_restore(k, tree, e);

	return rc < 0 ? rc : explain(r, tree, p, rp, saved ? dir : NULL, reject, e);
}

int patch_apply(const struct runner *r, const char *tree, const struct patch *p, struct error *e)
{
	struct kept k __cleanup(kept_release) = { 0 };
	struct report rp = { 0 };
	struct error why = { 0 };
	int rc = check_links(tree, p, e);

	if (!rc)
		rc = kept_read(&k, tree, &p->files, e);
	if (rc < 0)
		return rc;
	head_log(r, p);
	look_ahead(&k, p, rp.complaint, sizeof(rp.complaint));
	if (rp.complaint[0])
		return give_up(r, tree, p, &k, &rp, e);
	rc = kept_unshare(&k, tree, e);
	if (rc < 0)
		return rc;
	rc = run_patch(r, tree, p, "", &rp, &why);
	if (!rc)
		return 0;
	if (rc == -ECHILD && !strstr(why.msg, "No space left")) {
		if (!rp.complaint[0])
			snprintf(rp.complaint, sizeof(rp.complaint), "%.500s", why.msg);
		return give_up(r, tree, p, &k, &rp, e);
	}
	kept_restore(&k, tree, NULL);
	return error_set(e, rc == -ECHILD ? ENOSPC : -rc, "%s: %s", p->from, why.msg);
}

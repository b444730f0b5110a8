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
#include "runner/patch.h"
#include "runner/tool.h"

void patch_files(const char *text, struct strv *files)
{
	struct strv lines __strv = { 0 };

	strv_split(&lines, text, "\n");
	strv_for_each(&lines, it) {
		char *line = *it;
		char *slash;

		if (strncmp(line, "--- ", 4) && strncmp(line, "+++ ", 4))
			continue;
		line += 4;
		line[strcspn(line, "\t\r")] = '\0';
		slash = strchr(line, '/');
		if (!slash || !strcmp(line, "/dev/null") || strstr(line, "..") ||
		    strv_contains(files, slash + 1))
			continue;
		strv_add(files, slash + 1);
	}
}

/* PATH becomes a file of its own: the shared tree must never see the change. */
static int unshare(const char *path, struct error *e)
{
	struct strbuf data __strbuf = { 0 };
	struct stat st;
	int rc;

	if (lstat(path, &st) < 0 || !S_ISREG(st.st_mode))
		return 0; /* a file that the patch adds, or nothing that is written to */
	rc = fs_read(path, &data, e);
	if (!rc)
		rc = fs_write(path, strbuf_str(&data), data.len, e);
	if (!rc && chmod(path, st.st_mode & 07777) < 0)
		rc = error_sys(e, errno, "%s", path);
	return rc;
}

/* What patch(1) said up to its first complaint. */
struct report {
	char file[400], complaint[512], reject[512];
	bool hunk_failed;
};

static void on_patch_line(const char *line, void *data)
{
	static const char saving[] = "saving rejects to file ";
	struct report *rp = data;
	const char *at;

	if (!rp->complaint[0] && !strncmp(line, "patching file ", 14))
		snprintf(rp->file, sizeof(rp->file), "%s", line + 14);
	at = strstr(line, "FAILED at");
	if (!rp->complaint[0] && !strncmp(line, "Hunk #", 6) && at) {
		snprintf(rp->complaint, sizeof(rp->complaint), "hunk %d of %s fails at line %d",
			 atoi(line + 6), rp->file, atoi(at + 9));
		rp->hunk_failed = true;
	} else if (!rp->complaint[0] && (!strncmp(line, "can't find file", 15) ||
					 strstr(line, "**** ") || strstr(line, "already exists"))) {
		snprintf(rp->complaint, sizeof(rp->complaint), "%s", line);
	}
	at = strstr(line, saving);
	if (at && !rp->reject[0])
		snprintf(rp->reject, sizeof(rp->reject), "%s", at + strlen(saving));
}

/* The reject goes to the logs: the tree it lies in is scratch. Its path, or NULL. */
static char *keep_reject(const struct runner *r, const char *tree, const char *name,
			 const struct report *rp)
{
	const char *slash = strrchr(rp->reject, '/');
	char *from __free = xasprintf("%s/%s", tree, rp->reject);
	char *to __free = xasprintf("%s/%s.%s", r->log_dir, name, slash ? slash + 1 : rp->reject);
	struct strbuf data __strbuf = { 0 };

	if (!rp->reject[0] || fs_read(from, &data, NULL) < 0 ||
	    fs_write(to, strbuf_str(&data), data.len, NULL) < 0)
		return NULL;
	return take_ptr(to);
}

static int explain(const struct runner *r, const char *tree, const struct patch *p,
		   const struct report *rp, const struct error *why, const char *log,
		   struct error *e)
{
	char *reject __free = keep_reject(r, tree, p->name, rp);

	return error_set(e, EBADMSG, "%s does not apply: %s (%s%s%slog: %s)", p->from,
			 rp->complaint[0] ? rp->complaint : why->msg,
			 rp->hunk_failed ? "reject: " : "",
			 rp->hunk_failed ? (reject ? reject : "could not be kept") : "",
			 rp->hunk_failed ? ", " : "", log);
}

int patch_apply(const struct runner *r, const char *tree, const struct patch *p, struct error *e)
{
	char *log __free = xasprintf("%s/patch.log", r->log_dir);
	char *file __free = xasprintf("%s/%s", r->log_dir, p->name);
	struct strv files __strv = { 0 };
	struct strv argv __strv = { 0 };
	struct strv env __strv = { 0 };
	struct report rp = { 0 };
	struct error why = { 0 };
	struct spawn s = { .argv = &argv,
			   .env = &env,
			   .stdin_path = file,
			   .log_path = log,
			   .on_line = on_patch_line,
			   .data = &rp,
			   .timeout_s = 120,
			   .cancel = r->cancel };
	int rc;

	patch_files(p->text, &files);
	if (!files.n)
		return error_set(e, EINVAL, "%s: no patch in it", p->from);
	strv_for_each(&files, it) {
		char *path __free = xasprintf("%s/%s", tree, *it);

		rc = unshare(path, e);
		if (rc < 0)
			return rc;
	}
	rc = fs_write(file, p->text, strlen(p->text), e);
	if (rc < 0)
		return rc;
	tool_env(&env);
	strv_split(&argv, "patch -p1 -f -F0 --no-backup-if-mismatch", " ");
	strv_add(&argv, "-d");
	strv_add(&argv, tree);
	rc = spawn_run(&s, &why);
	unlink(file);
	if (rc == -ECHILD)
		return explain(r, tree, p, &rp, &why, log, e);
	if (rc < 0)
		*e = why;
	return rc;
}

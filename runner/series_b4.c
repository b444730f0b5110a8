// SPDX-License-Identifier: GPL-2.0-or-later
/* A series from the archive of lists, fetched by b4; see series_parts.h. */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cleanup.h"
#include "lib/fs.h"
#include "lib/spawn.h"
#include "runner/lock.h"
#include "runner/mailbox.h"
#include "runner/series_parts.h"
#include "runner/tool.h"

/* The mbox that b4 has left in DIR; caller frees. */
static char *find_mbox(const char *dir)
{
	DIR *d __closedir = opendir(dir);
	struct dirent *de;

	while (d && (de = readdir(d))) {
		const char *dot = strrchr(de->d_name, '.');

		if (dot && !strcmp(dot, ".mbx"))
			return xasprintf("%s/%s", dir, de->d_name);
	}
	return NULL;
}

/* b4's complaint: the last thing it said that is no frame of a table or a hint. */
static void on_line(const char *line, void *data)
{
	struct strbuf *last = data;

	if (!isalpha((unsigned char)*line))
		return;
	strbuf_reset(last);
	strbuf_addstr(last, line);
}

/* What went wrong, and what there is to be done. */
static int explain(const char *id, int rc, const char *said, struct error *e)
{
	if (rc == -ENOENT)
		return error_set(
			e, ENOENT,
			"b4:%s: b4 is not installed (apt install b4); or save the thread as "
			"an mbox and name that file",
			id);
	if (rc == -ECANCELED)
		return error_set(e, ECANCELED, "b4: interrupted");
	if (strstr(said, "Connection") || strstr(said, "resolve"))
		return error_set(
			e, EIO,
			"b4:%s: b4 cannot reach the archive: try again with a network, or save "
			"the thread as an mbox and name that file",
			id);
	return error_set(
		e, rc == -ECHILD || !rc ? EIO : -rc,
		"b4:%s: b4 found no series%s%.300s%s; is that the Message-ID? (or save the "
		"thread as an mbox and name that file)",
		id, *said ? " (" : "", said, *said ? ")" : "");
}

/* Runs "b4 COMMAND... ID" in DIR, which is empty; the mbox is moved to FINAL. */
static int run_b4(const struct runner *r, const char *command, const char *id, const char *dir,
		  const char *final, struct error *e)
{
	char *log __free = xasprintf("%s/b4.log", r->log_dir);
	char *found __free = NULL;
	struct strv argv __strv = { 0 };
	struct strv env __strv = { 0 };
	struct strbuf said __strbuf = { 0 };
	struct spawn s = { .argv = &argv,
			   .env = &env,
			   .cwd = dir,
			   .log_path = log,
			   .on_line = on_line,
			   .data = &said,
			   .timeout_s = 180,
			   .cancel = r->cancel };
	struct error why = { 0 };
	int rc;

	runner_progress(r, "fetch", 0, 0, -1, log, "b4 %s", id);
	tool_env_repo(&env);
	strv_add(&argv, "b4");
	strv_split(&argv, command, " ");
	strv_add(&argv, "--");
	strv_add(&argv, id);
	rc = spawn_run(&s, &why);
	found = rc < 0 ? NULL : find_mbox(dir);
	if (!found)
		return explain(id, rc, strbuf_str(&said), e);
	if (rename(found, final) < 0)
		return error_sys(e, errno, "%s", final);
	return 0;
}

/* A Message-ID is a name in the cache, too. */
static char *cache_name(const char *id)
{
	char *name = xstrdup(id);

	for (char *p = name; *p; p++) {
		if (!isalnum((unsigned char)*p) && !strchr("@.-_+=", *p))
			*p = '_';
	}
	return name;
}

/*
 * Where a thread is kept in the cache: AM is the series as b4 takes it from the thread, versions
 * of single patches put in their places; THREAD all mails of it.
 */
struct kept_thread {
	char *am, *thread;
};

static void kept_thread_release(struct kept_thread *k)
{
	free(k->am);
	free(k->thread);
}

static bool is_kept(const struct kept_thread *k)
{
	return fs_exists(k->am) || fs_exists(k->thread);
}

/* One of K is there afterwards: fetched now, or kept from before. */
static int provide(const struct runner *r, const char *id, const struct kept_thread *k,
		   struct error *e)
{
	char *name __free = cache_name(id);
	char *dir __free = xasprintf("%s/series/.tmp-%s", r->cache_dir, name);
	char *lock_name __free = xasprintf("series-%s", name);
	int lock __lock = -1;
	int rc;

	if (is_kept(k))
		return 0;
	rc = lock_take(r, lock_name, &lock, e);
	if (rc < 0 || is_kept(k))
		return rc;
	rc = fs_remove_tree(dir, e);
	if (!rc)
		rc = fs_mkdirs(dir, e);
	/* the patches as they were sent: trailers of answers would change no line of code */
	if (!rc)
		rc = run_b4(r, "am --no-cover --no-add-trailers -o .", id, dir, k->am, e);
	/* b4 0.12 falls over subjects that are long and not ASCII: the thread it still gets */
	if (rc == -EIO && run_b4(r, "mbox -o .", id, dir, k->thread, NULL) == 0)
		rc = 0;
	fs_remove_tree(dir, NULL);
	return rc;
}

/* What is to be asked for, of what was pasted: an ID, <ID>, or a page of the archive; owned. */
static char *id_of(const char *word)
{
	const char *at = strstr(word, "://") ? strrchr(word, '@') : NULL;

	while (at && at > word && at[-1] != '/')
		at--;
	word = at ? at : word + (*word == '<');
	return xasprintf("%.*s", (int)strcspn(word, "/>"), word);
}

int series_b4(const struct runner *r, const char *word, struct patch_series *s, struct error *e)
{
	struct kept_thread k __cleanup(kept_thread_release) = { 0 };
	char *label __free = xasprintf("b4:%s", word);
	char *id __free = id_of(word);
	char *name __free = cache_name(id);
	struct strbuf text __strbuf = { 0 };
	struct mailbox mb __cleanup(mailbox_release) = { .label = label };
	int rc;

	if (!strchr(id, '@') || *id == '-' || strpbrk(id, " \t\n"))
		return error_set(e, EINVAL, "%s: not a Message-ID, which is like 2026.1@host",
				 label);
	k.am = xasprintf("%s/series/%s.am.mbox", r->cache_dir, name);
	k.thread = xasprintf("%s/series/%s.thread.mbox", r->cache_dir, name);
	rc = provide(r, id, &k, e);
	mb.one_version = fs_exists(k.am);
	if (!rc)
		rc = series_read_text(r, mb.one_version ? k.am : k.thread, &text, e);
	if (!rc)
		rc = mailbox_add(r, &mb, label, text.buf, e);
	return rc ? rc : mailbox_take(&mb, s, e);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* Running git; see git.h. */
#define _GNU_SOURCE
#include <errno.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/cleanup.h"
#include "lib/fs.h"
#include "lib/spawn.h"
#include "runner/cache.h"
#include "runner/git.h"
#include "runner/lock.h"
#include "runner/source.h"
#include "runner/tool.h"

/* Asked of what is in somebody's repository: no answer takes longer. */
#define ANSWER_S 600

static bool is_folder(const char *path)
{
	struct stat st;

	return !stat(path, &st) && S_ISDIR(st.st_mode);
}

char *source_expand_home(const char *path)
{
	size_t len = strcspn(path, "/");
	char *user __free = xasprintf("%.*s", (int)len, path);
	const char *home = getenv("HOME");
	const struct passwd *pw;

	if (*path != '~')
		return xstrdup(path);
	if (len == 1 && home && *home)
		return xasprintf("%s%s", home, path + len);
	pw = len == 1 ? getpwuid(getuid()) : getpwnam(user + 1);
	return pw ? xasprintf("%s%s", pw->pw_dir, path + len) : xstrdup(path);
}

int git_split(const char *text, char **path, char **rev, struct error *e)
{
	char *full __free = source_expand_home(text);
	char *at = full + strlen(full);

	*path = *rev = NULL;
	/* the longest path first: both a path and a revision may have an '@' in them */
	for (; at; at = memrchr(full, '@', (size_t)(at - full))) {
		char *folder __free = xasprintf("%.*s", (int)(at - full), full);

		if (!*folder || !is_folder(folder))
			continue;
		/* PATH@{1} is @{1} of PATH */
		if (*at)
			*rev = xstrdup(at + (at[1] != '{'));
		*path = take_ptr(folder);
		return 0;
	}
	if (strstr(text, "://"))
		return error_set(e, EINVAL, "%s is not on this machine: git clone it first", text);
	full[strcspn(full, "@")] = '\0';
	return error_set(e, EINVAL, "no folder '%s'", full);
}

/* What git takes from its environment beside its own files: none of the caller's. */
static void git_env(const struct git_at *at, struct strv *env)
{
	static const char *const unset[] = { "GIT_DIR",
					     "GIT_WORK_TREE",
					     "GIT_INDEX_FILE",
					     "GIT_OBJECT_DIRECTORY",
					     "GIT_ALTERNATE_OBJECT_DIRECTORIES",
					     "GIT_COMMON_DIR",
					     "GIT_NAMESPACE",
					     "GIT_CONFIG",
					     "GIT_CONFIG_PARAMETERS",
					     "GIT_CONFIG_COUNT",
					     "GIT_PREFIX",
					     "GIT_GRAFT_FILE",
					     "GIT_SHALLOW_FILE",
					     "GIT_REPLACE_REF_BASE",
					     "GIT_ATTR_SOURCE",
					     "GIT_LITERAL_PATHSPECS",
					     "GIT_GLOB_PATHSPECS",
					     "GIT_NOGLOB_PATHSPECS",
					     "GIT_ICASE_PATHSPECS",
					     "GIT_IMPLICIT_WORK_TREE",
					     "GIT_INTERNAL_SUPER_PREFIX",
					     "GIT_TRACE",
					     "GIT_QUARANTINE_PATH",
					     "GIT_DEFAULT_HASH",
					     "GIT_FLUSH" };

	tool_env(env);
	for (size_t i = 0; i < ARRAY_SIZE(unset); i++)
		strv_add(env, unset[i]);
	strv_add(env, "GIT_OPTIONAL_LOCKS=0");
	strv_add(env, "GIT_TERMINAL_PROMPT=0");
	strv_add(env, "GIT_NO_REPLACE_OBJECTS=1");
	/* a partial clone would fetch what is not there: an error is the better answer */
	strv_add(env, "GIT_NO_LAZY_FETCH=1");
	strv_add(env, "GIT_ALLOW_PROTOCOL=none");
	if (!at->git_dir)
		return; /* looking for one: whom to trust is in the user's own configuration */
	strv_add(env, "GIT_CONFIG_NOSYSTEM=1");
	strv_add(env, "GIT_CONFIG_GLOBAL=/dev/null");
	strv_add(env, "GIT_ATTR_NOSYSTEM=1");
	strv_addf(env, "GIT_DIR=%s", at->git_dir);
	if (at->index)
		strv_addf(env, "GIT_INDEX_FILE=%s", at->index);
	if (at->work_tree)
		strv_addf(env, "GIT_WORK_TREE=%s", at->work_tree);
	if (at->objects) {
		/* quoted as in C: the path may hold the separator */
		struct strbuf quoted __strbuf = { 0 };

		for (const char *p = at->objects; *p; p++) {
			if (*p == '"' || *p == '\\')
				strbuf_addch(&quoted, '\\');
			strbuf_addch(&quoted, *p);
		}
		strv_addf(env, "GIT_ALTERNATE_OBJECT_DIRECTORIES=\"%s\"", strbuf_str(&quoted));
	}
}

/* git's first line of complaint is the cause, the last one often only says that it gives up. */
static void on_git_line(const char *line, void *data)
{
	struct strbuf *first = data;

	if (!first->len && (!strncmp(line, "error: ", 7) || !strncmp(line, "fatal: ", 7)))
		strbuf_addstr(first, line + 7);
	else if (strstr(line, "No space left on device")) {
		strbuf_reset(first);
		strbuf_addstr(first, line);
	}
}

static int run_argv(const struct runner *r, const struct git_at *at, const struct strv *argv,
		    struct strbuf *out, struct error *e)
{
	struct strv env __strv = { 0 };
	struct strbuf first __strbuf = { 0 };
	struct spawn s = { .argv = argv,
			   .env = &env,
			   .out = out,
			   .stdin_path = at->input,
			   .on_line = on_git_line,
			   .data = &first,
			   .timeout_s = ANSWER_S,
			   .cancel = r->cancel };
	int rc;

	git_env(at, &env);
	rc = spawn_run(&s, e);
	if (rc == -ENOENT)
		return error_set(e, ENOENT, "git: not installed (apt-get install git)");
	if (rc == -ECHILD && strstr(strbuf_str(&first), "No space left on device"))
		return error_set(e, ENOSPC, "no space left on the disk of %s", r->cache_dir);
	if (rc == -ECHILD && first.len)
		return error_set(e, ECHILD, "git: %s", strbuf_str(&first));
	return rc;
}

int git_run(const struct runner *r, const struct git_at *at, struct strbuf *out, struct error *e,
	    ...)
{
	/* what is slow or odd in one's own configuration must not matter here */
	static const char *const settings[] = { "core.fsmonitor=false",
						"core.hooksPath=/dev/null",
						"core.autocrlf=false",
						"core.attributesFile=/dev/null",
						"gc.auto=0",
						"checkout.workers=0" };
	struct strv argv __strv = { 0 };
	const char *arg;
	va_list ap;

	strv_add(&argv, "git");
	for (size_t i = 0; i < ARRAY_SIZE(settings); i++) {
		strv_add(&argv, "-c");
		strv_add(&argv, settings[i]);
	}
	if (!at->git_dir) { /* older than 2.38 does not take this word: it says so itself */
		strv_add(&argv, "-c");
		strv_add(&argv, "safe.directory=*");
	}
	va_start(ap, e);
	while ((arg = va_arg(ap, const char *)))
		strv_add(&argv, arg);
	va_end(ap);
	return run_argv(r, at, &argv, out, e);
}

/* The line at *P, for the caller to free; *P goes behind it. */
static char *next_line(const char **p)
{
	size_t len = strcspn(*p, "\n");
	char *line = xasprintf("%.*s", (int)len, *p);

	*p += len + ((*p)[len] == '\n');
	return line;
}

static int explain_open(const char *path, int rc, struct error *e)
{
	if (rc != -ECHILD)
		return rc;
	if (strstr(e->msg, "ubious ownership") || strstr(e->msg, "unsafe repository"))
		return error_set(e, EPERM,
				 "%s belongs to somebody else: git config --global --add "
				 "safe.directory %s",
				 path, path);
	if (strstr(e->msg, "not a git repository"))
		return error_set(e, EINVAL,
				 "%s is not in a git repository (dir:%s takes it as it is)", path,
				 path);
	return error_prefix(e, -EIO, "%s", path);
}

int git_open(const struct runner *r, const char *path, struct git_repo *g, struct error *e)
{
	struct strbuf out __strbuf = { 0 };
	const struct git_at nowhere = { 0 };
	char *shallow __free = NULL;
	const char *p;
	int rc;

	*g = (struct git_repo){ .path = realpath(path, NULL) };
	if (!g->path)
		return error_sys(e, errno, "%s", path);
	rc = git_run(r, &nowhere, &out, e, "-C", g->path, "rev-parse", "--path-format=absolute",
		     "--git-dir", "--git-path", "objects", "--show-object-format",
		     "--is-shallow-repository", "--show-prefix", "--show-cdup", NULL);
	if (rc < 0) {
		rc = explain_open(g->path, rc, e);
		git_release(g);
		return rc;
	}
	p = strbuf_str(&out);
	g->git_dir = next_line(&p);
	g->objects = next_line(&p);
	g->format = next_line(&p);
	shallow = next_line(&p);
	g->shallow = !strcmp(shallow, "true");
	g->prefix = next_line(&p);
	if (*p) { /* no line of it in a bare repository */
		char *up __free = next_line(&p);
		char *top __free = *up == '/' ? xstrdup(up) : xasprintf("%s/%s", g->path, up);

		g->top = realpath(top, NULL);
	}
	return 0;
}

void git_release(struct git_repo *g)
{
	free(g->path);
	free(g->git_dir);
	free(g->objects);
	free(g->format);
	free(g->prefix);
	free(g->top);
	*g = (struct git_repo){ 0 };
}

static const char own_attributes[] =
	"* -text -eol -ident -filter -working-tree-encoding -export-subst -export-ignore\n";

/* Complete under another name first: what is called so is a repository. */
static int make_own(const struct runner *r, const char *format, const char *dir, struct error *e)
{
	char *tmp __free = xasprintf("%s.tmp", dir);
	char *info __free = xasprintf("%s/info", tmp);
	char *attributes __free = xasprintf("%s/attributes", info);
	char *word __free = xasprintf("--object-format=%s", format);
	const struct git_at nowhere = { .git_dir = tmp };
	int rc = fs_remove_tree(tmp, e);

	if (!rc)
		rc = git_run(r, &nowhere, NULL, e, "init", "--quiet", "--bare", "--template=", word,
			     NULL);
	if (!rc)
		rc = fs_mkdirs(info, e);
	if (!rc)
		rc = fs_write(attributes, own_attributes, strlen(own_attributes), e);
	if (!rc && rename(tmp, dir) < 0)
		rc = error_sys(e, errno, "%s", dir);
	return rc;
}

/*
 * Keeps gc from the folder TOP until the program ends: trees found in it are asked for again
 * when their kernel is built.
 */
static int hold_for_good(const char *top, struct error *e)
{
	static int held = -1;
	int rc = held < 0 ? cache_hold(top, &held, e) : 0;

	if (!rc)
		cache_used(held);
	return rc;
}

int git_own(const struct runner *r, const char *format, char **dir, struct error *e)
{
	char *top __free = xasprintf("%s/git", r->cache_dir);
	char *path __free = xasprintf("%s/%s.git", top, format);
	int lock __lock = -1;
	int rc = fs_mkdirs(top, e);

	if (!rc)
		rc = hold_for_good(top, e);
	if (!rc && !fs_exists(path)) {
		rc = lock_take(r, "git-own", &lock, e);
		if (!rc && !fs_exists(path))
			rc = make_own(r, format, path, e);
	}
	if (!rc)
		*dir = take_ptr(path);
	return rc;
}

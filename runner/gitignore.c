// SPDX-License-Identifier: GPL-2.0-or-later
/* Rules of what to leave out; see gitignore.h. */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/cleanup.h"
#include "lib/fs.h"
#include "runner/git.h"
#include "runner/gitignore.h"
#include "runner/source.h"

/* The length of the line at P without its end; *NEXT is the next one. */
static size_t line_at(const char *p, const char **next)
{
	size_t len = strcspn(p, "\n");

	*next = p + len + (p[len] == '\n');
	while (len && (p[len - 1] == '\r' || p[len - 1] == ' '))
		len--;
	return len;
}

static bool leaves_out_all(const char *line, size_t len)
{
	return (len == 1 && *line == '*') || (len == 2 && !strncmp(line, "/*", 2));
}

bool gitignore_swallows(const char *folder)
{
	char *path __free = xasprintf("%s/.gitignore", folder);
	struct strbuf text __strbuf = { 0 };
	const char *next;

	if (!fs_exists(path) || fs_read(path, &text, NULL))
		return false;
	for (const char *p = strbuf_str(&text); *p; p = next) {
		if (leaves_out_all(p, line_at(p, &next)))
			return true;
	}
	return false;
}

/*
 * Adds the rules of a .gitignore in the folder PREFIX ("" or "mm/") as one at the top would
 * have to say them: a pattern with a slash in it is relative to its folder, any other holds
 * at every depth below it.
 */
static void add_rules(struct strbuf *out, const char *prefix, const char *text)
{
	const char *next;

	for (const char *p = text; *p; p = next) {
		size_t len = line_at(p, &next);
		bool negated = *p == '!';
		const char *rule = p + negated;

		len -= negated;
		if (!len || *rule == '#' || (!*prefix && leaves_out_all(rule, len)))
			continue;
		if (*prefix) {
			const char *slash = memchr(rule, '/', len - 1);

			strbuf_addf(out, "%s/%s%s", negated ? "!" : "", prefix, slash ? "" : "**/");
			rule += *rule == '/';
			len -= rule > p + negated;
		} else if (negated) {
			strbuf_addch(out, '!');
		}
		strbuf_add(out, rule, len);
		strbuf_addch(out, '\n');
	}
}

static void add_file(struct strbuf *out, const char *prefix, const char *path)
{
	struct strbuf text __strbuf = { 0 };

	if (fs_exists(path) && !fs_read(path, &text, NULL))
		add_rules(out, prefix, strbuf_str(&text));
}

/* Those of the folders below, deeper ones later: of two rules the later one holds. */
static void add_folders(struct strbuf *out, const char *folder, const char *prefix)
{
	char *here __free = xasprintf("%s/%s", folder, prefix);
	char *rules __free = xasprintf("%s/.gitignore", here);
	DIR *d __closedir = opendir(here);
	struct dirent *de;

	add_file(out, prefix, rules);
	while (d && (de = readdir(d))) {
		char *sub __free = xasprintf("%s%s/", prefix, de->d_name);
		char *path __free = xasprintf("%s/%s", folder, sub);
		struct stat st;

		if (*de->d_name == '.' || (de->d_type != DT_DIR && de->d_type != DT_UNKNOWN) ||
		    lstat(path, &st) || !S_ISDIR(st.st_mode))
			continue;
		add_folders(out, folder, sub);
	}
}

/* core.excludesFile, or where git looks without it. */
static char *users_own(const struct runner *r)
{
	const struct git_at nowhere = { 0 };
	const char *config = getenv("XDG_CONFIG_HOME");
	struct strbuf out __strbuf = { 0 };
	struct error ignored;

	if (!git_run(r, &nowhere, &out, &ignored, "config", "--global", "--get", "--path",
		     "core.excludesFile", NULL) &&
	    out.len)
		return xstrdup(str_trim(out.buf));
	return config && *config ? xasprintf("%s/git/ignore", config)
				 : source_expand_home("~/.config/git/ignore");
}

int gitignore_write(const struct runner *r, const char *folder, const char *git_dir,
		    const char *path, struct error *e)
{
	struct strbuf out __strbuf = { 0 };
	char *own __free = users_own(r);

	add_file(&out, "", own);
	if (git_dir) {
		const struct git_at at = { .git_dir = git_dir };
		struct strbuf info __strbuf = { 0 };
		struct error ignored;

		if (!git_run(r, &at, &info, &ignored, "rev-parse", "--path-format=absolute",
			     "--git-path", "info/exclude", NULL) &&
		    info.len)
			add_file(&out, "", str_trim(info.buf));
	}
	if (gitignore_swallows(folder))
		add_folders(&out, folder, "");
	return fs_write(path, strbuf_str(&out), out.len, e);
}

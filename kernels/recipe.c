// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Recipes from .ini files; see recipe.h. The only user of inih. inih calls
 * back once a line (once more for each indented line that goes on) and tells
 * the number of the first line whose callback said no: the message is made
 * there, the number put in front of it afterwards.
 */
#include <dirent.h>
#include <errno.h>
#include <ini.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "kernels/recipe.h"
#include "lib/cleanup.h"
#include "lib/dotconfig.h"
#include "lib/fs.h"

struct reader {
	struct recipe *rc;
	const char *dir; /* the recipe's folder */
	const char *config_dir;
	struct error err;
	bool failed;
};

static int set_once(struct reader *rd, char **field, const char *key, const char *value)
{
	if (*field)
		return error_set(&rd->err, EINVAL, "'%s' is given twice", key);
	if (!*value)
		return error_set(&rd->err, EINVAL, "'%s' is empty", key);
	*field = xstrdup(value);
	return 0;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Names of the files in DIR that end in SUFFIX, without it, sorted, appended to NAMES. */
static int list_files(const char *dir, const char *suffix, struct strv *names, struct error *e)
{
	DIR *d __closedir = opendir(dir);
	size_t first = names->n, tail = strlen(suffix);
	struct dirent *de;

	if (!d)
		return error_sys(e, errno, "%s", dir);
	while ((de = readdir(d))) {
		size_t len = strlen(de->d_name);

		if (de->d_name[0] != '.' && len > tail && !strcmp(de->d_name + len - tail, suffix))
			strv_addf(names, "%.*s", (int)(len - tail), de->d_name);
	}
	if (names->n > first)
		qsort(names->v + first, names->n - first, sizeof(*names->v), by_text);
	return 0;
}

/* The file that WORD names, in the first of DIRS (ends with NULL) that has it; caller frees. */
static char *find_file(const char *word, const char *suffix, const char *const *dirs)
{
	bool bare = *suffix && !strchr(word, '.');

	for (const char *const *d = dirs; *d; d++) {
		/* with the suffix first: a folder "numa" is no fragment */
		for (int with = bare; with >= 0; with--) {
			const char *tail = with ? suffix : "";
			char *path __free = *word == '/' ? xasprintf("%s%s", word, tail)
							 : xasprintf("%s/%s%s", *d, word, tail);

			if (fs_exists(path))
				return take_ptr(path);
		}
	}
	return NULL;
}

static int no_fragment(const char *word, const char *config_dir, const char *dir, struct error *e)
{
	struct strv names __strv = { 0 };
	struct strbuf known __strbuf = { 0 };

	list_files(config_dir, ".config", &names, NULL);
	strv_for_each(&names, it)
		strbuf_addf(&known, "%s%s", known.len ? ", " : "", *it);
	return error_set(e, EINVAL,
			 "%s: no such fragment (there are %s), and no such file in %s; a single "
			 "symbol is +CONFIG_X=y",
			 word, strbuf_str(&known), dir);
}

int recipe_add_config(struct recipe *rc, const char *word, const char *config_dir, const char *dir,
		      struct error *e)
{
	const char *const dirs[] = { config_dir, dir, NULL };
	const char *name = word + (*word == '+');
	struct dotconfig_line line = { 0 };
	char *path __free = NULL;

	/* "+numa" is the fragment; whatever looks like a symbol is one */
	if (*word == '+' ? !strncasecmp(name, "CONFIG_", 7) || strchr(name, '=')
			 : !strncmp(name, "CONFIG_", 7) && strchr(name, '=')) {
		if (dotconfig_assignment(name, &line, e) < 0)
			return -EINVAL;
		strv_addf(&rc->config, "+%s=%s", line.symbol, line.value);
		dotconfig_line_release(&line);
		return 0;
	}
	path = *name ? find_file(name, ".config", dirs) : NULL;
	if (!path)
		return no_fragment(name, config_dir, dir, e);
	strv_add(&rc->config, path);
	return 0;
}

/* "b4:ID", "git:PATH@A..B": a scheme, then no file of that name. */
static bool has_scheme(const char *word)
{
	size_t len = strspn(word, "abcdefghijklmnopqrstuvwxyz0123456789");

	return len && word[len] == ':';
}

/* Of git, the path is relative to DIR as that of a file is. */
static char *scheme_word(const char *word, const char *dir)
{
	if (strncmp(word, "git:", 4) || !strcmp(dir, ".") || word[4] == '/' || word[4] == '~')
		return xstrdup(word);
	return xasprintf("git:%s%s%s", dir, word[4] == '@' ? "" : "/", word + 4);
}

int recipe_add_series(struct recipe *rc, const char *word, const char *dir, struct error *e)
{
	const char *const dirs[] = { dir, NULL };
	char *path __free = has_scheme(word) ? scheme_word(word, dir) : find_file(word, "", dirs);

	if (!path)
		return error_set(e, EINVAL, "%s: no such file in %s", word, dir);
	strv_add(&rc->series, path);
	return 0;
}

/* The words of a list, each in its turn. */
static int add_words(struct reader *rd, bool is_config, const char *value)
{
	struct strv words __strv = { 0 };
	int rc = 0;

	strv_split(&words, value, " \t,");
	for (size_t i = 0; i < words.n && !rc; i++)
		rc = is_config ? recipe_add_config(rd->rc, words.v[i], rd->config_dir, rd->dir,
						   &rd->err)
			       : recipe_add_series(rd->rc, words.v[i], rd->dir, &rd->err);
	return rc;
}

static int take_line(struct reader *rd, const char *section, const char *key, const char *value)
{
	struct recipe *rc = rd->rc;

	if (strcmp(section, "kernel"))
		return error_set(&rd->err, EINVAL, "section [%s]: only [kernel] is known", section);
	if (!strcmp(key, "description"))
		return set_once(rd, &rc->description, key, value);
	if (!strcmp(key, "source"))
		return set_once(rd, &rc->source, key, value);
	if (!strcmp(key, "arch"))
		return set_once(rd, &rc->arch, key, value);
	if (!strcmp(key, "cc"))
		return set_once(rd, &rc->cc, key, value);
	if (!strcmp(key, "config") || !strcmp(key, "series"))
		return add_words(rd, *key == 'c', value);
	return error_set(&rd->err, EINVAL,
			 "unknown key '%s' (known: description, source, arch, cc, config, series)",
			 key);
}

static int on_line(void *user, const char *section, const char *key, const char *value)
{
	struct reader *rd = user;

	if (rd->failed)
		return 1;
	rd->failed = take_line(rd, section, key, value) < 0;
	return !rd->failed;
}

static int finish(struct recipe *rc, const char *path, struct error *e)
{
	if (!rc->source)
		return error_set(e, EINVAL, "%s: no 'source' in it", path);
	if (!rc->arch)
		rc->arch = xstrdup(RECIPE_DEFAULT_ARCH);
	if (!rc->cc)
		rc->cc = xstrdup(RECIPE_DEFAULT_CC);
	if (!rc->description)
		rc->description = xstrdup("");
	return 0;
}

int recipe_load(const char *path, const char *config_dir, struct recipe *rc, struct error *e)
{
	const char *slash = strrchr(path, '/');
	const char *base = slash ? slash + 1 : path;
	char *dir __free = slash ? xasprintf("%.*s", (int)(slash - path), path) : xstrdup(".");
	struct reader rd = { .rc = rc, .dir = dir, .config_dir = config_dir };
	FILE *f __fclose = fopen(path, "re");
	size_t len = strlen(base);
	int rc_ini, ret;

	*rc = (struct recipe){ 0 };
	if (!f)
		return error_sys(e, errno, "%s", path);
	if (len > 4 && !strcmp(base + len - 4, ".ini"))
		len -= 4;
	rc->name = xasprintf("%.*s", (int)len, base);
	rc->path = xstrdup(path);
	rc_ini = ini_parse_file(f, on_line, &rd);
	if (rd.failed)
		ret = error_set(e, EINVAL, "%s:%d: %s", path, rc_ini, rd.err.msg);
	else if (rc_ini > 0)
		ret = error_set(e, EINVAL, "%s:%d: not 'key = value' and not [kernel]", path,
				rc_ini);
	else if (rc_ini < 0)
		ret = error_set(e, EIO, "%s: cannot be read", path);
	else
		ret = finish(rc, path, e);
	if (ret < 0)
		recipe_release(rc);
	return ret;
}

void recipe_from_source(const char *source, struct recipe *rc)
{
	*rc = (struct recipe){ .name = xstrdup(source),
			       .description = xstrdup(""),
			       .source = xstrdup(source),
			       .arch = xstrdup(RECIPE_DEFAULT_ARCH),
			       .cc = xstrdup(RECIPE_DEFAULT_CC) };
}

void recipe_release(struct recipe *rc)
{
	free(rc->name);
	free(rc->path);
	free(rc->description);
	free(rc->source);
	free(rc->arch);
	free(rc->cc);
	strv_release(&rc->config);
	strv_release(&rc->series);
	*rc = (struct recipe){ 0 };
}

int recipe_list(const char *dir, struct strv *names, struct error *e)
{
	return list_files(dir, ".ini", names, e);
}

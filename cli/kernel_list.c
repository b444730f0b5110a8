// SPDX-License-Identifier: GPL-2.0-or-later
/* Tables of kernels: what recipes name, and what is finished in the cache. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/kernel_table.h"
#include "kernels/recipe.h"
#include "lib/cleanup.h"
#include "plots/table.h"
#include "runner/gc.h"
#include "runner/hash.h"
#include "runner/source.h"

static void add_recipe_row(const struct cli *cli, struct table *t, const char *name)
{
	struct kernel k = { 0 };
	struct error e = { 0 };
	int rc = kernel_resolve_name(&cli->runner, name, &k, &e);

	table_row(t);
	table_set(t, 0, "%s", name);
	if (rc) {
		table_set(t, 4, "%s", e.msg);
	} else {
		table_set(t, 1, "%s", k.built ? "yes" : "no");
		table_set_json(t, 1, json_boolean(k.built));
		table_set(t, 2, "%s", k.source_version ? k.source_version : k.source);
		table_set(t, 3, "%.12s", k.hash);
		table_set_json(t, 3, json_string(k.hash));
		table_set(t, 4, "%s", k.description ? k.description : "");
	}
	kernel_release(&k);
}

static int add_recipes(const struct cli *cli, struct table *t, struct error *e)
{
	struct strv names __strv = { 0 };
	int rc = recipe_list(cli->kernels_dir, &names, e);

	strv_for_each(&names, it)
		add_recipe_row(cli, t, *it);
	return rc;
}

struct cached {
	char hash[HASH_TEXT];
	time_t used;
};

static int latest_first(const void *a, const void *b)
{
	const struct cached *x = a, *y = b;

	if (x->used != y->used)
		return x->used < y->used ? 1 : -1;
	return strcmp(x->hash, y->hash);
}

/* The finished kernels of the cache, at *LIST (caller frees). */
static size_t find_cached(const struct cli *cli, struct cached **list)
{
	char *dir __free = xasprintf("%s/kernels", cli->cache);
	DIR *d __closedir = opendir(dir);
	struct dirent *de;
	size_t n = 0;

	while (d && (de = readdir(d))) {
		char *path __free = xasprintf("%s/%s", dir, de->d_name);
		struct stat st;

		if (strlen(de->d_name) != HASH_TEXT - 1 || *de->d_name == '.' || stat(path, &st))
			continue;
		*list = xrealloc(*list, (n + 1) * sizeof(**list));
		memcpy((*list)[n].hash, de->d_name, HASH_TEXT);
		(*list)[n++].used = st.st_mtime;
	}
	if (n)
		qsort(*list, n, sizeof(**list), latest_first);
	return n;
}

static void set_number(struct table *t, size_t column, unsigned long long n)
{
	if (n)
		table_set(t, column, "%llu", n);
	table_set_json(t, column, json_integer((json_int_t)n));
}

static void set_text(struct table *t, size_t column, const char *text)
{
	if (text)
		table_set(t, column, "%s", text);
}

enum {
	C_HASH,
	C_NAME,
	C_RELEASE,
	C_ARCH,
	C_CC,
	C_PATCHES,
	C_LAYOUT,
	C_SIZE,
	C_USED,
	C_SOURCE,
	C_DIR
};

static void add_cached_row(const struct cli *cli, struct table *t, const struct cached *c)
{
	struct kernel k = { 0 };
	uint64_t bytes;
	char buf[24];

	/* one that goes in this moment is not listed */
	if (kernel_resolve_name(&cli->runner, c->hash, &k, NULL))
		return;
	bytes = cache_disk_bytes(k.dir);
	table_row(t);
	table_set(t, C_HASH, "%.12s", k.hash);
	table_set_json(t, C_HASH, json_string(k.hash));
	set_text(t, C_NAME, k.name);
	set_text(t, C_RELEASE, k.release);
	set_text(t, C_ARCH, k.arch);
	set_text(t, C_CC, k.cc);
	set_number(t, C_PATCHES, k.n_patches);
	set_number(t, C_LAYOUT, k.spec.layout);
	table_set(t, C_SIZE, "%s", format_disk(buf, sizeof(buf), bytes));
	table_set_json(t, C_SIZE, json_integer((json_int_t)bytes));
	table_set(t, C_USED, "%s", format_when(buf, sizeof(buf), c->used));
	table_set_json(t, C_USED, json_integer(c->used));
	set_text(t, C_SOURCE, k.source_version);
	set_text(t, C_DIR, k.dir);
	kernel_release(&k);
}

static size_t add_all_cached(const struct cli *cli, struct table *t)
{
	struct cached *list __free = NULL;
	size_t n = find_cached(cli, &list);

	for (size_t i = 0; i < n; i++)
		add_cached_row(cli, t, &list[i]);
	return n;
}

static int print_json(const struct table *recipes, const struct table *cached, struct error *e)
{
	json_t *obj __json = json_pack("{s:o}", "kernels", table_to_json(recipes));

	if (cached)
		json_object_set_new(obj, "cached", table_to_json(cached));
	if (json_dumpf(obj, stdout, JSON_INDENT(2)) || putchar('\n') == EOF)
		return error_sys(e, errno ? errno : EIO, "JSON output");
	return 0;
}

/* What a kernel may be named by beside a recipe. */
static void print_sources(void)
{
	printf("\nAnd any source:\n");
	for (const struct source *const *s = sources; *s; s++)
		printf("  %s\n", (*s)->summary);
}

int kernel_table_print(const struct cli *cli, bool json, bool cached, struct error *e)
{
	static const struct table_column recipe_columns[] = {
		{ "name", "KERNEL", TABLE_LEFT, false },
		{ "built", "BUILT", TABLE_LEFT, false },
		{ "source", "SOURCE", TABLE_LEFT, false },
		{ "hash", "HASH", TABLE_LEFT, false },
		{ "description", "WHAT IT IS", TABLE_LEFT, true },
	};
	static const struct table_column cached_columns[] = {
		[C_HASH] = { "hash", "HASH", TABLE_LEFT, false },
		[C_NAME] = { "name", "KERNEL", TABLE_LEFT, true },
		[C_RELEASE] = { "release", "RELEASE", TABLE_LEFT, false },
		[C_ARCH] = { "arch", "ARCH", TABLE_LEFT, false },
		[C_CC] = { "cc", "CC", TABLE_LEFT, false },
		[C_PATCHES] = { "patches", "PATCHES", TABLE_RIGHT, false },
		[C_LAYOUT] = { "layout", "LAYOUT", TABLE_RIGHT, false },
		[C_SIZE] = { "bytes", "SIZE", TABLE_RIGHT, false },
		[C_USED] = { "last_used", "LAST USED (UTC)", TABLE_LEFT, false },
		[C_SOURCE] = { "source_version", NULL, TABLE_LEFT, false },
		[C_DIR] = { "dir", NULL, TABLE_LEFT, false },
	};
	struct table *recipes __table = table_new(recipe_columns, ARRAY_SIZE(recipe_columns));
	struct table *finished __table = table_new(cached_columns, ARRAY_SIZE(cached_columns));
	int rc = add_recipes(cli, recipes, e);
	size_t n = cached ? add_all_cached(cli, finished) : 0;

	if (rc)
		return rc;
	if (json)
		return print_json(recipes, cached ? finished : NULL, e);
	rc = table_print(recipes, stdout, e);
	if (!rc)
		print_sources();
	if (rc || !n)
		return rc;
	printf("\nIn the cache (HASH, or 7 digits of it, is a name, too):\n");
	return table_print(finished, stdout, e);
}

char *format_disk(char *buf, size_t len, uint64_t bytes)
{
	const double mib = (double)bytes / (1 << 20);

	if (mib >= 1024)
		snprintf(buf, len, "%.1f GiB", mib / 1024);
	else
		snprintf(buf, len, "%.1f MiB", mib);
	return buf;
}

char *format_when(char *buf, size_t len, time_t when)
{
	struct tm tm;

	if (!gmtime_r(&when, &tm) || !strftime(buf, len, "%Y-%m-%d %H:%M", &tm))
		snprintf(buf, len, "?");
	return buf;
}

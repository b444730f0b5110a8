// SPDX-License-Identifier: GPL-2.0-or-later
/* foliobench kernel gc: what goes, what is left. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/kernel_gc.h"
#include "cli/kernel_table.h"
#include "lib/cleanup.h"
#include "lib/units.h"
#include "plots/table.h"
#include "runner/gc.h"

#define DEFAULT_SIZE "20G"

enum { OPT_SIZE = 768, OPT_DRY_RUN, OPT_ALL };

static const struct argp_option options[] = {
	{ NULL, 0, NULL, 0, "For gc:", 10 },
	{ "size", OPT_SIZE, "SIZE", 0,
	  "What the cache may have (default: $FOLIOBENCH_CACHE_SIZE, else " DEFAULT_SIZE ")", 10 },
	{ "dry-run", OPT_DRY_RUN, NULL, 0, "Only say what would go", 10 },
	{ "all", OPT_ALL, NULL, 0, "Everything that is not in use", 10 },
	{ 0 },
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct gc_args *a = state->input;

	switch (key) {
	case OPT_SIZE:
		a->size = arg;
		return 0;
	case OPT_DRY_RUN:
		a->dry_run = true;
		return 0;
	case OPT_ALL:
		a->all = true;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

const struct argp kernel_gc_argp = { .options = options, .parser = parse };

bool kernel_gc_asked(const struct gc_args *a)
{
	return a->size || a->dry_run || a->all;
}

static int limit_of(const struct gc_args *a, uint64_t *limit, struct error *e)
{
	const char *env = getenv("FOLIOBENCH_CACHE_SIZE");
	const char *text = a->size ? a->size : env && *env ? env : DEFAULT_SIZE;

	*limit = 0;
	if (a->all && a->size)
		return error_set(e, EINVAL, "--all and --size: one of them");
	if (a->all)
		return 0;
	if (parse_size(text, limit) < 0)
		return error_set(e, EINVAL, "%s: '%s' is no size (such as 20G)",
				 a->size ? "--size" : "FOLIOBENCH_CACHE_SIZE", text);
	return 0;
}

static void add_row(struct table *t, const struct cache_item *i)
{
	static const char *const fates[] = { "stays", "in use", "goes" };
	char buf[24];

	table_row(t);
	table_set(t, 0, "%s", cache_kind_name(i->kind));
	table_set(t, 1, "%s", i->title ? i->title : i->name);
	table_set(t, 2, "%s", format_when(buf, sizeof(buf), i->used));
	table_set_json(t, 2, json_integer(i->used));
	table_set(t, 3, "%s", format_disk(buf, sizeof(buf), i->bytes));
	table_set_json(t, 3, json_integer((json_int_t)i->bytes));
	table_set(t, 4, "%s", fates[i->fate]);
	table_set_json(t, 5, json_string(i->path));
	table_set_json(t, 6, json_integer((json_int_t)i->freed));
}

static struct table *new_table(void)
{
	static const struct table_column columns[] = {
		{ "kind", "KIND", TABLE_LEFT, false },
		{ "name", "WHAT", TABLE_LEFT, true },
		{ "last_used", "LAST USED (UTC)", TABLE_LEFT, false },
		{ "bytes", "SIZE", TABLE_RIGHT, false },
		{ "fate", "", TABLE_LEFT, false },
		{ "path", NULL, TABLE_LEFT, false },
		{ "freed_bytes", NULL, TABLE_LEFT, false },
	};

	return table_new(columns, ARRAY_SIZE(columns));
}

struct outcome {
	uint64_t limit, before;
	size_t gone, in_use;
	bool dry_run;
};

static int print_json(const struct cache *c, const struct table *t, const struct outcome *o,
		      struct error *e)
{
	json_t *obj __json =
		json_pack("{s:I, s:I, s:I, s:I, s:b, s:o}", "limit_bytes", (json_int_t)o->limit,
			  "before_bytes", (json_int_t)o->before, "after_bytes",
			  (json_int_t)c->bytes, "freed_bytes", (json_int_t)c->freed, "dry_run",
			  o->dry_run, "items", table_to_json(t));

	if (!obj || json_dumpf(obj, stdout, JSON_INDENT(2)) || putchar('\n') == EOF)
		return error_sys(e, errno ? errno : EIO, "JSON output");
	return 0;
}

static int print_text(const struct cache *c, const struct table *t, const struct outcome *o,
		      struct error *e)
{
	char freed[24], left[24], limit[24];
	int rc = o->gone || o->in_use ? table_print(t, stdout, e) : 0;
	const uint64_t linked = o->before - c->bytes - c->freed;

	format_disk(freed, sizeof(freed), c->freed);
	format_disk(left, sizeof(left), c->bytes);
	format_disk(limit, sizeof(limit), o->limit);
	if (!o->gone)
		printf("nothing to remove; the cache has %s, it may have %s\n", left, limit);
	else
		printf("%s %zu of %zu things, %s %s; %s %s, it may have %s\n",
		       o->dry_run ? "would remove" : "removed", o->gone, c->n,
		       o->dry_run ? "and free" : "freed", freed,
		       o->dry_run ? "the cache would have" : "the cache has", left, limit);
	if (linked > 1 << 20)
		printf("%s of what goes has names outside of the cache, too, and takes room "
		       "there\n",
		       format_disk(freed, sizeof(freed), linked));
	return rc;
}

static int report(const struct cache *c, struct outcome *o, bool json, struct error *e)
{
	struct table *t __table = new_table();
	char buf[24];
	int rc;

	for (size_t i = 0; i < c->n; i++) {
		o->gone += c->items[i].fate == CACHE_GOES;
		o->in_use += c->items[i].fate == CACHE_IN_USE;
		if (json || c->items[i].fate != CACHE_STAYS)
			add_row(t, &c->items[i]);
	}
	rc = json ? print_json(c, t, o, e) : print_text(c, t, o, e);
	if (rc || !o->in_use || c->bytes <= o->limit)
		return rc;
	return error_set(e, EBUSY, "%s are left: %zu of what should go %s in use",
			 format_disk(buf, sizeof(buf), c->bytes), o->in_use,
			 o->in_use == 1 ? "is" : "are");
}

int kernel_gc(const struct cli *cli, const struct gc_args *a, bool json, struct error *e)
{
	struct cache c __cleanup(cache_release) = { 0 };
	struct outcome o = { .dry_run = a->dry_run };
	int rc = limit_of(a, &o.limit, e);

	if (!rc)
		rc = cache_scan(&cli->runner, &c, e);
	if (rc < 0)
		return rc;
	o.before = c.bytes;
	rc = cache_gc(&cli->runner, &c, o.limit, a->dry_run, e);
	ui_clear();
	return rc < 0 ? rc : report(&c, &o, json, e);
}

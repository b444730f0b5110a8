// SPDX-License-Identifier: GPL-2.0-or-later
/* The patches of a kernel; see kernel_series.h. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cli/kernel_series.h"
#include "lib/cleanup.h"
#include "plots/table.h"
#include "runner/patch_series.h"

enum { OPT_TRY = 1024 };

static const struct argp_option options[] = {
	{ "try", OPT_TRY, NULL, 0, "series: try whether they apply to the kernel's source", 0 },
	{ 0 },
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct series_args *a = state->input;

	(void)arg;
	if (key != OPT_TRY)
		return ARGP_ERR_UNKNOWN;
	a->try = true;
	return 0;
}

const struct argp kernel_series_argp = { .options = options, .parser = parse };

enum { NUMBER, SUBJECT, FILES, LINES, ID, NAME, FROM, ADDED, REMOVED, APPLIES, COLUMNS };

static const struct table_column columns[COLUMNS] = {
	[NUMBER] = { "number", "#", TABLE_RIGHT, false },
	[SUBJECT] = { "subject", "SUBJECT", TABLE_LEFT, true },
	[FILES] = { "files", "FILES", TABLE_LEFT, true },
	[LINES] = { "lines", "LINES", TABLE_RIGHT, false },
	[ID] = { "id", "ID", TABLE_LEFT, false },
	[NAME] = { "name", NULL, TABLE_LEFT, false },
	[FROM] = { "from", NULL, TABLE_LEFT, false },
	[ADDED] = { "added", NULL, TABLE_LEFT, false },
	[REMOVED] = { "removed", NULL, TABLE_LEFT, false },
	[APPLIES] = { "applies", "APPLIES", TABLE_LEFT, false },
};

static void add_files(struct table *t, const struct patch *p)
{
	json_t *files = json_array();

	strv_for_each(&p->files, it)
		json_array_append_new(files, json_string(*it));
	if (p->files.n > 3)
		table_set(t, FILES, "%s and %zu more", p->files.v[0], p->files.n - 1);
	else
		table_set(t, FILES, "%s%s%s%s%s", p->files.v[0], p->files.n > 1 ? " " : "",
			  p->files.n > 1 ? p->files.v[1] : "", p->files.n > 2 ? " " : "",
			  p->files.n > 2 ? p->files.v[2] : "");
	table_set_json(t, FILES, files);
}

/* TRIED: how many of them apply, or -1 if nobody has tried. */
static void add_row(struct table *t, const struct patch *p, long tried)
{
	table_row(t);
	table_set(t, NUMBER, "%zu", p->number);
	table_set_json(t, NUMBER, json_integer((json_int_t)p->number));
	table_set(t, SUBJECT, "%s", p->subject);
	add_files(t, p);
	table_set(t, LINES, "+%zu -%zu", p->added, p->removed);
	table_set(t, ID, "%.12s", p->id);
	table_set_json(t, ID, json_string(p->id));
	table_set(t, NAME, "%s", p->name);
	table_set(t, FROM, "%s", p->from);
	table_set(t, ADDED, "%zu", p->added);
	table_set_json(t, ADDED, json_integer((json_int_t)p->added));
	table_set(t, REMOVED, "%zu", p->removed);
	table_set_json(t, REMOVED, json_integer((json_int_t)p->removed));
	if (tried < 0)
		return;
	if ((long)p->number > tried + 1) { /* nobody knows what those behind a failed one do */
		table_set(t, APPLIES, "?");
		table_set_json(t, APPLIES, json_null());
		return;
	}
	table_set(t, APPLIES, "%s", (long)p->number <= tried ? "yes" : "no");
	table_set_json(t, APPLIES, json_boolean((long)p->number <= tried));
	table_set_color(t, APPLIES, (long)p->number <= tried ? TABLE_PLAIN : TABLE_RED);
}

static int print_json(const struct table *t, const struct patch_series *s, struct error *e)
{
	json_t *notes = json_array();
	json_t *all __json = NULL;

	strv_for_each(&s->notes, it)
		json_array_append_new(notes, json_string(*it));
	all = json_pack("{s:o, s:o}", "series", table_to_json(t), "notes", notes);
	if (!all || json_dumpf(all, stdout, JSON_INDENT(2)) < 0 || putchar('\n') < 0)
		return error_set(e, EIO, "standard output");
	return 0;
}

static int print(const struct patch_series *s, long tried, bool json, struct error *e)
{
	/* the last column only where it says something */
	struct table *t __table = table_new(columns, tried < 0 ? APPLIES : COLUMNS);
	int rc;

	for (size_t i = 0; i < s->n; i++)
		add_row(t, &s->p[i], tried);
	if (json)
		return print_json(t, s, e);
	rc = table_print(t, stdout, e);
	strv_for_each(&s->notes, it)
		printf("%s\n", *it);
	return rc;
}

static int load(struct cli *cli, const struct kernel_words *w, struct patch_series *s,
		struct error *e)
{
	int rc;

	if (w->n)
		rc = kernel_series(&cli->runner, &w->v[0], s, e);
	else
		rc = patch_series_load(&cli->runner, &w->series, s, e);
	if (!rc && !s->n)
		rc = error_set(e, EINVAL, "%s has no patches", w->n ? w->v[0].name : "nothing");
	return rc;
}

int kernel_series_print(struct cli *cli, const struct kernel_words *w, const struct series_args *a,
			bool json, struct error *e)
{
	struct patch_series s __cleanup(patch_series_release) = { 0 };
	struct error why = { 0 };
	size_t good = 0;
	int rc, tried = 0;

	if (w->n > 1 || (!w->n && (!w->series.n || a->try)))
		return error_set(e, EINVAL, "series wants one kernel's name%s",
				 a->try ? " to try its patches on" : ", or --series");
	rc = cli_session(cli, e); /* for ^C, and the logs of b4 */
	if (!rc)
		rc = load(cli, w, &s, e);
	if (rc < 0)
		return rc;
	if (a->try) {
		tried = kernel_try(&cli->runner, &w->v[0], &good, &why);
		ui_clear();
		/* nothing was tried: the source is the trouble */
		if (tried < 0 && tried != -EBADMSG && !good)
			return error_set(e, -tried, "%s", why.msg);
	}
	rc = print(&s, a->try ? (long)good : -1, json, e);
	return rc < 0 || !tried ? rc : error_set(e, -tried, "%s", why.msg);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* foliobench list: what there is - cases, kernels, targets, runs, floors. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/bench.h"
#include "cli/cli.h"
#include "cli/kernel_table.h"
#include "cli/report.h"
#include "lib/cleanup.h"
#include "lib/units.h"
#include "plots/rows.h"
#include "plots/table.h"
#include "results/floor.h"

struct list_args {
	const char *what;
	bool json;
};

static const struct argp_option options[] = {
	{ "json", 'j', NULL, 0, "JSON instead of a table", 0 },
	{ 0 },
};

static bool is_list(const char *word)
{
	static const char *const lists[] = { "cases", "kernels", "targets", "runs", "floors" };

	for (size_t i = 0; i < ARRAY_SIZE(lists); i++) {
		if (!strcmp(word, lists[i]))
			return true;
	}
	return false;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct list_args *a = state->input;

	switch (key) {
	case 'j':
		a->json = true;
		return 0;
	case ARGP_KEY_ARG:
		if (a->what || !is_list(arg))
			cli_usage(state, "%s: there are cases, kernels, targets, runs and floors",
				  arg);
		a->what = arg;
		return 0;
	case ARGP_KEY_END:
		if (a->json && !a->what)
			cli_usage(state,
				  "--json wants one of cases, kernels, targets, runs, floors");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = "[cases|kernels|targets|runs|floors]",
	.doc = "Lists the cases with their params and metrics, the kernels that recipes name, the "
	       "targets that kernels can run on; by name also the runs that are in the store, and "
	       "the floors "
	       "that foliobench calibrate found: what a kernel shows against itself.",
};

/* "4K..2M", "1..8", "exit|exec|unmap" */
static char *bounds_of(const struct param_desc *d)
{
	struct strbuf sb = { 0 };
	char lo[24], hi[24];

	if (d->type == PARAM_ENUM) {
		for (size_t i = 0; d->choices[i]; i++)
			strbuf_addf(&sb, "%s%s", i ? "|" : "", d->choices[i]);
	} else if (d->type == PARAM_UINT) {
		strbuf_addf(&sb, "%llu..%llu", (unsigned long long)d->min,
			    (unsigned long long)d->max);
	} else {
		strbuf_addf(&sb, "%s..%s%s", format_size(lo, sizeof(lo), d->min),
			    format_size(hi, sizeof(hi), d->max),
			    d->type == PARAM_FOLIO ? "|2M-pmd|all" : "");
	}
	return strbuf_detach(&sb);
}

static json_t *params_json(const struct param_desc *d)
{
	json_t *list = json_array();

	for (; d && d->name; d++) {
		char *bounds __free = bounds_of(d);

		json_array_append_new(list,
				      json_pack("{s:s,s:s?,s:s,s:s}", "name", d->name, "default",
						d->defaults, "values", bounds, "help", d->help));
	}
	return list;
}

static json_t *metrics_json(const struct metric_desc *m)
{
	json_t *list = json_array();

	for (; m->name; m++)
		json_array_append_new(list, json_pack("{s:s,s:s,s:s,s:s}", "name", m->name, "unit",
						      m->unit, "better", better_name(m->better),
						      "help", m->help));
	return list;
}

static void cases_table(struct table *t)
{
	for (size_t i = 0; bench_cases[i]; i++) {
		const struct bench_case *bc = bench_cases[i];

		table_row(t);
		table_set(t, 0, "%s", bc->name);
		table_set(t, 1, "%s", bc->summary);
		table_set_json(t, 2, params_json(bc->params));
		table_set_json(t, 3, metrics_json(bc->metrics));
	}
}

static void print_params(const char *whose, const struct param_desc *d)
{
	for (; d && d->name; d++) {
		char *bounds __free = bounds_of(d);

		printf("  %-10s %-8s %s (%s; ", whose, d->name, d->help, bounds);
		if (d->defaults)
			printf("default %s)\n", d->defaults);
		else
			printf("only when given)\n");
	}
}

static int cases_json(const struct table *t, struct error *e)
{
	json_t *obj __json = json_pack("{s:o, s:o}", "cases", table_to_json(t), "every_case",
				       params_json(bench_common_params));

	if (!obj || json_dumpf(obj, stdout, JSON_INDENT(2)) || putchar('\n') == EOF)
		return error_sys(e, errno ? errno : EIO, "JSON output");
	return 0;
}

static int list_cases(bool json, struct error *e)
{
	static const struct table_column columns[] = {
		{ "name", "CASE", TABLE_LEFT, false },
		{ "summary", "WHAT IT MEASURES", TABLE_LEFT, true },
		{ "params", NULL, TABLE_LEFT, false },
		{ "metrics", NULL, TABLE_LEFT, false },
	};
	struct table *t __table = table_new(columns, ARRAY_SIZE(columns));
	int rc;

	cases_table(t);
	if (json)
		return cases_json(t, e);
	rc = table_print(t, stdout, e);
	printf("\nParams (name=value[,value...]):\n");
	for (size_t i = 0; bench_cases[i]; i++)
		print_params(bench_cases[i]->name, bench_cases[i]->params);
	print_params("every case", bench_common_params);
	return rc;
}

static int list_targets(const struct cli *cli, bool json, struct error *e)
{
	static const struct table_column columns[] = {
		{ "name", "TARGET", TABLE_LEFT, false },
		{ "unit", "UNIT", TABLE_LEFT, false },
		{ "usable", "USABLE", TABLE_LEFT, false },
		{ "summary", "WHAT IT IS", TABLE_LEFT, true },
		{ "why_not", "WHY NOT", TABLE_LEFT, true },
	};
	struct table *t __table = table_new(columns, ARRAY_SIZE(columns));

	for (size_t i = 0; targets[i]; i++) {
		struct error why = { 0 };
		bool usable = targets[i]->probe(&cli->runner, NULL, &why) == 0;

		table_row(t);
		table_set(t, 0, "%s", targets[i]->name);
		table_set(t, 1, "%s", targets[i]->unit);
		table_set(t, 2, "%s", usable ? "yes" : "no");
		table_set_json(t, 2, json_boolean(usable));
		table_set(t, 3, "%s", targets[i]->summary);
		table_set(t, 4, "%s", usable ? "" : why.msg);
	}
	return json ? table_print_json(t, "targets", stdout, e) : table_print(t, stdout, e);
}

static int list_runs(const struct cli *cli, bool json, struct error *e)
{
	static const struct table_column columns[] = {
		{ "run", "RUN", TABLE_RIGHT, false },
		{ "begun", "BEGUN (UTC)", TABLE_LEFT, false },
		{ "target", "TARGET", TABLE_LEFT, false },
		{ "state", "STATE", TABLE_LEFT, false },
		{ "boots_ok", "BOOTS", TABLE_LEFT, false },
		{ "command", "COMMAND", TABLE_LEFT, true },
		{ "kernels", NULL, TABLE_LEFT, false },
		{ "boots", NULL, TABLE_LEFT, false },
	};
	struct table *t __table = table_new(columns, ARRAY_SIZE(columns));
	struct store_run_row *rows = NULL;
	struct store *store = NULL;
	size_t n = 0;
	int rc = report_open(cli, &store, e);

	if (rc)
		return rc;
	rc = store_runs(store, &rows, &n, e);
	for (size_t i = 0; i < n; i++) {
		table_row(t);
		table_set(t, 0, "%lld", (long long)rows[i].id);
		table_set_json(t, 0, json_integer(rows[i].id));
		table_set(t, 1, "%s", rows[i].begun);
		table_set(t, 2, "%s", rows[i].target);
		table_set(t, 3, "%s", rows[i].state);
		table_set(t, 4, "%zu of %zu", rows[i].boots_ok, rows[i].boots);
		table_set_json(t, 4, json_integer((json_int_t)rows[i].boots_ok));
		table_set(t, 5, "%s", rows[i].command);
		table_set_json(t, 6, json_string(rows[i].kernels));
		table_set_json(t, 7, json_integer((json_int_t)rows[i].boots));
	}
	store_runs_free(rows, n);
	store_close(store);
	if (rc)
		return rc;
	return json ? table_print_json(t, "runs", stdout, e) : table_print(t, stdout, e);
}

/* "0.34%"; "-" for what was not measured. */
static void set_share(struct table *t, size_t column, double share)
{
	if (share < 0)
		table_set(t, column, "-");
	else
		table_set(t, column, share < 0.0995 ? "%.2g%%" : "%.0f%%", share * 100);
	table_set_json(t, column, share < 0 ? json_null() : json_real(share));
}

/* Params that are not what the case has by itself: all of them would not fit on the screen. */
static void unusual_params(const struct floor *f, struct strbuf *sb)
{
	const struct bench_case *bc = bench_case_find(f->case_name);
	json_t *params __json = json_copy(f->params);

	for (const struct param_desc *d = bc ? bench_case_params(bc) : NULL; d && d->name; d++) {
		const char *value = json_string_value(json_object_get(params, d->name));

		if (value && d->defaults && !strcmp(value, d->defaults))
			json_object_del(params, d->name);
	}
	row_params(params, sb);
}

static void add_floor(struct table *t, const struct floor *f)
{
	struct strbuf params __strbuf = { 0 };

	unusual_params(f, &params);
	table_row(t);
	table_set(t, 0, "%s", f->machine);
	table_set(t, 1, "%s", f->case_name);
	table_set(t, 2, "%s", strbuf_str(&params));
	table_set_json(t, 2, json_incref(f->params));
	table_set(t, 3, "%s", f->metric);
	table_set(t, 4, "%s", f->unit);
	set_share(t, 5, f->reboot);
	set_share(t, 6, f->rebuild);
	table_set_json(t, 7, json_integer(f->boots));
	table_set_json(t, 8, json_integer(f->layouts));
	table_set(t, 9, "%.10s", f->when);
	table_set_json(t, 9, json_string(f->when));
	table_set(t, 10, "%s", f->kernel);
	table_set(t, 11, "%lld", (long long)f->run_id);
	table_set_json(t, 11, json_integer(f->run_id));
}

static int list_floors(const struct cli *cli, bool json, struct error *e)
{
	static const struct table_column columns[] = {
		{ "machine", NULL, TABLE_LEFT, false },
		{ "case", "CASE", TABLE_LEFT, false },
		{ "params", "PARAMS", TABLE_LEFT, true },
		{ "metric", "METRIC", TABLE_LEFT, false },
		{ "unit", NULL, TABLE_LEFT, false },
		{ "rebooted", "REBOOTED", TABLE_RIGHT, false },
		{ "rebuilt", "REBUILT", TABLE_RIGHT, false },
		{ "boots", NULL, TABLE_RIGHT, false },
		{ "layouts", NULL, TABLE_RIGHT, false },
		{ "when", "WHEN", TABLE_LEFT, false },
		{ "kernel", "KERNEL", TABLE_LEFT, false },
		{ "run", NULL, TABLE_RIGHT, false },
	};
	struct table *t __table = table_new(columns, ARRAY_SIZE(columns));
	struct store *store = NULL;
	struct floor *floors = NULL;
	size_t n = 0;
	int rc = report_open(cli, &store, e);

	if (rc)
		return rc;
	rc = floors_load(store, NULL, &floors, &n, e);
	for (size_t i = 0; i < n && !rc; i++) {
		add_floor(t, &floors[i]);
		if (json || (i + 1 < n && !strcmp(floors[i].machine, floors[i + 1].machine)))
			continue;
		/* a table for each machine */
		printf("%s:\n", floors[i].machine);
		rc = table_print(t, stdout, e);
		table_free(t);
		t = table_new(columns, ARRAY_SIZE(columns));
		if (i + 1 < n)
			putchar('\n');
	}
	if (!rc && json)
		rc = table_print_json(t, "floors", stdout, e);
	else if (!rc && !n)
		puts("No floors: foliobench calibrate makes them.");
	floors_free(floors, n);
	store_close(store);
	return rc;
}

static int run(struct cli *cli, int argc, char **argv)
{
	struct list_args a = { 0 };
	struct error e;
	int rc = cli_parse(&argp, argc, argv, &a);

	if (rc)
		return rc;
	if (!a.what || !strcmp(a.what, "cases"))
		rc = list_cases(a.json, &e);
	if (!a.what)
		putchar('\n');
	if (!rc && (!a.what || !strcmp(a.what, "kernels")))
		rc = kernel_table_print(cli, a.json, a.what, &e);
	if (!a.what)
		putchar('\n');
	if (!rc && (!a.what || !strcmp(a.what, "targets")))
		rc = list_targets(cli, a.json, &e);
	if (!rc && a.what && !strcmp(a.what, "runs"))
		rc = list_runs(cli, a.json, &e);
	if (!rc && a.what && !strcmp(a.what, "floors"))
		rc = list_floors(cli, a.json, &e);
	return rc ? cli_error("list", rc, &e) : EXIT_FINE;
}

const struct command cmd_list = {
	.name = "list",
	.summary = "list cases, kernels, targets, runs, floors",
	.run = run,
};

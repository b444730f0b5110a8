// SPDX-License-Identifier: GPL-2.0-or-later
/* foliobench kernel: build, list, show, diff, series, source, gc. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/kernel_build.h"
#include "cli/kernel_diff.h"
#include "cli/kernel_gc.h"
#include "cli/kernel_series.h"
#include "cli/kernel_table.h"
#include "cli/kernel_words.h"
#include "lib/cleanup.h"
#include "lib/fs.h"
#include "runner/gc.h"

struct kernel_args {
	char *verb;
	struct kernel_words kernels;
	struct gc_args gc;
	struct series_args series;
	bool json;
};

enum { OPT_EACH_PATCH = 1280 };

static const struct argp_option options[] = {
	{ "each-patch", OPT_EACH_PATCH, NULL, 0, "A kernel for each patch of the series (build)",
	  0 },
	{ "json", 'j', NULL, 0, "JSON instead of text (list, show, diff, series, gc)", 0 },
	{ 0 },
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct kernel_args *a = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &a->kernels;
		state->child_inputs[1] = &a->gc;
		state->child_inputs[2] = &a->series;
		return 0;
	case OPT_EACH_PATCH:
		a->kernels.each_patch = true;
		return 0;
	case 'j':
		a->json = true;
		return 0;
	case ARGP_KEY_ARG:
		if (!a->verb)
			a->verb = arg;
		else if (*arg == '+')
			kernel_words_plus(state, &a->kernels, arg);
		else
			kernel_words_add(&a->kernels, arg);
		return 0;
	case ARGP_KEY_END:
		if (!a->verb)
			cli_usage(state, "wants build, list, show, diff, series, source or gc");
		if (kernel_gc_asked(&a->gc) && strcmp(a->verb, "gc"))
			cli_usage(state, "--size, --dry-run and --all are for gc");
		if (a->series.try && strcmp(a->verb, "series"))
			cli_usage(state, "--try is for series");
		if (a->kernels.each_patch && strcmp(a->verb, "build"))
			cli_usage(state, "--each-patch is for build");
		kernel_words_finish(&a->kernels);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_child children[] = { { &kernel_words_argp, 0, NULL, 0 },
					      { &kernel_gc_argp, 0, NULL, 0 },
					      { &kernel_series_argp, 0, NULL, 0 },
					      { 0 } };

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.children = children,
	.args_doc =
		"build NAME...\nlist\nshow NAME\ndiff NAME NAME\nseries NAME\nsource SOURCE\ngc",
	.doc = "Makes and shows kernels. NAME is a recipe (kernels/*.ini, or the path of an .ini "
	       "file of your own), a source: git:PATH@REV, dir:PATH, tarball:FILE, debian:7.3, "
	       "debian: (the newest), debian-image:6.12 (prebuilt), image:FILE, running; or 7 or "
	       "more digits of the hash of one in the cache."
	       "\vbuild makes kernels ready to boot, list says what there is, show prints one with "
	       "its inputs, diff in what two differ (built or not), series its patches, source "
	       "fetches and unpacks a source and prints its "
	       "folder, gc "
	       "makes the cache smaller: what was used longest ago goes first.",
};

static json_t *kernel_json(const struct kernel *k)
{
	struct strbuf sb __strbuf = { 0 };
	json_t *inputs = NULL;

	if (k->inputs && !fs_read(k->inputs, &sb, NULL))
		inputs = json_parse(strbuf_str(&sb), sb.len, NULL);
	return json_pack("{s:s,s:s*,s:s*,s:s*,s:s*,s:s*,s:b,s:s*,s:s*,s:s*,s:s*,s:f,s:o*}", "name",
			 k->name, "description", k->description, "arch", k->arch, "source",
			 k->source, "source_version", k->source_version, "hash", k->hash, "built",
			 k->built, "release", k->release, "image", k->image, "config", k->config,
			 "system_map", k->system_map, "build_s", k->build_s, "inputs", inputs);
}

static void show_text(json_t *obj)
{
	json_t *value;
	const char *key;

	json_object_foreach(obj, key, value) {
		char *text __free = NULL;

		if (!strcmp(key, "inputs"))
			continue;
		text = json_is_string(value) ? xstrdup(json_string_value(value)) : json_line(value);
		printf("%-15s %s\n", key, text);
	}
	json_object_foreach(json_object_get(obj, "inputs"), key, value) {
		char *text __free = json_is_string(value) ? xstrdup(json_string_value(value))
							  : json_line(value);

		printf("  input %-18s %s\n", key, text);
	}
}

static int show(struct cli *cli, const struct kernel_words *w, bool as_json, struct error *e)
{
	struct kernel k = { 0 };
	int rc;

	if (w->n != 1)
		return error_set(e, EINVAL, "show wants one kernel's name");
	rc = kernel_resolve(&cli->runner, &w->v[0], &k, e);
	if (!rc) {
		json_t *obj __json = kernel_json(&k);

		if (as_json) {
			json_dumpf(obj, stdout, JSON_INDENT(2));
			putchar('\n');
		} else {
			show_text(obj);
		}
	}
	kernel_release(&k);
	return rc;
}

static int source(struct cli *cli, const struct kernel_words *w, struct error *e)
{
	char *dir __free = NULL;
	char *version __free = NULL;
	int rc;

	if (w->n != 1)
		return error_set(e, EINVAL, "source wants one source, such as debian:");
	rc = cli_session(cli, e);
	if (!rc)
		rc = source_fetch(&cli->runner, w->v[0].name, &dir, &version, e);
	if (rc)
		return rc == -ENOSPC ? error_suffix(e, rc, GC_MAKES_ROOM) : rc;
	ui_say("source %s: %s", w->v[0].name, version);
	puts(dir);
	return 0;
}

static int verb(struct cli *cli, struct kernel_args *a, struct error *e)
{
	if (!strcmp(a->verb, "build"))
		return kernel_build_words(cli, &a->kernels, e);
	if (!strcmp(a->verb, "show"))
		return show(cli, &a->kernels, a->json, e);
	if (!strcmp(a->verb, "diff"))
		return kernel_diff_print(cli, &a->kernels, a->json, e);
	if (!strcmp(a->verb, "series"))
		return kernel_series_print(cli, &a->kernels, &a->series, a->json, e);
	if (!strcmp(a->verb, "source"))
		return source(cli, &a->kernels, e);
	if (!strcmp(a->verb, "list") && !a->kernels.n)
		return kernel_table_print(cli, a->json, true, e);
	if (!strcmp(a->verb, "gc") && !a->kernels.n)
		return kernel_gc(cli, &a->gc, a->json, e);
	return error_set(e, EINVAL, "%s: wants build, list, show, diff, series, source or gc",
			 a->verb);
}

static int run(struct cli *cli, int argc, char **argv)
{
	struct kernel_args a = { 0 };
	struct error e;
	int rc = cli_parse(&argp, argc, argv, &a);

	if (rc)
		return rc;
	rc = verb(cli, &a, &e);
	kernel_words_release(&a.kernels);
	return rc ? cli_error("kernel", rc, &e) : EXIT_FINE;
}

const struct command cmd_kernel = {
	.name = "kernel",
	.summary = "build, list and show kernels",
	.run = run,
};

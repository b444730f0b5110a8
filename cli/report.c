// SPDX-License-Identifier: GPL-2.0-or-later
/* Comparisons on their way to the screen and to files. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/report.h"
#include "lib/cleanup.h"
#include "lib/fs.h"
#include "plots/format.h"
#include "results/cost.h"

int report_open(const struct cli *cli, struct store **store, struct error *e)
{
	if (!fs_exists(cli->store_path))
		return error_set(e, ENOENT, "%s: nothing measured yet (foliobench ab measures)",
				 cli->store_path);
	return store_open(cli->store_path, store, e);
}

char *report_kernel_name(const char *word)
{
	const char *slash = strrchr(word, '/');
	const char *base = slash ? slash + 1 : word;
	size_t len = strlen(base);

	if (len > 4 && !strcmp(base + len - 4, ".ini"))
		return xasprintf("%.*s", (int)len - 4, base);
	return xstrdup(word);
}

/* What was left out of the counts; the times' own warnings are there already. */
static void add_cost_warnings(struct comparison *c)
{
	strv_for_each(&c->cost->warnings, it) {
		if (!strv_contains(&c->warnings, *it))
			strv_addf(&c->warnings, "counts of run %lld: %s",
				  (long long)c->cost->run_id, *it);
	}
}

void report_explain(struct store *store, struct comparison *c)
{
	struct cost_query q = { .baseline = c->baseline.hash, .patched = c->patched.hash };
	struct cost_comparison *cost;
	struct error e;
	int rc;

	/* a kernel against itself: there is nothing to explain */
	if (!strcmp(q.baseline, q.patched))
		return;
	rc = cost_find_run(store, q.baseline, q.patched, c->run_id, &q.run_id, &e);
	if (rc > 0) {
		cost = xcalloc(1, sizeof(*cost));
		rc = cost_load(store, &q, cost, &e);
		if (rc)
			free(cost);
		else
			c->cost = cost;
	}
	if (c->cost)
		add_cost_warnings(c);
	if (rc < 0)
		strv_addf(&c->warnings, "no counts: %s", e.msg);
}

int report_load(const struct cli *cli, const struct compare_query *q, struct comparison *out,
		struct error *e)
{
	char *baseline __free = report_kernel_name(q->baseline);
	char *patched __free = report_kernel_name(q->patched);
	struct compare_query named = {
		.baseline = baseline,
		.patched = patched,
		.run_id = q->run_id,
		.margin = q->margin,
		.headline = q->headline,
	};
	struct store *store = NULL;
	int rc = report_open(cli, &store, e);

	if (rc)
		return rc;
	rc = compare_load(store, &named, out, e);
	if (!rc)
		report_explain(store, out);
	store_close(store);
	return rc;
}

/* Whole or not at all: a full disk leaves the file that was there before. */
static int write_format(const struct comparison *c, const char *format, const char *path,
			struct strv *files, struct error *e)
{
	char *text __free = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);
	int rc;

	if (!f)
		return error_sys(e, errno, "%s", path);
	rc = error_prefix(e, format_find(format)->write(c, f, e), "%s", path);
	if (fclose(f) && !rc)
		rc = error_sys(e, errno, "%s", path);
	if (!rc)
		rc = fs_write(path, text, len, e);
	if (!rc)
		strv_add(files, path);
	return rc;
}

int report_texts(const struct comparison *c, const char *dir, struct strv *files, struct error *e)
{
	static const struct {
		const char *format, *file;
	} texts[] = {
		{ "cover-letter", "cover-letter.txt" },
		{ "csv", "comparison.csv" },
		{ "json", "comparison.json" },
	};
	int rc = fs_mkdirs(dir, e);

	for (size_t i = 0; i < ARRAY_SIZE(texts) && !rc; i++) {
		char *path __free = xasprintf("%s/%s", dir, texts[i].file);

		rc = write_format(c, texts[i].format, path, files, e);
	}
	return rc;
}

int report_figures(const struct comparison *c, const char *dir, struct strv *files, struct error *e)
{
	char *figures __free = xasprintf("%s/figures", dir);

	return figures_write(c, figures, files, e);
}

int report_exit_code(const struct comparison *c)
{
	bool missing = !c->n_cells;

	if (comparison_regressed(c))
		return EXIT_REGRESSION;
	for (size_t i = 0; i < c->n_cells; i++) {
		const struct compare_cell *cell = &c->cells[i];

		missing |= cell->headline && cell->verdict == VERDICT_NOT_COMPARABLE;
	}
	return missing ? EXIT_NOT_MEASURED : EXIT_FINE;
}

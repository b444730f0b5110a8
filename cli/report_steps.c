// SPDX-License-Identifier: GPL-2.0-or-later
/* A series patch by patch on its way to the screen and to files; see report_steps.h. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cli/report.h"
#include "cli/report_steps.h"
#include "lib/cleanup.h"
#include "lib/fs.h"
#include "plots/steps.h"

/* Writes FORMAT behind what TEXT has, as the file NAME of DIR: whole or not at all. */
static int write_format(const struct steps *st, const char *format, const char *before,
			const char *dir, const char *name, struct strv *files, struct error *e)
{
	char *path __free = xasprintf("%s/%s", dir, name);
	char *text __free = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);
	int rc;

	if (!f)
		return error_sys(e, errno, "%s", path);
	fputs(before, f);
	rc = error_prefix(e, steps_format(format)(st, f, e), "%s", path);
	if (fclose(f) && !rc)
		rc = error_sys(e, errno, "%s", path);
	if (!rc)
		rc = fs_write(path, text, len, e);
	if (!rc && !strv_contains(files, path))
		strv_add(files, path);
	return rc;
}

/* The last kernel against the base, as ab of the two; -ENODATA where there is no such thing. */
static int load_ends(const struct steps *st, struct store *store, struct comparison *c,
		     struct error *e)
{
	size_t last = st->v[st->n - 1].same_as;
	const struct compare_query q = {
		.baseline = st->v[0].hash,
		.patched = st->v[last].hash,
		.run_id = st->sum.run_id,
	};

	if (!last)
		return error_set(e, ENODATA, "with all patches the code is the base's again");
	return compare_load(store, &q, c, e);
}

static int write_ends(const struct steps *st, struct store *store, const char *dir,
		      struct strv *files, struct strbuf *letter, struct error *e)
{
	char *path __free = xasprintf("%s/cover-letter.txt", dir);
	struct comparison c = { 0 };
	struct error why;
	int rc = load_ends(st, store, &c, &why);

	if (rc) {
		ui_say("no comparison of the last kernel with the base: %s", why.msg);
		return 0;
	}
	rc = report_texts(&c, dir, files, e);
	if (!rc && report_figures(&c, dir, files, &why))
		ui_say("figures: %s", why.msg);
	comparison_release(&c);
	if (!rc)
		rc = fs_read(path, letter, e);
	if (!rc)
		strbuf_addstr(letter, "\n\n");
	return rc;
}

int report_steps(const struct steps *st, struct store *store, const char *dir, struct strv *files,
		 struct error *e)
{
	char *figures __free = xasprintf("%s/figures", dir);
	struct strbuf letter __strbuf = { 0 };
	struct error why;
	int rc = fs_mkdirs(figures, e);

	if (!rc)
		rc = write_ends(st, store, dir, files, &letter, e);
	if (!rc)
		rc = write_format(st, "cover-letter", strbuf_str(&letter), dir, "cover-letter.txt",
				  files, e);
	if (!rc)
		rc = write_format(st, "csv", "", dir, "steps.csv", files, e);
	if (!rc)
		rc = write_format(st, "json", "", dir, "steps.json", files, e);
	/* figures can be drawn again: no failed measurement */
	if (!rc && steps_figure(st, figures, files, &why))
		ui_say("figures: %s", why.msg);
	return rc;
}

int report_steps_exit_code(const struct steps *st)
{
	if (steps_regressed(st))
		return EXIT_REGRESSION;
	return steps_missing(st) ? EXIT_NOT_MEASURED : EXIT_FINE;
}

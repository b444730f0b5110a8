// SPDX-License-Identifier: GPL-2.0-or-later
/* The files of flame graphs for a comparison; see flame.h. */
#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "lib/cleanup.h"
#include "lib/fs.h"
#include "plots/cost.h"
#include "plots/flame.h"
#include "results/stacks.h"

/* Where the files of one cell go, and what is in them. */
struct flames {
	const char *dir;
	struct strv *files;
	const struct cost_comparison *c;
	const struct cost_cell *cell;
	char *title, *name;
	struct folded f;
	long windows[2];
};

static void flames_release(struct flames *f)
{
	free(f->title);
	free(f->name);
	folded_release(&f->f);
}

/* "fork-folio_64K-per_page": safe as a file's name. */
static char *file_name(const char *title, const char *metric)
{
	char *name = xasprintf("%s %s", title, metric);

	for (char *p = name; *p; p++) {
		if (*p == ' ')
			*p = '-';
		else if (!isalnum((unsigned char)*p) && *p != '-' && *p != '.')
			*p = '_';
	}
	return name;
}

static int put(struct flames *f, const char *end, const struct strbuf *text, struct error *e)
{
	char *path __free = xasprintf("%s/%s.%s", f->dir, f->name, end);
	int rc = fs_write(path, strbuf_str(text), text->len, e);

	if (!rc)
		strv_add(f->files, path);
	return rc;
}

static int put_svg(struct flames *f, const char *end, const char *kernels,
		   const struct flame_look *how, struct error *e)
{
	char *title __free = xasprintf("%s, %s: %s", f->title, f->cell->metric, kernels);
	struct flame_look look = *how;
	struct strbuf svg __strbuf = { 0 };

	look.title = title;
	look.unit = "instructions of a sample";
	flame_svg(&f->f, &look, &svg);
	return put(f, end, &svg, e);
}

static int put_side(struct flames *f, enum folded_side side, struct error *e)
{
	const bool patched = side == FOLDED_PATCHED;
	const char *kernel = patched ? f->c->patched.name : f->c->baseline.name;
	const struct flame_look look = { .side = side };
	struct strbuf text __strbuf = { 0 };
	int rc;

	if (!f->windows[side])
		return 0;
	folded_write(&f->f, side, &text);
	rc = put(f, patched ? "patched.folded" : "baseline.folded", &text, e);
	return rc ? rc : put_svg(f, patched ? "patched.svg" : "baseline.svg", kernel, &look, e);
}

static int put_both(struct flames *f, struct error *e)
{
	char *kernels __free = xasprintf("%s against %s", f->c->patched.name, f->c->baseline.name);
	const struct flame_look look = { .diff = true };
	struct strbuf text __strbuf = { 0 };
	int rc;

	folded_write_both(&f->f, &text);
	rc = put(f, "diff.folded", &text, e);
	return rc ? rc : put_svg(f, "diff.svg", kernels, &look, e);
}

/* 1 if the cell had stacks, 0 if not, or -errno. */
static int cell_write(struct store *s, struct flames *f, struct error *e)
{
	const int sides = f->c->patched.name ? 2 : 1;
	int rc = 0;

	f->title = cost_cell_title(f->cell);
	f->name = file_name(f->title, f->cell->metric);
	for (int side = 0; side < sides; side++) {
		f->windows[side] = stacks_load(s, f->c, f->cell, (enum folded_side)side, &f->f, e);
		if (f->windows[side] < 0)
			return (int)f->windows[side];
	}
	folded_seal(&f->f);
	for (int side = 0; side < sides && !rc; side++)
		rc = put_side(f, (enum folded_side)side, e);
	if (!rc && f->windows[0] && f->windows[1])
		rc = put_both(f, e);
	return rc ? rc : f->windows[0] || f->windows[1];
}

int flames_write(struct store *s, const struct cost_comparison *c, const char *dir,
		 struct strv *files, struct error *e)
{
	bool any = false;
	int rc = fs_mkdirs(dir, e);

	for (size_t i = 0; i < c->n_cells && rc >= 0; i++) {
		struct flames f __cleanup(flames_release) = {
			.dir = dir, .files = files, .c = c, .cell = &c->cells[i]
		};

		rc = cell_write(s, &f, e);
		any |= rc > 0;
	}
	if (rc < 0)
		return rc;
	return any ? 0
		   : error_set(e, ENODATA,
			       "run %lld counted no call stacks: ask for them with --stacks",
			       (long long)c->run_id);
}

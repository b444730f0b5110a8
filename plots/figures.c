// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Figures by gnuplot: a script and a data file each, then one gnuplot for all
 * scripts. `gnuplot NAME.gp` in the folder draws a figure again.
 */
#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "lib/cleanup.h"
#include "lib/fs.h"
#include "lib/spawn.h"
#include "plots/figures.h"
#include "plots/format.h"
#include "plots/text.h"

#define GNUPLOT_TIMEOUT_S 120
#define PNG_SCALE	  2 /* pixels of the PNG for one of the SVG */

void figure_quote(struct strbuf *sb, const char *text)
{
	strbuf_addch(sb, '\'');
	for (; *text; text++) {
		if (strchr("_^@&~{}\\", *text))
			strbuf_addch(sb, '\\');
		if (*text == '\'')
			strbuf_addch(sb, '\'');
		strbuf_addch(sb, *text == '\n' ? ' ' : *text);
	}
	strbuf_addch(sb, '\'');
}

char *figure_change(const struct compare_cell *cell)
{
	char buf[TEXT_MAX];

	if (!cell->baseline.n_boots || !cell->patched.n_boots)
		return xstrdup(verdict_name(VERDICT_NOT_COMPARABLE));
	text_change(buf, cell);
	if (!strncmp(buf, "0 -> ", 5))
		return xasprintf("0 \u2192 %s", buf + 5);
	return buf[0] == '-' ? xasprintf("\u2212%s", buf + 1) : xstrdup(buf);
}

void figure_begin(struct strbuf *sb, const char *name)
{
	strbuf_addf(sb,
		    "# Written by foliobench; draw it again with: gnuplot %s.gp\n"
		    "reset\n"
		    "set encoding utf8\n"
		    "set datafile missing '?'\n"
		    "set datafile separator '\\t'\n"
		    "set border 3 lw 1 lc rgb '#404040'\n"
		    "set tics nomirror scale 0.5 textcolor rgb '#202020'\n"
		    "set style textbox opaque noborder margins 0.3,0.1 fillcolor rgb 'white'\n"
		    "data = '%s.dat'\n",
		    name, name);
}

void figure_end(struct strbuf *sb, const char *name, unsigned int width, unsigned int height,
		const char *plot)
{
	strbuf_addf(sb,
		    "set terminal svg size %u,%u dynamic enhanced font 'sans-serif,14' "
		    "background rgb 'white'\n"
		    "set output '%s.svg'\n%s\n"
		    "set terminal pngcairo size %u,%u enhanced font 'Sans,14' fontscale %d "
		    "linewidth %d pointscale %d background rgb 'white'\n"
		    "set output '%s.png'\n%s\n"
		    "set output\n",
		    width, height, name, plot, width * PNG_SCALE, height * PNG_SCALE, PNG_SCALE,
		    PNG_SCALE, PNG_SCALE, name, plot);
}

/* "cow-reuse", "pt-reclaim-vmpte_after", "fork-child_exit": safe as a file's name. */
static char *figure_name(const struct rows *r, size_t i)
{
	const struct row_group *g = &r->groups[i];
	struct strbuf sb = { 0 };
	bool first = true;

	for (size_t j = 0; j < r->n && first; j++) {
		if (!strcmp(r->groups[j].case_name, g->case_name)) {
			first = !strcmp(r->groups[j].metric, g->metric);
			break;
		}
	}
	strbuf_addstr(&sb, g->case_name);
	if (!first)
		strbuf_addf(&sb, "-%s", g->metric);
	if (*g->others)
		strbuf_addf(&sb, "-%s", g->others);
	for (char *p = sb.buf; p && *p; p++) {
		if (!isalnum((unsigned char)*p) && *p != '-')
			*p = '_';
	}
	return strbuf_detach(&sb);
}

static int write_part(const char *dir, const char *name, const char *end, const struct strbuf *text,
		      struct error *e)
{
	char *path __free = xasprintf("%s/%s%s", dir, name, end);

	return fs_write(path, strbuf_str(text), text->len, e);
}

int figure_write(const char *dir, const char *name, const struct strbuf *script,
		 const struct strbuf *data, struct strv *scripts, struct strv *files,
		 struct error *e)
{
	static const char *const ends[] = { ".png", ".svg", ".gp", ".dat" };
	int rc = write_part(dir, name, ".gp", script, e);

	if (!rc)
		rc = write_part(dir, name, ".dat", data, e);
	if (rc)
		return rc;
	strv_addf(scripts, "%s.gp", name);
	for (size_t i = 0; i < ARRAY_SIZE(ends); i++)
		strv_addf(files, "%s/%s%s", dir, name, ends[i]);
	return 0;
}

int figure_draw(const char *dir, const struct strv *scripts, struct error *e)
{
	char *gnuplot __free = spawn_which("gnuplot");
	struct strv argv __strv = { 0 }, env __strv = { 0 };
	struct spawn s = { .argv = &argv, .env = &env, .cwd = dir, .timeout_s = GNUPLOT_TIMEOUT_S };

	if (!gnuplot)
		return error_set(e, ENOENT,
				 "no gnuplot: apt install gnuplot-nox (scripts and data are in %s)",
				 dir);
	strv_add(&argv, gnuplot);
	strv_copy(&argv, scripts);
	/* numbers with a point, whatever the user's language */
	strv_add(&env, "LC_ALL=C.UTF-8");
	return error_prefix(e, spawn_run(&s, e), "gnuplot");
}

static int write_bars(const struct comparison *c, const struct rows *r, size_t i, const char *dir,
		      struct strv *scripts, struct strv *files, struct error *e)
{
	struct strbuf script __strbuf = { 0 }, data __strbuf = { 0 };
	char *name __free = figure_name(r, i);

	figure_bars(c, &r->groups[i], name, &script, &data);
	return figure_write(dir, name, &script, &data, scripts, files, e);
}

/* Bars of no height are no figure. */
static bool all_zero(const struct comparison *c, const struct row_group *g)
{
	for (size_t i = 0; i < g->n; i++) {
		const struct compare_cell *cell = &c->cells[g->index[i]];

		if (!cell->baseline.n_boots || !cell->patched.n_boots ||
		    cell->baseline.value != 0 || cell->patched.value != 0)
			return false;
	}
	return true;
}

int figures_write(const struct comparison *c, const char *dir, struct strv *files, struct error *e)
{
	struct strbuf script __strbuf = { 0 }, data __strbuf = { 0 };
	struct strv scripts __strv = { 0 }, made __strv = { 0 };
	struct rows r __rows = { 0 };
	int rc = fs_mkdirs(dir, e);

	rows_of_comparison(c, false, &r);
	if (!rc && !r.n)
		return error_set(e, ENODATA, "nothing to draw: no headline metric was measured");
	figure_summary(c, &r, "summary", &script, &data);
	if (!rc)
		rc = figure_write(dir, "summary", &script, &data, &scripts, &made, e);
	for (size_t i = 0; i < r.n && !rc; i++) {
		if (!all_zero(c, &r.groups[i]))
			rc = write_bars(c, &r, i, dir, &scripts, &made, e);
	}
	if (!rc)
		rc = figure_draw(dir, &scripts, e);
	if (!rc)
		strv_copy(files, &made);
	return rc;
}

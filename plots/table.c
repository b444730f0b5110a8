// SPDX-License-Identifier: GPL-2.0-or-later
/* Tables of text; see table.h. */
#include <errno.h>
#include <libsmartcols/libsmartcols.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "lib/cleanup.h"
#include "lib/strbuf.h"
#include "plots/table.h"

#define SEPARATOR_WIDTH 2
#define WRAP_MIN	20 /* below that a terminal is narrow beyond help */

struct table_cell {
	char *text;
	json_t *json;
	enum table_color color;
};

struct table {
	const struct table_column *columns;
	size_t n_columns, n_rows;
	struct table_cell *cells; /* row by row */
};

static const char *const colors[] = {
	[TABLE_GREEN] = "green",
	[TABLE_RED] = "red",
	[TABLE_YELLOW] = "brown",
	[TABLE_DIM] = "halfbright",
};

struct table *table_new(const struct table_column *columns, size_t n)
{
	struct table *t = xcalloc(1, sizeof(*t));

	t->columns = columns;
	t->n_columns = n;
	return t;
}

void table_free(struct table *t)
{
	if (!t)
		return;
	for (size_t i = 0; i < t->n_rows * t->n_columns; i++) {
		free(t->cells[i].text);
		json_decref(t->cells[i].json);
	}
	free(t->cells);
	free(t);
}

void table_row(struct table *t)
{
	size_t used = t->n_rows * t->n_columns;

	t->cells = xrealloc(t->cells, (used + t->n_columns) * sizeof(*t->cells));
	memset(t->cells + used, 0, t->n_columns * sizeof(*t->cells));
	t->n_rows++;
}

static struct table_cell *last(struct table *t, size_t column)
{
	if (!t->n_rows || column >= t->n_columns)
		abort();
	return &t->cells[(t->n_rows - 1) * t->n_columns + column];
}

void table_set(struct table *t, size_t column, const char *fmt, ...)
{
	struct table_cell *c = last(t, column);
	struct strbuf sb = { 0 };
	va_list ap;

	va_start(ap, fmt);
	strbuf_vaddf(&sb, fmt, ap);
	va_end(ap);
	free(c->text);
	c->text = strbuf_detach(&sb);
}

void table_set_json(struct table *t, size_t column, json_t *value)
{
	struct table_cell *c = last(t, column);

	json_decref(c->json);
	c->json = value;
}

void table_set_color(struct table *t, size_t column, enum table_color color)
{
	last(t, column)->color = color;
}

static bool wants_color(FILE *out)
{
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

	return fileno(out) >= 0 && isatty(fileno(out)) && !(no && *no) && term &&
	       strcmp(term, "dumb") != 0;
}

static size_t width_of(FILE *out)
{
	struct winsize ws;

	if (fileno(out) < 0 || ioctl(fileno(out), TIOCGWINSZ, &ws) < 0)
		return 0;
	return ws.ws_col;
}

/* The widest text of a column, its title included. */
static size_t natural_width(const struct table *t, size_t column)
{
	size_t width = strlen(t->columns[column].title);

	for (size_t r = 0; r < t->n_rows; r++) {
		const char *text = t->cells[r * t->n_columns + column].text;

		if (text && strlen(text) > width)
			width = strlen(text);
	}
	return width;
}

/*
 * How wide the columns that wrap may be in WIDTH columns: the same for each, and
 * what one of them does not need goes to the others. 0: as wide as they like.
 */
static size_t wrap_width(const struct table *t, size_t width)
{
	size_t room = width, n = 0, share = 0;

	for (size_t i = 0; width && i < t->n_columns; i++) {
		size_t taken = !t->columns[i].title ? 0 : SEPARATOR_WIDTH;

		if (t->columns[i].title && !t->columns[i].wrap)
			taken += natural_width(t, i);
		n += t->columns[i].title && t->columns[i].wrap;
		room = room > taken ? room - taken : 0;
	}
	for (size_t turn = 0; n && turn < t->n_columns; turn++) {
		size_t left = room, wide = 0;

		share = share ? share : room / n;
		for (size_t i = 0; i < t->n_columns; i++) {
			size_t natural;

			if (!t->columns[i].title || !t->columns[i].wrap)
				continue;
			natural = natural_width(t, i);
			wide += natural > share;
			left -= natural > share ? 0 : natural;
		}
		if (!wide)
			return 0;
		share = left / wide;
	}
	return n && share < WRAP_MIN ? WRAP_MIN : share;
}

/* TEXT in lines of at most WIDTH bytes, broken at blanks; longer words stay whole. */
static char *break_lines(const char *text, size_t width)
{
	struct strv words __strv = { 0 };
	struct strbuf sb = { 0 };
	size_t at = 0;

	strv_split(&words, text, " ");
	strv_for_each(&words, it) {
		size_t len = strlen(*it);

		if (at && at + 1 + len > width) {
			strbuf_addch(&sb, '\n');
			at = 0;
		} else if (at) {
			strbuf_addch(&sb, ' ');
			at++;
		}
		strbuf_addstr(&sb, *it);
		at += len;
	}
	return strbuf_detach(&sb);
}

/* Columns that are shown, in the order of the table. */
static int add_columns(const struct table *t, struct libscols_table *tb)
{
	for (size_t i = 0; i < t->n_columns; i++) {
		int flags = t->columns[i].align == TABLE_RIGHT ? SCOLS_FL_RIGHT : 0;
		struct libscols_column *cl;

		if (!t->columns[i].title)
			continue;
		if (t->columns[i].wrap)
			flags |= SCOLS_FL_WRAP;
		cl = scols_table_new_column(tb, t->columns[i].title, 0, flags);
		if (!cl)
			return -ENOMEM;
		if (!t->columns[i].wrap)
			continue;
		/* where break_lines() says */
		scols_column_set_safechars(cl, "\n");
		scols_column_set_wrapfunc(cl, scols_wrapnl_chunksize, scols_wrapnl_nextchunk, NULL);
	}
	return 0;
}

static int add_rows(const struct table *t, size_t wrap, struct libscols_table *tb)
{
	for (size_t r = 0; r < t->n_rows; r++) {
		struct libscols_line *line = scols_table_new_line(tb, NULL);
		size_t shown = 0;

		if (!line)
			return -ENOMEM;
		for (size_t i = 0; i < t->n_columns; i++) {
			const struct table_cell *c = &t->cells[r * t->n_columns + i];
			char *lines __free = NULL;

			if (!t->columns[i].title)
				continue;
			if (wrap && t->columns[i].wrap && c->text)
				lines = break_lines(c->text, wrap);
			if (scols_line_set_data(line, shown,
						lines	  ? lines
						: c->text ? c->text
							  : ""))
				return -ENOMEM;
			if (colors[c->color])
				scols_cell_set_color(scols_line_get_cell(line, shown),
						     colors[c->color]);
			shown++;
		}
	}
	return 0;
}

size_t table_width(const struct table *t)
{
	size_t width = 0;

	for (size_t i = 0; i < t->n_columns; i++) {
		if (t->columns[i].title)
			width += natural_width(t, i) + (width ? SEPARATOR_WIDTH : 0);
	}
	return width;
}

int table_print(const struct table *t, FILE *out, struct error *e)
{
	struct libscols_table *tb = scols_new_table();
	size_t width = width_of(out);
	int rc;

	if (!tb)
		return error_sys(e, ENOMEM, "table");
	scols_table_set_stream(tb, out);
	scols_table_enable_colors(tb, wants_color(out));
	scols_table_enable_minout(tb, 1);
	scols_table_set_column_separator(tb, "  ");
	scols_table_set_termforce(tb, width ? SCOLS_TERMFORCE_ALWAYS : SCOLS_TERMFORCE_NEVER);
	if (width)
		scols_table_set_termwidth(tb, width);
	rc = add_columns(t, tb);
	if (!rc)
		rc = add_rows(t, wrap_width(t, width), tb);
	if (!rc && t->n_rows)
		rc = scols_print_table(tb);
	scols_unref_table(tb);
	return rc ? error_sys(e, rc < 0 ? -rc : EIO, "table") : 0;
}

json_t *table_to_json(const struct table *t)
{
	json_t *rows = json_array();

	for (size_t r = 0; r < t->n_rows; r++) {
		json_t *row = json_object();

		for (size_t i = 0; i < t->n_columns; i++) {
			const struct table_cell *c = &t->cells[r * t->n_columns + i];
			json_t *value = json_null();

			if (c->json)
				value = json_incref(c->json);
			else if (c->text)
				value = json_string(c->text);
			json_object_set_new(row, t->columns[i].key, value);
		}
		json_array_append_new(rows, row);
	}
	return rows;
}

int table_print_json(const struct table *t, const char *name, FILE *out, struct error *e)
{
	json_t *obj __json = json_pack("{s:o}", name, table_to_json(t));

	if (!obj || json_dumpf(obj, out, JSON_INDENT(2) | JSON_REAL_PRECISION(12)) ||
	    fputc('\n', out) == EOF)
		return error_sys(e, errno ? errno : EIO, "JSON output");
	return 0;
}

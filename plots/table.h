/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tables of text, by libsmartcols: the one place that includes it. Also as
 * JSON, for lists. Colour and the terminal's width are used only when the
 * stream is a terminal (and NO_COLOR is not set). A zeroed struct is not valid.
 */
#ifndef FB_PLOTS_TABLE_H
#define FB_PLOTS_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "lib/error.h"
#include "lib/json.h"

enum table_align { TABLE_LEFT, TABLE_RIGHT };

struct table_column {
	const char *key;   /* of the JSON object, "build_s" */
	const char *title; /* "BUILD"; NULL: in the JSON only */
	enum table_align align;
	bool wrap; /* long text: breaks into lines on a narrow terminal */
};

enum table_color { TABLE_PLAIN, TABLE_GREEN, TABLE_RED, TABLE_YELLOW, TABLE_DIM };

struct table;

/* COLUMNS are not copied and must outlive the table. Never fails (abort on no memory). */
struct table *table_new(const struct table_column *columns, size_t n);
void table_free(struct table *t);
static inline void table_freep(struct table **t)
{
	table_free(*t);
}
#define __table __attribute__((cleanup(table_freep)))

/* Adds an empty row; the table_set functions fill the cells of the last one. */
void table_row(struct table *t);
/* Text as shown; in the JSON the same as a string, unless table_set_json() gives another. */
void table_set(struct table *t, size_t column, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* The JSON value of the cell; takes the reference. */
void table_set_json(struct table *t, size_t column, json_t *value);
void table_set_color(struct table *t, size_t column, enum table_color color);

/* How many columns of text the table takes where nothing is wrapped. */
size_t table_width(const struct table *t);
int table_print(const struct table *t, FILE *out, struct error *e);
/* [{"key":...},...]; a new reference. Cells never set are null. */
json_t *table_to_json(const struct table *t);
/* {"NAME":[...]} indented, with a newline. */
int table_print_json(const struct table *t, const char *name, FILE *out, struct error *e);

#endif

// SPDX-License-Identifier: GPL-2.0-or-later
/* Call stacks as text; see folded.h. */
#define _GNU_SOURCE /* memrchr */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cleanup.h"
#include "lib/folded.h"
#include "lib/symbols.h"

#define NAME_MAX_TEXT 512

/*
 * Appends one name of a stack. BEFORE is the one that was appended last, as it was in the
 * text and without its suffix: "f" under "f.part.0" is a call of its own unless one of them
 * has a suffix.
 */
static void add_frame(struct strbuf *out, const char *name, char before[2][NAME_MAX_TEXT])
{
	char base[NAME_MAX_TEXT];
	bool split;

	symbol_base(name, base, sizeof(base));
	split = out->len && !strcmp(base, before[1]) && strcmp(name, before[0]);
	if (!split)
		strbuf_addf(out, "%s%s", out->len ? ";" : "", base);
	snprintf(before[0], NAME_MAX_TEXT, "%s", name);
	snprintf(before[1], NAME_MAX_TEXT, "%s", base);
}

static char *clean(const char *frames, size_t len)
{
	char before[2][NAME_MAX_TEXT] = { "", "" };
	struct strv names __strv = { 0 };
	struct strbuf out = { 0 };
	char *copy __free = xcalloc(len + 1, 1);

	memcpy(copy, frames, len);
	strv_split(&names, copy, ";");
	strv_for_each(&names, it)
		add_frame(&out, *it, before);
	return strbuf_detach(&out);
}

static void add_stack(struct folded *f, char *frames, enum folded_side side, double n)
{
	if (f->n == f->room) {
		f->room = f->room ? 2 * f->room : 64;
		f->v = xrealloc(f->v, f->room * sizeof(*f->v));
	}
	f->v[f->n] = (struct folded_stack){ .frames = frames };
	f->v[f->n++].n[side] = n;
}

/* One line of LEN characters; false if it is none. */
static bool add_line(struct folded *f, const char *line, size_t len, enum folded_side side,
		     double weight)
{
	const char *blank = memrchr(line, ' ', len);
	char *end = NULL;
	double n;

	if (!blank || blank == line || blank + 1 == line + len)
		return false;
	n = strtod(blank + 1, &end);
	if (end != line + len || !(n >= 0 && n < 1e18))
		return false;
	add_stack(f, clean(line, (size_t)(blank - line)), side, n * weight);
	return true;
}

int folded_add(struct folded *f, const char *text, enum folded_side side, double weight,
	       struct error *e)
{
	while (*text) {
		const size_t len = strcspn(text, "\n");

		if (len && !add_line(f, text, len, side, weight))
			return error_set(e, EPROTO, "no call stack with a count: '%.*s'",
					 (int)(len < 80 ? len : 80), text);
		text += len + (text[len] == '\n');
	}
	return 0;
}

/* Frame by frame: what a function calls follows it at once, before any longer name. */
static int by_frames(const void *a, const void *b)
{
	const struct folded_stack *x = a, *y = b;
	const unsigned char *p = (const unsigned char *)x->frames;
	const unsigned char *q = (const unsigned char *)y->frames;

	for (; *p && *p == *q; p++)
		q++;
	return (*p == ';' ? 1 : *p) - (*q == ';' ? 1 : *q);
}

void folded_seal(struct folded *f)
{
	size_t kept = 0;

	if (f->n)
		qsort(f->v, f->n, sizeof(*f->v), by_frames);
	for (size_t i = 0; i < f->n; i++) {
		struct folded_stack *last = kept ? &f->v[kept - 1] : NULL;

		if (!last || strcmp(last->frames, f->v[i].frames)) {
			f->v[kept++] = f->v[i];
			continue;
		}
		last->n[0] += f->v[i].n[0];
		last->n[1] += f->v[i].n[1];
		free(f->v[i].frames);
	}
	f->n = kept;
}

void folded_release(struct folded *f)
{
	for (size_t i = 0; i < f->n; i++)
		free(f->v[i].frames);
	free(f->v);
	*f = (struct folded){ 0 };
}

double folded_total(const struct folded *f, enum folded_side side)
{
	double sum = 0;

	for (size_t i = 0; i < f->n; i++)
		sum += f->v[i].n[side];
	return sum;
}

void folded_write(const struct folded *f, enum folded_side side, struct strbuf *out)
{
	for (size_t i = 0; i < f->n; i++) {
		if (f->v[i].n[side] >= 0.5)
			strbuf_addf(out, "%s %.0f\n", f->v[i].frames, f->v[i].n[side]);
	}
}

void folded_write_both(const struct folded *f, struct strbuf *out)
{
	for (size_t i = 0; i < f->n; i++) {
		const double a = f->v[i].n[0], b = f->v[i].n[1];

		if (a >= 0.5 || b >= 0.5)
			strbuf_addf(out, "%s %.0f %.0f\n", f->v[i].frames, a, b);
	}
}

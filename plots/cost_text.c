// SPDX-License-Identifier: GPL-2.0-or-later
/* Counts in figures and words, and which functions are shown one by one; see cost.h. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cleanup.h"
#include "plots/cost.h"
#include "plots/rows.h"
#include "plots/text.h"

/* What is not shown one by one is at most this part of the whole. */
#define REST_MAX 0.01

/* Of what is less than that an operation there are a few a window: once a system call, say. */
#define RARE 0.01

bool cost_differs(double a, double b)
{
	return fabs(a - b) > 1e-9 * (1 + fabs(a) + fabs(b));
}

bool cost_is_rare(double value)
{
	return cost_differs(value, 0) && fabs(value) < RARE;
}

/* How many digits behind the point VALUE deserves. */
static int decimals_of(double value)
{
	double size = fabs(value);

	return size >= 100 ? 1 : size >= 10 ? 2 : size >= 0.1 ? 3 : 4;
}

char *cost_number(char buf[COST_TEXT_MAX], double value, bool with_sign)
{
	const char *sign = with_sign && value > 0 ? "+" : "";
	size_t len;

	if (!cost_differs(value, 0))
		return strcpy(buf, "0.0");
	if (fabs(value) < 0.00005) { /* a page of very many */
		snprintf(buf, COST_TEXT_MAX, "%s%.1e", sign, value);
		return buf;
	}
	snprintf(buf, COST_TEXT_MAX, "%s%.*f", sign, decimals_of(value), value);
	len = strlen(buf);
	while (buf[len - 1] == '0' && buf[len - 2] != '.')
		buf[--len] = '\0';
	return buf;
}

int cost_put_number(FILE *out, int width, double value, bool with_sign)
{
	char buf[COST_TEXT_MAX];
	const char *point = strchr(cost_number(buf, value, with_sign), '.');
	int behind = point ? (int)strlen(point) : 0;
	int pad = behind < 5 ? 5 - behind : 0; /* the point and four digits */

	fprintf(out, "%*s", width - pad, buf);
	return pad;
}

char *cost_cell_title(const struct cost_cell *c)
{
	struct strbuf params __strbuf = { 0 };

	row_params(c->params, &params);
	return xasprintf("%s%s%s", c->case_name, params.len ? " " : "", strbuf_str(&params));
}

char *cost_per_label(const struct cost_cell *c)
{
	char *words = text_words(c->metric), *label;

	if (strstr(c->metric, "per_"))
		return words;
	label = xasprintf("%s, per %s", words, c->per);
	free(words);
	return label;
}

const char *cost_event_text(enum cost_event event)
{
	return cost_events[event].text;
}

/* What a row is shown for however few instructions it has: other CPUs pay for it, too. */
static const enum cost_event beyond[] = { COST_ATOMICS, COST_TLB, COST_BARRIERS, COST_DSB };

static void add_events(struct strbuf *sb, const struct cost_counts *c, double ops, bool with_sign)
{
	static const struct {
		enum cost_event event;
		const char *text; /* there is a line for each function: no room for more */
	} said[] = { { COST_ATOMICS, "atomics" },
		     { COST_TLB, "TLB" },
		     { COST_BARRIERS, "barriers" },
		     { COST_DSB, "dsb" },
		     { COST_STRING, "string" } };
	char buf[COST_TEXT_MAX];

	for (size_t i = 0; i < ARRAY_SIZE(said); i++) {
		double n = c->n[said[i].event] * ops;

		if (cost_differs(n, 0))
			strbuf_addf(sb, "%s%s %s", sb->len ? ", " : "", said[i].text,
				    cost_number(buf, n, with_sign));
	}
}

/* Without what the calls say as well. */
static const char *own_note(const char *note)
{
	static const char *const said[] = { "not called before", "no longer called" };

	for (size_t i = 0; i < ARRAY_SIZE(said); i++) {
		size_t len = strlen(said[i]);

		if (!strncmp(note, said[i], len))
			return strncmp(note + len, "; ", 2) ? "" : note + len + 2;
	}
	return note;
}

/* Beyond it a change is told as a factor: "+819200%" is no figure for people. */
#define FACTOR_FROM 20

const char *cost_change_text(char *buf, double a, double b)
{
	if (b / a < FACTOR_FROM)
		return text_percent(buf, b / a - 1);
	snprintf(buf, TEXT_MAX, "x %.*f", b / a < 100 ? 1 : 0, b / a);
	return buf;
}

bool cost_may_be_chance(const struct cost_row *row)
{
	const struct cost_function *a = row->baseline, *b = row->patched;

	return a && b && (a->varies || b->varies) && cost_differs(row->delta.n[COST_INSNS], 0) &&
	       a->lo <= b->hi && b->lo <= a->hi;
}

char *cost_row_remark(const struct cost_row *row, double ops)
{
	double delta = row->delta.n[COST_INSNS];
	struct strbuf sb = { 0 }, events __strbuf = { 0 };
	char buf[COST_TEXT_MAX];

	if (cost_is_rare(delta)) {
		strbuf_addf(&events, "a window: %s", cost_number(buf, delta * ops, true));
		add_events(&events, &row->delta, ops, true);
	} else {
		add_events(&events, &row->delta, 1, true);
	}
	strbuf_addstr(&sb, own_note(row->note));
	if (events.len)
		strbuf_addf(&sb, "%s%s", sb.len ? "; " : "", strbuf_str(&events));
	if (cost_may_be_chance(row))
		strbuf_addf(&sb, "%svaries, ranges overlap", sb.len ? "; " : "");
	return strbuf_detach(&sb);
}

char *cost_events_remark(const struct cost_counts *c, bool with_sign)
{
	struct strbuf sb = { 0 };

	add_events(&sb, c, 1, with_sign);
	return strbuf_detach(&sb);
}

/* One row to choose from. */
struct candidate {
	size_t index;
	double size, baseline, patched;
	bool must;
};

static int by_size(const void *va, const void *vb)
{
	const struct candidate *a = va, *b = vb;

	if (a->size != b->size)
		return a->size < b->size ? 1 : -1;
	return a->index < b->index ? -1 : a->index > b->index;
}

static struct candidate of_row(const struct cost_row *r, size_t index)
{
	double a = r->baseline ? r->baseline->c.n[COST_INSNS] : 0;
	double b = r->patched ? r->patched->c.n[COST_INSNS] : 0;

	return (struct candidate){
		.index = index,
		.size = cost_differs(a, b) ? fabs(r->delta.n[COST_INSNS]) : 0,
		.baseline = a,
		.patched = b,
	};
}

static size_t candidates(const struct cost_cell *c, bool profile, bool user, struct candidate *v)
{
	size_t n = 0;

	for (size_t i = 0; !profile && i < c->n_rows; i++) {
		if (c->rows[i].user == user)
			v[n++] = of_row(&c->rows[i], i);
	}
	for (size_t i = 0; profile && i < c->baseline.n; i++) {
		const struct cost_function *f = &c->baseline.v[i];

		if (f->user == user)
			v[n++] = (struct candidate){
				.index = i,
				.size = f->c.n[COST_INSNS],
				.baseline = f->c.n[COST_INSNS],
			};
	}
	qsort(v, n, sizeof(*v), by_size);
	return n;
}

/* What is to be shown of row INDEX: all of it, of a comparison its difference. */
static const struct cost_counts *counts_at(const struct cost_cell *c, bool profile, size_t index)
{
	return profile ? &c->baseline.v[index].c : &c->rows[index].delta;
}

/* What one event is of a candidate. */
struct share {
	size_t at; /* among the candidates */
	double size;
};

static int by_share(const void *va, const void *vb)
{
	const struct share *a = va, *b = vb;

	if (a->size != b->size)
		return a->size < b->size ? 1 : -1;
	return a->at < b->at ? -1 : a->at > b->at;
}

/* Those that make all of EVENT but REST_MAX of it must be shown. */
static void need(const struct cost_cell *c, bool profile, enum cost_event event,
		 struct candidate *v, size_t n)
{
	struct share *shares __free = xcalloc(n + 1, sizeof(*shares));
	double whole = 0, left = 0;

	for (size_t i = 0; i < n; i++) {
		double x = counts_at(c, profile, v[i].index)->n[event];

		shares[i] = (struct share){ i, cost_differs(x, 0) ? fabs(x) : 0 };
		whole += x;
		left += shares[i].size;
	}
	qsort(shares, n, sizeof(*shares), by_share);
	for (size_t i = 0; i < n && shares[i].size > 0; i++) {
		v[shares[i].at].must |= left > REST_MAX * fabs(whole);
		left -= shares[i].size;
	}
}

static bool any_beyond(const struct cost_counts *c)
{
	for (size_t i = 0; i < ARRAY_SIZE(beyond); i++) {
		if (cost_differs(c->n[beyond[i]], 0))
			return true;
	}
	return false;
}

static void add_rest(struct cost_shown *out, const struct candidate *v, const struct cost_counts *c,
		     double whole)
{
	out->n_rest++;
	out->baseline += v->baseline;
	out->patched += v->patched;
	out->share += whole > 0 ? v->size / whole : 0;
	for (int i = 0; i < COST_EVENTS; i++)
		out->rest.n[i] += c->n[i];
}

void cost_show(const struct cost_cell *c, bool profile, bool user, bool all, struct cost_shown *out)
{
	size_t room = profile ? c->baseline.n : c->n_rows, n;
	struct candidate *v __free = xcalloc(room + 1, sizeof(*v));
	double whole = 0, left = 0;

	*out = (struct cost_shown){ .index = xcalloc(room + 1, sizeof(*out->index)) };
	n = candidates(c, profile, user, v);
	for (size_t i = 0; i < n; i++) {
		whole += profile ? v[i].size : v[i].patched - v[i].baseline;
		left += v[i].size;
	}
	for (size_t i = 0; i < ARRAY_SIZE(beyond); i++)
		need(c, profile, beyond[i], v, n);
	whole = fabs(whole);
	for (size_t i = 0; i < n; i++) {
		bool needed = v[i].size > 0 && (all || left > REST_MAX * whole);

		left -= v[i].size;
		if (needed || v[i].must) {
			out->index[out->n++] = v[i].index;
		} else if (v[i].size > 0 || any_beyond(counts_at(c, profile, v[i].index))) {
			add_rest(out, &v[i], counts_at(c, profile, v[i].index), whole);
		} else {
			out->n_equal++;
			out->equal += v[i].baseline;
		}
	}
	out->delta = out->patched - out->baseline;
}

void cost_shown_release(struct cost_shown *s)
{
	free(s->index);
	*s = (struct cost_shown){ 0 };
}

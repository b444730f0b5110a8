// SPDX-License-Identifier: GPL-2.0-or-later
/* Flame graphs; see flame.h. The outermost function is at the bottom. */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cleanup.h"
#include "plots/flame.h"

#define WIDTH	   1200
#define MARGIN	   10
#define TOP	   52 /* title and what the counts are */
#define ROW	   17
#define CHAR_WIDTH 7.0 /* of a monospaced font of 12 pixels, a little rounded up */
#define MIN_WIDTH  0.3

/* A function in one place of the tree. */
struct node {
	const char *name; /* in the stacks' text, NAME_LEN characters */
	size_t name_len;
	size_t parent; /* the root's is its own */
	size_t depth;
	double self[2], all[2]; /* executed in it alone, and with what it calls */
	double width;		/* in counts: of it and all above it */
	double left;		/* in counts, from the left edge */
	double used;		/* how much of the width its functions have taken */
};

struct tree {
	struct node *v; /* v[0]: the root; parents before children */
	size_t n, room;
	size_t depth;
	double most; /* the largest difference of a function's own counts */
};

static size_t add_node(struct tree *t, size_t parent, const char *name, size_t len)
{
	if (t->n == t->room) {
		t->room = t->room ? 2 * t->room : 256;
		t->v = xrealloc(t->v, t->room * sizeof(*t->v));
	}
	t->v[t->n] = (struct node){ .name = name, .name_len = len, .parent = parent };
	if (t->n)
		t->v[t->n].depth = t->v[parent].depth + 1;
	if (t->v[t->n].depth > t->depth)
		t->depth = t->v[t->n].depth;
	return t->n++;
}

/* The node of NAME called by PARENT: stacks are sorted, so it is the last one there, or new. */
static size_t child(struct tree *t, size_t *last, size_t parent, const char *name, size_t len)
{
	const struct node *l = *last ? &t->v[*last] : NULL;

	if (!l || l->parent != parent || l->name_len != len || memcmp(l->name, name, len))
		*last = add_node(t, parent, name, len);
	return *last;
}

/*
 * PATH[D] is the node at depth D of the stack before; sorted by text, stacks with the same
 * beginning follow each other.
 */
static void add_stack(struct tree *t, const struct folded_stack *s, size_t **path, size_t *room)
{
	const char *p = s->frames;
	size_t at = 0, depth = 0;

	while (*p) {
		const size_t len = strcspn(p, ";");

		if (++depth >= *room) {
			*path = xrealloc(*path, 2 * depth * sizeof(**path));
			memset(*path + *room, 0, (2 * depth - *room) * sizeof(**path));
			*room = 2 * depth;
		}
		at = child(t, &(*path)[depth], at, p, len);
		p += len + (p[len] == ';');
	}
	for (int side = 0; side < 2; side++)
		t->v[at].self[side] += s->n[side];
}

/* Sums from the leaves to the root, then places from the root to the leaves. */
static void lay_out(struct tree *t, const struct flame_look *look)
{
	for (size_t i = t->n; i-- > 0;) {
		struct node *n = &t->v[i], *up = &t->v[n->parent];
		const double change = fabs(n->self[1] - n->self[0]);

		if (change > t->most)
			t->most = change;
		n->width += look->diff ? fmax(n->self[0], n->self[1]) : n->self[look->side];
		for (int side = 0; side < 2; side++)
			n->all[side] += n->self[side];
		if (!i)
			break;
		up->width += n->width;
		for (int side = 0; side < 2; side++)
			up->all[side] += n->all[side];
	}
	for (size_t i = 1; i < t->n; i++) {
		struct node *n = &t->v[i], *up = &t->v[n->parent];

		n->left = up->left + up->used;
		up->used += n->width;
	}
}

static void add_text(struct strbuf *out, const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		const char c = text[i];

		if (c == '<' || c == '>' || c == '&' || c == '"')
			strbuf_addf(out, "&#%d;", c);
		else
			strbuf_addch(out, (unsigned char)c < 0x20 ? ' ' : c);
	}
}

/* A colour that is always the same for a name: yellow to orange. */
static void warm(const struct node *n, char color[8])
{
	uint32_t hash = 2166136261u;

	for (size_t i = 0; i < n->name_len; i++)
		hash = (hash ^ (unsigned char)n->name[i]) * 16777619u;
	snprintf(color, 8, "#%02x%02x%02x", 225 + hash % 30, 130 + (hash >> 8) % 90,
		 50 + (hash >> 16) % 40);
}

/* White where nothing changed, red for more, blue for less. */
static void by_change(const struct node *n, double most, char color[8])
{
	const double change = n->self[1] - n->self[0];
	/* the root of it, or all but the largest would look alike */
	const double much = most > 0 ? sqrt(fabs(change) / most) : 0;
	const int pale = 240 - (int)(150 * much);

	if (change > 0)
		snprintf(color, 8, "#f0%02x%02x", pale, pale);
	else
		snprintf(color, 8, "#%02x%02xf0", pale, pale);
}

static void add_title(struct strbuf *out, const struct node *n, const struct node *root,
		      const struct flame_look *look)
{
	const int s = look->diff ? 1 : look->side;

	strbuf_addstr(out, "<title>");
	add_text(out, n->name, n->name_len);
	if (look->diff)
		strbuf_addf(out,
			    ": %.10g, was %.10g (%+.10g); in it alone %.10g, was %.10g (%+.10g)",
			    n->all[1], n->all[0], n->all[1] - n->all[0], n->self[1], n->self[0],
			    n->self[1] - n->self[0]);
	else
		strbuf_addf(out, ": %.10g, %.2f%% of all; in it alone %.10g", n->all[s],
			    root->all[s] > 0 ? 100 * n->all[s] / root->all[s] : 0, n->self[s]);
	strbuf_addstr(out, "</title>");
}

static void add_function(struct strbuf *out, const struct tree *t, const struct node *n,
			 const struct flame_look *look)
{
	const struct node *root = &t->v[0];
	const double scale = root->width > 0 ? (WIDTH - 2 * MARGIN) / root->width : 0;
	const double x = MARGIN + n->left * scale, width = n->width * scale;
	const size_t y = TOP + (t->depth - n->depth) * ROW;
	size_t fits = width > 2 * CHAR_WIDTH ? (size_t)((width - 6) / CHAR_WIDTH) : 0;
	char color[8];

	if (width < MIN_WIDTH)
		return;
	if (look->diff)
		by_change(n, t->most, color);
	else
		warm(n, color);
	strbuf_addstr(out, "<g>");
	add_title(out, n, root, look);
	strbuf_addf(out, "<rect x=\"%.2f\" y=\"%zu\" width=\"%.2f\" height=\"%d\" fill=\"%s\"/>", x,
		    y, width, ROW - 1, color);
	if (fits >= 3) {
		strbuf_addf(out, "<text x=\"%.2f\" y=\"%zu\">", x + 3, y + 12);
		add_text(out, n->name, fits < n->name_len ? fits - 1 : n->name_len);
		strbuf_addstr(out, fits < n->name_len ? "\u2026</text>" : "</text>");
	}
	strbuf_addstr(out, "</g>\n");
}

static void add_head(struct strbuf *out, const struct tree *t, const struct flame_look *look)
{
	const size_t height = TOP + (t->depth + 1) * ROW + MARGIN;
	const struct node *root = &t->v[0];

	strbuf_addf(out,
		    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		    "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%zu\" "
		    "viewBox=\"0 0 %d %zu\" font-family=\"monospace\" font-size=\"12\">\n"
		    "<rect width=\"100%%\" height=\"100%%\" fill=\"#ffffff\"/>\n"
		    "<text x=\"%d\" y=\"20\" font-family=\"sans-serif\" font-size=\"16\">",
		    WIDTH, height, WIDTH, height, MARGIN);
	add_text(out, look->title, strlen(look->title));
	strbuf_addf(out, "</text>\n<text x=\"%d\" y=\"40\" font-family=\"sans-serif\">", MARGIN);
	add_text(out, look->unit, strlen(look->unit));
	if (look->diff)
		strbuf_addf(
			out,
			": %.10g, was %.10g (%+.10g). Width: the larger of both; red: more in the "
			"function itself, blue: less",
			root->all[1], root->all[0], root->all[1] - root->all[0]);
	else
		strbuf_addf(out, ": %.10g", root->all[look->side]);
	strbuf_addstr(out, "</text>\n");
}

void flame_svg(const struct folded *f, const struct flame_look *look, struct strbuf *out)
{
	size_t *path = NULL, room = 0;
	struct tree t = { 0 };

	add_node(&t, 0, "all", 3);
	for (size_t i = 0; i < f->n; i++)
		add_stack(&t, &f->v[i], &path, &room);
	lay_out(&t, look);
	add_head(out, &t, look);
	for (size_t i = 0; i < t.n; i++)
		add_function(out, &t, &t.v[i], look);
	strbuf_addstr(out, "</svg>\n");
	free(path);
	free(t.v);
}

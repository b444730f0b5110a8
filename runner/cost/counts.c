// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What is behind the bar of a line of the plugin's file: counts of blocks, or of call stacks;
 * see file.h.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cleanup.h"
#include "runner/cost/file.h"

#define COUNT_MAX (1ULL << 56)

static bool read_count(const char **at, uint64_t *n)
{
	return *(*at)++ == ':' && cost_decimal(at, n) && *n && *n < COUNT_MAX;
}

/* "ID:COUNT ID:COUNT ..." */
static int parse_counts(const struct cost_file *f, struct cost_text *t, struct error *e)
{
	struct cost_counts *c = &t->counts;
	const char *at = t->text;
	size_t room = 0;

	while (*at) {
		const struct cost_block *b;
		uint64_t id, n;
		long index;

		if (!cost_decimal(&at, &id) || !read_count(&at, &n) || (*at && *at++ != ' '))
			return error_set(e, EPROTO, "counts that are none");
		index = cost_block_find(&f->blocks, id);
		if (index < 0)
			return error_set(e, EPROTO, "a count of block %llu, which is not there",
					 (unsigned long long)id);
		if (c->n == room) {
			room = room ? 2 * room : 64;
			c->v = xrealloc(c->v, room * sizeof(*c->v));
		}
		c->v[c->n].block = (uint32_t)index;
		c->v[c->n++].n = n;
		b = &f->blocks.v[index];
		c->insns += n * b->n;
		c->loads += n * b->loads;
		c->stores += n * b->stores;
	}
	return 0;
}

/* "ADDR;ADDR:COUNT ADDR:COUNT ...": only looked through, they are read when they are wanted. */
static int check_stacks(const struct cost_text *t, struct error *e)
{
	const char *at = t->text;
	uint64_t v;

	while (*at) {
		if (!cost_hex(&at, &v))
			return error_set(e, EPROTO, "a call stack that is none");
		if (*at == ';') {
			at++;
			continue;
		}
		if (!read_count(&at, &v) || (*at && *at++ != ' '))
			return error_set(e, EPROTO, "a call stack without its count");
	}
	return 0;
}

void cost_text_put(struct cost_text *t)
{
	if (!t || --t->refs)
		return;
	free(t->counts.v);
	free(t->text);
	free(t);
}

struct cost_text *cost_text_get(struct cost_file *f, const char *text, size_t len, bool stacks,
				struct error *e)
{
	/* the same text may be one of counts (":" alone tells) or of stacks */
	uint64_t hash = cost_hash(text, len) + stacks;
	struct cost_text **slot = &f->texts[hash % COST_TEXTS];
	struct cost_text *t = *slot;
	int rc;

	if (t && t->hash == hash && t->len == len && !memcmp(t->text, text, len)) {
		t->refs++;
		return t;
	}
	t = xcalloc(1, sizeof(*t));
	t->text = xstrdup(text);
	t->len = len;
	t->hash = hash;
	t->serial = ++f->serial;
	t->refs = 1;
	rc = stacks ? check_stacks(t, e) : parse_counts(f, t, e);
	if (rc < 0) {
		cost_text_put(t);
		return NULL;
	}
	cost_text_put(*slot);
	t->refs++;
	*slot = t;
	return t;
}

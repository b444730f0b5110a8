// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * From the counts of a window to a profile for each span, vCPU and context; see read.h. What a
 * span is made of is the key by which an earlier window's profile is found again.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cleanup.h"
#include "runner/cost/file.h"

/* What QEMU may count otherwise of accesses to memory: a part in so many. */
#define VERIFY_PART 1000

static bool is_of(const struct cost_bank *b, unsigned int span)
{
	return !b->stacks && b->mask >> span & 1;
}

uint64_t cost_window_insns(const struct cost_window *w, unsigned int span, const char *context)
{
	uint64_t n = 0;

	for (size_t i = 0; i < w->n_banks; i++) {
		const struct cost_bank *b = &w->banks[i];

		if (is_of(b, span) && (!context || !strcmp(b->context, context)))
			n += b->text->counts.insns;
	}
	return n;
}

/* What is entered by a call or by the CPU itself begins a block. */
static uint64_t entries(const struct cost_file *f, const struct cost_counts *c, uint64_t addr)
{
	uint64_t n = 0;

	for (size_t i = 0; i < c->n; i++) {
		if (f->blocks.v[c->v[i].block].v->addr == addr)
			n += c->v[i].n;
	}
	return n;
}

uint64_t cost_window_entries(const struct cost_window *w, unsigned int span, uint64_t addr)
{
	uint64_t n = 0;

	for (size_t i = 0; i < w->n_banks; i++) {
		if (is_of(&w->banks[i], span))
			n += entries(w->file, &w->banks[i].text->counts, addr);
	}
	return n;
}

bool cost_window_has(const struct cost_window *w, const char *context)
{
	for (size_t i = 0; i < w->n_banks; i++) {
		if (!strncmp(w->banks[i].context, context, strlen(context)))
			return true;
	}
	return false;
}

/* Those banks of FIRST's vCPU and context that are of SPAN. */
static bool joins(const struct cost_bank *b, const struct cost_bank *first, unsigned int span)
{
	return b->mask >> span & 1 && b->vcpu == first->vcpu && b->stacks == first->stacks &&
	       !strcmp(b->context, first->context);
}

static int by_number(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

/* The texts that go into it, by their numbers: the same for the same, in whatever order. */
static char *key_of(const struct cost_window *w, const struct cost_bank *first, unsigned int span)
{
	uint64_t *serials __free = xcalloc(w->n_banks, sizeof(*serials));
	struct strbuf key = { 0 };
	size_t n = 0;

	for (size_t i = 0; i < w->n_banks; i++) {
		if (joins(&w->banks[i], first, span))
			serials[n++] = w->banks[i].text->serial;
	}
	qsort(serials, n, sizeof(*serials), by_number);
	for (size_t i = 0; i < n; i++)
		strbuf_addf(&key, "%llu ", (unsigned long long)serials[i]);
	return strbuf_detach(&key);
}

/* Where it is kept, or would be; emptied for another in the second case. */
static struct cost_made *slot_of(struct cost_made *all, char *key, bool *there)
{
	struct cost_made *m = &all[cost_hash(key, strlen(key)) % COST_MADE];

	*there = m->key && !strcmp(m->key, key);
	if (*there) {
		free(key);
		return m;
	}
	free(m->key);
	m->key = key;
	strbuf_reset(&m->data);
	m->insns = 0;
	return m;
}

static void add_counts(const struct cost_file *f, const struct cost_counts *c, struct profile *p)
{
	for (size_t i = 0; i < c->n; i++) {
		const struct cost_block *b = &f->blocks.v[c->v[i].block];

		for (unsigned int j = 0; j < b->n; j++) {
			struct profile_insn insn = b->v[j];

			insn.count = c->v[i].n;
			profile_add(p, &insn);
		}
	}
}

static const struct cost_made *profile_of(const struct cost_window *w,
					  const struct cost_bank *first, unsigned int span)
{
	struct profile p = { 0 };
	bool there;
	struct cost_made *m = slot_of(w->file->profiles, key_of(w, first, span), &there);

	if (there)
		return m;
	for (size_t i = 0; i < w->n_banks; i++) {
		const struct cost_bank *b = &w->banks[i];

		if (!joins(b, first, span))
			continue;
		add_counts(w->file, &b->text->counts, &p);
		m->insns += b->text->counts.insns;
	}
	profile_seal(&p);
	profile_encode(&p, &m->data);
	profile_release(&p);
	hash_buf(m->data.buf, m->data.len, m->id);
	return m;
}

/* A line of folded stacks: what is called by what, and how many instructions. */
struct fold {
	char *stack;
	uint64_t n;
};

struct folds {
	struct fold *v;
	size_t n, room;
};

static int by_stack(const void *a, const void *b)
{
	return strcmp(((const struct fold *)a)->stack, ((const struct fold *)b)->stack);
}

/* The names of "ADDR;ADDR:COUNT" at *AT, which is moved behind it; caller frees. */
static char *name_stack(const struct symbols *symbols, const char **at, uint64_t *n)
{
	struct strbuf names = { 0 };

	for (;;) {
		const struct symbol *s;
		uint64_t addr;

		cost_hex(at, &addr);
		s = symbols ? symbols_at(symbols, addr) : NULL;
		if (s)
			strbuf_addstr(&names, s->name);
		else
			strbuf_addf(&names, "0x%llx", (unsigned long long)addr);
		if (*(*at)++ != ';')
			break;
		strbuf_addch(&names, ';');
	}
	cost_decimal(at, n);
	return strbuf_detach(&names);
}

static void fold_text(const struct symbols *symbols, const char *text, struct folds *all)
{
	for (const char *at = text; *at; at += *at == ' ') {
		if (all->n == all->room) {
			all->room = all->room ? 2 * all->room : 64;
			all->v = xrealloc(all->v, all->room * sizeof(*all->v));
		}
		all->v[all->n].stack = name_stack(symbols, &at, &all->v[all->n].n);
		all->n++;
	}
}

/* Sorted, each stack once. */
static void write_folds(struct folds *all, struct strbuf *out)
{
	if (all->n)
		qsort(all->v, all->n, sizeof(*all->v), by_stack);
	for (size_t i = 0; i < all->n; i++) {
		if (i + 1 < all->n && !strcmp(all->v[i].stack, all->v[i + 1].stack))
			all->v[i + 1].n += all->v[i].n;
		else
			strbuf_addf(out, "%s %llu\n", all->v[i].stack,
				    (unsigned long long)all->v[i].n);
		free(all->v[i].stack);
		all->v[i].stack = NULL;
	}
	free(all->v);
}

/* The stacks of the same span, vCPU and context as COUNTED, or NULL. */
static const char *folded_of(const struct cost_window *w, const struct cost_bank *counted,
			     unsigned int span)
{
	struct cost_bank like = *counted;
	struct folds all = { 0 };
	struct cost_made *m;
	bool there;

	if (!w->head->stacks)
		return NULL;
	like.stacks = true;
	m = slot_of(w->file->folded, key_of(w, &like, span), &there);
	if (there)
		return strbuf_str(&m->data);
	for (size_t i = 0; i < w->n_banks; i++) {
		if (joins(&w->banks[i], &like, span))
			fold_text(w->file->how->symbols, w->banks[i].text->text, &all);
	}
	write_folds(&all, &m->data);
	return strbuf_str(&m->data);
}

/* Whether an earlier bank of the window stood for this one's vCPU and context. */
static bool was_told(const struct cost_window *w, size_t i, unsigned int span)
{
	for (size_t j = 0; j < i; j++) {
		if (joins(&w->banks[j], &w->banks[i], span))
			return true;
	}
	return false;
}

static int tell(const struct cost_window *w, const struct cost_bank *b, unsigned int span,
		int (*each)(const struct cost_piece *piece, void *data), void *data)
{
	const struct cost_made *m = profile_of(w, b, span);
	struct cost_piece piece = { .span = span,
				    .vcpu = b->vcpu,
				    .context = b->context,
				    .insns = m->insns,
				    .id = m->id,
				    .data = m->data.buf,
				    .size = m->data.len };

	piece.folded = folded_of(w, b, span);
	return each(&piece, data);
}

int cost_window_pieces(const struct cost_window *w,
		       int (*each)(const struct cost_piece *piece, void *data), void *data)
{
	int rc = 0;

	for (unsigned int span = 0; span < COST_SPANS && !rc; span++) {
		if (!(w->spans >> span & 1))
			continue;
		for (size_t i = 0; i < w->n_banks && !rc; i++) {
			if (is_of(&w->banks[i], span) && !was_told(w, i, span))
				rc = tell(w, &w->banks[i], span, each, data);
		}
	}
	return rc;
}

/* Whether QEMU's number is OURS but for what was begun AGAIN, and a part of it. */
static bool agrees(uint64_t ours, uint64_t qemu, uint64_t again)
{
	return qemu <= ours + ours / VERIFY_PART && ours <= qemu + qemu / VERIFY_PART + again;
}

char *cost_window_verify(const struct cost_window *w, uint64_t fault_entry, bool asked)
{
	const struct cost_file *f = w->file;

	/* from 8.1 on, with API 2, a pair of registers is one access there */
	if (w->head->level > 1 && strcmp(w->head->arch, "x86_64") != 0)
		return NULL;
	if (asked && !f->n_access)
		return xstrdup("QEMU was to count accesses to memory and has none");
	for (size_t i = 0; i < f->n_access; i++) {
		const struct cost_access *a = &f->access[i];
		uint64_t loads = 0, stores = 0, again = 0;

		for (size_t j = 0; j < w->n_banks; j++) {
			const struct cost_bank *b = &w->banks[j];

			if (b->stacks || b->mask != a->mask)
				continue;
			loads += b->text->counts.loads;
			stores += b->text->counts.stores;
			again += entries(f, &b->text->counts, fault_entry);
		}
		if (agrees(loads, a->loads, again) && agrees(stores, a->stores, again))
			continue;
		return xasprintf("spans %x: the instructions make %llu loads and %llu stores, QEMU "
				 "counted %llu and %llu",
				 a->mask, (unsigned long long)loads, (unsigned long long)stores,
				 (unsigned long long)a->loads, (unsigned long long)a->stores);
	}
	return NULL;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* Inlined functions by DWARF; see inline.h. The only file that knows libdw. */
#include <dwarf.h>
#include <elfutils/libdw.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/cleanup.h"
#include "lib/strbuf.h"
#include "runner/cost/inline.h"

/* Addresses [lo, hi) and what they belong to: an index. */
struct range {
	uint64_t lo, hi;
	size_t what;
};

struct ranges {
	struct range *v; /* sorted by address before it is searched */
	size_t n, room;
};

/* A part of a function that is all of one name. */
struct piece {
	uint64_t lo, hi;
	const char *name; /* one of the function's */
};

struct func {
	Dwarf_Die die;
	struct piece *pieces; /* by address, none overlaps */
	size_t n;
	struct strv names;
	bool read;
};

struct unit {
	Dwarf_Die die;
	struct ranges ranges; /* of funcs */
	struct func *funcs;
	size_t n, room;
	bool read;
};

struct inline_map {
	int fd;
	Dwarf *dw;
	struct ranges ranges; /* of units */
	struct unit *units;
	size_t n, room;
};

static void ranges_add(struct ranges *r, uint64_t lo, uint64_t hi, size_t what)
{
	if (r->n == r->room) {
		r->room = r->room ? 2 * r->room : 16;
		r->v = xrealloc(r->v, r->room * sizeof(*r->v));
	}
	r->v[r->n++] = (struct range){ lo, hi, what };
}

/* Adds where the code of DIE is. Code that the linker has dropped is at 0. */
static void ranges_of(struct ranges *r, Dwarf_Die *die, size_t what)
{
	Dwarf_Addr base = 0, lo = 0, hi = 0;
	ptrdiff_t at = 0;

	while ((at = dwarf_ranges(die, at, &base, &lo, &hi)) > 0) {
		if (lo && lo < hi)
			ranges_add(r, lo, hi, what);
	}
}

static int by_address(const void *a, const void *b)
{
	const struct range *x = a, *y = b;

	if (x->lo != y->lo)
		return x->lo < y->lo ? -1 : 1;
	return x->what < y->what ? -1 : x->what > y->what;
}

static void ranges_sort(struct ranges *r)
{
	if (r->n)
		qsort(r->v, r->n, sizeof(*r->v), by_address);
}

/* What ADDR belongs to, or -1: functions do not overlap, nor do units. */
static ssize_t ranges_at(const struct ranges *r, uint64_t addr)
{
	size_t lo = 0, hi = r->n;

	while (lo < hi) {
		const size_t mid = (lo + hi) / 2;

		if (r->v[mid].lo <= addr)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo && addr < r->v[lo - 1].hi ? (ssize_t)r->v[lo - 1].what : -1;
}

static void add_unit(struct inline_map *m, const Dwarf_Die *die)
{
	if (m->n == m->room) {
		m->room = m->room ? 2 * m->room : 256;
		m->units = xrealloc(m->units, m->room * sizeof(*m->units));
	}
	m->units[m->n] = (struct unit){ .die = *die };
	ranges_of(&m->ranges, &m->units[m->n].die, m->n);
	m->n++;
}

static void read_units(struct inline_map *m)
{
	Dwarf_CU *cu = NULL;
	Dwarf_Die die;

	while (!dwarf_get_units(m->dw, cu, &cu, NULL, NULL, &die, NULL))
		add_unit(m, &die);
	ranges_sort(&m->ranges);
}

int inline_open(const char *path, struct inline_map **out, struct error *e)
{
	struct inline_map *m;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	*out = NULL;
	if (fd < 0)
		return error_sys(e, errno, "%s", path);
	m = xcalloc(1, sizeof(*m));
	m->fd = fd;
	m->dw = dwarf_begin(fd, DWARF_C_READ);
	if (m->dw)
		read_units(m);
	if (!m->ranges.n) {
		inline_close(m);
		return error_set(e, EINVAL,
				 "%s: no debug information (DWARF), which inlined functions are "
				 "found by: take the kernel with +debug-info",
				 path);
	}
	*out = m;
	return 0;
}

static void unit_release(struct unit *u)
{
	for (size_t i = 0; i < u->n; i++) {
		strv_release(&u->funcs[i].names);
		free(u->funcs[i].pieces);
	}
	free(u->funcs);
	free(u->ranges.v);
}

void inline_close(struct inline_map *m)
{
	if (!m)
		return;
	for (size_t i = 0; i < m->n; i++)
		unit_release(&m->units[i]);
	free(m->units);
	free(m->ranges.v);
	dwarf_end(m->dw);
	close(m->fd);
	free(m);
}

static void add_func(struct unit *u, const Dwarf_Die *die)
{
	if (u->n == u->room) {
		u->room = u->room ? 2 * u->room : 64;
		u->funcs = xrealloc(u->funcs, u->room * sizeof(*u->funcs));
	}
	u->funcs[u->n] = (struct func){ .die = *die };
	ranges_of(&u->ranges, &u->funcs[u->n].die, u->n);
	u->n++;
}

/* Which functions of the unit have code, and where. */
static void read_unit(struct unit *u)
{
	Dwarf_Die die;
	int rc = dwarf_child(&u->die, &die);

	for (; !rc; rc = dwarf_siblingof(&die, &die)) {
		if (dwarf_tag(&die) == DW_TAG_subprogram)
			add_func(u, &die);
	}
	ranges_sort(&u->ranges);
	u->read = true;
}

/*
 * Accessors of page tables and of the architecture (pmd_offset, pte_flags, arch_test_bit) are a
 * few instructions each and inlined everywhere: by their own names they would bury what a reader
 * knows. Their instructions are those of the function that uses them.
 */
static bool is_accessor(Dwarf_Die *die)
{
	static const char *const folders[] = { "/asm/", "/asm-generic/", "/linux/atomic/",
					       "/linux/pgtable.h" };
	Dwarf_Die origin = *die;
	Dwarf_Attribute attr;
	const char *file;

	if (dwarf_attr(die, DW_AT_abstract_origin, &attr))
		dwarf_formref_die(&attr, &origin);
	file = dwarf_decl_file(&origin);
	for (size_t i = 0; file && i < ARRAY_SIZE(folders); i++) {
		if (strstr(file, folders[i]))
			return true;
	}
	return false;
}

/*
 * Adds where functions are inlined below DIE, outer ones before those in them, with the index of
 * their name.
 */
static void read_below(Dwarf_Die *parent, const char *outer, struct ranges *spans,
		       struct strv *names)
{
	Dwarf_Die die;
	int rc = dwarf_child(parent, &die);

	for (; !rc; rc = dwarf_siblingof(&die, &die)) {
		const int tag = dwarf_tag(&die);
		const char *name;

		if (tag != DW_TAG_inlined_subroutine && tag != DW_TAG_lexical_block)
			continue;
		name = tag == DW_TAG_inlined_subroutine && !is_accessor(&die) ? dwarf_diename(&die)
									      : NULL;
		if (name) {
			char *text __free = xasprintf("%s [in %s]", name, outer);

			ranges_of(spans, &die, names->n);
			strv_add(names, text);
		}
		read_below(&die, outer, spans, names);
	}
}

static int by_number(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

/* All addresses at which something begins or ends, each once; the caller frees. */
static uint64_t *all_edges(const struct ranges *spans, size_t *n)
{
	uint64_t *v = xcalloc(2 * spans->n + 1, sizeof(*v));
	size_t kept = 0;

	for (size_t i = 0; i < spans->n; i++) {
		v[2 * i] = spans->v[i].lo;
		v[2 * i + 1] = spans->v[i].hi;
	}
	qsort(v, 2 * spans->n, sizeof(*v), by_number);
	for (size_t i = 0; i < 2 * spans->n; i++) {
		if (!kept || v[kept - 1] != v[i])
			v[kept++] = v[i];
	}
	*n = kept;
	return v;
}

static size_t edge_index(const uint64_t *v, size_t n, uint64_t edge)
{
	return (size_t)((uint64_t *)bsearch(&edge, v, n, sizeof(*v), by_number) - v);
}

/*
 * Cuts the function at all edges; each part has the name of the last of the spans, the
 * innermost, that it is in.
 */
static void cut(struct func *f, const struct ranges *spans)
{
	size_t n = 0;
	uint64_t *edges __free = all_edges(spans, &n);
	const char **owner __free = xcalloc(n + 1, sizeof(*owner));

	for (size_t i = 0; i < spans->n; i++) {
		const struct range *s = &spans->v[i];
		const size_t to = edge_index(edges, n, s->hi);

		for (size_t k = edge_index(edges, n, s->lo); k < to; k++)
			owner[k] = f->names.v[s->what];
	}
	f->pieces = xcalloc(n + 1, sizeof(*f->pieces));
	for (size_t i = 0; i + 1 < n; i++) {
		if (owner[i])
			f->pieces[f->n++] = (struct piece){ edges[i], edges[i + 1], owner[i] };
	}
}

static void read_func(struct func *f)
{
	const char *outer = dwarf_diename(&f->die);
	struct ranges spans = { 0 };

	f->read = true;
	if (!outer)
		return;
	strv_add(&f->names, outer);
	ranges_of(&spans, &f->die, 0);
	read_below(&f->die, outer, &spans, &f->names);
	cut(f, &spans);
	free(spans.v);
}

static int compare_piece(const void *key, const void *p)
{
	const uint64_t addr = *(const uint64_t *)key;
	const struct piece *pc = p;

	return addr < pc->lo ? -1 : addr >= pc->hi;
}

const char *inline_name(struct inline_map *m, uint64_t addr)
{
	ssize_t i = ranges_at(&m->ranges, addr);
	const struct piece *p;
	struct unit *u;
	struct func *f;

	if (i < 0)
		return NULL;
	u = &m->units[i];
	if (!u->read)
		read_unit(u);
	i = ranges_at(&u->ranges, addr);
	if (i < 0)
		return NULL;
	f = &u->funcs[i];
	if (!f->read)
		read_func(f);
	p = f->n ? bsearch(&addr, f->pieces, f->n, sizeof(*f->pieces), compare_piece) : NULL;
	return p ? p->name : NULL;
}

const char *inline_pair_name(void *data, bool patched, uint64_t addr)
{
	const struct inline_pair *pair = data;
	struct inline_map *m = patched ? pair->patched : pair->baseline;

	return m ? inline_name(m, addr) : NULL;
}

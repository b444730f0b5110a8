// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Profiles of a kernel by function. A profile is read once, however many windows have it, and the
 * name of a function is looked up once, however many instructions are in it.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cleanup.h"
#include "lib/profile.h"
#include "results/cost_parts.h"

#define NO_FUNCTION UINT32_MAX
#define PAGE	    4096

/* What was said of one address, by the namer. */
struct named {
	uint64_t addr;
	uint32_t function; /* + 1; 0: free */
};

struct code_table {
	int64_t id;
	struct symbols sym;
	uint32_t *functions; /* of each symbol; NO_FUNCTION: not looked at */
	struct named *named; /* open addressing */
	size_t n_named, room;
};

static uint64_t mix(uint64_t x)
{
	x ^= x >> 30;
	x *= 0xbf58476d1ce4e5b9;
	x ^= x >> 27;
	x *= 0x94d049bb133111eb;
	return x ^ x >> 31;
}

void code_init(struct code *c, struct store *s, const char *arch, const struct cost_namer *namer,
	       bool patched)
{
	memset(c, 0, sizeof(*c));
	c->s = s;
	c->arch = arch;
	c->namer = namer;
	c->patched = patched;
}

static void table_free(struct code_table *t)
{
	symbols_release(&t->sym);
	free(t->functions);
	free(t->named);
	free(t);
}

void code_release(struct code *c)
{
	for (size_t i = 0; i < c->n; i++)
		free(c->v[i].name);
	free(c->v);
	code_set_free(c->by_name);
	code_set_free(c->names);
	for (size_t i = 0; i < c->n_tables; i++)
		table_free(c->tables[i]);
	free(c->tables);
	for (size_t i = 0; i < c->tallies_room; i++) {
		if (c->tallies[i])
			free(c->tallies[i]->v);
		free(c->tallies[i]);
	}
	free(c->tallies);
	free(c->slot);
	memset(c, 0, sizeof(*c));
}

const struct symbols *code_symbols(const struct code *c)
{
	return c->n_tables ? &c->tables[0]->sym : NULL;
}

/* The data of one content; it is SQLite's, until ST is reset. */
static int read_content(struct store *s, const char *sql, int64_t id, sqlite3_stmt **st,
			const void **data, size_t *size, struct error *e)
{
	int rc = db_prepare(s, sql, st, e);

	*data = NULL;
	*size = 0;
	if (rc)
		return rc;
	db_bind(*st, "i", id);
	rc = db_step(s, *st, e);
	if (rc < 0)
		return rc;
	if (!rc)
		return error_set(e, EUCLEAN, "%s: counts without their content %lld: damaged",
				 s->path, (long long)id);
	*data = sqlite3_column_blob(*st, 0);
	*size = (size_t)sqlite3_column_bytes(*st, 0);
	return 0;
}

/* *OUT is NULL on errors. */
static int get_table(struct code *c, int64_t id, struct code_table **out, struct error *e)
{
	sqlite3_stmt *st __stmt = NULL;
	struct code_table *t;
	const void *data;
	size_t size;
	int rc;

	for (size_t i = 0; i < c->n_tables; i++) {
		*out = c->tables[i];
		if ((*out)->id == id)
			return 0;
	}
	*out = NULL;
	rc = read_content(c->s, "SELECT data FROM symbols WHERE id = ?", id, &st, &data, &size, e);
	if (rc)
		return rc;
	t = xcalloc(1, sizeof(*t));
	t->id = id;
	rc = symbols_parse(data, size, &t->sym, e);
	if (rc) {
		free(t);
		return error_prefix(e, rc, "%s: stored symbols", c->s->path);
	}
	t->functions = xcalloc(t->sym.n, sizeof(*t->functions));
	memset(t->functions, 0xff, t->sym.n * sizeof(*t->functions));
	c->tables = xrealloc(c->tables, (c->n_tables + 1) * sizeof(struct code_table *));
	c->tables[c->n_tables++] = t;
	*out = t;
	return 0;
}

/* By the symbol that it is in, or by its page. */
static uint32_t by_symbol(struct code *c, struct code_table *t, const struct symbol *sym,
			  uint64_t addr, bool user)
{
	uint32_t *f;

	if (!sym) {
		char name[48];

		addr &= ~(uint64_t)(PAGE - 1);
		snprintf(name, sizeof(name), "[%s0x%llx]", user ? "user " : "",
			 (unsigned long long)addr);
		return code_number(c, name, user, addr);
	}
	f = &t->functions[sym - t->sym.v];
	if (*f == NO_FUNCTION)
		*f = code_number(c, sym->name, user, sym->addr);
	return *f;
}

static void grow_named(struct code_table *t)
{
	struct named *old = t->named;
	size_t room = t->room;

	t->room = room ? 2 * room : 4096;
	t->named = xcalloc(t->room, sizeof(*t->named));
	for (size_t i = 0; i < room; i++) {
		size_t to = mix(old[i].addr) & (t->room - 1);

		while (old[i].function && t->named[to].function)
			to = (to + 1) & (t->room - 1);
		if (old[i].function)
			t->named[to] = old[i];
	}
	free(old);
}

/* By the namer, else as without one. */
static uint32_t by_namer(struct code *c, struct code_table *t, const struct symbol *sym,
			 uint64_t addr, bool user)
{
	const char *name;
	size_t i;

	if (2 * t->n_named >= t->room)
		grow_named(t);
	i = mix(addr) & (t->room - 1);
	while (t->named[i].function && t->named[i].addr != addr)
		i = (i + 1) & (t->room - 1);
	if (t->named[i].function)
		return t->named[i].function - 1;
	name = c->namer->name(c->namer->data, c->patched, addr);
	t->named[i].addr = addr;
	t->named[i].function =
		1 + (name ? code_number(c, name, user, addr) : by_symbol(c, t, sym, addr, user));
	t->n_named++;
	return t->named[i].function - 1;
}

static void add_events(uint64_t n[COST_EVENTS], const struct profile_insn *in)
{
	static const struct {
		unsigned int flags;
		enum cost_event event;
	} of[] = {
		{ PROFILE_STRING, COST_STRING },
		{ PROFILE_ATOMIC, COST_ATOMICS },
		{ PROFILE_TLB_PAGE | PROFILE_TLB_RANGE | PROFILE_TLB_SPACE | PROFILE_TLB_ALL,
		  COST_TLB },
		{ PROFILE_TLB_PAGE, COST_TLB_PAGE },
		{ PROFILE_TLB_RANGE, COST_TLB_RANGE },
		{ PROFILE_TLB_SPACE, COST_TLB_SPACE },
		{ PROFILE_TLB_ALL, COST_TLB_ALL },
		{ PROFILE_BARRIER, COST_BARRIERS },
		{ PROFILE_DSB, COST_DSB },
	};

	n[COST_INSNS] += in->count;
	n[COST_LOADS] += in->count * in->loads;
	n[COST_STORES] += in->count * in->stores;
	for (size_t i = 0; in->flags & ~PROFILE_USER && i < ARRAY_SIZE(of); i++) {
		if (in->flags & of[i].flags)
			n[of[i].event] += in->count;
	}
}

/* The row of FUNCTION in the tally that is being made. */
static struct tally_row *row_of(struct code *c, struct tally *t, size_t *room, uint32_t function)
{
	if (function >= c->slots) {
		c->slot = xrealloc(c->slot, c->room * sizeof(*c->slot));
		memset(c->slot + c->slots, 0, (c->room - c->slots) * sizeof(*c->slot));
		c->slots = c->room;
	}
	if (!c->slot[function]) {
		if (t->n == *room) {
			*room = *room ? 2 * *room : 128;
			t->v = xrealloc(t->v, *room * sizeof(*t->v));
		}
		t->v[t->n] = (struct tally_row){ .function = function };
		c->slot[function] = (uint32_t)++t->n;
	}
	return &t->v[c->slot[function] - 1];
}

/* Instructions come by address: as a rule the next one is in the same function. */
static void add_profile(struct code *c, struct code_table *table, const struct profile *p,
			struct tally *t)
{
	const struct symbol *sym = NULL;
	size_t room = 0;

	for (size_t i = 0; i < p->n; i++) {
		const struct profile_insn *in = &p->v[i];
		bool user = in->flags & PROFILE_USER;
		struct tally_row *row;
		uint64_t offset;
		uint32_t f;

		if (!sym || in->addr < sym->addr || in->addr >= sym->end)
			sym = symbols_at(&table->sym, in->addr);
		f = c->namer ? by_namer(c, table, sym, in->addr, user)
			     : by_symbol(c, table, sym, in->addr, user);
		offset = sym ? in->addr - sym->addr : in->addr & (PAGE - 1);
		row = row_of(c, t, &room, f);
		add_events(row->n, in);
		row->print += mix(offset << 24 | (uint64_t)in->flags << 8 | in->size) * in->count;
		/* of what is inlined nothing is called: the call is of the one around it */
		if (sym && !offset)
			row_of(c, t, &room, by_symbol(c, table, sym, in->addr, user))
				->n[COST_CALLS] += in->count;
	}
	for (size_t i = 0; i < t->n; i++)
		c->slot[t->v[i].function] = 0;
}

/* Where the tally of a profile is in the table, or would be. */
static size_t tally_place(const struct code *c, int64_t symbols_id, int64_t profile_id)
{
	size_t i = mix((uint64_t)profile_id + ((uint64_t)symbols_id << 40)) & (c->tallies_room - 1);

	while (c->tallies[i] &&
	       (c->tallies[i]->profile_id != profile_id || c->tallies[i]->symbols_id != symbols_id))
		i = (i + 1) & (c->tallies_room - 1);
	return i;
}

static void grow_tallies(struct code *c)
{
	struct tally **old = c->tallies;
	size_t room = c->tallies_room;

	c->tallies_room = room ? 2 * room : 64;
	c->tallies = xcalloc(c->tallies_room, sizeof(struct tally *));
	for (size_t i = 0; i < room; i++) {
		if (old[i])
			c->tallies[tally_place(c, old[i]->symbols_id, old[i]->profile_id)] = old[i];
	}
	free(old);
}

static int make_tally(struct code *c, struct code_table *table, struct tally *t, struct error *e)
{
	struct profile p __cleanup(profile_release) = { 0 };
	sqlite3_stmt *st __stmt = NULL;
	const void *data;
	size_t size;
	int rc = read_content(c->s, "SELECT data FROM profile WHERE id = ?", t->profile_id, &st,
			      &data, &size, e);

	if (rc)
		return rc;
	rc = profile_decode(data, size, &p, e);
	if (rc)
		return error_prefix(e, rc, "%s: stored counts", c->s->path);
	add_profile(c, table, &p, t);
	return 0;
}

int code_tally(struct code *c, int64_t symbols_id, int64_t profile_id, const struct tally **out,
	       struct error *e)
{
	struct code_table *table;
	struct tally *t;
	size_t at;
	int rc;

	if (2 * c->n_tallies >= c->tallies_room)
		grow_tallies(c);
	at = tally_place(c, symbols_id, profile_id);
	*out = c->tallies[at];
	if (*out)
		return 0;
	rc = get_table(c, symbols_id, &table, e);
	if (!table)
		return rc;
	t = xcalloc(1, sizeof(*t));
	t->profile_id = profile_id;
	t->symbols_id = symbols_id;
	rc = make_tally(c, table, t, e);
	if (rc) {
		free(t->v);
		free(t);
		return rc;
	}
	c->tallies[at] = t;
	c->n_tallies++;
	*out = t;
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Functions of a kernel by numbers, so that counts can be added up in arrays: names are looked
 * at once for each symbol, not for each instruction. Also, by names, which functions are the ways
 * into a kernel.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/cleanup.h"
#include "results/cost_parts.h"

/* Open addressing; entries are numbers + 1 of names in an array of the owner. */
struct code_set {
	uint32_t *v;
	size_t n, room; /* a power of two */
};

static uint64_t hash_text(const char *text, bool user)
{
	uint64_t h = user ? 0x9e3779b97f4a7c15 : 0xcbf29ce484222325;

	for (const unsigned char *p = (const unsigned char *)text; *p; p++)
		h = (h ^ *p) * 0x100000001b3;
	return h ^ h >> 29;
}

/* The first instruction of these is executed once each time. A star: names that begin so. */
static const struct {
	const char *arch, *name;
	enum cost_entry entry;
} entries[] = {
	{ "x86_64", "asm_exc_page_fault", ENTRY_FAULT },
	{ "x86_64", "entry_SYSCALL_64", ENTRY_SYSCALL },
	{ "x86_64", "entry_SYSCALL_compat", ENTRY_SYSCALL },
	{ "x86_64", "entry_SYSENTER_compat", ENTRY_SYSCALL },
	{ "x86_64", "entry_INT80_compat", ENTRY_SYSCALL },
	{ "x86_64", "asm_int80_emulation", ENTRY_SYSCALL },
	{ "x86_64", "asm_sysvec_*", ENTRY_INTERRUPT },
	{ "x86_64", "asm_common_interrupt", ENTRY_INTERRUPT },
	{ "x86_64", "asm_spurious_interrupt", ENTRY_INTERRUPT },
	{ "x86_64", "asm_exc_nmi", ENTRY_INTERRUPT },
	/* of data and of code, from user space and from the kernel itself */
	{ "arm64", "do_mem_abort", ENTRY_FAULT },
	{ "arm64", "do_el0_svc", ENTRY_SYSCALL },
	{ "arm64", "do_el0_svc_compat", ENTRY_SYSCALL },
	{ "arm64", "el0t_64_irq", ENTRY_INTERRUPT },
	{ "arm64", "el0t_32_irq", ENTRY_INTERRUPT },
	{ "arm64", "el1h_64_irq", ENTRY_INTERRUPT },
	{ "arm64", "el0t_64_fiq", ENTRY_INTERRUPT },
	{ "arm64", "el1h_64_fiq", ENTRY_INTERRUPT },
};

static enum cost_entry entry_of(const char *arch, const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(entries); i++) {
		size_t n = strcspn(entries[i].name, "*");

		if (!strcmp(arch, entries[i].arch) && !strncmp(name, entries[i].name, n) &&
		    (entries[i].name[n] == '*' || !name[n]))
			return entries[i].entry;
	}
	return ENTRY_NONE;
}

/* Where an entry with that hash is or would be; goes on from the last place with STEP. */
static size_t place(const struct code_set *set, uint64_t hash, size_t step)
{
	return (size_t)(hash + step) & (set->room - 1);
}

static void set_put(struct code_set *set, uint64_t hash, uint32_t number)
{
	size_t i = 0;

	while (set->v[place(set, hash, i)])
		i++;
	set->v[place(set, hash, i)] = number + 1;
	set->n++;
}

static struct code_set *set_new(size_t n)
{
	struct code_set *set = xcalloc(1, sizeof(*set));

	for (set->room = 64; set->room < 2 * n;)
		set->room *= 2;
	set->v = xcalloc(set->room, sizeof(*set->v));
	return set;
}

void code_set_free(struct code_set *set)
{
	if (set)
		free(set->v);
	free(set);
}

static void rebuild(struct code *c)
{
	code_set_free(c->by_name);
	c->by_name = set_new(2 * c->n + 64);
	for (size_t i = 0; i < c->n; i++)
		set_put(c->by_name, hash_text(c->v[i].name, c->v[i].user), (uint32_t)i);
}

uint32_t code_number(struct code *c, const char *name, bool user, uint64_t addr)
{
	uint64_t hash = hash_text(name, user);
	struct code_function *f;
	uint32_t found;

	if (!c->by_name || 2 * c->by_name->n >= c->by_name->room)
		rebuild(c);
	for (size_t i = 0; (found = c->by_name->v[place(c->by_name, hash, i)]); i++) {
		f = &c->v[found - 1];
		if (f->user == user && !strcmp(f->name, name))
			return found - 1;
	}
	if (c->n == c->room) {
		c->room = c->room ? 2 * c->room : 256;
		c->v = xrealloc(c->v, c->room * sizeof(*c->v));
	}
	c->v[c->n] = (struct code_function){
		.name = xstrdup(name),
		.addr = addr,
		.user = user,
		.entry = user ? ENTRY_NONE : entry_of(c->arch, name),
	};
	set_put(c->by_name, hash, (uint32_t)c->n);
	return (uint32_t)c->n++;
}

/* Names with suffixes are there by what is before them: both kernels may have other ones. */
static struct code_set *names_of(const struct symbols *sym)
{
	struct code_set *set = set_new(sym->n);
	char base[256];

	for (size_t i = 0; i < sym->n; i++)
		set_put(set, hash_text(symbol_base(sym->v[i].name, base, sizeof(base)), false),
			(uint32_t)i);
	return set;
}

bool code_has(struct code *c, const char *name)
{
	const struct symbols *sym = code_symbols(c);
	char base[256], other[256];
	uint64_t hash;
	uint32_t found;

	if (!sym)
		return false;
	if (!c->names)
		c->names = names_of(sym);
	symbol_base(name, base, sizeof(base));
	hash = hash_text(base, false);
	for (size_t i = 0; (found = c->names->v[place(c->names, hash, i)]); i++) {
		if (!strcmp(symbol_base(sym->v[found - 1].name, other, sizeof(other)), base))
			return true;
	}
	return false;
}

size_t code_distance(const struct code *c, uint64_t a, uint64_t b)
{
	const struct symbols *sym = code_symbols(c);
	const struct symbol *x = sym ? symbols_at(sym, a) : NULL;
	const struct symbol *y = sym ? symbols_at(sym, b) : NULL;

	if (!x || !y)
		return SIZE_MAX;
	return (size_t)(x > y ? x - y : y - x);
}

uint64_t code_size(const struct code *c, uint64_t addr)
{
	const struct symbols *sym = code_symbols(c);
	const struct symbol *x = sym ? symbols_at(sym, addr) : NULL;

	return x ? x->end - x->addr : 0;
}

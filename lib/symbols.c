// SPDX-License-Identifier: GPL-2.0-or-later
/* Symbol tables; see symbols.h. Names stay where they are in one copy of the text. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cleanup.h"
#include "lib/symbols.h"

/* Where the functions of a module end whose end nothing tells: with their page. */
#define PAGE 4096

/* One line of the text. */
struct line {
	uint64_t addr;
	uint64_t size; /* 0: not known */
	char *name;
	char type;
};

struct lines {
	struct line *v;
	size_t n, room;
	bool hidden; /* there are addresses of 0 */
};

static bool is_function(const struct line *l)
{
	return strchr("tTwWu", l->type);
}

static bool is_user(uint64_t addr)
{
	return !(addr >> 63);
}

static bool begins(const char *s, const char *with)
{
	return !strncmp(s, with, strlen(with));
}

static bool ends(const char *s, const char *with)
{
	size_t n = strlen(s), m = strlen(with);

	return n >= m && !strcmp(s + n - m, with);
}

/* Names that the linker's script gives to where sections begin and end. */
static bool is_marker(const char *name)
{
	static const char *const suffixes[] = { "_start", "_begin", "_end" };
	static const char *const names[] = { "_text", "_stext", "_etext", "_sinittext",
					     "_einittext" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (!strcmp(name, names[i]))
			return true;
	}
	for (size_t i = 0; name[0] == '_' && i < ARRAY_SIZE(suffixes); i++) {
		if (ends(name, suffixes[i]))
			return true;
	}
	return false;
}

/* The smaller the better a name is this for its address. */
static int rank(const struct line *l)
{
	static const char *const made[] = { "__pfx_", "__cfi_", "__pi_", "__efistub_",
					    "__kvm_nvhe_" };
	const char *name = l->name;

	if (is_marker(name))
		return 3;
	for (size_t i = 0; i < ARRAY_SIZE(made); i++) {
		if (begins(name, made[i]))
			return 2;
	}
	return l->type == 't' ? 1 : 0;
}

static const struct line *better(const struct line *a, const struct line *b)
{
	int rank_a = rank(a), rank_b = rank(b);
	size_t len_a = strlen(a->name), len_b = strlen(b->name);

	if (rank_a != rank_b)
		return rank_a < rank_b ? a : b;
	if (len_a != len_b)
		return len_a < len_b ? a : b;
	return strcmp(a->name, b->name) <= 0 ? a : b;
}

/* A hexadecimal number that ends with a blank or the string; NULL if there is none. */
static char *read_hex(char *s, uint64_t *v)
{
	static const signed char digits[256] = {
		['0'] = 1,  ['1'] = 2,	['2'] = 3,  ['3'] = 4,	['4'] = 5,  ['5'] = 6,
		['6'] = 7,  ['7'] = 8,	['8'] = 9,  ['9'] = 10, ['a'] = 11, ['b'] = 12,
		['c'] = 13, ['d'] = 14, ['e'] = 15, ['f'] = 16, ['A'] = 11, ['B'] = 12,
		['C'] = 13, ['D'] = 14, ['E'] = 15, ['F'] = 16,
	};
	char *begin = s;

	*v = 0;
	for (; digits[(unsigned char)*s]; s++)
		*v = *v << 4 | (uint64_t)(digits[(unsigned char)*s] - 1);
	if (s == begin || s - begin > 16 || (*s && *s != ' ' && *s != '\t'))
		return NULL;
	return s;
}

/* What is behind the name: the size of a user function, or "[module]", which joins the name. */
static bool read_rest(char *rest, struct line *l)
{
	char *end;

	if (l->type == 'u') {
		if (!rest)
			return false;
		*rest = '\0';
		end = read_hex(rest + 1, &l->size);
		return end && !*end && l->size && l->size <= UINT64_MAX - l->addr;
	}
	if (!rest)
		return true;
	*rest = ' ';
	return rest[1] == '[' && ends(rest, "]") && !strpbrk(rest + 1, " \t");
}

static bool read_line(char *text, struct line *l)
{
	char *at = read_hex(text, &l->addr);

	l->size = 0;
	if (!at || !at[0] || !at[1] || at[2] != ' ' || !at[3])
		return false;
	l->type = at[1];
	l->name = at + 3;
	return read_rest(strpbrk(l->name, " \t"), l);
}

/*
 * Whether it is a place in memory, where something begins. Labels of the assembler and marks of
 * what is data within a function are inside of one; numbers (variables of a CPU by their offset,
 * hashes) are no addresses.
 */
static bool is_place(const struct line *l)
{
	if (l->name[0] == '$' || begins(l->name, ".L") || begins(l->name, "__kcfi_typeid_"))
		return false;
	return l->type == 'u' || !is_user(l->addr);
}

/* TEXT is cut into its lines. */
static int read_lines(char *text, size_t size, struct lines *out, struct error *e)
{
	char *end = text + size;
	size_t number = 0;

	if (memchr(text, 0, size))
		return error_set(e, EPROTO, "a text of symbols with zero bytes");
	for (char *next; text < end; text = next) {
		struct line l;

		next = memchr(text, '\n', (size_t)(end - text));
		if (!next)
			next = end;
		*next++ = '\0';
		number++;
		if (!*text)
			continue;
		if (!read_line(text, &l))
			return error_set(e, EPROTO, "line %zu is no symbol: '%.80s'", number, text);
		out->hidden |= !l.addr;
		if (!is_place(&l))
			continue;
		if (out->n == out->room) {
			out->room = out->room ? 2 * out->room : 1024;
			out->v = xrealloc(out->v, out->room * sizeof(*out->v));
		}
		out->v[out->n++] = l;
	}
	return 0;
}

static int compare_addr(const void *a, const void *b)
{
	uint64_t x = ((const struct line *)a)->addr, y = ((const struct line *)b)->addr;

	return x < y ? -1 : x > y;
}

static void sort_lines(struct lines *l)
{
	for (size_t i = 1; i < l->n; i++) {
		if (l->v[i - 1].addr > l->v[i].addr) {
			qsort(l->v, l->n, sizeof(*l->v), compare_addr);
			return;
		}
	}
}

/* Where a function ends that begins at ADDR, SIZE bytes long if that is known; NEXT: 0, if none. */
static uint64_t end_of(uint64_t addr, uint64_t size, uint64_t next)
{
	if (size)
		next = next && next - addr < size ? next : addr + size;
	if (next)
		return next;
	addr |= PAGE - 1;
	return addr < UINT64_MAX ? addr + 1 : addr;
}

/* One function for each address that has one. Lines are in order. */
static void pick(const struct lines *l, struct symbols *s)
{
	s->v = xcalloc(l->n, sizeof(*s->v));
	for (size_t i = 0, next; i < l->n; i = next) {
		const struct line *best = NULL;

		for (next = i; next < l->n && l->v[next].addr == l->v[i].addr; next++) {
			const struct line *other = &l->v[next];

			if (is_function(other))
				best = best ? better(best, other) : other;
		}
		if (!best)
			continue;
		s->v[s->n++] = (struct symbol){
			.addr = best->addr,
			.end = end_of(best->addr, best->size, next < l->n ? l->v[next].addr : 0),
			.name = best->name,
		};
	}
}

static int check(const struct lines *l, const struct symbols *s, struct error *e)
{
	if (s->n)
		return 0;
	if (l->hidden)
		return error_set(e, EPROTO,
				 "all symbols are at address 0: hidden by kptr_restrict, read them "
				 "as root");
	return error_set(e, EPROTO, "no functions among %zu symbols", l->n);
}

int symbols_parse(const char *text, size_t size, struct symbols *s, struct error *e)
{
	struct lines lines = { 0 };
	int rc;

	memset(s, 0, sizeof(*s));
	s->text = xcalloc(size + 1, 1);
	if (size)
		memcpy(s->text, text, size);
	rc = read_lines(s->text, size, &lines, e);
	if (!rc) {
		sort_lines(&lines);
		pick(&lines, s);
		rc = check(&lines, s, e);
	}
	free(lines.v);
	if (rc)
		symbols_release(s);
	return rc;
}

void symbols_release(struct symbols *s)
{
	free(s->v);
	free(s->text);
	memset(s, 0, sizeof(*s));
}

void symbols_encode(const struct symbols *s, struct strbuf *out)
{
	for (size_t i = 0; i < s->n; i++) {
		const struct symbol *f = &s->v[i];
		bool adjacent = i + 1 < s->n && s->v[i + 1].addr == f->end;

		if (is_user(f->addr)) {
			strbuf_addf(out, "%llx u %s %llx\n", (unsigned long long)f->addr, f->name,
				    (unsigned long long)(f->end - f->addr));
			continue;
		}
		strbuf_addf(out, "%llx t %s\n", (unsigned long long)f->addr, f->name);
		if (!adjacent)
			strbuf_addf(out, "%llx e -\n", (unsigned long long)f->end);
	}
}

const struct symbol *symbols_at(const struct symbols *s, uint64_t addr)
{
	size_t lo = 0, hi = s->n;

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;

		if (s->v[mid].addr <= addr)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo && addr < s->v[lo - 1].end ? &s->v[lo - 1] : NULL;
}

const struct symbol *symbols_find(const struct symbols *s, const char *name)
{
	for (size_t i = 0; i < s->n; i++) {
		if (!strcmp(s->v[i].name, name))
			return &s->v[i];
	}
	return NULL;
}

/* No name in C has a dot: what is behind the first is the compiler's. */
const char *symbol_base(const char *name, char *buf, size_t size)
{
	const char *module = strstr(name, " [");
	size_t len = module ? (size_t)(module - name) : strlen(name);
	const char *dot = len > 1 ? memchr(name + 1, '.', len - 1) : NULL;

	snprintf(buf, size, "%.*s%s", dot ? (int)(dot - name) : (int)len, name,
		 module ? module : "");
	return buf;
}

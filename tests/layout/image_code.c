// SPDX-License-Identifier: GPL-2.0-or-later
/* Functions and symbols of an image; see image_code.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tests/layout/image_code.h"

static int by_addr(const void *x, const void *y)
{
	const struct symbol *a = x, *b = y;

	return (a->addr > b->addr) - (a->addr < b->addr);
}

static int by_name(const void *x, const void *y)
{
	const struct symbol *a = x, *b = y;
	int rc = strcmp(a->name, b->name);

	return rc ? rc : by_addr(x, y);
}

/* The bytes of a symbol in an executable section. */
static const unsigned char *code_of(const struct elf *f, const Elf64_Sym *sym)
{
	const Elf64_Shdr *s = &f->sh[sym->st_shndx];
	const unsigned char *data = elf_content(f, s);
	uint64_t off = sym->st_value - s->sh_addr;

	if (ELF64_ST_TYPE(sym->st_info) != STT_FUNC || !sym->st_size || !data ||
	    !(s->sh_flags & SHF_EXECINSTR) || sym->st_value < s->sh_addr || off > s->sh_size ||
	    sym->st_size > s->sh_size - off)
		return NULL;
	return data + off;
}

/* Mapping symbols of arm64 ($x, $d) and the names of files and sections say nothing here. */
static bool is_wanted(const struct elf *f, const Elf64_Sym *sym, const char *name)
{
	unsigned int type = ELF64_ST_TYPE(sym->st_info);

	return sym->st_shndx != SHN_UNDEF && sym->st_shndx < f->eh->e_shnum && *name &&
	       *name != '$' && type != STT_FILE && type != STT_SECTION;
}

int image_open(const char *path, struct image *im, struct error *e)
{
	struct elf_symbols s;
	int rc;

	*im = (struct image){ 0 };
	rc = elf_open(path, &im->file, e);
	if (rc < 0)
		return rc;
	if (!elf_symbols(&im->file, &s)) {
		image_release(im);
		return error_set(e, EINVAL, "%s: no symbols", path);
	}
	im->by_addr = xcalloc(s.n, sizeof(*im->by_addr));
	im->by_name = xcalloc(s.n, sizeof(*im->by_name));
	for (size_t i = 0; i < s.n; i++) {
		const Elf64_Sym *sym = &s.v[i];
		const char *name = elf_symbol_name(&s, sym);

		if (!is_wanted(&im->file, sym, name))
			continue;
		im->by_addr[im->n++] = (struct symbol){ .name = name,
							.addr = sym->st_value,
							.size = sym->st_size,
							.section = sym->st_shndx,
							.code = code_of(&im->file, sym) };
	}
	memcpy(im->by_name, im->by_addr, im->n * sizeof(*im->by_addr));
	qsort(im->by_addr, im->n, sizeof(*im->by_addr), by_addr);
	qsort(im->by_name, im->n, sizeof(*im->by_name), by_name);
	return 0;
}

void image_release(struct image *im)
{
	free(im->by_addr);
	free(im->by_name);
	elf_release(&im->file);
	*im = (struct image){ 0 };
}

const struct symbol *image_named(const struct image *im, const char *name, size_t *n)
{
	size_t low = 0, high = im->n, end;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (strcmp(im->by_name[mid].name, name) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	for (end = low; end < im->n && !strcmp(im->by_name[end].name, name); end++)
		;
	*n = end - low;
	return *n ? &im->by_name[low] : NULL;
}

/* The place in by_addr behind the last symbol at or below ADDR. */
static size_t behind(const struct image *im, uint64_t addr)
{
	size_t low = 0, high = im->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (im->by_addr[mid].addr <= addr)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

/*
 * Whether ADDR is in what is loaded, or between its sections or right behind: ends of them are
 * rounded up to pages, large ones too. Per-CPU data of older kernels lies elsewhere, at 0.
 */
static bool inside(const struct image *im, uint64_t addr)
{
	const uint64_t round = 2 << 20;
	uint64_t low = UINT64_MAX, high = 0;

	for (unsigned int i = 0; i < im->file.eh->e_shnum; i++) {
		const Elf64_Shdr *s = &im->file.sh[i];

		if (!(s->sh_flags & SHF_ALLOC))
			continue;
		if (addr >= s->sh_addr && addr - s->sh_addr <= s->sh_size)
			return true;
		if (s->sh_addr < round)
			continue;
		low = s->sh_addr < low ? s->sh_addr : low;
		high = s->sh_addr + s->sh_size > high ? s->sh_addr + s->sh_size : high;
	}
	return addr >= low && addr < high + round;
}

/* Whether a symbol that X lies right behind in A lies as far before Y in B. */
static bool same_behind(const struct image *a, uint64_t x, const struct image *b, uint64_t y)
{
	size_t i = behind(a, x);
	uint64_t at = i ? a->by_addr[i - 1].addr : 0;

	/* names at one address: those of linker scripts stand before whatever comes first */
	for (; i && a->by_addr[i - 1].addr == at; i--) {
		size_t n;
		const struct symbol *s = image_named(b, a->by_addr[i - 1].name, &n);

		for (size_t k = 0; k < n; k++) {
			if (y - s[k].addr == x - at)
				return true;
		}
	}
	return false;
}

bool image_same_place(const struct image *a, uint64_t x, const struct image *b, uint64_t y)
{
	if (!inside(a, x) || !inside(b, y))
		return false;
	return same_behind(a, x, b, y) || same_behind(b, y, a, x);
}

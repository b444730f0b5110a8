// SPDX-License-Identifier: GPL-2.0-or-later
/* Reading ELF files; see elf.h. */
#include <errno.h>
#include <string.h>

#include "lib/fs.h"
#include "runner/elf.h"

static bool inside(const struct elf *f, uint64_t off, uint64_t len)
{
	return off <= f->data.len && len <= f->data.len - off;
}

static bool headers_fit(struct elf *f)
{
	const Elf64_Ehdr *eh = (const void *)f->data.buf;
	const Elf64_Shdr *names;

	if (!inside(f, 0, sizeof(*eh)) || memcmp(eh->e_ident, ELFMAG, SELFMAG) ||
	    eh->e_ident[EI_CLASS] != ELFCLASS64 || eh->e_ident[EI_DATA] != ELFDATA2LSB)
		return false;
	if (eh->e_shentsize != sizeof(Elf64_Shdr) || eh->e_shoff % 8 ||
	    !inside(f, eh->e_shoff, (uint64_t)eh->e_shnum * sizeof(Elf64_Shdr)) ||
	    eh->e_shstrndx >= eh->e_shnum)
		return false;
	f->eh = eh;
	f->sh = (const void *)(f->data.buf + eh->e_shoff);
	names = &f->sh[eh->e_shstrndx];
	f->names = elf_content(f, names);
	f->names_size = names->sh_size;
	return f->names && f->names_size && !f->names[f->names_size - 1];
}

int elf_open(const char *path, struct elf *f, struct error *e)
{
	int rc;

	*f = (struct elf){ 0 };
	rc = fs_read(path, &f->data, e);
	if (!rc && !headers_fit(f))
		rc = error_set(e, ENOEXEC, "%s: not a 64-bit little-endian ELF file", path);
	if (rc < 0)
		elf_release(f);
	return rc;
}

void elf_release(struct elf *f)
{
	strbuf_release(&f->data);
	*f = (struct elf){ 0 };
}

/* Of a section; never NULL. */
static const char *name_of(const struct elf *f, const Elf64_Shdr *s)
{
	return s->sh_name < f->names_size ? f->names + s->sh_name : "";
}

const Elf64_Shdr *elf_section(const struct elf *f, const char *name)
{
	for (unsigned int i = 0; i < f->eh->e_shnum; i++) {
		if (!strcmp(name_of(f, &f->sh[i]), name))
			return &f->sh[i];
	}
	return NULL;
}

const void *elf_content(const struct elf *f, const Elf64_Shdr *s)
{
	if (s->sh_type == SHT_NOBITS || !inside(f, s->sh_offset, s->sh_size))
		return NULL;
	return f->data.buf + s->sh_offset;
}

bool elf_symbols(const struct elf *f, struct elf_symbols *out)
{
	const Elf64_Shdr *tab = elf_section(f, ".symtab");
	const Elf64_Shdr *str;

	*out = (struct elf_symbols){ 0 };
	if (!tab || tab->sh_link >= f->eh->e_shnum || tab->sh_offset % 8)
		return false;
	str = &f->sh[tab->sh_link];
	out->v = elf_content(f, tab);
	out->names = elf_content(f, str);
	if (!out->v || !out->names || !str->sh_size || out->names[str->sh_size - 1])
		return false;
	out->n = tab->sh_size / sizeof(*out->v);
	out->names_size = str->sh_size;
	return true;
}

const char *elf_symbol_name(const struct elf_symbols *s, const Elf64_Sym *sym)
{
	return sym->st_name < s->names_size ? s->names + sym->st_name : "";
}

bool elf_symbol(const struct elf *f, const char *name, uint64_t *addr, uint64_t *size)
{
	struct elf_symbols s;

	if (!elf_symbols(f, &s))
		return false;
	for (size_t i = 0; i < s.n; i++) {
		if (strcmp(elf_symbol_name(&s, &s.v[i]), name))
			continue;
		*addr = s.v[i].st_value;
		*size = s.v[i].st_size;
		return true;
	}
	return false;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The little that is read from 64-bit little-endian ELF files. */
#ifndef FB_RUNNER_ELF_H
#define FB_RUNNER_ELF_H

#include <elf.h>
#include <stdbool.h>
#include <stdint.h>

#include "lib/error.h"
#include "lib/strbuf.h"

/* A file in memory; every offset used is checked against its size. */
struct elf {
	struct strbuf data;
	const Elf64_Ehdr *eh;
	const Elf64_Shdr *sh; /* eh->e_shnum of them */
	const char *names;
	size_t names_size;
};

/* 0, -errno, or -ENOEXEC if it is no such file. Release with elf_release(). */
int elf_open(const char *path, struct elf *f, struct error *e);
void elf_release(struct elf *f);

/* The first section of that name, NULL if there is none. */
const Elf64_Shdr *elf_section(const struct elf *f, const char *name);
/* Its content; NULL for one without any (.bss), or that leaves the file. */
const void *elf_content(const struct elf *f, const Elf64_Shdr *s);

/* The symbol table, in the file's own memory. */
struct elf_symbols {
	const Elf64_Sym *v;
	size_t n;
	const char *names;
	size_t names_size;
};

/* false if there is none, or a broken one. */
bool elf_symbols(const struct elf *f, struct elf_symbols *out);
/* "" for one without a name. */
const char *elf_symbol_name(const struct elf_symbols *s, const Elf64_Sym *sym);

/* Address and size of a symbol; false if there is none. */
bool elf_symbol(const struct elf *f, const char *name, uint64_t *addr, uint64_t *size);

#endif

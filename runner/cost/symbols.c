// SPDX-License-Identifier: GPL-2.0-or-later
/* The names of a kernel's and the agent's functions; see symbols.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cleanup.h"
#include "lib/fs.h"
#include "lib/symbols.h"
#include "runner/arch.h"
#include "runner/cost/symbols.h"
#include "runner/elf.h"
#include "runner/qemu.h"

/* A kernel has tens of thousands; fewer are what a cut off text leaves. */
#define FUNCTIONS_MIN 2000

int cost_program_symbols(const char *path, struct strbuf *text, struct error *e)
{
	struct elf f __cleanup(elf_release) = { 0 };
	struct elf_symbols s;
	int rc = elf_open(path, &f, e);

	if (rc < 0)
		return rc;
	/* one that is moved when it is loaded runs at other addresses than these */
	if (f.eh->e_type != ET_EXEC || !elf_symbols(&f, &s))
		return 0;
	for (size_t i = 0; i < s.n; i++) {
		const char *name = elf_symbol_name(&s, &s.v[i]);

		if (ELF64_ST_TYPE(s.v[i].st_info) == STT_FUNC && s.v[i].st_size && *name)
			strbuf_addf(text, "%016llx u %s %llx\n",
				    (unsigned long long)s.v[i].st_value, name,
				    (unsigned long long)s.v[i].st_size);
	}
	return 0;
}

/* The address of a symbol of any type in a map's text; 0 if it is not there. */
static uint64_t map_address(const char *map, const char *name)
{
	size_t len = strlen(name);

	for (const char *at = map; (at = strstr(at, name)); at += len) {
		const char *line = at;

		if ((at[len] && at[len] != '\n') || at == map || at[-1] != ' ')
			continue;
		while (line > map && line[-1] != '\n')
			line--;
		return strtoull(line, NULL, 16);
	}
	return 0;
}

/* What an ELF image has at ADDR, and how much of it there is; NULL if nothing. */
static const char *elf_at(const struct elf *f, uint64_t addr, size_t *len)
{
	for (unsigned int i = 0; i < f->eh->e_shnum; i++) {
		const Elf64_Shdr *s = &f->sh[i];
		const char *data = elf_content(f, s);

		if (!(s->sh_flags & SHF_ALLOC) || !data || addr < s->sh_addr ||
		    addr - s->sh_addr >= s->sh_size)
			continue;
		*len = s->sh_size - (addr - s->sh_addr);
		return data + (addr - s->sh_addr);
	}
	return NULL;
}

/* The magic of an arm64 Image, which is the kernel's memory from _text on. */
static bool is_plain(const struct strbuf *image)
{
	return image->len > 64 && !memcmp(image->buf + 56, "ARM\x64", 4);
}

int cost_map_fits(const char *image, const char *release, const char *map)
{
	char *banner __free = xasprintf("Linux version %s ", release);
	uint64_t addr = map_address(map, "linux_banner"), text = map_address(map, "_text");
	struct elf f __cleanup(elf_release) = { 0 };
	struct strbuf plain __strbuf = { 0 };
	const char *at = NULL;
	size_t len = 0;

	if (!addr)
		return 0;
	if (!elf_open(image, &f, NULL)) {
		at = elf_at(&f, addr, &len);
	} else {
		if (fs_read(image, &plain, NULL) || !is_plain(&plain))
			return -ENOTSUP;
		if (text && addr >= text && addr - text < plain.len) {
			at = plain.buf + (addr - text);
			len = plain.len - (addr - text);
		}
	}
	return at && len >= strlen(banner) && !memcmp(at, banner, strlen(banner));
}

bool cost_map_agrees(const struct strbuf *map, const struct strbuf *own)
{
	struct symbols theirs = { 0 }, ours = { 0 };
	size_t elsewhere = 0;
	bool agrees;

	if (!symbols_parse(strbuf_str(map), map->len, &theirs, NULL))
		symbols_parse(strbuf_str(own), own->len, &ours, NULL);
	for (size_t i = 0; i < theirs.n; i++) {
		const struct symbol *s = symbols_at(&ours, theirs.v[i].addr);

		elsewhere += !s || s->addr != theirs.v[i].addr || strcmp(s->name, theirs.v[i].name);
	}
	agrees = theirs.n && elsewhere <= theirs.n / 100;
	symbols_release(&theirs);
	symbols_release(&ours);
	return agrees;
}

/* The functions of a text that a kernel or its build has made. */
static int parse(const struct strbuf *raw, const char *path, struct symbols *s, struct error *e)
{
	int rc = symbols_parse(strbuf_str(raw), raw->len, s, e);

	if (!rc && s->n < FUNCTIONS_MIN) {
		rc = error_set(e, ENOENT, "only %zu functions are in it", s->n);
		symbols_release(s);
	}
	return error_prefix(e, rc, "%s", path);
}

/* From the file that an earlier boot has made, or by one now. */
static int ask_kernel(const struct runner *r, const struct kernel *k, struct strbuf *raw,
		      struct error *e)
{
	char *path __free = xasprintf("%s/" COST_KALLSYMS, k->dir ?: "");
	struct symbols s = { 0 };
	int rc;

	if (k->dir && !fs_read(path, raw, NULL)) {
		if (!parse(raw, path, &s, NULL)) {
			symbols_release(&s);
			return 0;
		}
		strbuf_reset(raw);
	}
	runner_progress(r, "boot", 0, 0, -1, NULL, "reading the symbols of %s (one boot)", k->name);
	rc = qemu_symbols(r, k, raw, e);
	if (!rc)
		rc = parse(raw, "/proc/kallsyms", &s, e);
	if (rc < 0)
		return error_prefix(e, rc, "the symbols of %s", k->name);
	symbols_release(&s);
	/* what cannot be kept is asked for again */
	if (k->dir)
		fs_write(path, raw->buf, raw->len, NULL);
	return 0;
}

/* A kernel that was built here has been linked into the map that lies beside it. */
static int read_map(const struct runner *r, const struct kernel *k, struct strbuf *raw,
		    struct error *e)
{
	struct strbuf map __strbuf = { 0 };
	struct error why = { "" };
	int fits, rc;

	if (!k->system_map)
		return ask_kernel(r, k, raw, e);
	rc = fs_read(k->system_map, &map, e);
	if (rc < 0)
		return rc;
	fits = cost_map_fits(k->image, k->release ?: "", strbuf_str(&map));
	if (fits > 0 && k->cc && !k->modules.n) {
		strbuf_add(raw, map.buf, map.len);
		return 0;
	}
	rc = ask_kernel(r, k, raw, &why);
	if (!rc && (!fits || !cost_map_agrees(&map, raw)))
		runner_note(
			r, "%s: its System.map is of another build; the kernel's own word is taken",
			k->name);
	if (!rc || rc == -ECANCELED || rc == -ENOSPC)
		return error_prefix(e, rc ? error_set(e, -rc, "%s", why.msg) : 0, "%s", k->name);
	if (!fits)
		return error_set(e, ESTALE, "%s: is not the map of %s (%s)", k->system_map,
				 k->image, why.msg);
	runner_note(r, "%s: functions are named by %s, which could not be held against it (%s)",
		    k->name, k->system_map, why.msg);
	strbuf_reset(raw);
	strbuf_add(raw, map.buf, map.len);
	return 0;
}

int cost_symbols(const struct runner *r, const struct kernel *k, struct strbuf *text,
		 struct error *e)
{
	const struct arch *a = arch_find(k->arch ?: "", e);
	char *agent __free = a ? arch_program(a, r->agent_path) : NULL;
	struct strbuf raw __strbuf = { 0 };
	struct symbols s = { 0 };
	int rc = a ? read_map(r, k, &raw, e) : -EINVAL;

	if (rc < 0)
		return rc;
	strbuf_addstr(&raw, "\n");
	rc = cost_program_symbols(agent, &raw, e);
	if (!rc)
		rc = parse(&raw, k->name, &s, e);
	if (rc < 0)
		return rc;
	symbols_encode(&s, text);
	symbols_release(&s);
	return 0;
}

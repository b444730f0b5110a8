// SPDX-License-Identifier: GPL-2.0-or-later
/* What can be told from a kernel image; see image.h. */
#include <errno.h>
#include <string.h>

#include "lib/cleanup.h"
#include "runner/elf.h"
#include "runner/image.h"

/* Bytes that say who built a kernel and from what, not what it does. */
static const struct mask {
	const char *from, *to; /* to: NULL where the symbol's own size says it */
} masks[] = {
	{ "linux_banner", NULL },
	{ "kernel_config_data", "kernel_config_data_end" },
};

struct range {
	uint64_t from, to;
};

static struct range mask_range(const struct elf *f, const struct mask *m)
{
	uint64_t from, size, to, unused;

	if (!elf_symbol(f, m->from, &from, &size))
		return (struct range){ 0, 0 };
	if (!m->to)
		return (struct range){ from, from + size };
	return elf_symbol(f, m->to, &to, &unused) ? (struct range){ from, to }
						  : (struct range){ 0, 0 };
}

/* Hashes a section; what is masked in it counts as zeros. */
static void add_section(struct hash *h, const Elf64_Shdr *s, const char *data,
			const struct range *skip, size_t n)
{
	static const char zeros[4096];
	uint64_t at = 0;

	while (at < s->sh_size) {
		uint64_t len = s->sh_size - at;
		bool masked = false;

		for (size_t i = 0; i < n; i++) {
			uint64_t addr = s->sh_addr + at;

			if (addr >= skip[i].from && addr < skip[i].to) {
				masked = true;
				if (skip[i].to - addr < len)
					len = skip[i].to - addr;
			} else if (addr < skip[i].from && skip[i].from - addr < len) {
				len = skip[i].from - addr;
			}
		}
		if (masked && len > sizeof(zeros))
			len = sizeof(zeros);
		hash_add(h, masked ? zeros : data + at, len);
		at += len;
	}
}

int image_code_hash(const char *path, char out[HASH_TEXT], struct error *e)
{
	struct range skip[ARRAY_SIZE(masks)];
	struct elf f __cleanup(elf_release) = { 0 };
	struct hash *h;
	int rc = elf_open(path, &f, e);

	if (rc == -ENOEXEC)
		return hash_file(path, out, e);
	if (rc < 0)
		return rc;
	for (size_t i = 0; i < ARRAY_SIZE(masks); i++)
		skip[i] = mask_range(&f, &masks[i]);
	h = hash_new();
	for (unsigned int i = 0; i < f.eh->e_shnum; i++) {
		const Elf64_Shdr *s = &f.sh[i];
		const void *data = elf_content(&f, s);

		if (!(s->sh_flags & SHF_ALLOC) || s->sh_type == SHT_NOTE)
			continue;
		hash_add(h, &s->sh_addr, sizeof(s->sh_addr));
		hash_add(h, &s->sh_size, sizeof(s->sh_size));
		if (data)
			add_section(h, s, data, skip, ARRAY_SIZE(skip));
	}
	hash_finish(h, out);
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Modules for the records' port and to swap to; see module.h. modules.dep is made at
 * installation and not in the packages, so dependencies are read from the modules themselves.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/cleanup.h"
#include "lib/fs.h"
#include "lib/spawn.h"
#include "runner/elf.h"
#include "runner/module.h"
#include "runner/tree.h"

#define DEPTH_MAX 16

static const struct driver {
	const char *module, *symbol;
	bool optional;
} drivers[] = {
	{ "virtio_pci", "CONFIG_VIRTIO_PCI", false },
	{ "virtio_console", "CONFIG_VIRTIO_CONSOLE", false },
	{ "zram", "CONFIG_ZRAM", true }, /* something to swap to, for the cases that do */
};

/* 'y', 'm', 'n', or '?' where there is no configuration. */
static char setting(const char *config, const char *symbol)
{
	struct strbuf text __strbuf = { 0 };
	char *line __free = xasprintf("\n%s=", symbol);
	const char *at;

	if (!config || fs_read(config, &text, NULL) < 0)
		return '?';
	at = strstr(strbuf_str(&text), line);
	return at ? at[strlen(line)] : 'n';
}

bool modules_missing(const char *config)
{
	for (size_t i = 0; i < ARRAY_SIZE(drivers); i++) {
		char how = setting(config, drivers[i].symbol);

		if (how != 'y' && !(how == 'n' && drivers[i].optional))
			return true;
	}
	return false;
}

char *modules_names(void)
{
	struct strbuf sb = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(drivers); i++)
		strbuf_addf(&sb, "%s%s", i ? " " : "", drivers[i].module);
	return strbuf_detach(&sb);
}

int module_depends(const char *path, struct strv *names, struct error *e)
{
	struct elf f __cleanup(elf_release) = { 0 };
	const Elf64_Shdr *s;
	const char *text;
	int rc = elf_open(path, &f, e);

	if (rc < 0)
		return rc;
	s = elf_section(&f, ".modinfo");
	text = s ? elf_content(&f, s) : NULL;
	if (!text || !s->sh_size || text[s->sh_size - 1])
		return error_set(e, ENOEXEC, "%s: no .modinfo", path);
	for (const char *p = text; p < text + s->sh_size; p += strlen(p) + 1) {
		if (!strncmp(p, "depends=", 8))
			strv_split(names, p + 8, ",");
	}
	return 0;
}

/* FROM, compressed or not, becomes TO. */
static int decompress(const struct runner *r, const char *from, const char *to, struct error *e)
{
	static const struct {
		const char *suffix, *tool;
	} tools[] = { { ".ko.xz", "xz" }, { ".ko.gz", "gzip" }, { ".ko.zst", "zstd" } };
	size_t len = strlen(from);
	struct strbuf text __strbuf = { 0 };
	int rc;

	for (size_t i = 0; i < ARRAY_SIZE(tools); i++) {
		size_t slen = strlen(tools[i].suffix);
		struct strv argv __strv = { 0 };
		struct strbuf out __strbuf = { 0 };
		struct spawn s = { .argv = &argv, .out = &out, .cancel = r->cancel };

		if (len < slen || strcmp(from + len - slen, tools[i].suffix))
			continue;
		strv_add(&argv, tools[i].tool);
		strv_add(&argv, "-dc");
		strv_add(&argv, from);
		rc = spawn_run(&s, e);
		return rc < 0 ? rc : fs_write(to, strbuf_str(&out), out.len, e);
	}
	/* never moved: it may be the running system's own */
	rc = fs_read(from, &text, e);
	return rc < 0 ? rc : fs_write(to, strbuf_str(&text), text.len, e);
}

static int collect(const struct runner *r, const char *root, const char *name, const char *dir,
		   unsigned int depth, struct strv *modules, struct error *e)
{
	char *stem __free = xasprintf("%s.ko", name);
	char *to __free = xasprintf("%s/%s", dir, stem);
	struct strv needs __strv = { 0 };
	char *from __free = NULL;
	int rc;

	if (strv_contains(modules, stem))
		return 0;
	from = tree_find(root, stem, 1);
	if (!from || depth > DEPTH_MAX)
		return error_set(e, ENOENT, "module %s is not below %s", name, root);
	rc = decompress(r, from, to, e);
	if (!rc)
		rc = module_depends(to, &needs, e);
	for (size_t i = 0; !rc && i < needs.n; i++)
		rc = collect(r, root, needs.v[i], dir, depth + 1, modules, e);
	if (!rc)
		strv_add(modules, stem);
	return rc;
}

int modules_collect(const struct runner *r, const char *root, const char *config, const char *dir,
		    struct strv *modules, struct error *e)
{
	for (size_t i = 0; i < ARRAY_SIZE(drivers); i++) {
		char how = setting(config, drivers[i].symbol);
		char *stem __free = xasprintf("%s.ko", drivers[i].module);
		char *there __free = how == '?' ? tree_find(root, stem, 1) : NULL;
		int rc;

		if (how == 'n' && drivers[i].optional)
			continue;
		if (how == 'n')
			return error_set(e, ENOENT, "this kernel has no %s", drivers[i].symbol);
		if (how == 'y' || (how == '?' && !there))
			continue;
		rc = collect(r, root, drivers[i].module, dir, 0, modules, e);
		if (rc < 0)
			return rc;
	}
	return 0;
}

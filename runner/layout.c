// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Where functions lie in a kernel's image; see layout.h.
 *
 * The last link takes either the objects themselves, from the thin archive vmlinux.a, or
 * vmlinux.o, in which they have been joined before (where objtool has to see all of them at
 * once: CONFIG_X86_KERNEL_IBT). In the first case the kernel's linker script
 * names the objects, in the second a script of our own for the link of vmlinux.o.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cleanup.h"
#include "lib/fs.h"
#include "runner/layout.h"
#include "lib/rng.h"

/*
 * Before each object, so many times 16 bytes at most. Their order alone moves functions against
 * pages and the sets of a cache; this moves them against lines and fetch blocks
 * even where an object follows the same neighbour again. More would only thin out the code.
 */
#define PAD_STEPS 16
#define PAD	  16

#define SCRIPT	    "include/asm-generic/vmlinux.lds.h"
#define MARK_BEGIN  "\t\t/* foliobench: layout */\t\\\n"
#define MARK_END    "\t\t/* foliobench: end */\t\\\n"
#define JOIN	    "scripts/Makefile.vmlinux_o"
#define JOIN_PLACE  "-r -o $@"
#define JOIN_SCRIPT " -T $(srctree)/scripts/foliobench-layout-"

struct object {
	char *name;	/* as linker scripts have it: "vmlinux.a:mm/memory.o" */
	uint64_t place; /* objects are in order of this */
	unsigned int pad;
};

struct objects {
	struct object *v;
	size_t n;
};

static void objects_release(struct objects *os)
{
	for (size_t i = 0; i < os->n; i++)
		free(os->v[i].name);
	free(os->v);
	*os = (struct objects){ 0 };
}

/* FNV-1a: turns a name into the number of a stream. */
static uint64_t name_number(const char *name)
{
	uint64_t h = 0xcbf29ce484222325u;

	for (; *name; name++)
		h = (h ^ (unsigned char)*name) * 0x100000001b3u;
	return h;
}

/*
 * By its name alone, not by a place in a list: an object that a series adds does not
 * move the others among themselves.
 */
static void add_object(struct objects *os, const char *archive, const char *name, size_t len,
		       unsigned int seed)
{
	struct object o = { .name = xasprintf("%s:%.*s", archive, (int)len, name) };
	uint64_t rng = rng_begin(seed, 2, name_number(o.name));

	o.place = rng_next(&rng);
	o.pad = (unsigned int)rng_below(&rng, PAD_STEPS) * PAD;
	os->v = xrealloc(os->v, (os->n + 1) * sizeof(*os->v));
	os->v[os->n++] = o;
}

/* The table of names of a thin archive, in which each ends with "/\n". NULL: there is none. */
static const char *member_names(const struct strbuf *ar, size_t *len)
{
	static const char magic[] = "!<thin>\n";
	const size_t head = 60, size_at = 48;
	size_t at = strlen(magic);

	if (ar->len < at || memcmp(ar->buf, magic, at) != 0)
		return NULL;
	while (ar->len - at >= head && ar->buf[at] == '/') {
		const char *entry = ar->buf + at;
		size_t size = strtoul(entry + size_at, NULL, 10);

		at += head;
		if (size > ar->len - at)
			return NULL;
		if (entry[1] == '/') {
			*len = size;
			return ar->buf + at;
		}
		at += size + (size & 1);
		if (entry[1] != ' ' || at > ar->len)
			return NULL;
	}
	return NULL;
}

/* Appends what is in the archive OBJ/NAME; -ENOENT if there is no such file. */
static int list_archive(const char *obj, const char *name, unsigned int seed, struct objects *os,
			struct error *e)
{
	char *path __free = xasprintf("%s/%s", obj, name);
	struct strbuf ar __strbuf = { 0 };
	const char *names;
	size_t len = 0;
	int rc = fs_exists(path) ? fs_read(path, &ar, e) : -ENOENT;

	if (rc < 0)
		return rc;
	names = member_names(&ar, &len);
	if (!names)
		return error_set(e, EINVAL, "%s: layouts need a thin archive", path);
	for (size_t at = 0; at < len;) {
		const char *end = memchr(names + at, '\n', len - at);
		size_t n = end ? (size_t)(end - names) - at : len - at;

		if (n > 1 && names[at + n - 1] == '/')
			add_object(os, name, names + at, n - 1, seed);
		at += n + 1;
	}
	return 0;
}

static int by_place(const void *x, const void *y)
{
	const struct object *a = x, *b = y;

	if (a->place != b->place)
		return a->place < b->place ? -1 : 1;
	return strcmp(a->name, b->name);
}

/* The objects of the link, in their new order. */
static int list_objects(const char *obj, const struct arch *a, unsigned int seed,
			struct objects *os, struct error *e)
{
	/* the folders of arch/ are called by make's other word for x86_64 */
	const char *folder = strcmp(a->make_arch, "x86_64") ? a->make_arch : "x86";
	static const char lib[] = "lib/lib.a";
	char arch_lib[64];
	int rc = list_archive(obj, "vmlinux.a", seed, os, e);

	if (rc == -ENOENT)
		return error_set(e, EINVAL,
				 "layouts need Linux 6.1 or newer: there is no vmlinux.a");
	/* only 64-bit x86 and arm64 are there: both have one */
	snprintf(arch_lib, sizeof(arch_lib), "arch/%s/%s", folder, lib);
	if (!rc)
		rc = list_archive(obj, lib, seed, os, e);
	if (!rc || rc == -ENOENT)
		rc = list_archive(obj, arch_lib, seed, os, e);
	if (rc < 0 && rc != -ENOENT)
		return rc;
	if (!os->n)
		return error_set(e, EINVAL, "%s/vmlinux.a: no objects in it", obj);
	qsort(os->v, os->n, sizeof(*os->v), by_place);
	return 0;
}

/* For the inside of an output section; SECTION of each object, END at the end of each line. */
static void write_order(const struct objects *os, const char *section, const char *end,
			struct strbuf *out)
{
	/* in quotes: "unix" and "linux" are macros of the preprocessor */
	for (size_t i = 0; i < os->n; i++)
		strbuf_addf(out, "\t\t. += %u; \"%s\"(%s)%s\n", os->v[i].pad, os->v[i].name,
			    section, end);
}

/* PATH becomes a new file, so that a shared tree's stays; unless nothing is to change. */
static int replace_file(const char *path, const struct strbuf *old, const struct strbuf *new,
			struct error *e)
{
	if (old->len == new->len && !memcmp(strbuf_str(old), strbuf_str(new), new->len))
		return 0;
	return fs_write(path, strbuf_str(new), new->len, e);
}

/*
 * The place in TEXT before which the order goes: the line of the macro TEXT_TEXT that takes
 * all objects' .text. NULL if it looks otherwise.
 */
static const char *script_place(const char *text)
{
	const char *macro = strstr(text, "\n#define TEXT_TEXT");
	const char *place = macro ? strstr(macro, "*(TEXT_MAIN") : NULL;

	if (!place)
		return NULL;
	for (const char *p = macro + 1; p < place; p++) {
		if (*p == '\n' && p[-1] != '\\')
			return NULL; /* the macro has ended before */
	}
	while (place[-1] != '\n')
		place--;
	return place;
}

/* In the linker script's source; without objects as it was. */
static int edit_script(const char *src, const struct objects *os, struct error *e)
{
	char *path __free = xasprintf("%s/%s", src, SCRIPT);
	struct strbuf old __strbuf = { 0 };
	struct strbuf plain __strbuf = { 0 };
	struct strbuf new __strbuf = { 0 };
	const char *begin, *end, *place;
	int rc = fs_read(path, &old, e);

	if (rc < 0)
		return rc;
	begin = strstr(strbuf_str(&old), MARK_BEGIN);
	end = begin ? strstr(begin, MARK_END) : NULL;
	if (end) {
		strbuf_add(&plain, old.buf, (size_t)(begin - old.buf));
		strbuf_addstr(&plain, end + strlen(MARK_END));
	} else {
		strbuf_add(&plain, strbuf_str(&old), old.len);
	}
	if (!os->n)
		return replace_file(path, &old, &plain, e);
	place = script_place(strbuf_str(&plain));
	if (!place)
		return error_set(e, EINVAL,
				 "%s: TEXT_TEXT has no *(TEXT_MAIN: no layouts of this source",
				 SCRIPT);
	strbuf_add(&new, plain.buf, (size_t)(place - plain.buf));
	strbuf_addstr(&new, MARK_BEGIN);
	write_order(os, "TEXT_MAIN", "\t\\", &new);
	strbuf_addstr(&new, MARK_END);
	strbuf_addstr(&new, place);
	return replace_file(path, &old, &new, e);
}

/* The name of the script for vmlinux.o has the seed: make then sees another command. */
static int write_join_script(const char *src, unsigned int seed, const struct objects *os,
			     struct error *e)
{
	char *path __free = xasprintf("%s/scripts/foliobench-layout-%u.lds", src, seed);
	struct strbuf text __strbuf = { 0 };

	strbuf_addstr(&text, "SECTIONS {\n\t.text 0 : {\n");
	write_order(os, ".text", "", &text);
	strbuf_addstr(&text, "\t\t*(.text)\n\t}\n}\n");
	return fs_write(path, strbuf_str(&text), text.len, e);
}

/* In the rule that joins all objects to vmlinux.o; without objects as it was. */
static int edit_join(const char *src, unsigned int seed, const struct objects *os, struct error *e)
{
	char *path __free = xasprintf("%s/%s", src, JOIN);
	struct strbuf old __strbuf = { 0 };
	struct strbuf new __strbuf = { 0 };
	const char *place, *rest;
	int rc = fs_exists(path) ? fs_read(path, &old, e) : 0;

	if (rc < 0)
		return rc;
	place = strstr(strbuf_str(&old), JOIN_PLACE);
	if (!place && !os->n)
		return 0;
	if (!place)
		return error_set(e, EINVAL, "%s does not link with %s: no layouts of this source",
				 JOIN, JOIN_PLACE);
	place += strlen(JOIN_PLACE);
	rest = place;
	if (!strncmp(rest, JOIN_SCRIPT, strlen(JOIN_SCRIPT)))
		rest += strlen(JOIN_SCRIPT) + strcspn(rest + strlen(JOIN_SCRIPT), " ");
	strbuf_add(&new, old.buf, (size_t)(place - old.buf));
	if (os->n) {
		strbuf_addf(&new, "%s%u.lds", JOIN_SCRIPT, seed);
		rc = write_join_script(src, seed, os, e);
	}
	strbuf_addstr(&new, rest);
	return rc < 0 ? rc : replace_file(path, &old, &new, e);
}

static bool is_on(const struct strbuf *config, const char *symbol)
{
	char *line __free = xasprintf("\n%s=y\n", symbol);

	return strstr(strbuf_str(config), line) != NULL;
}

/* Whether the last link takes vmlinux.o: what CONFIG says, where the source knows the symbol. */
static int links_joined(const char *src, const struct strbuf *config, bool *joined, struct error *e)
{
	static const char *const symbols[] = { "CONFIG_X86_KERNEL_IBT", "CONFIG_KLP_BUILD" };
	char *path __free = xasprintf("%s/scripts/link-vmlinux.sh", src);
	struct strbuf text __strbuf = { 0 };
	int rc = fs_read(path, &text, e);

	*joined = false;
	for (size_t i = 0; i < ARRAY_SIZE(symbols) && !rc; i++)
		*joined |= is_on(config, symbols[i]) && strstr(strbuf_str(&text), symbols[i]);
	return rc;
}

int layout_apply(const char *src, const char *obj, const struct arch *a, unsigned int seed,
		 struct error *e)
{
	static const struct objects none;
	char *path __free = xasprintf("%s/.config", obj);
	struct objects os __cleanup(objects_release) = { 0 };
	struct strbuf config __strbuf = { 0 };
	bool joined = false;
	int rc = seed ? fs_read(path, &config, e) : 0;

	if (!rc && is_on(&config, "CONFIG_LTO_CLANG"))
		return error_set(e, EINVAL,
				 "no layouts with LTO, where the last link makes the code "
				 "(+CONFIG_LTO_NONE=y turns it off)");
	if (!rc && seed)
		rc = links_joined(src, &config, &joined, e);
	if (!rc && seed)
		rc = list_objects(obj, a, seed, &os, e);
	if (!rc)
		rc = edit_script(src, joined ? &none : &os, e);
	return rc < 0 ? rc : edit_join(src, seed, joined ? &os : &none, e);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* What a kernel image on a disk is; see image_file.h. */
#define _GNU_SOURCE
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "lib/cleanup.h"
#include "lib/fs.h"
#include "lib/spawn.h"
#include "runner/elf.h"
#include "runner/image_file.h"
#include "runner/source.h"

#define BANNER "Linux version "
/* Enough for every header looked at. */
#define HEAD_BYTES  1024
#define RELEASE_MAX 64
/* An entry by which an emulator can start an uncompressed x86 kernel. */
#define NOTE_PVH 18

static uint32_t le32(const unsigned char *p)
{
	return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static uint16_t le16(const unsigned char *p)
{
	return (uint16_t)(p[0] | p[1] << 8);
}

/* The first bytes of a file; what is not there is zero. */
static int read_head(const char *path, unsigned char head[HEAD_BYTES], struct error *e)
{
	int fd __close = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;

	memset(head, 0, HEAD_BYTES);
	if (fd < 0 && (errno == EACCES || errno == EPERM))
		return error_set(e, EACCES,
				 "%s: only root may read it: sudo foliobench, or sudo chmod a+r %s",
				 path, path);
	if (fd < 0)
		return error_sys(e, errno, "%s", path);
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return error_set(e, EINVAL, "%s is no file%s", path,
				 S_ISDIR(st.st_mode) ? " (dir: takes folders to build from)" : "");
	if (read(fd, head, HEAD_BYTES) < 0)
		return error_sys(e, errno, "%s", path);
	return 0;
}

static int elf_arch(const char *path, const unsigned char *head, const char **arch, struct error *e)
{
	uint16_t machine = le16(head + 18);

	if (machine == EM_AARCH64)
		return error_set(
			e, EINVAL,
			"%s: boot loaders take arm64's kernel as arch/arm64/boot/Image, not "
			"as vmlinux",
			path);
	if (machine != EM_X86_64 || head[EI_CLASS] != ELFCLASS64)
		return error_set(e, EINVAL, "%s: an ELF file of another machine than x86_64", path);
	*arch = "x86_64";
	return 0;
}

int image_file_kind(const char *path, enum image_kind *kind, const char **arch, struct error *e)
{
	unsigned char h[HEAD_BYTES];
	int rc = read_head(path, h, e);

	*arch = "arm64";
	if (rc < 0)
		return rc;
	if (!memcmp(h, ELFMAG, SELFMAG)) {
		*kind = IMAGE_ELF;
		return elf_arch(path, h, arch, e);
	}
	if (le16(h + 0x1fe) == 0xaa55 && !memcmp(h + 0x202, "HdrS", 4)) {
		*kind = IMAGE_BZIMAGE;
		*arch = "x86_64";
		return 0;
	}
	if (!memcmp(h + 56, "ARM\x64", 4))
		*kind = IMAGE_RAW;
	else if (!memcmp(h, "MZ", 2) && !memcmp(h + 4, "zimg", 4))
		*kind = IMAGE_ZBOOT;
	else if (h[0] == 0x1f && h[1] == 0x8b)
		*kind = IMAGE_GZIP;
	else
		return error_set(e, EINVAL,
				 "%s is no kernel image (wanted: vmlinuz, bzImage or vmlinux of "
				 "x86_64; Image or Image.gz of arm64)",
				 path);
	return 0;
}

/* The word behind "Linux version ", for the caller to free; NULL if there is none. */
static char *banner_release(const void *data, size_t len)
{
	const char *p = data, *end = p + len;
	const size_t skip = strlen(BANNER);

	while ((p = memmem(p, (size_t)(end - p), BANNER, skip))) {
		size_t n = 0;

		p += skip;
		while (p + n < end && n < RELEASE_MAX && p[n] > ' ' && p[n] <= '~')
			n++;
		if (n && n < RELEASE_MAX && *p >= '0' && *p <= '9')
			return xasprintf("%.*s", (int)n, p);
	}
	return NULL;
}

/* A bzImage says it in its header. */
static char *header_release(const unsigned char *h, size_t len)
{
	size_t at = (size_t)le16(h + 0x20e) + 0x200;
	size_t n = 0;

	if (at == 0x200 || at + RELEASE_MAX > len)
		return NULL;
	while (n < RELEASE_MAX && h[at + n] > ' ' && h[at + n] <= '~')
		n++;
	return n && n < RELEASE_MAX ? xasprintf("%.*s", (int)n, (const char *)h + at) : NULL;
}

static bool has_pvh(const char *path)
{
	struct elf f __cleanup(elf_release) = { 0 };
	struct error ignored;
	bool found = false;

	if (elf_open(path, &f, &ignored))
		return false;
	for (unsigned int i = 0; i < f.eh->e_shnum; i++) {
		const unsigned char *p = elf_content(&f, &f.sh[i]);
		uint64_t left = p && f.sh[i].sh_type == SHT_NOTE ? f.sh[i].sh_size : 0;

		while (left > 12) {
			uint64_t name = (le32(p) + 3ull) & ~3ull;
			uint64_t size = 12 + name + ((le32(p + 4) + 3ull) & ~3ull);

			if (size > left)
				break;
			found |= le32(p + 8) == NOTE_PVH && name == 4 && !memcmp(p + 12, "Xen", 4);
			p += size;
			left -= size;
		}
	}
	return found;
}

/* Writes the LEN bytes at OFFSET of PATH to TO. */
static int cut(const char *path, size_t offset, size_t len, const char *to, struct error *e)
{
	struct strbuf text __strbuf = { 0 };
	int rc = fs_read(path, &text, e);

	if (rc)
		return rc;
	if (offset > text.len || len > text.len - offset)
		return error_set(e, EINVAL, "%s is cut off", path);
	return fs_write(to, text.buf + offset, len, e);
}

static int decompress(const struct runner *r, const char *tool, const char *from, const char *to,
		      struct error *e)
{
	struct strv argv __strv = { 0 };
	struct strbuf out __strbuf = { 0 };
	struct error why = { 0 };
	struct spawn s = { .argv = &argv, .out = &out, .stdin_path = from, .cancel = r->cancel };
	int rc;

	strv_add(&argv, tool);
	strv_add(&argv, "-dc");
	rc = spawn_run(&s, &why);
	if (rc == -ECHILD)
		return error_set(e, EINVAL, "%s is damaged or cut off (%s)", from, why.msg);
	return rc ? error_set(e, -rc, "%s", why.msg) : fs_write(to, strbuf_str(&out), out.len, e);
}

/* An EFI program names its payload's place and how it is compressed in its first bytes. */
static int unpack_zboot(const struct runner *r, const char *path, const char *to, struct error *e)
{
	static const char *const tools[][2] = { { "gzip", "gzip" },   { "zstd", "zstd" },
						{ "zstd22", "zstd" }, { "xzkern", "xz" },
						{ "xz", "xz" },	      { "lzma", "xz" },
						{ "lz4", "lz4" } };
	unsigned char h[HEAD_BYTES];
	char *payload __free = xasprintf("%s.payload", to);
	int rc = read_head(path, h, e);

	if (rc)
		return rc;
	h[24 + 32] = '\0';
	for (size_t i = 0; i < ARRAY_SIZE(tools); i++) {
		if (strcmp((const char *)h + 24, tools[i][0]))
			continue;
		rc = cut(path, le32(h + 8), le32(h + 12), payload, e);
		if (!rc)
			rc = decompress(r, tools[i][1], payload, to, e);
		unlink(payload);
		return rc;
	}
	return error_set(e, EINVAL, "%s: compressed by %.32s, which is not known here", path,
			 h + 24);
}

int image_file_copy(const struct runner *r, const char *path, const struct image_file *f,
		    const char *to, struct error *e)
{
	struct strv argv __strv = { 0 };
	struct spawn s = { .argv = &argv, .cancel = r->cancel };
	int rc;

	if (f->kind == IMAGE_GZIP)
		return decompress(r, "gzip", path, to, e);
	if (f->kind == IMAGE_ZBOOT)
		return unpack_zboot(r, path, to, e);
	strv_add(&argv, "cp");
	strv_add(&argv, "--reflink=auto");
	strv_add(&argv, "-T");
	strv_add(&argv, "--");
	strv_add(&argv, path);
	strv_add(&argv, to);
	rc = spawn_run(&s, e);
	if (rc == -ECHILD && strstr(e->msg, "No space left"))
		return error_set(e, ENOSPC, "no space left on the disk of %s", r->cache_dir);
	return rc;
}

/* Looks through the whole image, F->kind being known. */
static int look_inside(const char *path, struct image_file *f, struct error *e)
{
	int fd __close = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	void *data;

	if (fd < 0 || fstat(fd, &st) < 0)
		return error_sys(e, errno, "%s", path);
	data = st.st_size ? mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0)
			  : MAP_FAILED;
	if (data == MAP_FAILED)
		return error_set(e, EINVAL, "%s cannot be read", path);
	if (f->kind == IMAGE_BZIMAGE)
		f->release = header_release(data, (size_t)st.st_size);
	else
		f->release = banner_release(data, (size_t)st.st_size);
	munmap(data, (size_t)st.st_size);
	if (!f->release)
		return error_set(e, EINVAL, "%s: no Linux version in it: is it a kernel?", path);
	if (f->kind == IMAGE_ELF && !has_pvh(path))
		return error_set(e, EINVAL,
				 "%s cannot be started by an emulator, CONFIG_PVH is not in it: "
				 "take its arch/x86/boot/bzImage",
				 path);
	return 0;
}

/* What is packed is looked at unpacked. */
static int look_unpacked(const struct runner *r, const char *path, struct image_file *f,
			 struct error *e)
{
	char *tmp __free = xasprintf("%s/hashes/.unpacked-%d", r->cache_dir, getpid());
	struct image_file inner = { 0 };
	struct error why = { 0 };
	int rc = image_file_copy(r, path, f, tmp, e);

	if (!rc)
		rc = image_file_kind(tmp, &inner.kind, &inner.arch, &why);
	if (!rc && inner.kind == IMAGE_RAW)
		rc = look_inside(tmp, &inner, e);
	else if (!rc || rc == -EINVAL)
		rc = rc && why.msg[0] == '\0'
			     ? rc
			     : error_set(e, EINVAL, "%s: no arm64 Image in it", path);
	unlink(tmp);
	f->release = inner.release;
	return rc;
}

int image_file_look(const struct runner *r, const char *path, struct image_file *f, struct error *e)
{
	char *dir __free = xasprintf("%s/hashes", r->cache_dir);
	char *memo __free = NULL;
	struct strbuf known __strbuf = { 0 };
	int rc;

	*f = (struct image_file){ 0 };
	rc = image_file_kind(path, &f->kind, &f->arch, e);
	if (!rc)
		rc = source_hash_file(r, path, f->sum, e);
	if (rc)
		return rc;
	memo = xasprintf("%s/release-%.40s", dir, f->sum);
	if (fs_exists(memo) && !fs_read(memo, &known, NULL) && known.len) {
		f->release = strbuf_detach(&known);
		return 0;
	}
	rc = fs_mkdirs(dir, e);
	if (rc)
		return rc;
	if (f->kind == IMAGE_GZIP || f->kind == IMAGE_ZBOOT)
		rc = look_unpacked(r, path, f, e);
	else
		rc = look_inside(path, f, e);
	if (rc)
		image_file_release(f);
	else
		fs_write(memo, f->release, strlen(f->release), NULL);
	return rc;
}

void image_file_release(struct image_file *f)
{
	free(f->release);
	f->release = NULL;
}

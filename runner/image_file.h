/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Kernel images as they lie about on a disk: what they are, and what belongs to them. */
#ifndef FB_RUNNER_IMAGE_FILE_H
#define FB_RUNNER_IMAGE_FILE_H

#include "runner/hash.h"
#include "runner/runner.h"

/* How the file is packed; a boot loader takes the first three. */
enum image_kind {
	IMAGE_BZIMAGE, /* x86: setup code and the kernel compressed behind it */
	IMAGE_ELF,     /* x86: vmlinux */
	IMAGE_RAW,     /* arm64: Image */
	IMAGE_GZIP,    /* arm64: Image.gz */
	IMAGE_ZBOOT    /* arm64: EFI program with the Image compressed in it */
};

struct image_file {
	enum image_kind kind;
	const char *arch; /* a constant: "x86_64" */
	char *release;	  /* "6.14.0-rc3+"; owned */
	char sum[HASH_TEXT];
};

/* What PATH begins like. 0, -EINVAL if it is no kernel image, or -errno. */
int image_file_kind(const char *path, enum image_kind *kind, const char **arch, struct error *e);

/*
 * All of it; what is slow is remembered in the cache by the file's hash. 0, -EINVAL for what
 * cannot be booted, with why and what to take instead.
 */
int image_file_look(const struct runner *r, const char *path, struct image_file *f,
		    struct error *e);
void image_file_release(struct image_file *f);

/* Writes the image, as a boot loader takes it, to TO. */
int image_file_copy(const struct runner *r, const char *path, const struct image_file *f,
		    const char *to, struct error *e);

/*
 * What lies beside the image at PATH by the usual names: a file for the caller to free, or NULL.
 * One that belongs to another version is passed over.
 */
char *image_file_config(const char *path, const char *release);
char *image_file_system_map(const char *path, const char *release);
/* The folder of its modules. */
char *image_file_modules(const char *path, const char *release);

#endif

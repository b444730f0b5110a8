/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An initramfs, made in memory: an uncompressed "newc" cpio archive. Nothing in
 * it depends on the host (no times, no owners, inode numbers by order), so that
 * equal contents give equal bytes and a guest's boot repeats exactly.
 */
#ifndef FB_RUNNER_INITRAMFS_H
#define FB_RUNNER_INITRAMFS_H

#include <stddef.h>

#include "lib/error.h"
#include "lib/strbuf.h"

struct initramfs {
	struct strbuf data; /* the archive so far; after _finish() the whole file */
	unsigned int inode;
};

/* NAME has no leading slash. Folders come before what is in them. */
void initramfs_add_dir(struct initramfs *fs, const char *name);
/* A file with DATA; MODE is the permission bits (0755). */
void initramfs_add_data(struct initramfs *fs, const char *name, unsigned int mode, const void *data,
			size_t len);
/* A character device. */
void initramfs_add_chrdev(struct initramfs *fs, const char *name, unsigned int mode,
			  unsigned int major, unsigned int minor);
/* A copy of the host's file at PATH. -EFBIG from 4 GiB, which the format cannot say. */
int initramfs_add_file(struct initramfs *fs, const char *name, unsigned int mode, const char *path,
		       struct error *e);
/* The trailer; then fs->data is the archive. */
void initramfs_finish(struct initramfs *fs);
void initramfs_release(struct initramfs *fs);

#define __initramfs __attribute__((cleanup(initramfs_release)))

#endif

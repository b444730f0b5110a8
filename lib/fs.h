/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Small files and folders. All return 0 or -errno and fill E (may be NULL). */
#ifndef FB_LIB_FS_H
#define FB_LIB_FS_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/error.h"
#include "lib/strbuf.h"

/* Appends the whole file to SB; works for /proc and /sys, where size is 0. */
int fs_read(const char *path, struct strbuf *sb, struct error *e);
/* Writes through a temporary name and rename(2): a reader sees all or nothing. */
int fs_write(const char *path, const void *data, size_t len, struct error *e);
/* All LEN bytes to an open file. 0 or -errno. */
int fs_write_all(int fd, const char *data, size_t len);
/* Writes text to a file that exists (sysfs, procfs): one write(2), no create. */
int fs_poke(const char *path, const char *text, struct error *e);
/* mkdir -p */
int fs_mkdirs(const char *path, struct error *e);
/* rm -rf; a missing path is fine. Does not follow symbolic links. */
int fs_remove_tree(const char *path, struct error *e);
bool fs_exists(const char *path);
/* Free bytes for an unprivileged writer at PATH, UINT64_MAX if unknown. */
uint64_t fs_free_bytes(const char *path);
/* Trailing newlines and blanks off, in place. Returns S. */
char *str_trim(char *s);

#endif

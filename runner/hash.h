/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SHA-256 as 64 lower-case hex digits. The only user of libcrypto is hash.c. */
#ifndef FB_RUNNER_HASH_H
#define FB_RUNNER_HASH_H

#include <stddef.h>

#include "lib/error.h"

#define HASH_TEXT 65 /* 64 hex digits and the NUL */

struct hash; /* a hash in the making */

struct hash *hash_new(void);
void hash_add(struct hash *h, const void *data, size_t len);
/* Writes the text and frees H. */
void hash_finish(struct hash *h, char out[HASH_TEXT]);

void hash_buf(const void *data, size_t len, char out[HASH_TEXT]);
/* Of a whole file; 0 or -errno. */
int hash_file(const char *path, char out[HASH_TEXT], struct error *e);

#endif

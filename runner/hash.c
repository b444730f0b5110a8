// SPDX-License-Identifier: GPL-2.0-or-later
/* SHA-256 by libcrypto; see hash.h. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdlib.h>

#include "lib/cleanup.h"
#include "runner/hash.h"

struct hash {
	EVP_MD_CTX *ctx;
};

struct hash *hash_new(void)
{
	struct hash *h = malloc(sizeof(*h));

	/* no memory for a few hundred bytes, or a libcrypto without SHA-256 */
	if (!h || !(h->ctx = EVP_MD_CTX_new()) || !EVP_DigestInit_ex(h->ctx, EVP_sha256(), NULL))
		abort();
	return h;
}

void hash_add(struct hash *h, const void *data, size_t len)
{
	if (!EVP_DigestUpdate(h->ctx, data, len))
		abort();
}

void hash_finish(struct hash *h, char out[HASH_TEXT])
{
	static const char digits[] = "0123456789abcdef";
	unsigned char md[EVP_MAX_MD_SIZE];
	unsigned int len = 0;

	if (!EVP_DigestFinal_ex(h->ctx, md, &len) || len != 32)
		abort();
	for (unsigned int i = 0; i < len; i++) {
		out[2 * i] = digits[md[i] >> 4];
		out[2 * i + 1] = digits[md[i] & 15];
	}
	out[64] = '\0';
	EVP_MD_CTX_free(h->ctx);
	free(h);
}

void hash_buf(const void *data, size_t len, char out[HASH_TEXT])
{
	struct hash *h = hash_new();

	hash_add(h, data, len);
	hash_finish(h, out);
}

int hash_file(const char *path, char out[HASH_TEXT], struct error *e)
{
	int fd __close = open(path, O_RDONLY | O_CLOEXEC);
	struct hash *h;
	char chunk[65536];
	ssize_t n;

	if (fd < 0)
		return error_sys(e, errno, "%s", path);
	h = hash_new();
	while ((n = read(fd, chunk, sizeof(chunk))) > 0)
		hash_add(h, chunk, (size_t)n);
	hash_finish(h, out);
	return n < 0 ? error_sys(e, errno, "%s", path) : 0;
}

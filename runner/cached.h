/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Kernels in the cache that are known by their hash: what kernel.json keeps of how each was
 * asked for, so that it can be listed, taken by its hash, and made again.
 */
#ifndef FB_RUNNER_CACHED_H
#define FB_RUNNER_CACHED_H

#include "lib/json.h"
#include "runner/hash.h"
#include "runner/runner.h"

/* Adds to J what K (resolved) is called and made of. Paths of files are made absolute. */
void cached_describe(json_t *j, const struct kernel *k);
/* The way back, into a K of which nothing but the hash is known yet. */
void cached_restore(const json_t *j, struct kernel *k);

/* Whether NAME is written like the begin of a hash: 7 to 64 hex digits, and no recipe's name. */
bool cached_is_prefix(const struct runner *r, const char *name);

/*
 * The one kernel in the cache whose hash begins with PREFIX. 0, or -EINVAL where there is
 * none or more than one.
 */
int cached_find(const struct runner *r, const char *prefix, char hash[HASH_TEXT], struct error *e);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a kernel is made of, as JSON, and the hashes that follow from it. Two
 * kernels with the same hash are the same kernel.
 */
#ifndef FB_RUNNER_INPUTS_H
#define FB_RUNNER_INPUTS_H

#include "kernels/recipe.h"
#include "runner/hash.h"
#include "runner/source.h"

struct inputs {
	struct strv fragments; /* paths: base, the architecture's, the recipe's */
	json_t *record;	       /* all of it, with names, for people */
	char hash[HASH_TEXT];  /* of the kernel */
	char *objects_key;     /* of its objects without the series; NULL for images */
};

/*
 * Collects the inputs of a recipe whose source is S, resolved to ID. Reads fragments and
 * patches and asks the compiler for its version; touches nothing else.
 */
int inputs_collect(const struct runner *r, const struct recipe *rc, const struct arch *a,
		   const struct source *s, const struct source_id *id, struct inputs *in,
		   struct error *e);
void inputs_release(struct inputs *in);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a kernel is made of, as JSON, and the hashes that follow from it. Two
 * kernels with the same hash are the same kernel.
 */
#ifndef FB_RUNNER_INPUTS_H
#define FB_RUNNER_INPUTS_H

#include "kernels/recipe.h"
#include "runner/config.h"
#include "runner/hash.h"
#include "runner/patch_series.h"
#include "runner/source.h"
#include "runner/toolchain.h"

struct inputs {
	struct config_plan config;  /* empty for images */
	struct patch_series series; /* the recipe's patches, then the user's */
	struct toolchain tools;	    /* empty for images */
	json_t *record;		    /* all of it, with names, for people */
	char hash[HASH_TEXT];	    /* of the kernel */
	char group[HASH_TEXT];	    /* of the kernel, whatever its layout */
	unsigned int layout;
	char *objects_key; /* of its objects without the series; NULL for images */
};

/*
 * Collects the inputs of a recipe whose source is S, resolved to ID, with all but the first
 * PATCHES patches left out (0: none is) and the layout LAYOUT. Reads fragments and
 * patches and asks the compiler for its version; touches nothing else.
 */
int inputs_collect(const struct runner *r, const struct recipe *rc, const struct arch *a,
		   const struct source *s, const struct source_id *id, unsigned int patches,
		   unsigned int layout, struct inputs *in, struct error *e);
void inputs_release(struct inputs *in);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Recipes: what a kernel is made of, as an .ini file says it.
 *
 *	[kernel]
 *	description = what this is, one line
 *	source = debian:7.3
 *	arch = x86_64
 *	config = more fragments than base and the architecture's
 *	series = patches, in order; paths relative to the recipe's folder
 *
 * Only source is needed. Lists are separated by blanks or commas and may go
 * on in indented lines.
 */
#ifndef FB_KERNELS_RECIPE_H
#define FB_KERNELS_RECIPE_H

#include "lib/error.h"
#include "lib/strbuf.h"

#define RECIPE_DEFAULT_ARCH "x86_64"

/* All strings are owned; recipe_release() frees them. */
struct recipe {
	char *name;	    /* the file's name without .ini */
	char *path;	    /* the file; NULL for a recipe that no file holds */
	char *description;  /* "" if there is none */
	char *source;	    /* "debian:7.3" */
	char *arch;	    /* "x86_64" */
	struct strv config; /* paths of the further fragments */
	struct strv series; /* paths of the patches */
};

/*
 * Reads and checks the recipe at PATH; fragments are looked for in
 * CONFIG_DIR, then next to the recipe. 0, -ENOENT if there is no such file, or -EINVAL
 * with "PATH:LINE: ..." (every patch and fragment named must exist).
 */
int recipe_load(const char *path, const char *config_dir, struct recipe *rc, struct error *e);

/* The recipe of a bare source: no further fragments, no series. */
void recipe_from_source(const char *source, struct recipe *rc);

void recipe_release(struct recipe *rc);

/* Names of the recipes in DIR, sorted, appended to NAMES. 0 or -errno. */
int recipe_list(const char *dir, struct strv *names, struct error *e);

#endif

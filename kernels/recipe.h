/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Recipes: what a kernel is made of, as an .ini file says it.
 *
 *	[kernel]
 *	description = what this is, one line
 *	source = debian:7.3
 *	arch = x86_64
 *	cc = gcc
 *	config = more fragments than base and the architecture's, a whole .config, +CONFIG_X=y
 *	series = patches, folders, mboxes, b4:ID, git:PATH@A..B; relative to the recipe's folder
 *
 * Only source is needed. Lists are separated by blanks or commas and may go
 * on in indented lines.
 */
#ifndef FB_KERNELS_RECIPE_H
#define FB_KERNELS_RECIPE_H

#include "lib/error.h"
#include "lib/strbuf.h"

#define RECIPE_DEFAULT_ARCH "x86_64"
#define RECIPE_DEFAULT_CC   "gcc"

/* All strings are owned; recipe_release() frees them. */
struct recipe {
	char *name;	    /* the file's name without .ini */
	char *path;	    /* the file; NULL for a recipe that no file holds */
	char *description;  /* "" if there is none */
	char *source;	    /* "debian:7.3" */
	char *arch;	    /* "x86_64" */
	char *cc;	    /* "gcc", "clang", "clang-16" */
	struct strv config; /* in order: paths of files, "+CONFIG_X=y" as it is */
	struct strv series; /* in order: paths of files and folders; what has a scheme, as it is */
};

/*
 * Reads and checks the recipe at PATH; fragments are looked for in
 * CONFIG_DIR, then next to the recipe. 0, -ENOENT if there is no such file, or -EINVAL
 * with "PATH:LINE: ..." (every patch and fragment named must exist).
 */
int recipe_load(const char *path, const char *config_dir, struct recipe *rc, struct error *e);

/*
 * Adds one word to the recipe's config: "+CONFIG_X=y" (also without its +), a path, or a name that
 * is looked for in CONFIG_DIR, then in DIR (".config" may be left out). 0 or -EINVAL.
 */
int recipe_add_config(struct recipe *rc, const char *word, const char *config_dir, const char *dir,
		      struct error *e);
/* Adds one word to the recipe's series; paths are relative to DIR. 0 or -EINVAL. */
int recipe_add_series(struct recipe *rc, const char *word, const char *dir, struct error *e);

/* The recipe of a bare source: no further fragments, no series. */
void recipe_from_source(const char *source, struct recipe *rc);

void recipe_release(struct recipe *rc);

/* Names of the recipes in DIR, sorted, appended to NAMES. 0 or -errno. */
int recipe_list(const char *dir, struct strv *names, struct error *e);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sources: where kernels come from. One file and one row in source.c each. A
 * source either has trees to build from (fetch), or finished kernels (fill).
 *
 * What is asked for is written "NAME:VERSION"; what VERSION may be is the source's business.
 */
#ifndef FB_RUNNER_SOURCE_H
#define FB_RUNNER_SOURCE_H

#include "lib/json.h"
#include "runner/arch.h"
#include "runner/hash.h"
#include "runner/runner.h"

/* What "NAME:VERSION" stands for now. Strings and json are owned. */
struct source_id {
	char *version; /* "7.3.4-1~bpo13+1" */
	char *key;     /* names the content for good: goes into hashes and file names */
	json_t *facts; /* what else is worth recording, or NULL */
	void *priv;    /* the source's own, freed by release */
};

struct source {
	const char *name; /* "debian" */
	/* What is hashed in place of the name: sources of one family share keys. NULL: the name. */
	const char *family;
	bool takes_path;     /* VERSION begins with a path: relative to a recipe's folder */
	const char *summary; /* one line for lists: what VERSION may be */
	/*
	 * The architecture that VERSION names or holds, in *NAME (a constant), NULL: it does not
	 * say. May be NULL.
	 */
	int (*arch)(const struct runner *r, const char *version, const char **name,
		    struct error *e);
	/*
	 * Finds what VERSION ("" for the newest) stands for; looks into lists,
	 * fetches no kernel. -ENOENT with a message that names what is there.
	 */
	int (*resolve)(const struct runner *r, const struct arch *a, const char *version,
		       struct source_id *id, struct error *e);
	void (*release)(struct source_id *id); /* of priv; may be NULL */
	/* The tree, unpacked in the cache and not to be written to. NULL if there is none. */
	int (*fetch)(const struct runner *r, const struct arch *a, const struct source_id *id,
		     char **dir, struct error *e);
	/*
	 * Puts a finished kernel into the folder DIR and what is in it into K (release,
	 * and names relative to DIR of image, config, system_map, modules).
	 * NULL for sources to build from.
	 */
	int (*fill)(const struct runner *r, const struct arch *a, const struct source_id *id,
		    const char *dir, struct kernel *k, struct error *e);
	/* The kernel that runs now: complete K at once, no cache. Else NULL. */
	int (*here)(const struct runner *r, const struct arch *a, struct kernel *k,
		    struct error *e);
};

extern const struct source *const sources[]; /* ends with NULL */
extern const struct source source_debian;
extern const struct source source_debian_image;
extern const struct source source_git;
extern const struct source source_dir;
extern const struct source source_tarball;
extern const struct source source_image;
extern const struct source source_running;

/*
 * Splits "debian:7.3" and finds its row; *VERSION points into TEXT. NULL with a
 * line (-EINVAL) that names the sources.
 */
const struct source *source_find(const char *text, const char **version, struct error *e);
/* Whether TEXT is written like one: a known name, then the end or ':'. */
bool source_is_name(const char *text);

/*
 * What ASKED stands for, found once in a program's life: all kernels of a run have the same
 * source, whatever happens to a branch or a folder meanwhile, and a folder is not read for each
 * patch of a series. For one thread. As of resolve().
 */
int source_resolve_once(const struct runner *r, const struct source *s, const struct arch *a,
			const char *asked, struct source_id *id, struct error *e);
void source_id_release(const struct source *s, struct source_id *id);

/*
 * TEXT, a source as a recipe in FOLDER writes it: with paths relative to the caller's folder
 * instead. For the caller to free.
 */
char *source_relative_to(const char *text, const char *folder);

/* "~" and "~user" at the beginning of PATH are home folders. For the caller to free. */
char *source_expand_home(const char *path);

/* The architecture that TEXT ("NAME:VERSION") itself says it is, or NULL; 0 or -errno. */
int source_arch(const struct runner *r, const char *text, const char **name, struct error *e);

/*
 * "image:PATH" of the kernel that runs now, for targets that boot one; for the caller to
 * free. -ENOENT, -EACCES with what can be done.
 */
int source_running_image(char **text, struct error *e);

/* What the source file does to make TREE; TMP is scratch. Both are below CACHE/src. */
typedef int source_unpack_fn(const struct runner *r, const char *tmp, const char *tree,
			     const void *data, struct error *e);

/*
 * CACHE/src/KEY in *DIR, for the caller to free: made by UNPACK unless it is there, checked
 * to be a kernel's source, and renamed when it is whole.
 */
int source_unpack(const struct runner *r, const char *key, source_unpack_fn *unpack,
		  const void *data, char **dir, struct error *e);

/*
 * The version that a kernel's Makefile (TEXT) says, "6.14.0-rc3"; NULL if it is no kernel's.
 * For the caller to free.
 */
char *source_makefile_version(const char *text);
/* Whether TREE is a kernel's source, as it comes: 0 or -EINVAL. */
int source_check_tree(const char *tree, struct error *e);

/* SHA-256 of a file, remembered in the cache by what stat(2) says of it. */
int source_hash_file(const struct runner *r, const char *path, char out[HASH_TEXT],
		     struct error *e);

/* Keys of trees that git knows: this and the tree's name. */
#define SOURCE_GIT_KEY "git-"

/* What fills in ID for a tree of git's; its priv goes to source_git_release(). */
int source_git_fetch(const struct runner *r, const struct arch *a, const struct source_id *id,
		     char **dir, struct error *e);
void source_git_release(struct source_id *id);
/* OWN, OBJECTS, TREE: as in git_export(); copied. */
void source_git_id(struct source_id *id, const char *own, const char *objects, const char *tree);
/* The Makefile's version of TREE; -EINVAL with WHERE in front if it is no kernel. */
int source_git_kernel(const struct runner *r, const char *own, const char *objects,
		      const char *tree, const char *where, char **version, struct error *e);

#endif

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
#include "runner/runner.h"

/* What "NAME:VERSION" stands for now. Strings and json are owned. */
struct source_id {
	char *version; /* "7.3.4-1~bpo13+1" */
	char *key;     /* names the content for good: goes into hashes and file names */
	json_t *facts; /* what else is worth recording, or NULL */
	void *priv;    /* the source's own, freed by release */
};

struct source {
	const char *name;    /* "debian" */
	const char *summary; /* one line for lists: what VERSION may be */
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
extern const struct source source_running;

/*
 * Splits "debian:7.3" and finds its row; *VERSION points into TEXT. NULL with a
 * line (-EINVAL) that names the sources.
 */
const struct source *source_find(const char *text, const char **version, struct error *e);
/* Whether TEXT is written like one: a known name, then the end or ':'. */
bool source_is_name(const char *text);

void source_id_release(const struct source *s, struct source_id *id);

#endif

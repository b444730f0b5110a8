/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Object trees in the cache: CACHE/build/KEY/obj, complete and sealed (manifest.h), of a source
 * without patches. A stamp inside says what one was made of and from which source tree, so
 * that the objects of a source that is nearly the same can be the start of another.
 */
#ifndef FB_RUNNER_OBJECTS_H
#define FB_RUNNER_OBJECTS_H

#include <time.h>

#include "runner/build.h"

/* Strings are owned. */
struct objects {
	char *key;     /* whose objects: CACHE/build/KEY */
	char *dir;     /* CACHE/build/KEY/obj */
	char *tree;    /* the source tree that they were made from, a folder of CACHE/src */
	char *version; /* VERSION.PATCHLEVEL of the source: "7.3" */
	char *arch;
	char *tools;  /* compiler and linker, as their first lines say */
	double steps; /* that make took */
	time_t used;  /* last */
};

/* What job J's objects will be, whether or not they are there. */
void objects_of(const struct runner *r, const struct build_job *j, struct objects *o);
void objects_release(struct objects *o);

/* Writes the stamp into the tree DIR, and seals that. */
int objects_seal(const struct objects *o, const char *dir, struct error *e);

/*
 * Whether O's tree is there, whole and as it was made; one that is not is removed, and the
 * user told. Holds the folder of KEY in *HELD (-1 if not there).
 */
bool objects_usable(const struct runner *r, const struct objects *o, int *held);

/*
 * Trees that may be near to what O will be (same architecture, tools and VERSION.PATCHLEVEL):
 * first those of the same source, then those used last. The source tree of each is there.
 */
void objects_near(const struct runner *r, const struct objects *o, struct objects **near,
		  size_t *n);

/* How many steps a full build takes, by what any of the trees took; 0 if there is none. */
double objects_steps(const struct runner *r);

#endif

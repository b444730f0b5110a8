/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The one tree of a cache that kernels are built in, CACHE/build/work: src/ is the source as
 * hard links into the shared tree (broken before anything is written), src/obj/ the
 * objects. All builds happen at this one path, because the kernel's build makes everything
 * anew in a tree that was moved. Whoever works there has the lock "build-work".
 *
 * After a successful build the tree stays, and state.json says what it is: of which key, with
 * which patches and layout. The next kernel that only has more patches on top, or another
 * layout, is made from it. The state goes before anything is changed, so a tree without
 * one is what a killed or failed build left: nobody builds on that.
 */
#ifndef FB_RUNNER_WORK_H
#define FB_RUNNER_WORK_H

#include "runner/build.h"
#include "runner/treediff.h"

struct work {
	const struct runner *r;
	const struct build_job *j;
	char *dir, *src, *obj, *log; /* owned */
};

/* What is in the tree now. */
struct work_state {
	size_t patches; /* the first ones of the job's series */
	unsigned int layout;
};

void work_init(struct work *w, const struct runner *r, const struct build_job *j);
void work_release(struct work *w);
/* To the folder CACHE/build/NAME, which is nobody else's. */
void work_move(struct work *w, const char *name);

/* Whether the tree is whole and the job's with some of its patches missing; S says which. */
bool work_is_warm(const struct work *w, struct work_state *s);
/* To be called before the tree is changed. */
int work_begin(const struct work *w, struct error *e);
/* The tree is complete and has all of the job. */
int work_keep(const struct work *w, struct error *e);
int work_clear(const struct work *w, struct error *e);

/* Instead of whatever was there: the source TREE, no objects. */
int work_lay_out(const struct work *w, const char *tree, struct error *e);
/* A copy of the objects in DIR that keeps their times. */
int work_take_objects(const struct work *w, const char *dir, struct error *e);
/* Makes the tree, laid out as another, the job's: what D names gets the time of now. */
int work_follow(const struct work *w, const struct tree_diff *d, struct error *e);

/* The job's patches from number FROM on. *PLAIN: they touch nothing but C, and no Kconfig. */
int work_patch(const struct work *w, size_t from, bool *plain, struct error *e);
/* The source as it is again, after work_patch(). */
int work_unpatch(const struct work *w, struct error *e);

/* cp with the option HOW: -al links, -a copies and keeps times. */
int work_copy(const struct work *w, const char *how, const char *from, const char *to,
	      struct error *e);

#endif

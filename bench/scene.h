/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A region with everybody who shares it, at the point where one of them writes: populated,
 * held, forked, left as a cast (cast.h) says. And the proof, afterwards, that nobody saw a
 * write that is not theirs.
 */
#ifndef FB_BENCH_SCENE_H
#define FB_BENCH_SCENE_H

#include "bench/cast.h"
#include "bench/hold.h"
#include "bench/siblings.h"

struct scene {
	const struct cast *cast;
	struct region region;
	struct hold hold;
	struct siblings kids;
	struct layout half; /* what children keep that unmap half of each folio */
};

/*
 * The region by params folio and pmd_mapped, SIZE bytes, and what CAST's hold needs. 0,
 * BENCH_SKIP or negative errno, with the reason in B; scene_release() is due in any case. SC
 * must not move and CAST must outlive it.
 */
int scene_setup(struct bench *b, struct scene *sc, const struct cast *cast, uint64_t size);
void scene_release(struct scene *sc);

/*
 * Ends an earlier sample's scene and sets a new one up, all but the write. Fills the region's pfn
 * (where the writer has its pages), flags and ready. 0, negative errno or BENCH_REFUSE.
 */
int scene_open(struct bench *b, struct scene *sc);
/* Children end, references are dropped. 0 or -errno. */
int scene_close(struct scene *sc, struct error *e);

struct scene_write {
	uint64_t ticks;	 /* by bench_clock(), in the child */
	uint64_t faults; /* minor faults in the child meanwhile */
};

/* The child that is the writer writes all pages; SPARE: as layout_write(). 0 or -errno. */
int scene_child_writes(struct scene *sc, bool spare, struct scene_write *w, struct error *e);

/*
 * After the write; fills the region's now (where the writer has its pages). ALL_WRITTEN: false
 * after a write that spared some: then contents alone tell, of those that did not write. 0,
 * negative errno, or BENCH_WRONG: somebody sees what is not theirs to see, or maps a page that was
 * written in place.
 */
int scene_check(struct bench *b, struct scene *sc, bool all_written);

/* Bytes charged for all that take part in the scene, and bytes that they map; see
 * evidence_footprint(). After scene_check(). */
int scene_footprint(struct scene *sc, uint64_t *charged, uint64_t *mapped, struct error *e);

#endif

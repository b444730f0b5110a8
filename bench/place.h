/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where a cell runs and where its memory comes from, as the engine arranged it
 * (placement.c), and the proof that the memory is there. Params "node" and
 * "memory", which every case takes, ask for it; without them the cell may use all
 * CPUs of this process, and memory comes as the kernel gives it.
 */
#ifndef FB_BENCH_PLACE_H
#define FB_BENCH_PLACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct bench;

#define PLACE_CPUS_MAX	1024
#define PLACE_NODES_MAX 64

/* At least this share of the pages has to be on the wanted node. */
#define PLACE_MIN_SHARE 0.99
/* Interleaved, each node's share may differ from an equal one by this part of it, or by a folio. */
#define PLACE_SLACK 0.05

enum place_memory {
	PLACE_ANY,    /* no param "memory": no policy is set */
	PLACE_BOUND,  /* all of it on nodes[0] */
	PLACE_SPREAD, /* interleaved over nodes */
};

struct place {
	int cpus[PLACE_CPUS_MAX]; /* that the cell may use, ascending */
	unsigned int n_cpus;
	enum place_memory memory;
	int nodes[PLACE_NODES_MAX];
	unsigned int n_nodes;
	bool looked; /* place_check() did, or said that it cannot */
};

/*
 * Whether the N pages of PAGE bytes from START in process PID (0: this one) are where b->place
 * wants them; folios of FOLIO_PAGES come from one node each. 0, or BENCH_REFUSE with the share
 * that there is. Shares go into the evidence. move_pages(2) tells, or, in kernels without
 * CONFIG_MIGRATION, /proc/PID/numa_maps, where START is the start of a VMA of N pages. Where
 * neither does: 0, and bench_lacks().
 */
int place_check(struct bench *b, pid_t pid, const void *start, size_t n, size_t page,
		size_t folio_pages);

/* The same for pages per node that were counted before: COUNT[i] of them on nodes[i]. */
int place_judge(struct bench *b, const size_t *count, size_t n, size_t folio_pages);

/*
 * COUNT[i] := pages on nodes[i] of the VMA that begins at START, from the text of numa_maps.
 * False if there is none.
 */
bool place_parse(const struct place *p, const char *numa_maps, uintptr_t start, size_t *count);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Private to the reader of the plugin's file (read.c, block.c, counts.c, piece.c): what it knows
 * of the file so far. Windows repeat themselves, so that texts that were parsed, and profiles
 * that were made of them, are kept for the next one that is the same.
 */
#ifndef FB_RUNNER_COST_FILE_H
#define FB_RUNNER_COST_FILE_H

#include "lib/strbuf.h"
#include "runner/cost/read.h"
#include "runner/hash.h"

/* A block of instructions, which are never executed but together. */
struct cost_block {
	uint32_t id;
	unsigned int n;
	struct profile_insn *v;	    /* counts are 0 */
	unsigned int loads, stores; /* of those that are to be verified (shown.h) */
};

/* In the order of the file, which has no blocks that were never counted. */
struct cost_blocks {
	struct cost_block *v;
	size_t n, room;
	uint32_t *slots; /* by the numbers' hash: index and 1, or 0 */
	size_t n_slots;	 /* a power of two */
};

/* How often blocks were executed: what is behind the bar of a "p" line. */
struct cost_counts {
	struct {
		uint32_t block; /* its index */
		uint64_t n;
	} * v;
	size_t n;
	uint64_t insns, loads, stores;
};

/* A text and what it says, in use by as many as refs tells. */
struct cost_text {
	char *text;
	size_t len;
	uint64_t hash;
	uint64_t serial; /* no other text of this file has it */
	unsigned int refs;
	struct cost_counts counts; /* of a "p" line */
};

struct cost_bank {
	uint32_t mask; /* of open spans */
	unsigned int vcpu;
	char *context;
	bool stacks;
	struct cost_text *text;
};

struct cost_access {
	uint32_t mask;
	uint64_t loads, stores;
};

/* A profile, or a text of stacks, and what it was made from. */
struct cost_made {
	char *key; /* NULL: free */
	char id[HASH_TEXT];
	struct strbuf data;
	uint64_t insns;
};

#define COST_TEXTS 1024
#define COST_MADE  128

struct cost_file {
	const struct cost_reading *how;
	struct cost_head head;
	struct cost_blocks blocks;
	struct cost_window now; /* the one that is being read */
	size_t room;		/* of now.banks */
	struct cost_access *access;
	size_t n_access;
	bool open; /* something of now has come */
	struct cost_text *texts[COST_TEXTS];
	uint64_t serial;
	struct cost_made profiles[COST_MADE], folded[COST_MADE];
	struct cost_file_result *result;
};

/* Numbers at *AT, which is moved behind them. false if there is none, or it is too large. */
bool cost_decimal(const char **at, uint64_t *v);
bool cost_hex(const char **at, uint64_t *v);

/* FNV-1a. */
uint64_t cost_hash(const char *text, size_t len);

/* block.c: LINE is behind "b ". 0 or -EPROTO with a line. */
int cost_block_add(struct cost_file *f, const char *line, struct error *e);
/* Its index, or -1. */
long cost_block_find(const struct cost_blocks *b, uint64_t id);
void cost_blocks_release(struct cost_blocks *b);

/*
 * counts.c: the text as something parsed, its reference the caller's: NULL with a line for one
 * that is not as it should be.
 */
struct cost_text *cost_text_get(struct cost_file *f, const char *text, size_t len, bool stacks,
				struct error *e);
void cost_text_put(struct cost_text *t);

#endif

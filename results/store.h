/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The store: one SQLite file with every raw sample. Write-ahead log, prepared
 * statements; records are gathered in a transaction that is committed within a
 * second, and at the end of each boot: a kill -9 loses at most the records of
 * the last second. Others may read while a run is going.
 *
 *	run 1-* boot *-1 kernel;  boot 1-* sample 1-* value;  sample *-1 cell
 *	sample 1-* cost *-1 profile;  boot *-1 symbols
 *
 * Calls may come from any thread. Each error is one line that names the file
 * and says what to do: -ENOSPC no room, -EROFS not writable, -EUCLEAN damaged
 * or no store at all, -EPROTO of a newer schema (or a record that makes no sense).
 */
#ifndef FB_RESULTS_STORE_H
#define FB_RESULTS_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/error.h"
#include "lib/json.h"
#include "lib/record.h"

#define STORE_SCHEMA 9

struct store;

/*
 * Opens or creates PATH and the folders above it. -EPROTO when its schema is newer
 * than this program. A store on a read-only disk can be read, not written.
 */
int store_open(const char *path, struct store **out, struct error *e);
/* Commits what is pending. S may be NULL. */
void store_close(struct store *s);
/* Commits now. */
int store_flush(struct store *s, struct error *e);

/* One call of the program that measures. COMMAND is what the user typed. */
int store_run_begin(struct store *s, const char *command, const char *target, json_t *host,
		    uint64_t seed, int64_t *run_id, struct error *e);
/* STATE: complete, interrupted, failed. */
int store_run_end(struct store *s, int64_t run_id, const char *state, struct error *e);

/*
 * A kernel, by its hash and name; the row is made once and found again. Where RELEASE is
 * NULL the first hello record of its boots says it.
 */
struct store_kernel {
	const char *name, *hash, *arch, *release, *source, *description;
	const char *inputs; /* JSON text, or NULL */
	const char *config; /* the final .config, or NULL */
};

struct store_boot {
	int64_t run_id;
	struct store_kernel kernel;
	const char *target;
	unsigned int block, number;
	unsigned int layout; /* of the image, 0 as the linker lays it out */
	const char *console; /* or NULL */
	json_t *facts;	     /* or NULL */
};

int store_boot_begin(struct store *s, const struct store_boot *b, int64_t *boot_id,
		     struct error *e);
/* Notes are not kept. Values of a metric in "ticks" are in the unit that hello named. */
int store_record(struct store *s, int64_t boot_id, const struct record *rec, struct error *e);

/*
 * That instructions were counted in an open boot, and how its functions are called. IDs are the
 * SHA-256 of what they are of, as 64 hex digits: what the store has by that id is not read.
 */
struct store_cost_boot {
	const char *symbols_id, *symbols; /* text for symbols_parse() */
	const char *by;			  /* "7.2.22 (plugin API 1)" */
	const char *bad;		  /* NULL, or why none of its counts can be believed */
};

/* What was counted in one span of one window, by one vCPU in one context; see lib/profile.h. */
struct store_cost_part {
	unsigned int window, span, vcpu;
	const char *context; /* "task": the case itself */
	const char *profile_id;
	const void *profile; /* profile_encode()'s */
	size_t profile_size;
	const char *folded_id, *folded; /* call stacks as a text, or NULL */
	const char *bad;		/* NULL, or why the window's counts cannot be believed */
};

/*
 * Both: after the boot's last record, before its end; -EINVAL for a boot that is not open. A part
 * of a window that no sample has said to be its own (warm-ups, the agent's proof) is not kept,
 * which is no error; one that is there already is replaced.
 */
int store_cost_boot(struct store *s, int64_t boot_id, const struct store_cost_boot *b,
		    struct error *e);
int store_cost_part(struct store *s, int64_t boot_id, const struct store_cost_part *p,
		    struct error *e);

/* STATE: ok, tainted, lost, interrupted. */
int store_boot_end(struct store *s, int64_t boot_id, const char *state, const char *why,
		   double seconds, double first_sample_s, struct error *e);

/* A run, for lists. Strings are owned by the row, never NULL. */
struct store_run_row {
	int64_t id;
	char *command, *target, *state; /* running, complete, interrupted, failed */
	char *begun, *ended;		/* UTC; ended "" when it is not */
	char *kernels;			/* names, ", " between, by first boot */
	size_t boots, boots_ok;
};

/* Newest first. The caller frees with store_runs_free(). */
int store_runs(struct store *s, struct store_run_row **out, size_t *n, struct error *e);
void store_runs_free(struct store_run_row *rows, size_t n);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The store: one SQLite file with every raw sample. Write-ahead log, prepared
 * statements, one transaction per boot's batch of records: a kill -9 loses at
 * most the records of the last second.
 *
 *	run 1-* boot *-1 kernel;  boot 1-* sample 1-* value;  sample *-1 cell
 */
#ifndef FB_RESULTS_STORE_H
#define FB_RESULTS_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/error.h"
#include "lib/json.h"
#include "lib/record.h"

#define STORE_SCHEMA 1

struct store;

/* Opens or creates PATH. -EPROTO when its schema is newer than this program. */
int store_open(const char *path, struct store **out, struct error *e);
void store_close(struct store *s);

/* One call of the program that measures. COMMAND is what the user typed. */
int store_run_begin(struct store *s, const char *command, const char *target, json_t *host,
		    uint64_t seed, int64_t *run_id, struct error *e);
int store_run_end(struct store *s, int64_t run_id, const char *state, struct error *e);

/* A kernel, by its hash; the row is made once and found again. */
struct store_kernel {
	const char *name, *hash, *arch, *release, *source, *description;
	const char *inputs; /* JSON text, or NULL */
};

struct store_boot {
	int64_t run_id;
	struct store_kernel kernel;
	const char *target;
	unsigned int block, number;
	const char *console; /* or NULL */
	json_t *facts;	     /* or NULL */
};

int store_boot_begin(struct store *s, const struct store_boot *b, int64_t *boot_id,
		     struct error *e);
int store_record(struct store *s, int64_t boot_id, const struct record *rec, struct error *e);
/* STATE: ok, tainted, lost, interrupted. */
int store_boot_end(struct store *s, int64_t boot_id, const char *state, const char *why,
		   double seconds, double first_sample_s, struct error *e);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Inside results/ only: what a boot measured in the form that comparisons read. A sample is a row
 * with texts in it, and its values are more rows: a comparison of a million samples would read for
 * seconds what it needs a few numbers of. So each boot that ends well is packed once: all
 * values of a metric in one piece, when a cell was measured, and the median of each of its
 * counters. The samples stay what was measured; this can be made of them again.
 */
#ifndef FB_RESULTS_PACK_H
#define FB_RESULTS_PACK_H

#include "results/db.h"

/*
 * packed: the values that count, in the order in which they were measured, as little-endian
 * doubles; packed_time: when the cell's first and last sample that counts began, in seconds since
 * the agent did, where it says so; packed_count: per operation, as in counts.h. SCHEMA: "" or "TEMP
 * ".
 */
#define PACKED_SQL(schema)                                                                         \
	"CREATE " schema "TABLE packed(boot_id INTEGER NOT NULL, metric_id INTEGER NOT NULL,"      \
	" data BLOB NOT NULL, PRIMARY KEY(boot_id, metric_id)) STRICT, WITHOUT ROWID;"             \
	"CREATE " schema "TABLE packed_time(boot_id INTEGER NOT NULL, cell_id INTEGER NOT NULL,"   \
	" begun REAL NOT NULL, ended REAL NOT NULL,"                                               \
	" PRIMARY KEY(boot_id, cell_id)) STRICT, WITHOUT ROWID;"                                   \
	"CREATE " schema "TABLE packed_count(boot_id INTEGER NOT NULL, cell_id INTEGER NOT NULL,"  \
	" position INTEGER NOT NULL, event TEXT NOT NULL, laps INTEGER NOT NULL, value REAL,"      \
	" samples INTEGER NOT NULL, running REAL NOT NULL, unsupported TEXT,"                      \
	" PRIMARY KEY(boot_id, cell_id, position)) STRICT, WITHOUT ROWID;"

/* Packs a boot that has all of its samples; in the caller's transaction. */
int pack_boot(struct store *s, int64_t boot_id, struct error *e);

/*
 * Makes all boots of a run that ended well readable from packed...: boots of an older program are
 * packed into tables that only this connection sees, for as long as it reads. Ends with
 * pack_end(), whatever it returned.
 */
int pack_begin(struct store *s, int64_t run_id, struct error *e);
void pack_end(struct store *s);

/* Of a row of packed: how many values, and to OUT. */
size_t pack_count(sqlite3_stmt *st, int column);
void pack_read(sqlite3_stmt *st, int column, double *out);

#endif

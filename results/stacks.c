// SPDX-License-Identifier: GPL-2.0-or-later
/* Call stacks of stored windows; see stacks.h. */
#include <stdlib.h>

#include "lib/cleanup.h"
#include "results/cost_parts.h"
#include "results/stacks.h"

/* The windows of good samples of a kernel, a cell and a metric whose counts are good. */
#define WINDOWS_SQL                                                                                \
	" FROM boot b JOIN kernel k ON k.id = b.kernel_id"                                         \
	" JOIN sample sm ON sm.boot_id = b.id JOIN cell c ON c.id = sm.cell_id"                    \
	" JOIN metric m ON m.cell_id = c.id"                                                       \
	" JOIN boot_metric bm ON bm.boot_id = b.id AND bm.metric_id = m.id"                        \
	" JOIN cost co ON co.boot_id = b.id AND co.window = sm.window AND co.span "                \
	"= " COUNTED_SPAN("coalesce(bm.span, 0)",                                                  \
			  "sm.extra") " WHERE b.run_id = ? AND k.hash = ? AND c.case_name = ? "    \
				      "AND c.key = ? AND m.name = ?"                               \
				      " AND (bm.span IS NOT NULL OR m.position = 0)"               \
				      " AND b.state = 'ok' AND sm.state = 'ok' AND b.cost_bad IS " \
				      "NULL AND co.bad IS NULL"                                    \
				      " AND co.context = 'task' AND co.folded_id IS NOT NULL"

static const char count_sql[] =
	"SELECT count(*) FROM (SELECT DISTINCT co.boot_id, co.window" WINDOWS_SQL ")";
static const char stacks_sql[] =
	"SELECT f.data, t.n FROM (SELECT co.folded_id AS id, count(*) AS n" WINDOWS_SQL
	" GROUP BY co.folded_id) t JOIN folded f ON f.id = t.id ORDER BY f.sha256";

static void bind(sqlite3_stmt *st, const struct cost_comparison *c, const struct cost_cell *cell,
		 enum folded_side side)
{
	char *key __free = json_canonical(cell->params);

	db_bind(st, "itttt", c->run_id, side == FOLDED_PATCHED ? c->patched.hash : c->baseline.hash,
		cell->case_name, key, cell->metric);
}

static long count_windows(struct store *s, const struct cost_comparison *c,
			  const struct cost_cell *cell, enum folded_side side, struct error *e)
{
	sqlite3_stmt *st __stmt = NULL;
	int rc = db_prepare(s, count_sql, &st, e);

	if (rc)
		return rc;
	bind(st, c, cell, side);
	rc = db_step(s, st, e);
	return rc > 0 ? (long)sqlite3_column_int64(st, 0) : rc;
}

long stacks_load(struct store *s, const struct cost_comparison *c, const struct cost_cell *cell,
		 enum folded_side side, struct folded *f, struct error *e)
{
	long windows = count_windows(s, c, cell, side, e);
	sqlite3_stmt *st __stmt = NULL;
	int rc;

	if (windows <= 0)
		return windows;
	rc = db_prepare(s, stacks_sql, &st, e);
	if (rc)
		return rc;
	bind(st, c, cell, side);
	while ((rc = db_step(s, st, e)) > 0) {
		const double n = (double)sqlite3_column_int64(st, 1);

		rc = folded_add(f, db_text(st, 0), side, n / (double)windows, e);
		if (rc < 0)
			return error_prefix(e, rc, "%s", s->path);
	}
	return rc < 0 ? rc : windows;
}

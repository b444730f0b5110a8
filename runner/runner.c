// SPDX-License-Identifier: GPL-2.0-or-later
/* What every part of the runner uses: telling the user, seeing ^C, disk room. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "lib/fs.h"
#include "runner/room.h"
#include "runner/runner.h"

void runner_progress(const struct runner *r, const char *phase, double done, double total,
		     double left_s, const char *log, const char *fmt, ...)
{
	struct progress p = {
		.phase = phase, .done = done, .total = total, .left_s = left_s, .log = log
	};
	char text[512];
	va_list ap;

	if (!r->on_progress)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	p.text = text;
	r->on_progress(&p, r->data);
}

bool runner_cancelled(const struct runner *r)
{
	return r->cancel && *r->cancel;
}

int room_check(const struct runner *r, uint64_t need_bytes, const char *what, struct error *e)
{
	const double gib = 1024.0 * 1024.0 * 1024.0;
	uint64_t have;
	int rc = fs_mkdirs(r->cache_dir, e);

	if (rc < 0)
		return rc;
	have = fs_free_bytes(r->cache_dir);
	if (have >= need_bytes)
		return 0;
	return error_set(e, ENOSPC, "%s: %s needs %.1f GiB here, %.1f GiB are free", r->cache_dir,
			 what, (double)need_bytes / gib, (double)have / gib);
}

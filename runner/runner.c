// SPDX-License-Identifier: GPL-2.0-or-later
/* What every part of the runner uses: telling the user, seeing ^C, disk room. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "lib/fs.h"
#include "lib/memory.h"
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

void runner_note(const struct runner *r, const char *fmt, ...)
{
	struct progress p = { .phase = "note", .left_s = -1 };
	char text[1024];
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

bool runner_urgent(const struct runner *r)
{
	return r->cancel && *r->cancel > 1;
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

/* What QEMU takes beside the guest's memory: its own, and translated code. */
#define QEMU_MIB 256

int room_memory(unsigned int guest_mib, unsigned int want, unsigned int *boots, struct error *e)
{
	uint64_t one = ((uint64_t)guest_mib + QEMU_MIB) << 20;
	uint64_t have = memory_available();

	*boots = have / one < want ? (unsigned int)(have / one) : want;
	if (*boots)
		return 0;
	*boots = 1;
	return error_set(e, ENOMEM,
			 "a guest with %u MiB of memory needs %u MiB here, %llu MiB are available",
			 guest_mib, guest_mib + QEMU_MIB, (unsigned long long)(have >> 20));
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Recorded streams through the path of a boot. Nothing of the host gets into
 * what the sink is told, so that a replay repeats byte for byte.
 */
#include <errno.h>
#include <fcntl.h>

#include "lib/cleanup.h"
#include "runner/stream.h"

static int feed_file(const struct runner *r, int fd, const char *path, struct stream *st,
		     struct error *e)
{
	char chunk[65536];

	for (;;) {
		ssize_t n = read(fd, chunk, sizeof(chunk));
		int rc;

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error_sys(e, errno, "%s", path);
		if (runner_cancelled(r))
			return error_set(e, ECANCELED, "%s: interrupted", path);
		if (!n || st->broken)
			break;
		rc = stream_feed(st, chunk, (size_t)n, e);
		if (rc)
			return rc;
	}
	stream_finish(st);
	return 0;
}

/* How the recorded boot ended, from its records alone. */
static struct boot_result result(const struct stream *st, int rc)
{
	struct boot_result res = { .state = BOOT_OK, .why = "", .first_sample_s = -1 };

	if (rc == -ECANCELED || (st->end && st->interrupted)) {
		res.state = BOOT_INTERRUPTED;
		res.why = "interrupted";
	} else if (st->broken) {
		res.state = BOOT_LOST;
		res.why = st->broken;
	} else if (!st->end) {
		res.state = BOOT_LOST;
		res.why = st->trouble ? st->trouble : "the stream has no end record";
	}
	return res;
}

int run_replay(const struct runner *r, const char *path, const struct kernel *kernel,
	       unsigned int number, const struct run_sink *sink, struct error *e)
{
	int fd __close = open(path, O_RDONLY | O_CLOEXEC);
	json_t *facts __json = json_pack("{s:s}", "replay", path);
	struct boot_info info = { .kernel = kernel,
				  .target = "replay",
				  .block = number,
				  .number = number,
				  .facts = facts };
	struct stream st = { .sink = sink, .cell = -1 };
	struct boot_result res;
	struct error end_error;
	int rc, end;

	if (fd < 0)
		return error_sys(e, errno, "%s", path);
	rc = sink->boot_begin(sink->data, &info, &st.id, e);
	if (rc)
		return rc;
	rc = feed_file(r, fd, path, &st, e);
	res = result(&st, rc);
	/* the first error is the one to tell */
	end = sink->boot_end(sink->data, st.id, &res, rc ? &end_error : e);
	stream_release(&st);
	return rc ? rc : end;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Recorded streams through the path of a boot. Nothing of the host gets into
 * what the sink is told, so that a replay repeats byte for byte.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cleanup.h"
#include "lib/fs.h"
#include "runner/cost/watch.h"
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

/* What a boot's counts need besides the stream; a zeroed one is valid and empty. */
struct counted {
	char *path;	      /* what the plugin wrote; NULL: nothing was counted */
	struct kernel kernel; /* the stream's, of the counts' architecture; not owned */
	struct cost_head head;
	struct cost_watch watch;
	struct cost_samples samples;
};

static void counted_release(struct counted *c)
{
	free(c->path);
	symbols_release(&c->watch.symbols);
	strbuf_release(&c->watch.text);
	cost_samples_release(&c->samples);
}

/* The first line is all that is wanted of the file as yet. */
static int keep_head(const struct cost_head *head, void *data)
{
	*(struct cost_head *)data = *head;
	return -EALREADY;
}

/*
 * "NAME.cost" and "NAME.symbols" beside the stream "NAME.jsonl"; both or none. Counts that do not
 * begin as they should are said to be so and left: the records are good without them.
 */
static int counted_find(const struct runner *r, const char *path, const struct kernel *kernel,
			struct counted *out, struct error *e)
{
	const char *slash = strrchr(path, '/'), *dot = strrchr(path, '.');
	int stem = (int)(dot && (!slash || dot > slash) ? (size_t)(dot - path) : strlen(path));
	char *cost __free = xasprintf("%.*s.cost", stem, path);
	char *symbols __free = xasprintf("%.*s.symbols", stem, path);
	const struct cost_reading how = { .head = keep_head, .data = &out->head };
	struct cost_file_result res __cleanup(cost_file_result_release) = { 0 };
	int rc;

	if (!fs_exists(cost) || !fs_exists(symbols))
		return 0;
	rc = fs_read(symbols, &out->watch.text, e);
	if (!rc)
		rc = error_prefix(e,
				  symbols_parse(strbuf_str(&out->watch.text), out->watch.text.len,
						&out->watch.symbols, e),
				  "%s", symbols);
	if (!rc)
		rc = cost_file_read(cost, &how, &res, e);
	if (res.broken)
		runner_note(r, "%s: %s", cost, res.broken);
	if (rc != -EALREADY)
		return rc;
	hash_buf(strbuf_str(&out->watch.text), out->watch.text.len, out->watch.id);
	out->kernel = *kernel;
	out->kernel.arch = out->head.arch;
	out->path = take_ptr(cost);
	return 0;
}

/* As after a boot. The file stays: it is the user's. */
static int counted_take(const struct runner *r, const struct counted *c, int64_t id,
			const struct run_sink *sink, struct error *e)
{
	const struct cost_taking t = {
		.r = r,
		.kernel = &c->kernel,
		.watch = &c->watch,
		.samples = &c->samples,
		.sink = sink,
		.id = id,
		.path = c->path,
		.emulator = "replay",
	};
	bool whole;

	return c->path ? cost_take(&t, &whole, e) : 0;
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
	struct counted counted __cleanup(counted_release) = { 0 };
	struct boot_result res;
	struct error end_error;
	int rc, end;

	if (fd < 0)
		return error_sys(e, errno, "%s", path);
	rc = counted_find(r, path, kernel, &counted, e);
	if (rc)
		return rc;
	if (counted.path) {
		info.kernel = &counted.kernel;
		st.samples_of = &counted.samples;
	}
	rc = sink->boot_begin(sink->data, &info, &st.id, e);
	if (rc)
		return rc;
	rc = feed_file(r, fd, path, &st, e);
	if (!rc)
		rc = counted_take(r, &counted, st.id, sink, e);
	res = result(&st, rc);
	/* the first error is the one to tell */
	end = sink->boot_end(sink->data, st.id, &res, rc ? &end_error : e);
	stream_release(&st);
	return rc ? rc : end;
}

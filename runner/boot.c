// SPDX-License-Identifier: GPL-2.0-or-later
/* One boot under watch; see boot.h. */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#include "lib/cleanup.h"
#include "lib/fs.h"
#include "lib/spawn.h"
#include "lib/units.h"
#include "runner/boot.h"
#include "runner/plan.h"
#include "runner/scratch.h"

/* From SIGTERM to SIGKILL: for the local agent to put settings back, for QEMU to end. */
#define GRACE_LOCAL_S 10.0
#define GRACE_GUEST_S 5.0
#define OFF_GRACE_S   10.0 /* from the end record to the power being off */
#define TELL_S	      0.5  /* of waiting in silence */

/* Silent for so long with so little left: is the disk full? */
#define DISK_CHECK_S   2.0
#define DISK_LOW_BYTES (256u << 10)

/* The kernel's name as part of a file's: "debian-image:6.12" has what some tools dislike. */
static char *file_word(const char *name)
{
	char *word = xstrdup(name);

	for (char *c = word; *c; c++) {
		if (!isalnum((unsigned char)*c) && !strchr("._-", *c))
			*c = '-';
	}
	return word;
}

static int make_files(struct boot *bt, const struct runner *r, size_t index, struct error *e)
{
	char *word __free = file_word(bt->kernel->name);
	char *stem __free = xasprintf("%s/boot-%03zu-%s", r->log_dir, index + 1, word);

	bt->files.console = xasprintf("%s.console", stem);
	bt->files.records = xasprintf("%s.jsonl", stem);
	bt->files.log = xasprintf("%s.log", stem);
	bt->files.cost = xasprintf("%s.cost", stem);
	bt->files.hooks = bt->watch ? bt->watch->hooks : NULL;
	return scratch_create((char **)&bt->files.scratch, &bt->scratch_fd, e);
}

static void free_files(struct boot_files *f)
{
	free((char *)f->scratch);
	free((char *)f->console);
	free((char *)f->records);
	free((char *)f->log);
	free((char *)f->cost);
}

static void remove_if_empty(const char *path)
{
	struct stat st;

	if (!stat(path, &st) && !st.st_size)
		unlink(path);
}

/* After start(): what kind of thing records come from. */
static void watch_fd(struct boot *bt)
{
	int fd = bt->start.record_fd;
	struct stat st;

	bt->is_file = !fstat(fd, &st) && S_ISREG(st.st_mode);
	if (bt->is_file)
		return;
	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
	bt->copy_fd = open(bt->files.records, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
}

static int tell_begin(struct boot *bt, struct error *e)
{
	const unsigned int layout = bt->kernel->spec.layout;
	struct boot_info info = {
		.kernel = bt->kernel,
		.target = bt->t->name,
		.block = bt->b->block,
		.number = bt->b->number,
		.console = bt->start.has_console ? bt->files.console : NULL,
		.facts = bt->start.facts,
	};

	if (layout && bt->start.facts)
		json_object_set_new(bt->start.facts, "layout", json_integer(layout));
	return bt->stream.sink->boot_begin(bt->stream.sink->data, &info, &bt->stream.id, e);
}

static void release(struct boot *bt)
{
	if (bt->files.scratch)
		fs_remove_tree(bt->files.scratch, NULL);
	remove_if_empty(bt->files.console);
	remove_if_empty(bt->files.records);
	remove_if_empty(bt->files.log);
	free_files(&bt->files);
	if (bt->start.record_fd >= 0)
		close(bt->start.record_fd);
	if (bt->copy_fd >= 0)
		close(bt->copy_fd);
	if (bt->scratch_fd >= 0)
		close(bt->scratch_fd);
	json_decref(bt->start.facts);
	stream_release(&bt->stream);
	cost_samples_release(&bt->samples);
	console_release(&bt->console);
	free(bt->failed);
	memset(bt, 0, sizeof(*bt));
}

/* Samples are timed here rather than by the stream's callback, which is the engine's. */
static int feed(struct boot *bt, const char *data, size_t len, struct error *e)
{
	int rc;

	if (bt->copy_fd >= 0 && write(bt->copy_fd, data, len) != (ssize_t)len) {
		close(bt->copy_fd); /* a full disk: the sink will say so */
		bt->copy_fd = -1;
	}
	bt->heard = now_seconds();
	rc = stream_feed(&bt->stream, data, len, e);
	if (!bt->first_sample && bt->stream.samples)
		bt->first_sample = bt->heard;
	if (!bt->end_seen && bt->stream.end)
		bt->end_seen = bt->heard;
	return rc;
}

/* All that has arrived; a file's present end is not its last. */
static int hear_records(struct boot *bt, struct error *e)
{
	char chunk[65536];

	while (!bt->eof && bt->start.record_fd >= 0) {
		ssize_t n = read(bt->start.record_fd, chunk, sizeof(chunk));
		int rc;

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			bt->eof = !bt->is_file && (n == 0 || errno != EAGAIN);
			return 0;
		}
		rc = feed(bt, chunk, (size_t)n, e);
		if (rc)
			return rc;
	}
	return 0;
}

static double grace(const struct boot *bt)
{
	return bt->t->boots_kernels ? GRACE_GUEST_S : GRACE_LOCAL_S;
}

static void stop_hearing(struct boot *bt)
{
	if (bt->start.record_fd >= 0)
		close(bt->start.record_fd);
	bt->start.record_fd = -1;
}

void boot_stop(struct boot *bt)
{
	if (bt->start.pid <= 0 || bt->exited || bt->asked)
		return;
	kill(-bt->start.pid, SIGTERM);
	bt->asked = true;
}

/* Sees whether it has ended; if not, waits a little, and says so once that takes long. */
static void wait_for_exit(struct boot *bt, double since, bool *told)
{
	const struct timespec tick = { .tv_nsec = 20 * 1000 * 1000 };

	bt->exited = waitpid(bt->start.pid, &bt->status, WNOHANG) == bt->start.pid;
	if (bt->exited)
		return;
	if (!*told && now_seconds() - since > TELL_S) {
		runner_progress(bt->r, "stop", 0, 0, -1, NULL, "%s, for %.0f s at most%s",
				bt->t->boots_kernels ? "waiting for QEMU to end"
						     : "the agent puts settings back",
				grace(bt), runner_cancelled(bt->r) ? "; ^C again: at once" : "");
		*told = true;
	}
	nanosleep(&tick, NULL);
}

/*
 * Ends it, and whatever it started: asked, then killed when it takes too long or the
 * user does not want to wait. It is heard all the while: it may be waiting for room in
 * the pipe. Returns the sink's error; after that nothing more is heard.
 */
static int end_process(struct boot *bt, struct error *e)
{
	double begin = now_seconds();
	bool told = false;
	int rc = 0;

	if (bt->start.pid <= 0)
		return 0;
	boot_stop(bt);
	while (!bt->exited && now_seconds() - begin < grace(bt) && !runner_urgent(bt->r)) {
		if (!rc)
			rc = hear_records(bt, e);
		if (rc)
			stop_hearing(bt); /* whoever writes sees it, and ends */
		wait_for_exit(bt, begin, &told);
	}
	kill(-bt->start.pid, SIGKILL);
	while (!bt->exited)
		bt->exited =
			waitpid(bt->start.pid, &bt->status, 0) == bt->start.pid || errno != EINTR;
	return rc ? rc : hear_records(bt, e);
}

int boot_begin(struct boot *bt, const struct runner *r, const struct target *t,
	       const struct plan *p, size_t index, const struct cost_watch *watch,
	       const struct run_sink *sink, struct error *e)
{
	struct error why = { "" };
	int rc;

	memset(bt, 0, sizeof(*bt));
	bt->r = r;
	bt->t = t;
	bt->p = p;
	bt->b = &p->boots[index];
	bt->kernel = &p->kernels[bt->b->kernel];
	bt->watch = watch ? &watch[bt->b->kernel] : NULL;
	bt->start.record_fd = -1;
	bt->copy_fd = -1;
	bt->scratch_fd = -1;
	bt->stream.sink = sink;
	bt->stream.samples_of = bt->watch ? &bt->samples : NULL;
	bt->stream.unit = plan_unit(p, t);
	bt->begin = bt->heard = now_seconds();
	rc = make_files(bt, r, index, &why);
	if (!rc)
		rc = t->start(r, p, bt->b, &bt->files, &bt->start, &why);
	if (rc == -ENOSPC || rc == -EDQUOT) {
		release(bt);
		return error_set(e, -rc, "%s", why.msg);
	}
	if (rc) {
		bt->failed = xstrdup(why.msg);
		bt->done = true;
	} else {
		watch_fd(bt);
	}
	rc = tell_begin(bt, e);
	if (rc) {
		stop_hearing(bt);
		end_process(bt, NULL);
		release(bt);
	}
	return rc;
}

static void hear_console(struct boot *bt)
{
	if (bt->start.has_console && console_poll(&bt->console, bt->files.console))
		bt->heard = now_seconds();
}

/*
 * QEMU holds records back, without a word, while the disk is full. Asked only where
 * it may be: 0 or -ENOSPC.
 */
static int check_disk(const struct boot *bt, struct error *e)
{
	static const char zeros[4096];
	char *path __free = NULL;
	int rc;

	if (!bt->is_file || now_seconds() - bt->heard < DISK_CHECK_S ||
	    fs_free_bytes(bt->files.records) > DISK_LOW_BYTES)
		return 0;
	path = xasprintf("%s.probe", bt->files.records);
	rc = fs_write(path, zeros, sizeof(zeros), e);
	unlink(path);
	return rc == -ENOSPC || rc == -EDQUOT ? error_sys(e, -rc, "%s", bt->files.records) : 0;
}

static void give_up_if_silent(struct boot *bt)
{
	double now = now_seconds();
	const char *last;

	if (bt->stream.end) {
		bt->done = now - bt->end_seen > OFF_GRACE_S;
		return;
	}
	if (bt->p->hang_s <= 0 || now - bt->heard <= bt->p->hang_s)
		return;
	console_end(&bt->console);
	last = console_reason(&bt->console);
	bt->failed = xasprintf("silent for %.0f s, ended%s%s", bt->p->hang_s,
			       last ? "; last on the console: " : "", last ? last : "");
	bt->done = true;
}

int boot_poll(struct boot *bt, struct error *e)
{
	int rc;

	if (bt->done)
		return 0;
	/* first, so that what is heard afterwards is all that there is */
	bt->exited = waitpid(bt->start.pid, &bt->status, WNOHANG) == bt->start.pid;
	rc = hear_records(bt, e);
	hear_console(bt);
	if (bt->exited || bt->stream.broken)
		bt->done = true;
	else
		give_up_if_silent(bt);
	return rc || bt->done ? rc : check_disk(bt, e);
}

/* The last line of what the program that ran the boot printed; caller frees. */
static char *last_log_line(const struct boot *bt)
{
	struct console log = { 0 };
	char *line;

	console_poll(&log, bt->files.log);
	console_end(&log);
	line = log.last ? xstrdup(log.last) : NULL;
	console_release(&log);
	return line;
}

static const char *program(const struct boot *bt)
{
	const char *arg =
		json_string_value(json_array_get(json_object_get(bt->start.facts, "args"), 0));
	const char *slash = arg ? strrchr(arg, '/') : NULL;

	return slash ? slash + 1 : arg ? arg : bt->t->name;
}

/* Why there is no end record, from the best witness there is. */
static void explain_loss(const struct boot *bt, struct strbuf *why)
{
	char *log __free = last_log_line(bt);

	if (bt->stream.trouble)
		strbuf_addf(why, "the agent: %s", bt->stream.trouble);
	else if (bt->console.panic || bt->console.splat)
		strbuf_addstr(why, console_reason(&bt->console));
	else if (WIFSIGNALED(bt->status))
		strbuf_addf(why, "%s was killed by signal %d", program(bt), WTERMSIG(bt->status));
	else if (WEXITSTATUS(bt->status))
		strbuf_addf(why, "%s exited %d%s%s", program(bt), WEXITSTATUS(bt->status),
			    log ? ": " : "", log ? log : "");
	else if (bt->console.off && !bt->console.panic)
		strbuf_addstr(why, "the guest powered off before its end record");
	else if (bt->console.last)
		strbuf_addf(why, "ended without an end record; last on the console: %s",
			    bt->console.last);
	else
		strbuf_addstr(why, "ended without an end record");
}

static enum boot_state judge(const struct boot *bt, const char *stopped, struct strbuf *why)
{
	const struct stream *st = &bt->stream;

	if (st->end && !st->broken && !st->interrupted) {
		if (!bt->console.splat)
			return BOOT_OK;
		strbuf_addstr(why, bt->console.splat);
		return BOOT_TAINTED;
	}
	if (bt->failed) {
		strbuf_addstr(why, bt->failed);
	} else if (stopped || (st->end && !st->broken)) {
		strbuf_addstr(why, stopped ? stopped : "the agent was told to stop");
		return BOOT_INTERRUPTED;
	} else if (st->broken) {
		strbuf_addf(why, "broken stream: %s; kept in %s", st->broken, bt->files.records);
	} else {
		explain_loss(bt, why);
	}
	if (st->cell_name && !st->end && !st->broken)
		strbuf_addf(why, " (in %s)", st->cell_name);
	return BOOT_LOST;
}

/*
 * What was counted, to the sink. A user who has asked the run to end does not wait for it: such a
 * boot is compared with nothing.
 */
static int take_cost(struct boot *bt, const char *stopped, struct error *e)
{
	const char *version =
		json_string_value(json_object_get(bt->start.facts, "emulator_version"));
	const struct cost_taking t = {
		.r = bt->r,
		.kernel = bt->kernel,
		.watch = bt->watch,
		.samples = &bt->samples,
		.sink = bt->stream.sink,
		.id = bt->stream.id,
		.path = bt->files.cost,
		.emulator = version ? version : "",
		.verify = json_is_true(json_object_get(bt->start.facts, "cost_verify")),
	};
	bool whole = true;
	int rc = stopped ? 0 : cost_take(&t, &whole, e);

	if (whole || rc == -ECANCELED)
		unlink(bt->files.cost);
	return rc;
}

int boot_finish(struct boot *bt, const char *stopped, struct error *e)
{
	const struct run_sink *sink = bt->stream.sink;
	struct strbuf why __strbuf = { 0 };
	struct boot_result res = { .first_sample_s = -1 };
	struct error end_error;
	int rc, end;

	rc = end_process(bt, e);
	hear_console(bt);
	console_end(&bt->console);
	stream_finish(&bt->stream);
	if (!rc && bt->watch)
		rc = take_cost(bt, stopped, e);
	res.state = judge(bt, stopped, &why);
	res.why = strbuf_str(&why);
	res.seconds = now_seconds() - bt->begin;
	if (bt->first_sample)
		res.first_sample_s = bt->first_sample - bt->begin;
	end = sink->boot_end(sink->data, bt->stream.id, &res, rc ? &end_error : e);
	release(bt);
	return rc ? rc : end;
}

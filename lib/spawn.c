// SPDX-License-Identifier: GPL-2.0-or-later
/* Running other programs; see spawn.h. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>

#include "lib/cleanup.h"
#include "lib/fs.h"
#include "lib/spawn.h"
#include "lib/units.h"

#define KILL_GRACE_S 3.0

/* One of the child's two output streams, cut into lines as it arrives. */
struct stream {
	int fd;
	struct strbuf line;
};

struct child {
	const struct spawn *s;
	pid_t pid;
	int log_fd;
	struct stream out, err;
	struct strbuf last; /* last non-empty line seen, for the error message */
};

char *spawn_which(const char *name)
{
	const char *path = getenv("PATH");
	struct strv dirs __strv = { 0 };

	if (strchr(name, '/'))
		return access(name, X_OK) ? NULL : xstrdup(name);
	strv_split(&dirs, path ? path : "/usr/bin:/bin", ":");
	/* an administrator's tools, for users whose PATH lacks them */
	strv_split(&dirs, "/usr/sbin:/sbin", ":");
	strv_for_each(&dirs, it) {
		char *full = xasprintf("%s/%s", *it, name);

		if (!access(full, X_OK))
			return full;
		free(full);
	}
	return NULL;
}

/* PARENT starts it. KEEP, unless -1, becomes descriptor 3; the exec closes all others. */
static void child_exec(pid_t parent, const struct spawn *s, const char *prog, int in, int out,
		       int err, int keep)
{
	sigset_t none;

	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent) /* it died before it could be said */
		_exit(126);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	if (dup2(in, 0) < 0 || dup2(out, 1) < 0 || dup2(err, 2) < 0)
		_exit(126);
	if (keep >= 0 && (dup2(keep, 3) < 0 || fcntl(3, F_SETFD, 0) < 0))
		_exit(126);
	if (s->cwd && chdir(s->cwd) < 0)
		_exit(126);
	for (size_t i = 0; s->env && i < s->env->n; i++)
		putenv(s->env->v[i]);
	execv(prog, s->argv->v);
	_exit(127);
}

static int child_start(struct child *c, const char *prog, struct error *e)
{
	const struct spawn *s = c->s;
	const char *in_path = s->stdin_path ? s->stdin_path : "/dev/null";
	int in __close = open(in_path, O_RDONLY | O_CLOEXEC);
	pid_t parent = getpid();
	int out[2], err[2];

	if (in < 0)
		return error_sys(e, errno, "%s", in_path);
	if (pipe2(out, O_CLOEXEC) < 0)
		return error_sys(e, errno, "pipe");
	if (pipe2(err, O_CLOEXEC) < 0) {
		close(out[0]);
		close(out[1]);
		return error_sys(e, errno, "pipe");
	}
	c->pid = fork();
	if (!c->pid)
		child_exec(parent, s, prog, in, out[1], err[1], -1);
	close(out[1]);
	close(err[1]);
	c->out.fd = out[0];
	c->err.fd = err[0];
	if (c->pid < 0)
		return error_sys(e, errno, "fork");
	setpgid(c->pid, c->pid);
	return 0;
}

static void emit_line(struct child *c, struct strbuf *line)
{
	const char *text = strbuf_str(line);

	if (*text) {
		strbuf_reset(&c->last);
		strbuf_addstr(&c->last, text);
	}
	if (c->s->on_line)
		c->s->on_line(text, c->s->data);
	strbuf_reset(line);
}

/* Reads what is there; closes the stream at its end. */
static void stream_read(struct child *c, struct stream *st)
{
	char chunk[8192];
	ssize_t n = read(st->fd, chunk, sizeof(chunk));

	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	if (n <= 0) {
		if (st->line.len)
			emit_line(c, &st->line);
		close(st->fd);
		st->fd = -1;
		return;
	}
	if (c->log_fd >= 0 && write(c->log_fd, chunk, (size_t)n) < 0) {
		close(c->log_fd); /* a full disk must not hide the output itself */
		c->log_fd = -1;
	}
	if (st == &c->out && c->s->out)
		strbuf_add(c->s->out, chunk, (size_t)n);
	for (ssize_t i = 0; i < n; i++) {
		if (chunk[i] == '\n')
			emit_line(c, &st->line);
		else
			strbuf_addch(&st->line, chunk[i]);
	}
}

void spawn_kill(pid_t pid, double grace_s)
{
	double end = now_seconds() + grace_s;
	const struct timespec tick = { .tv_nsec = 20 * 1000 * 1000 };

	kill(-pid, SIGTERM);
	while (now_seconds() < end) {
		if (waitpid(pid, NULL, WNOHANG) == pid) {
			kill(-pid, SIGKILL);
			return;
		}
		nanosleep(&tick, NULL);
	}
	kill(-pid, SIGKILL);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}

/* Moves output until both streams end. 0, -ECANCELED or -ETIMEDOUT. */
static int child_pump(struct child *c)
{
	double start = now_seconds();

	while (c->out.fd >= 0 || c->err.fd >= 0) {
		struct pollfd p[2] = { { .fd = c->out.fd, .events = POLLIN },
				       { .fd = c->err.fd, .events = POLLIN } };

		if (c->s->cancel && *c->s->cancel)
			return -ECANCELED;
		if (c->s->timeout_s > 0 && now_seconds() - start > c->s->timeout_s)
			return -ETIMEDOUT;
		if (poll(p, 2, 100) <= 0)
			continue;
		if (p[0].revents)
			stream_read(c, &c->out);
		if (p[1].revents)
			stream_read(c, &c->err);
	}
	return 0;
}

static int child_finish(struct child *c, int rc, struct error *e)
{
	const char *name = c->s->argv->v[0];
	int status;

	if (rc) {
		spawn_kill(c->pid, KILL_GRACE_S);
		if (rc == -ETIMEDOUT)
			return error_set(e, ETIMEDOUT, "%s: no end after %.0f s, stopped", name,
					 c->s->timeout_s);
		return error_set(e, ECANCELED, "%s: interrupted", name);
	}
	while (waitpid(c->pid, &status, 0) < 0) {
		if (errno != EINTR)
			return error_sys(e, errno, "%s: wait", name);
	}
	if (WIFSIGNALED(status))
		return error_set(e, ECHILD, "%s was killed by signal %d", name, WTERMSIG(status));
	if (WEXITSTATUS(status))
		return error_set(e, ECHILD, "%s exited %d%s%s", name, WEXITSTATUS(status),
				 c->last.len ? ": " : "", strbuf_str(&c->last));
	return 0;
}

int spawn_run(const struct spawn *s, struct error *e)
{
	struct child c = { .s = s, .log_fd = -1, .out.fd = -1, .err.fd = -1 };
	char *prog __free = spawn_which(s->argv->v[0]);
	int rc;

	if (!prog)
		return error_set(e, ENOENT, "%s: not installed (see foliobench doctor)",
				 s->argv->v[0]);
	if (s->log_path) {
		c.log_fd = open(s->log_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
		if (c.log_fd < 0)
			return error_sys(e, errno, "%s", s->log_path);
	}
	rc = child_start(&c, prog, e);
	if (!rc)
		rc = child_finish(&c, child_pump(&c), e);
	if (c.out.fd >= 0)
		close(c.out.fd);
	if (c.err.fd >= 0)
		close(c.err.fd);
	if (c.log_fd >= 0)
		close(c.log_fd);
	strbuf_release(&c.out.line);
	strbuf_release(&c.err.line);
	strbuf_release(&c.last);
	return rc;
}

int spawn_start(const struct spawn *s, int keep_fd, pid_t *pid, struct error *e)
{
	const char *in_path = s->stdin_path ? s->stdin_path : "/dev/null";
	const char *log_path = s->log_path ? s->log_path : "/dev/null";
	char *prog __free = spawn_which(s->argv->v[0]);
	int in __close = open(in_path, O_RDONLY | O_CLOEXEC);
	int log __close = open(log_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	pid_t parent = getpid();

	if (!prog)
		return error_set(e, ENOENT, "%s: not installed (see foliobench doctor)",
				 s->argv->v[0]);
	if (in < 0)
		return error_sys(e, errno, "%s", in_path);
	if (log < 0)
		return error_sys(e, errno, "%s", log_path);
	*pid = fork();
	if (!*pid)
		child_exec(parent, s, prog, in, log, log, keep_fd);
	if (*pid < 0)
		return error_sys(e, errno, "fork");
	setpgid(*pid, *pid);
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* Starting and asking the churn programs; see churn_client.h. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/churn_client.h"
#include "lib/cleanup.h"
#include "lib/fs.h"

/* bench/churn/blob.S; the host program goes without */
extern const char churn_glibc[] __attribute__((weak));
extern const char churn_glibc_end[] __attribute__((weak));
extern const char churn_jemalloc[] __attribute__((weak));
extern const char churn_jemalloc_end[] __attribute__((weak));

int churn_client_open(struct churn_client *c, enum churn_allocator which, struct error *e)
{
	const char *name = which == CHURN_JEMALLOC ? "churn-jemalloc" : "churn-glibc";
	const char *start = which == CHURN_JEMALLOC ? churn_jemalloc : churn_glibc;
	const char *end = which == CHURN_JEMALLOC ? churn_jemalloc_end : churn_glibc_end;
	int rc;

	*c = (struct churn_client)CHURN_CLIENT_NONE;
	if (!start)
		return error_set(e, ENOTSUP, "%s is not in this program", name);
	c->program = memfd_create(name, MFD_CLOEXEC);
	if (c->program < 0)
		return error_sys(e, errno, "memfd_create");
	rc = fs_write_all(c->program, start, (size_t)(end - start));
	return rc ? error_sys(e, -rc, "%s", name) : 0;
}

/* In the child: never returns. */
static void __attribute__((noreturn))
become(const struct churn_client *c, int in, int out, const char *setting, bool no_thp)
{
	char *const argv[] = { "churn", NULL };
	char *const envp[] = { (char *)setting, NULL };

	/* the agent's end is this one's, whatever else happens */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	personality(ADDR_NO_RANDOMIZE);
	if (no_thp)
		prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0);
	if (dup2(in, STDIN_FILENO) >= 0 && dup2(out, STDOUT_FILENO) >= 0)
		fexecve(c->program, argv, envp);
	_exit(126);
}

static int give_plan(struct churn_client *c, const struct churn_plan *plan, struct churn_answer *a,
		     struct error *e)
{
	if (write(c->to, plan, sizeof(*plan)) != sizeof(*plan))
		return error_sys(e, errno, "the churn program");
	if (read(c->from, a, sizeof(*a)) != sizeof(*a))
		return error_set(e, ECHILD, "the churn program did not start");
	return 0;
}

int churn_client_start(struct churn_client *c, const char *setting, bool no_thp,
		       const struct churn_plan *plan, struct churn_answer *a, struct error *e)
{
	int to[2] = { -1, -1 }, from[2] = { -1, -1 };
	int err = 0;

	memset(a, 0, sizeof(*a));
	if (pipe2(to, O_CLOEXEC) || pipe2(from, O_CLOEXEC))
		err = errno;
	if (!err) {
		pid_t pid = _Fork();

		if (!pid)
			become(c, to[0], from[1], setting, no_thp);
		c->pid = pid > 0 ? pid : 0;
		err = pid < 0 ? errno : 0;
	}
	/* its ends; with them open here its end would go unseen */
	close_fd(&to[0]);
	close_fd(&from[1]);
	if (err) {
		close_fd(&to[1]);
		close_fd(&from[0]);
		return error_sys(e, err, "starting the churn program");
	}
	c->to = to[1];
	c->from = from[0];
	return give_plan(c, plan, a, e);
}

int churn_client_order(struct churn_client *c, enum churn_op op, uint64_t arg,
		       struct churn_answer *a, struct error *e)
{
	const struct churn_order order = { .op = op, .arg = arg };

	/* SIGPIPE is ignored by the agent: a write to a process that is gone says EPIPE */
	if (write(c->to, &order, sizeof(order)) != sizeof(order) ||
	    read(c->from, a, sizeof(*a)) != sizeof(*a))
		return error_set(e, ECHILD, "the churn program does not answer");
	return 0;
}

int churn_client_end(struct churn_client *c, struct error *e)
{
	int status = 0;
	pid_t got;

	close_fd(&c->to);
	close_fd(&c->from);
	if (!c->pid)
		return 0;
	do {
		got = waitpid(c->pid, &status, 0);
	} while (got < 0 && errno == EINTR);
	c->pid = 0;
	if (got < 0)
		return error_sys(e, errno, "waiting for the churn program");
	if (WIFSIGNALED(status))
		return error_set(e, ECHILD, "the churn program was killed by signal %d",
				 WTERMSIG(status));
	if (!WIFEXITED(status) || WEXITSTATUS(status))
		return error_set(e, ECHILD, "the churn program ended with status %d",
				 WEXITSTATUS(status));
	return 0;
}

void churn_client_close(struct churn_client *c)
{
	churn_client_end(c, NULL);
	close_fd(&c->program);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Target local: the running kernel, here and now; the figures are nanoseconds. A
 * "boot" is one start of the agent. Settings it changes are in a journal that
 * outlives it, so that the next start of foliobench puts them back after a kill -9.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "lib/cleanup.h"
#include "lib/fs.h"
#include "lib/spawn.h"
#include "runner/plan.h"
#include "runner/targets.h"

/* Room for the records of a few cells: the agent must not wait for the reader. */
#define PIPE_BYTES (1 << 20)

static int probe(const struct runner *r, const struct arch *a, struct error *e)
{
	(void)a;
	if (access(r->agent_path, X_OK))
		return error_set(e, ENOENT, "%s: no agent (was foliobench built with it?)",
				 r->agent_path);
	return 0;
}

static json_t *describe(const struct strv *argv)
{
	json_t *facts = json_object();
	json_t *args = json_array();
	struct strbuf cmdline __strbuf = { 0 };
	struct utsname u;

	strv_for_each(argv, it)
		json_array_append_new(args, json_string(*it));
	if (!uname(&u)) {
		json_object_set_new(facts, "release", json_string(u.release));
		json_object_set_new(facts, "version", json_string(u.version));
	}
	if (!fs_read("/proc/cmdline", &cmdline, NULL) && cmdline.len)
		json_object_set_new(facts, "cmdline", json_string(str_trim(cmdline.buf)));
	json_object_set_new(facts, "args", args);
	return facts;
}

static int start_agent(const struct strv *argv, const struct boot_files *f, struct boot_start *out,
		       struct error *e)
{
	struct spawn s = { .argv = argv, .log_path = f->log };
	int fds[2];
	int rc;

	if (pipe2(fds, O_CLOEXEC) < 0)
		return error_sys(e, errno, "pipe");
	fcntl(fds[1], F_SETPIPE_SZ, PIPE_BYTES); /* a smaller one only means more waits */
	rc = spawn_start(&s, fds[1], &out->pid, e);
	close(fds[1]);
	out->record_fd = fds[0];
	return rc;
}

static int start(const struct runner *r, const struct plan *p, const struct plan_boot *b,
		 const struct boot_files *f, struct boot_start *out, struct error *e)
{
	char *plan_path __free = xasprintf("%s/plan", f->scratch);
	struct strbuf plan __strbuf = { 0 };
	struct strv argv __strv = { 0 };
	int rc;

	if (!r->journal_path)
		return error_set(e, EINVAL, "no journal for the settings of this machine");
	plan_write(p, &target_local, b, &plan);
	rc = fs_write(plan_path, plan.buf, plan.len, e);
	if (rc)
		return rc;
	strv_add(&argv, r->agent_path);
	strv_addf(&argv, "--plan=%s", plan_path);
	strv_add(&argv, "--records=fd:3");
	strv_addf(&argv, "--journal=%s", r->journal_path);
	out->facts = describe(&argv);
	return start_agent(&argv, f, out, e);
}

const struct target target_local = {
	.name = "local",
	.summary = "the running kernel, right now: time",
	.unit = "ns",
	.probe = probe,
	.start = start,
};

// SPDX-License-Identifier: GPL-2.0-or-later
/* Running the kernel's make; see make.h. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/cleanup.h"
#include "lib/spawn.h"
#include "lib/units.h"
#include "runner/make.h"
#include "runner/tool.h"
#include "runner/toolchain.h"

#define ERRORS_KEPT 3
#define PROGRESS_S  0.2

struct watch {
	const struct runner *r;
	struct make_run *m;
	double start, told;
	struct strbuf errors;
	unsigned int n_errors;
	bool no_space;
};

static bool is_error(const char *line)
{
	return strstr(line, "error:") || strstr(line, "undefined reference") ||
	       strstr(line, "No space left on device") || strstr(line, "not found");
}

static void keep_error(struct watch *w, const char *line)
{
	if (strstr(line, "No space left on device"))
		w->no_space = true;
	if (w->n_errors++ >= ERRORS_KEPT)
		return;
	strbuf_addf(&w->errors, "%s%.300s", w->errors.len ? " | " : "", line);
}

/* "  CC      mm/memory.o": the object, NULL if it is no such line. */
static const char *step_of(const char *line)
{
	const char *p = line + 2;
	size_t word;

	if (strncmp(line, "  ", 2))
		return NULL;
	word = strspn(p, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");
	if (!word || p[word] != ' ')
		return NULL;
	p += word;
	return p + strspn(p, " ");
}

static void on_make_line(const char *line, void *data)
{
	struct watch *w = data;
	struct make_run *m = w->m;
	const char *object = step_of(line);
	double now = now_seconds();
	double done, left = -1;

	if (!object) {
		if (is_error(line))
			keep_error(w, line);
		return;
	}
	m->steps++;
	if (m->expected_steps <= 0 || now - w->told < PROGRESS_S)
		return;
	w->told = now;
	done = m->steps < m->expected_steps ? m->steps : m->expected_steps;
	/* the first steps say little about the rest */
	if (done > m->expected_steps / 20)
		left = (now - w->start) / done * (m->expected_steps - done);
	runner_progress(w->r, "build", done, m->expected_steps, left, m->log, "%s: %s", m->name,
			object);
}

static void make_argv(const struct runner *r, const struct make_run *m, const char *target,
		      const char *assignment, struct strv *argv)
{
	strv_add(argv, "make");
	strv_add(argv, "-C");
	strv_add(argv, m->src);
	strv_addf(argv, "O=%s", m->obj);
	strv_addf(argv, "-j%u", r->jobs ? r->jobs : 1);
	strv_addf(argv, "ARCH=%s", m->arch->make_arch);
	strv_for_each(&m->tools->make, it)
		strv_add(argv, *it);
	/* nothing of this machine or moment goes into the image */
	strv_add(argv, "LOCALVERSION=");
	strv_add(argv, "KBUILD_BUILD_TIMESTAMP=Thu Jan  1 00:00:00 UTC 2026");
	strv_add(argv, "KBUILD_BUILD_USER=foliobench");
	strv_add(argv, "KBUILD_BUILD_HOST=foliobench");
	strv_add(argv, "KBUILD_BUILD_VERSION=1");
	/* debugging information would name the folder of the build */
	strv_addf(argv, "KCFLAGS=-ffile-prefix-map=%s=.", m->src);
	/* ... clang 14 also where it was told not to, for assembly */
	strv_addf(argv, "KAFLAGS=-ffile-prefix-map=%s=.%s", m->src,
		  m->tools->llvm ? " -fdebug-compilation-dir=." : "");
	if (assignment)
		strv_add(argv, assignment);
	strv_add(argv, target);
}

int make_run(const struct runner *r, struct make_run *m, const char *target, const char *assignment,
	     struct error *e)
{
	struct strv argv __strv = { 0 };
	struct strv env __strv = { 0 };
	struct watch w = { .r = r, .m = m, .start = now_seconds() };
	struct error why = { 0 };
	struct spawn s = { .argv = &argv,
			   .env = &env,
			   .log_path = m->log,
			   .on_line = on_make_line,
			   .data = &w,
			   .cancel = r->cancel };
	int rc;

	m->steps = 0;
	make_argv(r, m, target, assignment, &argv);
	tool_env(&env);
	rc = spawn_run(&s, &why);
	if (rc == -ECHILD && w.no_space)
		rc = error_set(e, ENOSPC, "%s: no space left on the disk of %s (log: %s)", m->name,
			       m->obj, m->log);
	else if (rc == -ECHILD)
		rc = error_set(e, EIO, "make %s failed: %s (log: %s)", target,
			       w.errors.len ? w.errors.buf : why.msg, m->log);
	else if (rc < 0)
		*e = why;
	strbuf_release(&w.errors);
	return rc;
}

int tool_version(const struct runner *r, const char *tool, char **line, struct error *e)
{
	struct strv argv __strv = { 0 };
	struct strv env __strv = { 0 };
	struct strbuf out __strbuf = { 0 };
	struct spawn s = {
		.argv = &argv, .env = &env, .out = &out, .timeout_s = 30, .cancel = r->cancel
	};
	int rc;

	strv_add(&argv, tool);
	strv_add(&argv, "--version");
	tool_env(&env);
	rc = spawn_run(&s, e);
	if (rc < 0)
		return rc;
	*line = xasprintf("%.*s", (int)strcspn(strbuf_str(&out), "\n"), strbuf_str(&out));
	return 0;
}

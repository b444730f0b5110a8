// SPDX-License-Identifier: GPL-2.0-or-later
/* Before the first boot of a plan that counts; see watch.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/cleanup.h"
#include "lib/fs.h"
#include "lib/spawn.h"
#include "runner/arch.h"
#include "runner/cost/hooks.h"
#include "runner/cost/symbols.h"
#include "runner/cost/watch.h"

/* What the plugin writes of a boot with many cells. */
#define ROOM_BYTES (512u << 20)

/*
 * A file that no emulator can load tells whether it would: one with plugins says that it could
 * not load it, one without that it knows no such option.
 */
static bool loads_plugins(const char *program, struct error *e)
{
	static const char loads[] = "ould not load plugin";
	struct strv argv __strv = { 0 };
	struct spawn s = { .argv = &argv, .timeout_s = 10 };

	strv_add(&argv, program);
	strv_add(&argv, "-machine");
	strv_add(&argv, "none");
	strv_add(&argv, "-display");
	strv_add(&argv, "none");
	strv_add(&argv, "-plugin");
	strv_add(&argv, "/nonexistent/foliobench-cost.so");
	return spawn_run(&s, e) == -ECHILD && e && strstr(e->msg, loads);
}

int cost_ready(const struct runner *r, const struct arch *a, struct error *e)
{
	struct error why = { "" };

	if (!r->cost_path || access(r->cost_path, R_OK))
		return error_set(e, ENOENT,
				 "%s: the plugin that counts is not there (./quickstart setup)",
				 r->cost_path ?: "foliobench-cost.so");
	if (!loads_plugins(a->qemu, &why))
		return error_set(e, ENOENT,
				 "%s cannot load plugins (%s): QEMU has to be built with "
				 "--enable-plugins, as Debian's %s is",
				 a->qemu, why.msg, a->qemu_package);
	return 0;
}

/* Each architecture of the plan once. */
static int check_plan(const struct runner *r, const struct target *t, const struct plan *p,
		      struct error *e)
{
	const struct arch *last = NULL;

	if (!t->exact)
		return error_set(e, EINVAL,
				 "instructions are counted in an emulator: target qemu, not %s",
				 t->name);
	for (size_t i = 0; i < p->n_kernels; i++) {
		const struct arch *a = arch_find(p->kernels[i].arch ?: "", e);
		int rc = a ? 0 : -EINVAL;

		if (a && a != last)
			rc = cost_ready(r, a, e);
		if (rc < 0)
			return rc;
		last = a;
	}
	if (fs_free_bytes(r->log_dir) < ROOM_BYTES)
		return error_set(e, ENOSPC, "%s: counts need %u MiB here, %llu MiB are free",
				 r->log_dir, ROOM_BYTES >> 20,
				 (unsigned long long)fs_free_bytes(r->log_dir) >> 20);
	return 0;
}

static int watch_kernel(const struct runner *r, const struct plan *p, size_t i,
			struct cost_watch *w, struct error *e)
{
	const struct kernel *k = &p->kernels[i];
	struct strbuf hooks __strbuf = { 0 };
	struct error why = { "" };
	int rc = cost_symbols(r, k, &w->text, e);

	if (!rc)
		rc = symbols_parse(strbuf_str(&w->text), w->text.len, &w->symbols, e);
	if (rc < 0)
		return rc;
	hash_buf(w->text.buf, w->text.len, w->id);
	rc = cost_hooks(k->arch, w->text.buf, w->text.len, p->stacks, &hooks, &why);
	if (rc == -ENOENT)
		w->lacks = xstrdup(why.msg);
	else if (rc < 0)
		return error_set(e, -rc, "%s", why.msg);
	w->hooks = xasprintf("%s/hooks-%03zu", r->log_dir, i + 1);
	return fs_write(w->hooks, hooks.buf ?: "", hooks.len, e);
}

int cost_watch_plan(const struct runner *r, const struct target *t, const struct plan *p,
		    struct cost_watch **out, struct error *e)
{
	struct cost_watch *v = xcalloc(p->n_kernels, sizeof(*v));
	int rc = check_plan(r, t, p, e);

	for (size_t i = 0; i < p->n_kernels && !rc; i++)
		rc = watch_kernel(r, p, i, &v[i], e);
	if (rc < 0)
		cost_watch_free(v, p->n_kernels);
	*out = rc < 0 ? NULL : v;
	return rc;
}

void cost_watch_free(struct cost_watch *v, size_t n)
{
	for (size_t i = 0; v && i < n; i++) {
		if (v[i].hooks)
			unlink(v[i].hooks);
		strbuf_release(&v[i].text);
		symbols_release(&v[i].symbols);
		free(v[i].hooks);
		free(v[i].lacks);
	}
	free(v);
}

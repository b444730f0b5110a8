// SPDX-License-Identifier: GPL-2.0-or-later
/* foliobench kernel build; see kernel_build.h. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli/each_patch.h"
#include "cli/kernel_build.h"
#include "cli/layouts.h"
#include "lib/cleanup.h"
#include "lib/units.h"

static int build_one(struct cli *cli, struct kernel *k, struct error *e)
{
	char *title __free = layouts_title(k);
	char took[24];
	int rc = kernel_build(&cli->runner, k, NULL, e);

	if (rc)
		return error_prefix(e, rc, "kernel %s", title);
	ui_clear();
	printf("%s: %s, %s%s\n  %s\n", title, k->release, k->made ? "ready in " : "from the cache",
	       !k->made ? "" : format_seconds(took, sizeof(took), k->build_s),
	       k->image ? k->image : "(the running kernel)");
	return 0;
}

/* One name's kernel and its layouts. */
static int build_spec(struct cli *cli, const struct kernel_spec *spec, unsigned int layouts,
		      struct error *e)
{
	struct kernel *v = xcalloc(1, sizeof(*v));
	size_t n = 1;
	int rc = kernel_resolve(&cli->runner, spec, v, e);

	if (!rc)
		rc = layouts_add(&cli->runner, &v, &n, layouts, e);
	if (rc)
		error_prefix(e, rc, "kernel %s", spec->name);
	for (size_t i = 0; i < n && !rc; i++)
		rc = build_one(cli, &v[i], e);
	if (!rc)
		rc = layouts_check(v, n, e);
	for (size_t i = 0; i < n; i++)
		kernel_release(&v[i]);
	free(v);
	return rc;
}

/* All kernels of a series; they are built, and said one by one, by each_patch_make(). */
static int build_each_patch(struct cli *cli, const struct kernel_words *w, struct error *e)
{
	struct each_patch ep __cleanup(each_patch_release) = { 0 };
	int rc = each_patch_make(cli, w, &ep, e);

	ui_clear();
	for (size_t i = 0; i < ep.n && !rc; i++) {
		const struct kernel *k = &ep.k[i];
		char *remark __free = each_patch_remark(&ep, i);
		char took[24];

		printf("%s: %s, %s%s%s%s\n", k->name, i ? ep.subjects.v[i - 1] : k->release,
		       ep.cached[i] ? "from the cache" : "ready in ",
		       ep.cached[i] ? "" : format_seconds(took, sizeof(took), k->build_s),
		       *remark ? ", " : "", remark);
		printf("  %s\n", k->image);
	}
	return rc;
}

int kernel_build_words(struct cli *cli, const struct kernel_words *w, struct error *e)
{
	int rc = cli_session(cli, e);

	if (!rc && !w->n)
		return error_set(e, EINVAL, "wants at least one kernel's name");
	if (!rc && w->each_patch)
		return build_each_patch(cli, w, e);
	for (size_t i = 0; i < w->n && !rc; i++)
		rc = build_spec(cli, &w->v[i], w->layouts, e);
	ui_clear();
	return rc;
}

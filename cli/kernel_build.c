// SPDX-License-Identifier: GPL-2.0-or-later
/* foliobench kernel build; see kernel_build.h. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli/kernel_build.h"
#include "cli/layouts.h"
#include "lib/cleanup.h"
#include "lib/units.h"

static int build_one(struct cli *cli, struct kernel *k, struct error *e)
{
	char *title __free = layouts_title(k);
	const bool was_built = k->built;
	char took[24];
	int rc = kernel_build(&cli->runner, k, NULL, e);

	if (rc)
		return error_prefix(e, rc, "kernel %s", title);
	ui_clear();
	printf("%s: %s, %s%s\n  %s\n", title, k->release,
	       was_built ? "from the cache" : "ready in ",
	       was_built ? "" : format_seconds(took, sizeof(took), k->build_s),
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

int kernel_build_words(struct cli *cli, const struct kernel_words *w, struct error *e)
{
	int rc = cli_session(cli, e);

	if (!rc && !w->n)
		return error_set(e, EINVAL, "wants at least one kernel's name");
	for (size_t i = 0; i < w->n && !rc; i++)
		rc = build_spec(cli, &w->v[i], w->layouts, e);
	ui_clear();
	return rc;
}

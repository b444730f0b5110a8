// SPDX-License-Identifier: GPL-2.0-or-later
/* From names to kernels that are ready to boot; see measure_parts.h. */
#include <errno.h>
#include <string.h>

#include "cli/each_patch.h"
#include "cli/measure_parts.h"
#include "lib/cleanup.h"
#include "lib/units.h"
#include "runner/arch.h"

/* Boots are told apart by their kernel: two names for one would be mixed up. */
static int check_different(const struct measured *md, struct error *e)
{
	for (size_t i = 1; i < md->n_kernels; i++) {
		for (size_t j = 0; j < i; j++) {
			const struct kernel *a = &md->kernels[j], *b = &md->kernels[i];

			if (!strcmp(a->group, b->group))
				return error_set(
					e, EINVAL,
					"%s and %s are the same kernel (%.12s); to see how its "
					"boots differ: foliobench run CASE --kernel %s",
					a->name, b->name, a->hash, a->name);
		}
	}
	return 0;
}

static int make_each_patch(struct cli *cli, const struct measure *m, struct measured *out,
			   struct error *e)
{
	struct each_patch ep __cleanup(each_patch_release) = { 0 };
	int rc = each_patch_make(cli, &m->kernels, &ep, e);

	if (rc)
		return rc;
	out->n_steps = ep.n;
	out->steps = each_patch_steps(&ep);
	out->kernels = each_patch_take_kernels(&ep, &out->n_kernels);
	return 0;
}

/* Resolves all names first, so that a typo in the last one costs nothing. */
int measure_kernels(struct cli *cli, const struct measure *m, struct measured *out, struct error *e)
{
	char took[24];
	int rc = 0;

	if (m->kernels.each_patch)
		return make_each_patch(cli, m, out, e);
	if (m->kernels.n > KERNELS_MAX)
		return error_set(e, EINVAL, "at most %d kernels at once", KERNELS_MAX);
	out->kernels = xcalloc(m->kernels.n, sizeof(*out->kernels));
	for (size_t i = 0; i < m->kernels.n; i++) {
		rc = kernel_resolve(&cli->runner, &m->kernels.v[i], &out->kernels[i], e);
		out->n_kernels = i + 1;
		if (rc)
			return error_prefix(e, rc, "kernel %s", m->kernels.v[i].name);
	}
	rc = check_different(out, e);
	for (size_t i = 0; i < out->n_kernels && !rc; i++)
		rc = m->target->probe(&cli->runner, arch_find(out->kernels[i].arch ?: "", NULL), e);
	if (rc)
		return rc;
	for (size_t i = 0; i < out->n_kernels; i++) {
		struct kernel *k = &out->kernels[i];
		bool was_built = k->built;

		rc = kernel_build(&cli->runner, k, i ? &out->kernels[0] : NULL, e);
		if (rc)
			return error_prefix(e, rc, "kernel %s", k->name);
		if (k->running)
			continue;
		if (was_built)
			ui_say("kernel %s: %s, from the cache (%.12s)", k->name, k->release,
			       k->hash);
		else
			ui_say("kernel %s: %s, ready in %s (%.12s)", k->name, k->release,
			       format_seconds(took, sizeof(took), k->build_s), k->hash);
	}
	return 0;
}

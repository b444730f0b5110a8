// SPDX-License-Identifier: GPL-2.0-or-later
/* From names to kernels that are ready to boot; see measure_parts.h. */
#include <errno.h>
#include <string.h>

#include "cli/each_patch.h"
#include "cli/layouts.h"
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

			if (!strcmp(a->group, b->group) && a->again == b->again)
				return error_set(
					e, EINVAL,
					"%s and %s are the same kernel (%.12s); to see how its "
					"boots differ: foliobench calibrate %s",
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

/*
 * Each kernel once more, as a kernel of its own. With several layouts the second arm has other ones
 * than the first: two builds of the same source, as far apart as those of two kernels.
 */
static int resolve_again(struct cli *cli, const struct measure *m, struct measured *out,
			 struct error *e)
{
	const size_t named = out->n_kernels;
	int rc = 0;

	for (size_t i = 0; i < named && !rc; i++) {
		struct kernel *k = &out->kernels[out->n_kernels++];
		struct kernel_spec spec;

		kernel_spec_copy(&spec, &out->kernels[i].spec);
		if (m->kernels.layouts > 1)
			spec.layout = m->kernels.layouts;
		rc = kernel_resolve(&cli->runner, &spec, k, e);
		kernel_spec_release(&spec);
		k->again = true;
	}
	return rc;
}

/* Layouts are of the arm of the first NAMED ones that they were made of. */
static void name_again(struct measured *out, size_t named)
{
	for (size_t i = 0; i < out->n_kernels; i++) {
		struct kernel *k = &out->kernels[i];
		char *name = k->name;

		k->again = out->kernels[i % named].again;
		if (!k->again)
			continue;
		k->name = xasprintf("%s" AGAIN, name);
		free(name);
	}
}

/* All names first, so that a typo in the last one costs nothing. */
int measure_resolve(struct cli *cli, const struct measure *m, struct measured *out, struct error *e)
{
	int rc;

	if (m->kernels.n > KERNELS_MAX)
		return error_set(e, EINVAL, "at most %d kernels at once", KERNELS_MAX);
	out->kernels = xcalloc(m->kernels.n * (m->again ? 2 : 1), sizeof(*out->kernels));
	for (size_t i = 0; i < m->kernels.n; i++) {
		rc = kernel_resolve(&cli->runner, &m->kernels.v[i], &out->kernels[i], e);
		out->n_kernels = i + 1;
		if (rc)
			return error_prefix(e, rc, "kernel %s", m->kernels.v[i].name);
	}
	if (m->again) {
		rc = resolve_again(cli, m, out, e);
		if (rc)
			return rc;
	}
	rc = check_different(out, e);
	for (size_t i = 0; i < out->n_kernels && !rc; i++)
		rc = m->target->probe(&cli->runner, arch_find(out->kernels[i].arch ?: "", NULL), e);
	return rc;
}

static int build_one(struct cli *cli, struct kernel *k, const struct kernel *base, struct error *e)
{
	char *title __free = layouts_title(k);
	char took[24];
	int rc = kernel_build(&cli->runner, k, base, e);

	if (rc)
		return error_prefix(e, rc, "kernel %s", title);
	/* the first arm has said so */
	if (k->running || (k->again && !k->spec.layout))
		return 0;
	if (!k->made)
		ui_say("kernel %s: %s, from the cache (%.12s)", title, k->release, k->hash);
	else
		ui_say("kernel %s: %s, ready in %s (%.12s)", title, k->release,
		       format_seconds(took, sizeof(took), k->build_s), k->hash);
	return 0;
}

int measure_kernels(struct cli *cli, const struct measure *m, struct measured *out, struct error *e)
{
	const bool each = m->kernels.each_patch;
	int rc = each ? make_each_patch(cli, m, out, e) : measure_resolve(cli, m, out, e);
	size_t named = out->n_kernels;

	if (!rc)
		rc = layouts_add(&cli->runner, &out->kernels, &out->n_kernels, m->kernels.layouts,
				 e);
	/* one after the other of one kernel: the tree they are built in has its patches then */
	for (size_t first = 0; first < named; first++) {
		for (size_t i = first; i < out->n_kernels && !rc; i += named) {
			const bool is_base = !i || i >= named || out->kernels[i].again;

			if (each && i < named)
				continue; /* built by now */
			rc = build_one(cli, &out->kernels[i], is_base ? NULL : &out->kernels[0], e);
		}
	}
	if (m->again && named)
		name_again(out, named);
	return rc ? rc : layouts_check(out->kernels, out->n_kernels, e);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* --inline: functions by the debug information of the kernels; see cost_inline.h. */
#include <errno.h>
#include <string.h>

#include "cli/cost_inline.h"
#include "lib/cleanup.h"
#include "runner/build.h"

static int open_one(const struct kernel *k, struct inline_map **out, struct error *e)
{
	char *path __free = xasprintf("%s/%s", k->dir ? k->dir : "", KERNEL_ELF);

	*out = NULL;
	if (!k->built || !k->dir)
		return error_set(e, EINVAL,
				 "--inline: %s is not in the cache (foliobench kernel build %s)",
				 k->name, k->name);
	return error_prefix(e, inline_open(path, out, e), "--inline: kernel %s", k->name);
}

int cost_inline_open(const struct kernel *k, size_t n, struct cost_inline *out, struct error *e)
{
	struct inline_map **maps[] = { &out->maps.baseline, &out->maps.patched };
	int rc = 0;

	*out = (struct cost_inline){ 0 };
	for (size_t i = 0; i < n && i < ARRAY_SIZE(maps) && !rc; i++) {
		rc = open_one(&k[i], maps[i], e);
		out->hash[i] = xstrdup(k[i].group ? k[i].group : "");
	}
	out->namer = (struct cost_namer){ .name = inline_pair_name, .data = &out->maps };
	return rc;
}

int cost_inline_find(struct cli *cli, const struct kernel_spec *v, size_t n,
		     struct cost_inline *out, struct error *e)
{
	struct kernel k[2] = { 0 };
	int rc = 0;

	*out = (struct cost_inline){ 0 };
	n = n < ARRAY_SIZE(k) ? n : ARRAY_SIZE(k);
	for (size_t i = 0; i < n && !rc; i++)
		rc = error_prefix(e, kernel_resolve(&cli->runner, &v[i], &k[i], e), "kernel %s",
				  v[i].name);
	if (!rc)
		rc = cost_inline_open(k, n, out, e);
	for (size_t i = 0; i < n; i++)
		kernel_release(&k[i]);
	return rc;
}

int cost_inline_check(const struct cost_inline *x, const struct cost_comparison *c, struct error *e)
{
	const struct cost_kernel *k[] = { &c->baseline, &c->patched };

	for (size_t i = 0; i < ARRAY_SIZE(k); i++) {
		if (x->hash[i] && strcmp(x->hash[i], k[i]->hash) != 0)
			return error_set(e, ESTALE,
					 "--inline: run %lld is of another %s (%.12s, not %.12s)",
					 (long long)c->run_id, k[i]->name, k[i]->hash, x->hash[i]);
	}
	return 0;
}

void cost_inline_close(struct cost_inline *x)
{
	inline_close(x->maps.baseline);
	inline_close(x->maps.patched);
	free(x->hash[0]);
	free(x->hash[1]);
	*x = (struct cost_inline){ 0 };
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* The final configuration of a kernel, built or not. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cleanup.h"
#include "lib/fs.h"
#include "runner/build.h"
#include "runner/cache.h"
#include "runner/resolved.h"

/* What configuring alone gives; *INPUTS is the record of all that goes in. */
static int try_config(const struct runner *r, const struct kernel *k, struct strbuf *config,
		      json_t **inputs, struct error *e)
{
	struct resolved v __cleanup(resolved_release) = { 0 };
	struct build_job j = { .name = k->name };
	char *tree __free = NULL;
	int held __close = -1;
	int rc = resolved_follow(r, &k->spec, k->source_version, &v, e);

	if (!rc)
		rc = v.source->fetch(r, v.arch, &v.id, &tree, e);
	if (!rc)
		rc = cache_hold(tree, &held, e);
	if (rc < 0)
		return rc;
	j.arch = v.arch;
	j.tree = tree;
	j.key = v.in.objects_key;
	j.tools = &v.in.tools;
	j.config = &v.in.config;
	j.series = &v.in.series;
	rc = build_config(r, &j, config, e);
	if (!rc)
		*inputs = json_incref(v.in.record);
	return rc;
}

int kernel_config(const struct runner *r, struct kernel *k, struct strbuf *config, json_t **inputs,
		  struct error *e)
{
	struct strbuf text __strbuf = { 0 };
	int rc;

	*inputs = NULL;
	if (!k->built && k->cc)
		return try_config(r, k, config, inputs, e);
	rc = kernel_build(r, k, NULL, e); /* prebuilt: is fetched */
	if (!rc && !k->config)
		rc = error_set(e, ENOENT, "there is no configuration of it%s",
			       k->running ? ": neither /proc/config.gz nor /boot/config-RELEASE"
					  : " beside its image");
	if (!rc)
		rc = fs_read(k->config, config, e);
	if (rc < 0 || !k->inputs)
		return rc;
	rc = fs_read(k->inputs, &text, e);
	if (!rc)
		*inputs = json_parse(strbuf_str(&text), text.len, e);
	return *inputs ? 0 : error_prefix(e, rc < 0 ? rc : -EIO, "%s", k->inputs);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* Several images of each kernel; see layouts.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/layouts.h"

char *layouts_title(const struct kernel *k)
{
	return k->spec.layout ? xasprintf("%s, layout %u", k->name, k->spec.layout)
			      : xstrdup(k->name);
}

int layouts_check_built(const struct kernel *v, size_t n, struct error *e)
{
	for (size_t i = 0; i < n; i++) {
		if (!v[i].cc)
			return error_set(
				e, EINVAL,
				"--layouts: %s is built already; layouts are of kernels that "
				"are built here (debian:7.3, a recipe)",
				v[i].name);
	}
	return 0;
}

int layouts_add(const struct runner *r, struct kernel **v, size_t *n, unsigned int layouts,
		struct error *e)
{
	const size_t named = *n;
	int rc = layouts > 1 ? layouts_check_built(*v, named, e) : 0;

	if (rc < 0 || layouts <= 1)
		return rc;
	*v = xrealloc(*v, named * layouts * sizeof(**v));
	for (size_t i = named; i < named * layouts; i++) {
		struct kernel_spec spec;

		kernel_spec_copy(&spec, &(*v)[i % named].spec);
		spec.layout += (unsigned int)(i / named);
		rc = kernel_resolve(r, &spec, &(*v)[i], e);
		kernel_spec_release(&spec);
		*n = i + 1;
		if (rc < 0)
			return rc;
	}
	return 0;
}

int layouts_check(const struct kernel *v, size_t n, struct error *e)
{
	for (size_t i = 0; i < n; i++) {
		for (size_t j = 0; j < i; j++) {
			if (v[i].running || strcmp(v[i].group, v[j].group) ||
			    v[i].spec.layout == v[j].spec.layout || !v[i].code_hash ||
			    !v[j].code_hash || !*v[i].code_hash ||
			    strcmp(v[i].code_hash, v[j].code_hash))
				continue;
			return error_set(e, EIO,
					 "%s: its layouts %u and %u have all code at the same "
					 "addresses: this source cannot be laid out",
					 v[i].name, v[j].spec.layout, v[i].spec.layout);
		}
	}
	return 0;
}

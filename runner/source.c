// SPDX-License-Identifier: GPL-2.0-or-later
/* The table of sources; see source.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cleanup.h"
#include "runner/source.h"

const struct source *const sources[] = {
	&source_git,	      &source_dir,   &source_tarball, &source_debian,
	&source_debian_image, &source_image, &source_running, NULL,
};

static const struct source *row_of(const char *text, const char **version)
{
	for (const struct source *const *s = sources; *s; s++) {
		size_t len = strlen((*s)->name);

		if (strncmp(text, (*s)->name, len) || (text[len] && text[len] != ':'))
			continue;
		/* a bare word could be a recipe: only "running" goes without a colon */
		if (!text[len] && !(*s)->here)
			continue;
		*version = text + len + (text[len] == ':');
		return *s;
	}
	return NULL;
}

bool source_is_name(const char *text)
{
	const char *version;

	return row_of(text, &version) != NULL;
}

const struct source *source_find(const char *text, const char **version, struct error *e)
{
	const struct source *s = row_of(text, version);
	struct strbuf known __strbuf = { 0 };

	if (s)
		return s;
	for (const struct source *const *it = sources; *it; it++)
		strbuf_addf(&known, "%s%s%s", it == sources ? "" : ", ", (*it)->name,
			    (*it)->here ? "" : ":");
	error_set(e, EINVAL, "no such source '%s' (known: %s)", text, strbuf_str(&known));
	return NULL;
}

int source_resolve_once(const struct runner *r, const struct source *s, const struct arch *a,
			const char *asked, struct source_id *id, struct error *e)
{
	static struct strv names, versions;
	char *name __free = xasprintf("%s:%s:%s", a->name, s->name, asked);
	int rc;

	for (size_t i = 0; i < names.n; i++) {
		if (!strcmp(names.v[i], name))
			return s->resolve(r, a, versions.v[i], id, e);
	}
	rc = s->resolve(r, a, asked, id, e);
	if (!rc && id->version) {
		strv_add(&names, name);
		strv_add(&versions, id->version);
	}
	return rc;
}

void source_id_release(const struct source *s, struct source_id *id)
{
	if (s && s->release)
		s->release(id);
	free(id->version);
	free(id->key);
	json_decref(id->facts);
	*id = (struct source_id){ 0 };
}

char *source_relative_to(const char *text, const char *folder)
{
	const char *version;
	const struct source *s = row_of(text, &version);

	if (!s || !s->takes_path || !*version || *version == '/' || *version == '~' ||
	    !strcmp(folder, "."))
		return xstrdup(text);
	return xasprintf("%s:%s/%s", s->name, folder, version);
}

int source_arch(const struct runner *r, const char *text, const char **name, struct error *e)
{
	const char *version;
	const struct source *s = source_find(text, &version, e);

	*name = NULL;
	if (!s)
		return -EINVAL;
	return s->arch ? s->arch(r, version, name, e) : 0;
}

int source_fetch(const struct runner *r, const char *source, char **dir, char **version,
		 struct error *e)
{
	struct source_id id = { 0 };
	const char *asked;
	const struct source *s = source_find(source, &asked, e);
	const struct arch *a = arch_find("x86_64", e); /* trees are the same for all */
	int rc;

	if (!s || !a)
		return -EINVAL;
	if (!s->fetch)
		return error_set(e, EINVAL, "%s: has no source tree", source);
	rc = s->resolve(r, a, asked, &id, e);
	if (!rc)
		rc = s->fetch(r, a, &id, dir, e);
	if (!rc)
		*version = xstrdup(id.version);
	source_id_release(s, &id);
	return rc;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* Series of patches; see patch_series.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cleanup.h"
#include "lib/fs.h"
#include "runner/patch_series.h"

static void add_patch(struct patch_series *s, const char *path, const struct strbuf *text)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;
	struct patch *p;

	s->p = xrealloc(s->p, (s->n + 1) * sizeof(*s->p));
	p = &s->p[s->n++];
	*p = (struct patch){ .name = xstrdup(name),
			     .subject = xstrdup(name),
			     .from = xstrdup(path),
			     .text = xstrdup(strbuf_str(text)) };
	hash_buf(p->text, strlen(p->text), p->id);
}

int patch_series_load(const struct runner *r, const struct strv *words, struct patch_series *s,
		      struct error *e)
{
	(void)r;
	strv_for_each(words, it) {
		struct strbuf text __strbuf = { 0 };
		int rc = fs_read(*it, &text, e);

		if (rc < 0)
			return rc;
		add_patch(s, *it, &text);
	}
	return 0;
}

void patch_series_release(struct patch_series *s)
{
	for (size_t i = 0; i < s->n; i++) {
		free(s->p[i].name);
		free(s->p[i].subject);
		free(s->p[i].from);
		free(s->p[i].text);
	}
	free(s->p);
	*s = (struct patch_series){ 0 };
}

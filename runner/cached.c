// SPDX-License-Identifier: GPL-2.0-or-later
/* Kernels by their hash, and what kernel.json says of them; see cached.h. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cleanup.h"
#include "lib/fs.h"
#include "runner/cached.h"

#define PREFIX_MIN 7

/* A path that also holds from another folder; what names no file stays as it is. */
static json_t *word_json(const char *word)
{
	char *path __free = realpath(word, NULL);

	return json_string(path ? path : word);
}

static json_t *words_json(const struct strv *words)
{
	json_t *list = json_array();

	strv_for_each(words, it)
		json_array_append_new(list, word_json(*it));
	return list;
}

static json_t *spec_json(const struct kernel_spec *s)
{
	/* the word "stock" is a recipe, whatever lies in this folder by that name */
	json_t *name = strchr(s->name, '/') ? word_json(s->name) : json_string(s->name);

	return json_pack("{s:o, s:o, s:o, s:i, s:s?, s:s?, s:i}", "name", name, "config",
			 words_json(&s->config), "series", words_json(&s->series), "patches",
			 (int)s->patches, "cc", s->cc, "arch", s->arch, "layout", (int)s->layout);
}

void cached_describe(json_t *j, const struct kernel *k)
{
	json_t *more __json = json_pack(
		"{s:s, s:s?, s:s?, s:s?, s:s?, s:s?, s:s?, s:s?, s:I, s:o}", "name", k->name,
		"description", k->description, "arch", k->arch, "source", k->source,
		"source_version", k->source_version, "cc", k->cc, "patch", k->patch, "group",
		k->group, "patches", (json_int_t)k->n_patches, "spec", spec_json(&k->spec));

	json_object_update(j, more);
}

static char *text_of(const json_t *j, const char *key)
{
	const char *text = json_string_value(json_object_get(j, key));

	return text ? xstrdup(text) : NULL;
}

static void words_of(const json_t *list, struct strv *words)
{
	const json_t *it;
	size_t i;

	json_array_foreach(list, i, it) {
		strv_add(words, json_string_value(it) ?: "");
	}
}

static unsigned int count_of(const json_t *j, const char *key)
{
	return (unsigned int)json_integer_value(json_object_get(j, key));
}

static void restore_spec(const json_t *j, struct kernel *k)
{
	struct kernel_spec *s = &k->spec;

	s->name = text_of(j, "name") ?: xstrdup(k->hash);
	words_of(json_object_get(j, "config"), &s->config);
	words_of(json_object_get(j, "series"), &s->series);
	s->patches = count_of(j, "patches");
	s->cc = text_of(j, "cc");
	s->arch = text_of(j, "arch");
	s->layout = count_of(j, "layout");
}

void cached_restore(const json_t *j, struct kernel *k)
{
	/* those of before this was kept have no name */
	k->name = text_of(j, "name") ?: xasprintf("%.12s", k->hash);
	k->description = text_of(j, "description");
	k->arch = text_of(j, "arch");
	k->source = text_of(j, "source");
	k->source_version = text_of(j, "source_version");
	k->cc = text_of(j, "cc");
	k->patch = text_of(j, "patch");
	k->group = text_of(j, "group") ?: xstrdup(k->hash);
	k->n_patches = count_of(j, "patches");
	restore_spec(json_object_get(j, "spec"), k);
}

bool cached_is_prefix(const struct runner *r, const char *name)
{
	char *recipe __free = xasprintf("%s/%s.ini", r->kernels_dir, name);
	size_t len = strlen(name);

	return len >= PREFIX_MIN && len < HASH_TEXT && strspn(name, "0123456789abcdef") == len &&
	       !fs_exists(recipe);
}

int cached_find(const struct runner *r, const char *prefix, char hash[HASH_TEXT], struct error *e)
{
	char *dir __free = xasprintf("%s/kernels", r->cache_dir);
	DIR *d __closedir = opendir(dir);
	size_t len = strlen(prefix);
	struct dirent *de;
	int found = 0;

	while (d && (de = readdir(d))) {
		if (strlen(de->d_name) != HASH_TEXT - 1 || strncmp(de->d_name, prefix, len))
			continue;
		memcpy(hash, de->d_name, HASH_TEXT);
		found++;
	}
	if (!found)
		return error_set(e, EINVAL,
				 "no kernel in the cache has a hash that begins with %s (see "
				 "foliobench kernel list)",
				 prefix);
	if (found > 1)
		return error_set(e, EINVAL, "the hashes of %d kernels in the cache begin with %s",
				 found, prefix);
	return 0;
}

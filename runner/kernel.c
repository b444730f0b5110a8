// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * From a name to a kernel that can be booted. A finished one is a folder
 * CACHE/kernels/HASH with the image, what belongs to it, inputs.json, and
 * kernel.json, which says what is what. It is filled under another name and
 * renamed when complete: what has that name is whole.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/cleanup.h"
#include "lib/fs.h"
#include "lib/units.h"
#include "runner/build.h"
#include "runner/cache.h"
#include "runner/cached.h"
#include "runner/gc.h"
#include "runner/image.h"
#include "runner/inputs.h"
#include "runner/kernel_files.h"
#include "runner/lock.h"
#include "runner/resolved.h"
#include "runner/series_try.h"

void resolved_release(struct resolved *v)
{
	recipe_release(&v->recipe);
	source_id_release(v->source, &v->id);
	inputs_release(&v->in);
}

void kernel_release(struct kernel *k)
{
	char **const strings[] = { &k->name,	       &k->description, &k->arch,   &k->source,
				   &k->source_version, &k->cc,		&k->patch,  &k->hash,
				   &k->group,	       &k->release,	&k->dir,    &k->image,
				   &k->config,	       &k->system_map,	&k->inputs, &k->code_hash };

	for (size_t i = 0; i < ARRAY_SIZE(strings); i++)
		free(*strings[i]);
	strv_release(&k->modules);
	kernel_spec_release(&k->spec);
	if (k->held)
		close(k->held - 1);
	*k = (struct kernel){ 0 };
}

void kernel_spec_copy(struct kernel_spec *to, const struct kernel_spec *from)
{
	struct kernel_spec copy = { .name = xstrdup(from->name),
				    .patches = from->patches,
				    .cc = from->cc ? xstrdup(from->cc) : NULL,
				    .arch = from->arch ? xstrdup(from->arch) : NULL,
				    .layout = from->layout };

	strv_copy(&copy.config, &from->config);
	strv_copy(&copy.series, &from->series);
	*to = copy;
}

void kernel_spec_release(struct kernel_spec *s)
{
	free(s->name);
	free(s->cc);
	free(s->arch);
	strv_release(&s->config);
	strv_release(&s->series);
	*s = (struct kernel_spec){ 0 };
}

static int unknown(const struct runner *r, const char *name, struct error *e)
{
	struct strv names __strv = { 0 };
	struct strbuf text __strbuf = { 0 };

	recipe_list(r->kernels_dir, &names, NULL);
	strv_for_each(&names, it)
		strbuf_addf(&text, "%s, ", *it);
	for (const struct source *const *s = sources; *s; s++)
		strbuf_addf(&text, "%s%s%s", s == sources ? "" : ", ", (*s)->name,
			    (*s)->here ? "" : ":VERSION");
	return error_set(e, EINVAL, "no kernel '%s' (known: %s, or a path to a recipe)", name,
			 strbuf_str(&text));
}

static void replace(char **field, const char *with)
{
	if (!with)
		return;
	free(*field);
	*field = xstrdup(with);
}

/* The recipe that NAME stands for: a source's own, a file's, or one of kernels_dir. */
static int find_recipe(const struct runner *r, const char *name, struct recipe *rc, struct error *e)
{
	char *config_dir __free = xasprintf("%s/config", r->kernels_dir);
	size_t len = strlen(name);
	bool is_path = strchr(name, '/') || (len > 4 && !strcmp(name + len - 4, ".ini"));
	char *path __free = is_path ? xstrdup(name) : xasprintf("%s/%s.ini", r->kernels_dir, name);
	char *folder __free = NULL, *source __free = NULL;
	const char *slash;
	int ret;

	if (source_is_name(name)) {
		recipe_from_source(name, rc);
		return 0;
	}
	if (!*name || !fs_exists(path))
		return unknown(r, name, e);
	ret = recipe_load(path, config_dir, rc, e);
	if (ret < 0)
		return ret;
	slash = strrchr(path, '/');
	folder = slash ? xasprintf("%.*s", (int)(slash - path), path) : xstrdup(".");
	source = source_relative_to(rc->source, folder);
	replace(&rc->source, source);
	return 0;
}

/* The recipe of SPEC's name, with what SPEC has on top of it. */
static int apply_spec(const struct runner *r, const struct kernel_spec *spec, struct recipe *rec,
		      struct error *e)
{
	char *config_dir __free = xasprintf("%s/config", r->kernels_dir);
	int rc = find_recipe(r, spec->name, rec, e);

	if (rc < 0)
		return rc;
	replace(&rec->arch, spec->arch);
	replace(&rec->cc, spec->cc);
	for (size_t i = 0; i < spec->config.n && !rc; i++)
		rc = recipe_add_config(rec, spec->config.v[i], config_dir, ".", e);
	for (size_t i = 0; i < spec->series.n && !rc; i++)
		rc = recipe_add_series(rec, spec->series.v[i], ".", e);
	return rc;
}

/* What a source says of its architecture goes before the recipe's default. */
static int adopt_arch(const struct runner *r, const struct kernel_spec *spec, struct recipe *rec,
		      struct error *e)
{
	const char *own;
	int rc = source_arch(r, rec->source, &own, e);

	if (!rc && own && spec->arch && strcmp(spec->arch, own))
		rc = error_set(e, EINVAL, "%s is for %s, not for %s", rec->source, own, spec->arch);
	if (!rc)
		replace(&rec->arch, own);
	return rc;
}

int resolved_follow(const struct runner *r, const struct kernel_spec *spec, const char *version,
		    struct resolved *v, struct error *e)
{
	const char *asked;
	int rc = apply_spec(r, spec, &v->recipe, e);

	if (rc < 0)
		return rc;
	v->source = source_find(v->recipe.source, &asked, e);
	rc = v->source ? adopt_arch(r, spec, &v->recipe, e) : -EINVAL;
	v->arch = rc ? NULL : arch_find(v->recipe.arch, e);
	if (!v->arch)
		return error_prefix(e, rc ? rc : -EINVAL, "%s",
				    v->recipe.path ? v->recipe.path : v->recipe.name);
	if (v->source->here)
		return 0;
	if (version)
		rc = v->source->resolve(r, v->arch, version, &v->id, e);
	else
		rc = source_resolve_once(r, v->source, v->arch, asked, &v->id, e);
	if (!rc)
		rc = inputs_collect(r, &v->recipe, v->arch, v->source, &v->id, spec->patches,
				    spec->layout, &v->in, e);
	return rc;
}

/* The file that kernel.json names under KEY, as a path; NULL if it names none. */
static char *member(const struct kernel *k, const json_t *j, const char *key)
{
	const char *name = json_string_value(json_object_get(j, key));

	return name ? xasprintf("%s/%s", k->dir, name) : NULL;
}

/* Completes K from its folder, if it is there, and holds that. */
static int load(const struct runner *r, struct kernel *k, struct error *e)
{
	char *dir __free = xasprintf("%s/kernels/%s", r->cache_dir, k->hash);
	char *path __free = xasprintf("%s/kernel.json", dir);
	struct strbuf text __strbuf = { 0 };
	json_t *j __json = NULL;
	int held __close = -1;
	const char *release;
	json_t *it;
	size_t i;
	int rc;

	if (cache_hold(dir, &held, NULL) < 0 || !fs_exists(path))
		return 0;
	rc = fs_read(path, &text, e);
	if (rc < 0)
		return rc;
	j = json_parse(strbuf_str(&text), text.len, NULL);
	release = json_string_value(json_object_get(j, "release"));
	if (!release)
		return 0; /* cut off or written over: whatever else is there is no kernel */
	k->dir = take_ptr(dir);
	k->held = held + 1;
	held = -1;
	if (!k->name)
		cached_restore(j, k);
	k->release = xstrdup(release);
	k->image = member(k, j, "image");
	k->config = member(k, j, "config");
	k->system_map = member(k, j, "system_map");
	k->inputs = xasprintf("%s/inputs.json", k->dir);
	k->code_hash = xstrdup(json_string_value(json_object_get(j, "code_hash")) ?: "");
	k->build_s = json_number_value(json_object_get(j, "build_s"));
	json_array_foreach(json_object_get(j, "modules"), i, it) {
		strv_addf(&k->modules, "%s/%s", k->dir, json_string_value(it));
	}
	k->built = true;
	return 0;
}

/* The way back: as if it had never been built. */
static void unload(struct kernel *k)
{
	char **const strings[] = { &k->release,	   &k->dir,    &k->image,    &k->config,
				   &k->system_map, &k->inputs, &k->code_hash };

	for (size_t i = 0; i < ARRAY_SIZE(strings); i++) {
		free(*strings[i]);
		*strings[i] = NULL;
	}
	strv_release(&k->modules);
	k->modules = (struct strv){ 0 };
	if (k->held)
		close(k->held - 1);
	k->held = 0;
	k->built = false;
}

/* Whether K is in the cache with every byte that it was made with; if not, it counts as not built.
 */
static bool is_whole(const struct runner *r, struct kernel *k, bool tell)
{
	struct error e = { 0 };

	if (!k->built)
		return false;
	if (k->running || kernel_files_check(k->dir, &e) >= 0)
		return true;
	if (tell)
		runner_note(r, "%s: damaged, made again: %s", k->name, e.msg);
	unload(k);
	return false;
}

/* What a word of a spec is called by: without its folders. */
static void add_word(struct strbuf *name, const char *word)
{
	const char *slash = strrchr(word, '/');

	strbuf_addf(name, "+%s", slash ? slash + 1 : word + (*word == '+'));
}

/* The name, and what is different from what that stands for. */
static char *name_of(const struct kernel_spec *spec, const struct recipe *rec)
{
	struct strbuf name = { 0 };

	strbuf_addstr(&name, rec->path ? rec->name : spec->name);
	strv_for_each(&spec->config, it)
		add_word(&name, *it);
	strv_for_each(&spec->series, it)
		add_word(&name, *it);
	if (spec->patches)
		strbuf_addf(&name, "[%u]", spec->patches == KERNEL_NO_PATCHES ? 0 : spec->patches);
	if (spec->cc)
		strbuf_addf(&name, "+%s", spec->cc);
	return strbuf_detach(&name);
}

/* One that is known by its hash. */
static int resolve_cached(const struct runner *r, const struct kernel_spec *spec, struct kernel *k,
			  struct error *e)
{
	char hash[HASH_TEXT];
	int rc = cached_find(r, spec->name, hash, e);

	if (rc < 0)
		return rc;
	if (spec->config.n || spec->series.n || spec->cc || spec->arch || spec->layout)
		return error_set(e, EINVAL,
				 "%s: is built already and takes no config, series, compiler, "
				 "architecture or layouts",
				 spec->name);
	k->hash = xstrdup(hash);
	rc = load(r, k, e);
	if (!rc && !k->built)
		rc = error_set(e, EINVAL, "%s: is no longer in the cache", spec->name);
	return rc;
}

static int resolve_into(const struct runner *r, const struct kernel_spec *spec, struct resolved *v,
			struct kernel *k, struct error *e)
{
	const struct patch_series *series = &v->in.series;
	int rc;

	if (cached_is_prefix(r, spec->name))
		return resolve_cached(r, spec, k, e);
	rc = resolved_follow(r, spec, NULL, v, e);
	if (rc < 0)
		return rc;
	kernel_spec_copy(&k->spec, spec);
	k->name = name_of(spec, &v->recipe);
	k->description = xstrdup(v->recipe.description);
	k->arch = xstrdup(v->recipe.arch);
	k->source = xstrdup(v->recipe.source);
	if (v->source->here) {
		rc = v->source->here(r, v->arch, k, e);
		if (!rc)
			k->group = xstrdup(k->hash);
		return rc;
	}
	k->source_version = xstrdup(v->id.version);
	k->hash = xstrdup(v->in.hash);
	k->group = xstrdup(v->in.group);
	k->cc = v->source->fetch ? xstrdup(v->recipe.cc) : NULL;
	k->n_patches = series->n;
	k->patch = series->n ? xstrdup(series->p[series->n - 1].subject) : NULL;
	return load(r, k, e);
}

int kernel_resolve(const struct runner *r, const struct kernel_spec *spec, struct kernel *k,
		   struct error *e)
{
	struct resolved v __cleanup(resolved_release) = { 0 };
	int rc;

	*k = (struct kernel){ 0 };
	rc = resolve_into(r, spec, &v, k, e);
	if (rc < 0)
		kernel_release(k);
	return rc;
}

int kernel_resolve_name(const struct runner *r, const char *name, struct kernel *k, struct error *e)
{
	struct kernel_spec spec = { .name = (char *)name };

	return kernel_resolve(r, &spec, k, e);
}

int kernel_series(const struct runner *r, const struct kernel_spec *spec, struct patch_series *s,
		  struct error *e)
{
	struct recipe rec = { 0 };
	int rc = apply_spec(r, spec, &rec, e);

	if (!rc)
		rc = patch_series_load(r, &rec.series, s, e);
	recipe_release(&rec);
	return rc;
}

int kernel_patches(const struct runner *r, const struct kernel_spec *spec, struct strv *subjects,
		   struct error *e)
{
	struct patch_series s = { 0 };
	int rc = kernel_series(r, spec, &s, e);

	for (size_t i = 0; i < s.n && !rc; i++)
		strv_add(subjects, s.p[i].subject);
	rc = rc ? rc : (int)s.n;
	patch_series_release(&s);
	return rc;
}

int kernel_try(const struct runner *r, const struct kernel_spec *spec, size_t *good,
	       struct error *e)
{
	struct resolved v __cleanup(resolved_release) = { 0 };
	char *tree __free = NULL;
	int held __close = -1;
	int rc = resolved_follow(r, spec, NULL, &v, e);

	*good = 0;
	if (!rc && !v.source->fetch)
		rc = error_set(e, EINVAL, "%s: is built already and takes no series", spec->name);
	if (!rc)
		rc = v.source->fetch(r, v.arch, &v.id, &tree, e);
	if (!rc)
		rc = cache_hold(tree, &held, e);
	return rc ? rc : series_try(r, tree, &v.in.series, good, e);
}

/*
 * The last two files of the finished kernel that was ASKED for. K's paths are relative to DIR
 * here.
 */
static int write_jsons(const char *dir, const struct resolved *v, const struct kernel *asked,
		       const struct kernel *k, struct error *e)
{
	char *inputs_path __free = xasprintf("%s/inputs.json", dir);
	char *kernel_path __free = xasprintf("%s/kernel.json", dir);
	char *elf __free = xasprintf("%s/" KERNEL_ELF, dir);
	char *image __free = xasprintf("%s/%s", dir, k->image);
	char *config __free = k->config ? xasprintf("%s/%s", dir, k->config) : NULL;
	json_t *modules __json = json_array();
	json_t *j __json = NULL;
	json_t *sums __json = NULL;
	char code[HASH_TEXT], sum[HASH_TEXT];
	char *text __free = NULL;
	char *inputs __free = NULL;
	int rc = image_code_hash(fs_exists(elf) ? elf : image, code, e);

	if (!rc && config)
		rc = hash_file(config, sum, e);
	if (rc < 0)
		return rc;
	if (config)
		json_object_set_new(v->in.record, "final_config_sha256", json_string(sum));
	json_object_set_new(v->in.record, "hash", json_string(v->in.hash));
	inputs = json_line(v->in.record);
	rc = fs_write(inputs_path, inputs, strlen(inputs), e);
	strv_for_each(&k->modules, it)
		json_array_append_new(modules, json_string(*it));
	sums = rc < 0 ? NULL : kernel_files_sums(dir, e);
	if (!sums)
		return -EIO;
	j = json_pack("{s:s, s:s, s:s?, s:s?, s:O, s:f, s:s, s:O}", "release", k->release, "image",
		      k->image, "config", k->config, "system_map", k->system_map, "modules",
		      modules, "build_s", k->build_s, "code_hash", code, "files", sums);
	cached_describe(j, asked);
	text = json_line(j);
	return rc < 0 ? rc : fs_write(kernel_path, text, strlen(text), e);
}

/* A build of the source, which stays where it is meanwhile. */
static int fetch_and_build(const struct runner *r, const struct resolved *v, struct build_job *j,
			   const char *dir, struct build_result *res, struct error *e)
{
	char *tree __free = NULL;
	int held __close = -1;
	int rc = v->source->fetch(r, v->arch, &v->id, &tree, e);

	if (!rc)
		rc = cache_hold(tree, &held, e);
	if (rc < 0)
		return rc;
	cache_used(held);
	j->tree = tree;
	return build_kernel(r, j, dir, res, e);
}

/* Builds with make into DIR; what is there goes into PART, relative to DIR. */
static int build_into(const struct runner *r, const struct resolved *v, const char *name,
		      const char *dir, struct kernel *part, struct error *e)
{
	struct build_result res = { 0 };
	struct build_job j = { .name = name,
			       .arch = v->arch,
			       .key = v->in.objects_key,
			       .tools = &v->in.tools,
			       .config = &v->in.config,
			       .series = &v->in.series,
			       .layout = v->in.layout };
	int rc = fetch_and_build(r, v, &j, dir, &res, e);

	/* the cached tree was damaged and has gone */
	if (rc == -ESTALE)
		rc = fetch_and_build(r, v, &j, dir, &res, e);
	if (!rc)
		rc = kernel_files_series(dir, &v->in.series, e);
	part->release = res.release;
	part->image = xstrdup(arch_image_name(v->arch));
	part->config = xstrdup("config");
	part->system_map = xstrdup("System.map");
	part->build_s = res.seconds;
	return rc;
}

/* Makes the folder of K; its lock is held. */
static int make_kernel(const struct runner *r, const struct resolved *v, const struct kernel *k,
		       struct error *e)
{
	char *final __free = xasprintf("%s/kernels/%s", r->cache_dir, k->hash);
	char *tmp __free = xasprintf("%s/kernels/.tmp-%s", r->cache_dir, k->hash);
	struct kernel part __cleanup(kernel_release) = { 0 };
	double start = now_seconds();
	int rc = fs_remove_tree(tmp, e); /* what a killed build left */

	if (!rc)
		rc = fs_mkdirs(tmp, e);
	if (!rc && v->source->fill) {
		rc = v->source->fill(r, v->arch, &v->id, tmp, &part, e);
		part.build_s = now_seconds() - start;
	} else if (!rc) {
		rc = build_into(r, v, k->name, tmp, &part, e);
	}
	if (!rc)
		rc = write_jsons(tmp, v, k, &part, e);
	if (!rc)
		rc = fs_remove_tree(final, e); /* without its kernel.json it is no kernel */
	if (!rc && rename(tmp, final) < 0)
		rc = error_sys(e, errno, "%s", final);
	if (rc < 0)
		fs_remove_tree(tmp, NULL);
	return rc;
}

static int make_locked(const struct runner *r, struct kernel *k, struct error *e)
{
	struct resolved v __cleanup(resolved_release) = { 0 };
	char *lock_name __free = xasprintf("kernel-%s", k->hash);
	int lock __lock = -1;
	int rc = lock_take(r, lock_name, &lock, e);

	if (!rc)
		rc = load(r, k, e); /* whoever had the lock may have made it */
	if (rc < 0 || is_whole(r, k, false))
		return rc;
	build_sweep(r);
	rc = resolved_follow(r, &k->spec, k->source_version, &v, e);
	if (rc < 0)
		return rc;
	if (strcmp(v.in.hash, k->hash))
		return error_set(e, ESTALE, "what it is made of has changed since; name it anew");
	rc = make_kernel(r, &v, k, e);
	return rc < 0 ? rc : load(r, k, e);
}

int kernel_build(const struct runner *r, struct kernel *k, const struct kernel *base,
		 struct error *e)
{
	int rc = 0;

	if (!is_whole(r, k, true)) {
		rc = make_locked(r, k, e);
		k->made = !rc;
	}
	if (rc == -ENOSPC)
		return error_suffix(e, rc, GC_MAKES_ROOM);
	if (rc < 0)
		return rc;
	if (k->held)
		cache_used(k->held - 1);
	if (base && strcmp(base->hash, k->hash) && base->code_hash && k->code_hash &&
	    *k->code_hash && !strcmp(base->code_hash, k->code_hash))
		return error_set(e, EEXIST,
				 "the same code as %s: its series or configuration "
				 "changes nothing that is built",
				 base->name);
	return 0;
}

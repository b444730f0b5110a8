// SPDX-License-Identifier: GPL-2.0-or-later
/* Building kernels; see build.h. All of it runs under the lock "build-work". */
#include <dirent.h>
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
#include "runner/config.h"
#include "runner/layout.h"
#include "runner/lock.h"
#include "runner/make.h"
#include "runner/manifest.h"
#include "runner/objects.h"
#include "runner/room.h"
#include "runner/work.h"

/* Counted on 7.3 with the fragments of kernels/config; the object trees say it better. */
#define FULL_STEPS   1660.0
#define SERIES_STEPS 45.0
/* A full object tree takes 170 MiB, twice, the linked source's folders 40. */
#define BUILD_BYTES (700ull << 20)
/* Beyond so many files that are different, starting afresh is no slower. */
#define NEAR_FILES 2000
/* Comparing two trees takes seconds; a candidate that was not used for long is none. */
#define NEAR_TRIES 3

struct build {
	const struct runner *r;
	const struct build_job *j;
	struct work w;
	struct objects objs; /* what the job's are */
	bool made;	     /* the image in the tree is that of its sources */
};

static void build_init(struct build *b, const struct runner *r, const struct build_job *j)
{
	*b = (struct build){ .r = r, .j = j };
	work_init(&b->w, r, j);
	objects_of(r, j, &b->objs);
}

static void build_release(struct build *b)
{
	work_release(&b->w);
	objects_release(&b->objs);
}

static int run_make(const struct build *b, const char *target, const char *assignment,
		    double expected_steps, double *steps, struct error *e)
{
	struct make_run m = { .name = b->j->name,
			      .arch = b->j->arch,
			      .tools = b->j->tools,
			      .src = b->w.src,
			      .obj = b->w.obj,
			      .log = b->w.log,
			      .expected_steps = expected_steps };
	int rc = make_run(b->r, &m, target, assignment, e);

	if (steps)
		*steps = m.steps;
	return rc;
}

static int make_image(const struct build *b, double expected_steps, double *steps, struct error *e)
{
	return run_make(b, b->j->arch->make_target, NULL, expected_steps, steps, e);
}

static int configure(const struct build *b, struct error *e)
{
	const bool full = b->j->config->full != NULL;
	char *asked __free = full ? xasprintf("%s/.config", b->w.obj)
				  : xasprintf("%s/fragments.config", b->w.dir);
	char *assign __free = full ? NULL : xasprintf("KCONFIG_ALLCONFIG=%s", asked);
	struct strbuf text __strbuf = { 0 };
	int rc = fs_mkdirs(b->w.obj, e);

	runner_progress(b->r, "build", 0, 0, -1, b->w.log, "%s: configure", b->j->name);
	if (!rc)
		rc = config_plan_text(b->j->config, &text, e);
	if (!rc)
		rc = fs_write(asked, strbuf_str(&text), text.len, e);
	if (rc < 0)
		return rc;
	return run_make(b, full ? "olddefconfig" : "allnoconfig", assign, 0, NULL, e);
}

/* Whether the configuration in the object tree OBJ holds all that is asked for. */
static int check_config(const struct build *b, const char *obj, struct error *e)
{
	char *final __free = xasprintf("%s/.config", obj);
	struct strbuf text __strbuf = { 0 };
	int rc = fs_read(final, &text, e);

	if (rc < 0)
		return rc;
	return config_verify(&b->j->config->wants, b->w.src, b->j->arch->make_arch,
			     strbuf_str(&text), e);
}

/* What a person should know of a whole .config that was made fit for this source. */
static void remark(const struct build *b)
{
	const struct config_plan *p = b->j->config;
	char *path __free = xasprintf("%s/.config", b->w.obj);
	struct strbuf full __strbuf = { 0 }, final __strbuf = { 0 };
	char *lost __free = NULL;

	if (!p->full || fs_read(p->full, &full, NULL) < 0 || fs_read(path, &final, NULL) < 0)
		return;
	strv_for_each(&p->remarks, it)
		runner_note(b->r, "%s: %s", b->j->name, *it);
	lost = config_lost(p, strbuf_str(&full), strbuf_str(&final));
	if (lost)
		runner_note(b->r, "%s: %s", b->j->name, lost);
}

/*
 * Minutes of building are not spent on a series that does not apply or configure. Without a
 * series, the configuration alone is tried: it stays.
 */
static int preflight(const struct build *b, struct error *e)
{
	bool plain;
	int rc = work_patch(&b->w, 0, &plain, e);

	if (!rc)
		rc = configure(b, e);
	if (!rc)
		rc = check_config(b, b->w.obj, e);
	if (!rc)
		remark(b);
	if (rc < 0 || !b->j->series->n)
		return rc;
	rc = work_unpatch(&b->w, e);
	return rc < 0 ? rc : configure(b, e);
}

/* Of the object trees that may be near, the one with the fewest other files; -1: none. */
static int pick_near(const struct build *b, const struct objects *near, size_t n,
		     struct tree_diff *best)
{
	int picked = -1, tries = 0;

	for (size_t i = 0; i < n && tries < NEAR_TRIES && !runner_cancelled(b->r); i++) {
		struct tree_diff d = { 0 };
		size_t most = picked < 0 ? NEAR_FILES : best->changed.n + best->added.n;

		runner_progress(b->r, "build", 0, 0, -1, b->w.log, "%s: compare with %s",
				b->j->name, near[i].key);
		tries++;
		if (tree_diff(b->r, near[i].tree, b->j->tree, most, &d, NULL) < 0)
			continue;
		tree_diff_release(best);
		*best = d;
		picked = (int)i;
		if (!d.changed.n && !d.added.n)
			break;
	}
	return picked;
}

/* 1 if the tree is that of objects that are nearly the job's, with the job's source; 0 if not. */
static int start_near(const struct build *b, struct error *e)
{
	struct tree_diff d __cleanup(tree_diff_release) = { 0 };
	struct objects *near = NULL;
	int held __close = -1, tree_held __close = -1;
	size_t n = 0;
	int picked, rc = 0;

	objects_near(b->r, &b->objs, &near, &n);
	picked = pick_near(b, near, n, &d);
	if (picked >= 0 && !cache_hold(near[picked].tree, &tree_held, NULL) &&
	    manifest_check(near[picked].tree, NULL) != -EBADMSG &&
	    objects_usable(b->r, &near[picked], &held)) {
		runner_progress(b->r, "build", 0, 0, -1, b->w.log,
				"%s: start from %s, %zu files are different", b->j->name,
				near[picked].key, d.changed.n + d.added.n + d.gone.n);
		rc = work_lay_out(&b->w, near[picked].tree, e);
		if (!rc)
			rc = work_take_objects(&b->w, near[picked].dir, e);
		if (!rc)
			rc = work_follow(&b->w, &d, e);
		rc = rc < 0 ? rc : 1;
	}
	for (size_t i = 0; i < n; i++)
		objects_release(&near[i]);
	free(near);
	return rc;
}

/* Keeps a copy of the objects in the tree as those of the key. */
static int keep_objects(const struct build *b, struct error *e)
{
	char *folder __free = xasprintf("%s/build/%s", b->r->cache_dir, b->j->key);
	char *tmp __free = xasprintf("%s/.tmp-obj", folder);
	int rc = fs_mkdirs(folder, e);

	if (!rc)
		rc = fs_remove_tree(tmp, e);
	if (!rc)
		rc = work_copy(&b->w, "-a", b->w.obj, tmp, e);
	if (!rc)
		rc = objects_seal(&b->objs, tmp, e);
	if (!rc)
		rc = fs_remove_tree(b->objs.dir, e);
	if (!rc && rename(tmp, b->objs.dir) < 0)
		rc = error_sys(e, errno, "%s", b->objs.dir);
	return rc;
}

/* Objects of the source as it is; the tree is theirs afterwards. */
static int make_objects(struct build *b, struct error *e)
{
	const double known = objects_steps(b->r);
	double steps = known > 0 ? known : FULL_STEPS;
	int near = start_near(b, e);
	int rc = near < 0 ? near : 0;

	if (!near)
		rc = work_lay_out(&b->w, b->j->tree, e);
	if (!rc)
		rc = preflight(b, e);
	if (!rc)
		rc = make_image(b, near > 0 ? steps / 4 : steps, &b->objs.steps, e);
	/* the count is of a full build: it tells the next one how long it takes */
	if (b->objs.steps < steps && near > 0)
		b->objs.steps = steps;
	b->made = !rc;
	return rc < 0 ? rc : keep_objects(b, e);
}

/* Gets the tree to something that the job is made from; S says what it is. */
static int start(struct build *b, struct work_state *s, struct error *e)
{
	int held __close = -1;
	int rc;

	if (work_is_warm(&b->w, s))
		return work_begin(&b->w, e);
	*s = (struct work_state){ 0 };
	rc = work_begin(&b->w, e);
	if (rc < 0 || !objects_usable(b->r, &b->objs, &held))
		return rc < 0 ? rc : make_objects(b, e);
	runner_progress(b->r, "build", 0, SERIES_STEPS, -1, b->w.log, "%s: copy objects",
			b->j->name);
	rc = work_lay_out(&b->w, b->j->tree, e);
	return rc < 0 ? rc : work_take_objects(&b->w, b->objs.dir, e);
}

/* From state S to the job: what is missing of its patches, then its layout. */
static int finish(const struct build *b, const struct work_state *s, struct error *e)
{
	const bool more = b->j->series->n > s->patches;
	const bool layout = b->j->layout != s->layout || (more && b->j->layout);
	bool plain;
	int rc;

	if (more)
		runner_progress(b->r, "build", 0, SERIES_STEPS, -1, b->w.log, "%s: patch",
				b->j->name);
	rc = work_patch(&b->w, s->patches, &plain, e);
	if (!rc && !plain)
		rc = configure(b, e);
	if (!rc)
		rc = check_config(b, b->w.obj, e);
	/* the order of objects is only known when all are there */
	if (!rc && (more || (!layout && !b->made)))
		rc = make_image(b, SERIES_STEPS, NULL, e);
	if (!rc && layout)
		rc = layout_apply(b->w.src, b->w.obj, b->j->arch, b->j->layout, e);
	return rc < 0 || !layout ? rc : make_image(b, SERIES_STEPS, NULL, e);
}

/* What is kept of the object tree. */
static int take_results(const struct build *b, const char *out, struct build_result *res,
			struct error *e)
{
	char *release_path __free = xasprintf("%s/include/config/kernel.release", b->w.obj);
	const char *const names[][2] = { { "vmlinux", KERNEL_ELF },
					 { b->j->arch->image, arch_image_name(b->j->arch) },
					 { "System.map", "System.map" },
					 { ".config", "config" } };
	struct strbuf release __strbuf = { 0 };
	int rc = fs_read(release_path, &release, e);

	for (size_t i = 0; !rc && i < ARRAY_SIZE(names); i++) {
		char *src __free = xasprintf("%s/%s", b->w.obj, names[i][0]);
		char *dst __free = xasprintf("%s/%s", out, names[i][1]);

		rc = work_copy(&b->w, "-a", src, dst, e);
	}
	if (!rc)
		res->release = xstrdup(str_trim(release.buf));
	return rc;
}

/* The shared tree as it was fetched? One that is not goes, for the caller to fetch again. */
static int check_source(const struct build *b, struct error *e)
{
	char *dir __free = xasprintf("%s/src/", b->r->cache_dir);
	const char *name = b->j->tree + strlen(dir);
	char *aside __free = NULL;
	int rc;

	if (strncmp(b->j->tree, dir, strlen(dir)))
		return 0; /* not the cache's */
	rc = manifest_check(b->j->tree, e);
	if (rc == -ENOENT)
		return manifest_seal(b->j->tree, e);
	if (rc != -EBADMSG)
		return rc;
	runner_note(b->r, "%s; removed, and fetched again", e->msg);
	aside = xasprintf("%s.tmp-%s", dir, name);
	rc = fs_remove_tree(aside, e);
	if (!rc && rename(b->j->tree, aside) < 0)
		rc = error_sys(e, errno, "%s", b->j->tree);
	if (!rc)
		rc = fs_remove_tree(aside, e);
	return rc < 0 ? rc : error_set(e, ESTALE, "%s: changed in the meantime", b->j->tree);
}

/* make would say so itself, at length. */
static int check_folder(const struct runner *r, struct error *e)
{
	if (!strpbrk(r->cache_dir, " \t:"))
		return 0;
	return error_set(e, EINVAL,
			 "%s: kernels cannot be built below a folder with a blank or ':' in its "
			 "name: set FOLIOBENCH_CACHE to another one",
			 r->cache_dir);
}

static int build_locked(struct build *b, const char *out, struct build_result *res, struct error *e)
{
	struct work_state s = { 0 };
	int rc = check_folder(b->r, e);

	if (!rc)
		rc = room_check(b->r, BUILD_BYTES, "building a kernel", e);
	if (!rc)
		rc = toolchain_check(b->r, b->j->tools, b->j->arch, b->j->tree, e);
	if (!rc)
		rc = check_source(b, e);
	if (!rc)
		rc = start(b, &s, e);
	if (!rc)
		rc = finish(b, &s, e);
	if (!rc)
		rc = take_results(b, out, res, e);
	return rc < 0 ? rc : work_keep(&b->w, e);
}

int build_kernel(const struct runner *r, const struct build_job *j, const char *out,
		 struct build_result *res, struct error *e)
{
	char *lock_name __free = xasprintf("build-%s", j->key);
	struct build b __cleanup(build_release) = { 0 };
	int work __lock = -1;
	int lock __lock = -1;
	double start;
	int rc;

	build_init(&b, r, j);
	rc = lock_wait(r, BUILD_LOCK, "builds a kernel in this cache", &work, e);
	if (!rc)
		rc = lock_take(r, lock_name, &lock, e);
	if (rc < 0)
		return rc;
	start = now_seconds();
	rc = build_locked(&b, out, res, e);
	/* whatever a build that failed has left is nothing to start from */
	if (rc < 0 && rc != -ECANCELED)
		work_clear(&b.w, NULL);
	res->seconds = now_seconds() - start;
	return rc;
}

/* A tree of its own under B->w, without objects. */
static int config_tree(struct build *b, struct error *e)
{
	bool plain;
	int rc;

	if (!b->j->series->n) {
		/* make with O= writes nothing to it */
		free(b->w.src);
		b->w.src = xstrdup(b->j->tree);
		return fs_mkdirs(b->w.obj, e);
	}
	rc = work_lay_out(&b->w, b->j->tree, e);
	if (!rc)
		rc = work_patch(&b->w, 0, &plain, e);
	return rc < 0 ? rc : fs_mkdirs(b->w.obj, e);
}

int build_config(const struct runner *r, const struct build_job *j, struct strbuf *out,
		 struct error *e)
{
	struct build b __cleanup(build_release) = { 0 };
	char *final __free = NULL;
	int lock __lock = -1;
	int rc;

	build_init(&b, r, j);
	work_move(&b.w, "config");
	final = xasprintf("%s/.config", b.w.obj);
	rc = lock_take(r, "build-config", &lock, e);
	if (rc < 0)
		return rc;
	rc = fs_remove_tree(b.w.dir, e); /* what a killed one left */
	if (!rc)
		rc = toolchain_check(r, j->tools, j->arch, j->tree, e);
	if (!rc)
		rc = config_tree(&b, e);
	if (!rc)
		rc = configure(&b, e);
	if (!rc)
		rc = check_config(&b, b.w.obj, e);
	if (!rc)
		rc = fs_read(final, out, e);
	if (!rc)
		remark(&b);
	fs_remove_tree(b.w.dir, NULL);
	return rc;
}

void build_sweep(const struct runner *r)
{
	char *dir __free = xasprintf("%s/build", r->cache_dir);
	char *state __free = xasprintf("%s/work/state.json", dir);
	DIR *d __closedir = opendir(dir);
	int lock __lock = -1;
	struct dirent *de;

	if (!d || lock_try(r, BUILD_LOCK, &lock, NULL) < 0)
		return;
	while ((de = readdir(d))) {
		char *left __free = xasprintf("%s/%s/.tmp-obj", dir, de->d_name);
		char *work __free = xasprintf("%s/%s", dir, de->d_name);

		if (!strcmp(de->d_name, "work") && !fs_exists(state))
			fs_remove_tree(work, NULL);
		else if (de->d_name[0] != '.')
			fs_remove_tree(left, NULL);
	}
}

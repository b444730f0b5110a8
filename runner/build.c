// SPDX-License-Identifier: GPL-2.0-or-later
/* Building kernels; see build.h. All of it runs under the lock "build-KEY". */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/cleanup.h"
#include "lib/fs.h"
#include "lib/json.h"
#include "lib/spawn.h"
#include "lib/units.h"
#include "runner/build.h"
#include "runner/config.h"
#include "runner/lock.h"
#include "runner/make.h"
#include "runner/patch.h"
#include "runner/room.h"

/* Counted on 7.3 with the fragments of kernels/config; the object tree says it better. */
#define FULL_STEPS   1660.0
#define SERIES_STEPS 45.0
/* A full object tree takes 170 MiB, the linked source's folders 40. */
#define BUILD_BYTES (600ull << 20)
/* Written into the object tree when it is complete. */
#define STAMP ".foliobench.json"

struct build {
	const struct runner *r;
	const struct build_job *j;
	char *top, *objs, *work, *src, *obj, *log;
};

static void build_init(struct build *b, const struct runner *r, const struct build_job *j)
{
	*b = (struct build){ .r = r, .j = j };
	b->top = xasprintf("%s/build/%s", r->cache_dir, j->key);
	b->objs = xasprintf("%s/obj", b->top);
	b->work = xasprintf("%s/work", b->top);
	b->src = xasprintf("%s/src", b->work);
	b->obj = xasprintf("%s/obj", b->src);
	b->log = xasprintf("%s/build-%s.log", r->log_dir, j->name);
	for (char *p = b->log + strlen(r->log_dir) + 1; *p; p++) {
		if (*p == '/' || *p == ':')
			*p = '-';
	}
}

static void build_release(struct build *b)
{
	free(b->top);
	free(b->objs);
	free(b->work);
	free(b->src);
	free(b->obj);
	free(b->log);
}

/* cp, with MODE one of its options: -al links, -a copies and keeps times. */
static int copy_tree(const struct build *b, const char *mode, const char *from, const char *to,
		     struct error *e)
{
	struct strv argv __strv = { 0 };
	struct spawn s = { .argv = &argv, .log_path = b->log, .cancel = b->r->cancel };
	int rc;

	strv_add(&argv, "cp");
	strv_add(&argv, mode);
	if (!strcmp(mode, "-a"))
		strv_add(&argv, "--reflink=auto");
	strv_add(&argv, "-T");
	strv_add(&argv, from);
	strv_add(&argv, to);
	rc = spawn_run(&s, e);
	if (rc == -ECHILD && strstr(e->msg, "No space left"))
		rc = -ENOSPC;
	return rc < 0 ? error_prefix(e, rc, "copy %s", from) : 0;
}

static int clear_work(const struct build *b, struct error *e)
{
	int rc = fs_remove_tree(b->work, e);

	rmdir(b->top); /* goes only if it is empty: no objects either */
	return rc;
}

/* The source as hard links, nothing else. */
static int lay_out(const struct build *b, struct error *e)
{
	int rc = clear_work(b, e);

	if (!rc)
		rc = fs_mkdirs(b->work, e);
	if (!rc)
		rc = copy_tree(b, "-al", b->j->tree, b->src, e);
	return rc;
}

static int apply_series(const struct build *b, struct error *e)
{
	int rc = 0;

	for (size_t i = 0; i < b->j->series->n && !rc; i++)
		rc = patch_apply(b->r, b->src, &b->j->series->p[i], e);
	return rc;
}

/* Writes obj/.config from the fragments; with CHECK, it must hold all they ask for. */
static int configure(const struct build *b, bool check, struct error *e)
{
	char *asked __free = xasprintf("%s/fragments.config", b->work);
	char *assign __free = xasprintf("KCONFIG_ALLCONFIG=%s", asked);
	char *final __free = xasprintf("%s/.config", b->obj);
	struct make_run m = {
		.name = b->j->name, .arch = b->j->arch, .src = b->src, .obj = b->obj, .log = b->log
	};
	struct strbuf text __strbuf = { 0 };
	int rc = fs_mkdirs(b->obj, e);

	config_wants_format(&b->j->config->wants, &text);
	if (!rc)
		rc = fs_write(asked, strbuf_str(&text), text.len, e);
	if (!rc)
		rc = make_run(b->r, &m, "allnoconfig", assign, e);
	if (rc < 0 || !check)
		return rc;
	strbuf_reset(&text);
	rc = fs_read(final, &text, e);
	if (!rc)
		rc = config_check(&b->j->config->wants, strbuf_str(&text), e);
	return rc;
}

/* How many steps the complete object tree took. */
static double known_steps(const struct build *b)
{
	char *path __free = xasprintf("%s/%s", b->objs, STAMP);
	struct strbuf text __strbuf = { 0 };
	json_t *j __json = NULL;

	if (!fs_exists(path) || fs_read(path, &text, NULL) < 0)
		return 0;
	j = json_parse(strbuf_str(&text), text.len, NULL);
	return j ? json_number_value(json_object_get(j, "steps")) : 0;
}

/* Any other complete object tree: its count is better than a constant. */
static double expected_steps(const struct build *b)
{
	char *dir __free = xasprintf("%s/build", b->r->cache_dir);
	DIR *d __closedir = opendir(dir);
	struct dirent *de;
	double steps = 0;

	while (d && steps <= 0 && (de = readdir(d))) {
		struct build other = { .objs = xasprintf("%s/%s/obj", dir, de->d_name) };

		steps = known_steps(&other);
		free(other.objs);
	}
	return steps > 0 ? steps : FULL_STEPS;
}

/* Objects of the source as it is. The configuration is checked by whose kernel it is. */
static int build_objects(const struct build *b, struct error *e)
{
	char *stamp __free = xasprintf("%s/%s", b->obj, STAMP);
	struct make_run m = {
		.name = b->j->name, .arch = b->j->arch, .src = b->src, .obj = b->obj, .log = b->log
	};
	char *text __free = NULL;
	json_t *j __json = NULL;
	int rc;

	m.expected_steps = expected_steps(b);
	runner_progress(b->r, "build", 0, m.expected_steps, -1, b->log, "%s: configure",
			b->j->name);
	rc = lay_out(b, e);
	if (!rc)
		rc = configure(b, !b->j->series->n, e);
	if (!rc)
		rc = make_run(b->r, &m, b->j->arch->make_target, NULL, e);
	if (rc < 0)
		return rc;
	j = json_pack("{s:f}", "steps", m.steps);
	text = json_line(j);
	rc = fs_write(stamp, text, strlen(text), e);
	if (!rc && rename(b->obj, b->objs) < 0)
		rc = error_sys(e, errno, "%s", b->objs);
	return rc;
}

/* The series on a copy of these objects. */
static int build_series(const struct build *b, struct error *e)
{
	struct make_run m = { .name = b->j->name,
			      .arch = b->j->arch,
			      .src = b->src,
			      .obj = b->obj,
			      .log = b->log,
			      .expected_steps = SERIES_STEPS };
	int rc;

	runner_progress(b->r, "build", 0, m.expected_steps, -1, b->log, "%s: patch", b->j->name);
	rc = lay_out(b, e);
	if (!rc)
		rc = copy_tree(b, "-a", b->objs, b->obj, e);
	if (!rc)
		rc = apply_series(b, e);
	if (!rc)
		rc = configure(b, true, e);
	if (!rc)
		rc = make_run(b->r, &m, b->j->arch->make_target, NULL, e);
	return rc;
}

/* Minutes of building are not spent on a series that does not apply or configure. */
static int preflight(const struct build *b, struct error *e)
{
	int rc = lay_out(b, e);

	if (!rc)
		rc = apply_series(b, e);
	if (!rc)
		rc = configure(b, true, e);
	return rc;
}

/* What is kept of the object tree FROM. */
static int take_results(const struct build *b, const char *from, const char *out,
			struct build_result *res, struct error *e)
{
	char *release_path __free = xasprintf("%s/include/config/kernel.release", from);
	const char *const names[][2] = { { "vmlinux", KERNEL_ELF },
					 { b->j->arch->image, arch_image_name(b->j->arch) },
					 { "System.map", "System.map" },
					 { ".config", "config" } };
	struct strbuf release __strbuf = { 0 };
	int rc = fs_read(release_path, &release, e);

	for (size_t i = 0; !rc && i < ARRAY_SIZE(names); i++) {
		char *src __free = xasprintf("%s/%s", from, names[i][0]);
		char *dst __free = xasprintf("%s/%s", out, names[i][1]);

		/* x86's boot image is the ELF file itself */
		if (!i || strcmp(names[i][0], names[0][0]))
			rc = copy_tree(b, "-a", src, dst, e);
	}
	if (!rc)
		res->release = xstrdup(str_trim(release.buf));
	return rc;
}

/* A kernel without series is the objects' own; is what its fragments ask for in it? */
static int check_objects(const struct build *b, struct error *e)
{
	char *final __free = xasprintf("%s/.config", b->objs);
	struct strbuf text __strbuf = { 0 };
	int rc = fs_read(final, &text, e);

	return rc < 0 ? rc : config_check(&b->j->config->wants, strbuf_str(&text), e);
}

static int build_locked(const struct build *b, const char *out, struct build_result *res,
			struct error *e)
{
	const bool patched = b->j->series->n > 0;
	int rc = room_check(b->r, BUILD_BYTES, "building a kernel", e);

	if (!rc && !fs_exists(b->objs)) {
		if (patched)
			rc = preflight(b, e);
		if (!rc)
			rc = build_objects(b, e);
	}
	if (!rc)
		rc = patched ? build_series(b, e) : check_objects(b, e);
	if (!rc)
		rc = take_results(b, patched ? b->obj : b->objs, out, res, e);
	return rc;
}

int build_kernel(const struct runner *r, const struct build_job *j, const char *out,
		 struct build_result *res, struct error *e)
{
	char *lock_name __free = xasprintf("build-%s", j->key);
	struct build b __cleanup(build_release) = { 0 };
	int lock __lock = -1;
	double start;
	int rc;

	build_init(&b, r, j);
	rc = lock_take(r, lock_name, &lock, e);
	if (rc < 0)
		return rc;
	start = now_seconds();
	rc = build_locked(&b, out, res, e);
	clear_work(&b, NULL);
	res->seconds = now_seconds() - start;
	return rc;
}

void build_sweep(const struct runner *r)
{
	char *dir __free = xasprintf("%s/build", r->cache_dir);
	DIR *d __closedir = opendir(dir);
	struct dirent *de;

	while (d && (de = readdir(d))) {
		char *work __free = xasprintf("%s/%s/work", dir, de->d_name);
		char *name __free = xasprintf("build-%s", de->d_name);
		int lock __lock = -1;

		if (de->d_name[0] != '.' && fs_exists(work) && !lock_try(r, name, &lock, NULL))
			fs_remove_tree(work, NULL);
	}
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* One kernel for each patch of a series; see each_patch.h. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/each_patch.h"
#include "cli/measure.h"
#include "lib/cleanup.h"
#include "lib/units.h"
#include "runner/git.h"

/* The two ends of the series. */
struct ends {
	struct kernel_spec base, patched;
	size_t n_base, n_patched; /* patches that they have */
};

static void ends_release(struct ends *x)
{
	kernel_spec_release(&x->base);
	kernel_spec_release(&x->patched);
}

/* "git:PATH@REV" in its parts, both for the caller to free; false for other names. */
static bool split_git(const char *name, char **path, char **rev)
{
	*path = *rev = NULL;
	if (strncmp(name, "git:", 4) != 0)
		return false;
	if (name[4] == '@') { /* here */
		*path = xstrdup(".");
		*rev = xstrdup(name + 5);
	} else if (git_split(name + 4, path, rev, NULL)) {
		return false; /* what is wrong with it is said when it is resolved */
	}
	if (!*rev || !**rev) {
		free(*rev);
		*rev = xstrdup("HEAD");
	}
	return true;
}

/* Only then do the commits between the two add up to the later one. */
static int check_ancestor(const struct runner *r, const char *path, const char *a, const char *b,
			  struct error *e)
{
	struct git_repo g __cleanup(git_release) = { 0 };
	struct error why;
	struct git_at at = { 0 };
	int rc = git_open(r, path, &g, e);

	if (rc)
		return rc;
	at.git_dir = g.git_dir;
	rc = git_run(r, &at, NULL, &why, "merge-base", "--is-ancestor", a, b, NULL);
	if (rc == -ECHILD && strstr(why.msg, "exited 1"))
		return error_set(e, EINVAL,
				 "--each-patch: %s is no ancestor of %s in %s: the commits between "
				 "them do not lead from the one to the other (git merge-base %s %s "
				 "has where they part)",
				 a, b, path, a, b);
	return 0; /* a revision that there is not is said when it is resolved */
}

/* Two revisions of one repository: the commits between them are the series. */
static int git_range(const struct runner *r, struct ends *x, struct error *e)
{
	char *path_a __free = NULL, *rev_a __free = NULL, *path_b __free = NULL;
	char *rev_b __free = NULL;
	int rc;

	if (x->base.series.n || x->patched.series.n || !split_git(x->base.name, &path_a, &rev_a) ||
	    !split_git(x->patched.name, &path_b, &rev_b) || strcmp(path_a, path_b) ||
	    !strcmp(rev_a, rev_b))
		return 0;
	rc = check_ancestor(r, path_a, rev_a, rev_b, e);
	if (rc)
		return rc;
	strv_addf(&x->patched.series, "git:%s@%s..%s", path_a, rev_a, rev_b);
	free(x->patched.name);
	x->patched.name = xstrdup(x->base.name);
	return 0;
}

/* Of a single kernel the base is what it is without --series, or without its recipe's. */
static int find_ends(const struct runner *r, const struct kernel_words *w, struct ends *x,
		     struct error *e)
{
	kernel_spec_copy(&x->base, &w->v[0]);
	kernel_spec_copy(&x->patched, &w->v[w->n - 1]);
	if (w->n == 1 && x->base.series.n)
		strv_release(&x->base.series);
	else if (w->n == 1)
		x->base.patches = KERNEL_NO_PATCHES;
	return git_range(r, x, e);
}

static int count_patches(const struct runner *r, const struct kernel_spec *spec, size_t *n,
			 struct strv *subjects, struct error *e)
{
	int rc = kernel_patches(r, spec, subjects, e);

	if (rc < 0)
		return error_prefix(e, rc, "kernel %s", spec->name);
	*n = spec->patches == KERNEL_NO_PATCHES			 ? 0
	     : spec->patches && spec->patches < (unsigned int)rc ? spec->patches
								 : (size_t)rc;
	return 0;
}

/* The subjects are those of the patches that the base does not have. */
static int count_ends(const struct runner *r, struct ends *x, struct strv *subjects,
		      struct error *e)
{
	struct strv ignored __strv = { 0 }, all __strv = { 0 };
	int rc = count_patches(r, &x->base, &x->n_base, &ignored, e);

	if (!rc)
		rc = count_patches(r, &x->patched, &x->n_patched, &all, e);
	if (rc)
		return rc;
	if (!x->n_patched)
		return error_set(e, EINVAL,
				 "--each-patch: %s has no patches: wants a series (--series, or "
				 "a recipe that has one)",
				 x->patched.name);
	if (x->n_patched <= x->n_base)
		return error_set(e, EINVAL,
				 "--each-patch: %s has no more patches (%zu) than %s (%zu)",
				 x->patched.name, x->n_patched, x->base.name, x->n_base);
	if (x->n_patched - x->n_base >= KERNELS_MAX)
		return error_set(e, EINVAL, "--each-patch: %zu patches are more than %d kernels",
				 x->n_patched - x->n_base, KERNELS_MAX - 1);
	for (size_t i = x->n_base; i < x->n_patched; i++)
		strv_add(subjects, all.v[i]);
	return 0;
}

static const char *or_none(const char *text)
{
	return text ? text : "none";
}

/* What is different, of a base and of what the patched kernel is without the series. */
static int not_the_base(const struct kernel *base, const struct kernel *bare, const struct ends *x,
			struct error *e)
{
	const struct {
		const char *what, *a, *b;
	} fields[] = {
		{ "architectures", base->arch, bare->arch },
		{ "sources", base->source, bare->source },
		{ "versions", base->source_version, bare->source_version },
		{ "compilers", base->cc, bare->cc },
	};

	for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
		const char *a = or_none(fields[i].a), *b = or_none(fields[i].b);

		if (strcmp(a, b) != 0 && strcmp(fields[i].what, "sources") != 0)
			return error_set(e, EINVAL,
					 "--each-patch wants kernels that differ in patches only; "
					 "%s and %s have different %s (%s and %s)",
					 base->name, x->patched.name, fields[i].what, a, b);
	}
	return error_set(e, EINVAL,
			 "--each-patch wants kernels that differ in patches only; %s is not %s "
			 "without its last %zu patches: other %s (--config is of both kernels)",
			 base->name, x->patched.name, x->n_patched - x->n_base,
			 x->n_base ? "first patches, or another configuration or source"
				   : "configuration or source");
}

/* With N of its patches, counted from its own first one. */
static int resolve_at(const struct runner *r, const struct ends *x, size_t n, struct kernel *k,
		      struct error *e)
{
	struct kernel_spec spec __cleanup(kernel_spec_release) = { 0 };

	kernel_spec_copy(&spec, &x->patched);
	spec.patches = n ? (unsigned int)n : KERNEL_NO_PATCHES;
	return kernel_resolve(r, &spec, k, e);
}

static int check_base(const struct runner *r, const struct ends *x, const struct kernel *base,
		      struct error *e)
{
	struct kernel bare __cleanup(kernel_release) = { 0 };
	int rc = resolve_at(r, x, x->n_base, &bare, e);

	if (rc)
		return error_prefix(e, rc, "kernel %s", x->patched.name);
	return strcmp(bare.group, base->group) ? not_the_base(base, &bare, x, e) : 0;
}

/* Finds all kernels before anything is built. */
static int resolve_all(const struct runner *r, const struct ends *x, struct each_patch *out,
		       struct error *e)
{
	size_t n = x->n_patched - x->n_base + 1;
	int rc;

	out->k = xcalloc(n, sizeof(*out->k));
	out->same_as = xcalloc(n, sizeof(*out->same_as));
	out->cached = xcalloc(n, sizeof(*out->cached));
	rc = kernel_resolve(r, &x->base, &out->k[0], e);
	if (rc)
		return error_prefix(e, rc, "kernel %s", x->base.name);
	for (out->n = 1; out->n < n; out->n++) {
		rc = resolve_at(r, x, x->n_base + out->n, &out->k[out->n], e);
		if (rc)
			return error_prefix(e, rc, "kernel %s", x->patched.name);
		if (out->n == 1) /* the rest is not asked for when they do not belong together */
			rc = check_base(r, x, &out->k[0], e);
		if (rc) {
			out->n++;
			return rc;
		}
	}
	return 0;
}

static int about_patch(const struct each_patch *ep, size_t i, int rc, struct error *e)
{
	if (!i)
		return error_prefix(e, rc, "kernel %s", ep->k[0].name);
	if (rc && !strncmp(e->msg, "patch ", 6))
		return rc; /* says itself which */
	return error_prefix(e, rc, "patch %zu of %zu (%s)", i, ep->n - 1, ep->subjects.v[i - 1]);
}

/* Whether all apply; not asked where all are built. */
static int try_all(const struct runner *r, const struct ends *x, const struct each_patch *ep,
		   struct error *e)
{
	bool built = true;
	size_t good;
	int rc;

	for (size_t i = 0; i < ep->n; i++)
		built &= ep->k[i].built;
	if (built)
		return 0;
	rc = kernel_try(r, &ep->k[ep->n - 1].spec, &good, e);
	/* a source that cannot be had is no patch's fault */
	if (rc != -EBADMSG && rc != -EINVAL)
		return error_prefix(e, rc, "kernel %s", x->patched.name);
	return about_patch(ep, good < x->n_base ? 0 : good - x->n_base + 1, rc, e);
}

/* What a build says of itself, with the patch's number and subject before it. */
struct patch_progress {
	const struct runner *outer;
	const struct each_patch *ep;
	size_t i;
};

static void on_progress(const struct progress *p, void *data)
{
	const struct patch_progress *pp = data;
	const char *file = strstr(p->text, ": ");
	char *text __free = NULL;
	struct progress more = *p;

	/* remarks are not about the patch that is being built */
	if (pp->i && strcmp(p->phase, "note") != 0)
		text = xasprintf("patch %zu of %zu: %s%s%s", pp->i, pp->ep->n - 1,
				 pp->ep->subjects.v[pp->i - 1], file ? ", " : "",
				 file ? file + 2 : "");
	if (text)
		more.text = text;
	if (pp->outer->on_progress)
		pp->outer->on_progress(&more, pp->outer->data);
}

char *each_patch_remark(const struct each_patch *ep, size_t i)
{
	size_t as = ep->same_as[i];

	if (as == i)
		return xstrdup("");
	if (!as)
		return xasprintf("no change in the code (as %s)", ep->k[0].name);
	return xasprintf("no change in the code (as patch %zu)", as);
}

static void find_same(struct each_patch *ep, size_t i)
{
	const char *code = ep->k[i].code_hash;

	ep->same_as[i] = i;
	for (size_t j = i; code && *code && j--;) {
		if (ep->k[j].code_hash && !strcmp(ep->k[j].code_hash, code))
			ep->same_as[i] = ep->same_as[j];
	}
}

static void say_built(const struct each_patch *ep, size_t i)
{
	const bool was_built = ep->cached[i];
	const struct kernel *k = &ep->k[i];
	char *remark __free = each_patch_remark(ep, i);
	char took[24];

	format_seconds(took, sizeof(took), k->build_s);
	if (!i)
		ui_say("base %s: %s, %s%s (%.12s)", k->name, k->release,
		       was_built ? "from the cache" : "ready in ", was_built ? "" : took, k->hash);
	else
		ui_say("patch %zu of %zu: %s%s%s%s, %s", i, ep->n - 1,
		       was_built ? "from the cache" : "ready in ", was_built ? "" : took,
		       *remark ? ", " : "", remark, ep->subjects.v[i - 1]);
}

static int build_all(const struct runner *r, struct each_patch *ep, struct error *e)
{
	struct patch_progress pp = { .outer = r, .ep = ep };
	struct runner inner = *r;
	bool any = false;

	inner.on_progress = on_progress;
	inner.data = &pp;
	for (size_t i = 0; i < ep->n; i++) {
		int rc;

		pp.i = i;
		ep->cached[i] = ep->k[i].built;
		rc = kernel_build(&inner, &ep->k[i], i ? &ep->k[i - 1] : NULL, e);
		/* a patch of comments is no mistake here */
		if (rc == -EEXIST && ep->k[i].built)
			rc = 0;
		if (rc)
			return about_patch(ep, i, rc, e);
		find_same(ep, i);
		any |= i && ep->same_as[i] != 0;
		say_built(ep, i);
	}
	if (any)
		return 0;
	return error_set(e, EEXIST,
			 "the same code as %s: none of the %zu patches changes anything that is "
			 "built",
			 ep->k[0].name, ep->n - 1);
}

int each_patch_make(struct cli *cli, const struct kernel_words *w, struct each_patch *out,
		    struct error *e)
{
	struct ends x __cleanup(ends_release) = { 0 };
	int rc;

	*out = (struct each_patch){ 0 };
	if (w->n < 1 || w->n > 2)
		return error_set(e, EINVAL, "--each-patch wants one series, not %zu kernels", w->n);
	if (w->layouts)
		return error_set(e, EINVAL,
				 "--each-patch and --layouts do not go together: "
				 "measure the patch that you doubt with --layouts");
	rc = find_ends(&cli->runner, w, &x, e);
	if (!rc)
		rc = count_ends(&cli->runner, &x, &out->subjects, e);
	if (!rc)
		rc = resolve_all(&cli->runner, &x, out, e);
	if (!rc)
		rc = try_all(&cli->runner, &x, out, e);
	return rc ? rc : build_all(&cli->runner, out, e);
}

void each_patch_release(struct each_patch *ep)
{
	for (size_t i = 0; i < ep->n; i++)
		kernel_release(&ep->k[i]);
	free(ep->k);
	free(ep->same_as);
	free(ep->cached);
	strv_release(&ep->subjects);
	*ep = (struct each_patch){ 0 };
}

struct kernel *each_patch_take_kernels(struct each_patch *ep, size_t *n)
{
	struct kernel *own = xcalloc(ep->n, sizeof(*own));

	*n = 0;
	for (size_t i = 0; i < ep->n; i++) {
		if (ep->same_as[i] != i)
			continue;
		own[(*n)++] = ep->k[i];
		ep->k[i] = (struct kernel){ 0 };
	}
	return own;
}

struct step *each_patch_steps(const struct each_patch *ep)
{
	struct step *steps = xcalloc(ep->n, sizeof(*steps));

	for (size_t i = 0; i < ep->n; i++)
		steps[i] = (struct step){
			.name = xstrdup(ep->k[i].name),
			.subject = xstrdup(i ? ep->subjects.v[i - 1] : ""),
			.hash = xstrdup(ep->k[i].group),
			.same_as = ep->same_as[i],
		};
	return steps;
}

void each_patch_steps_free(struct step *steps, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		free(steps[i].name);
		free(steps[i].subject);
		free(steps[i].hash);
	}
	free(steps);
}

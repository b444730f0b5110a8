// SPDX-License-Identifier: GPL-2.0-or-later
/* The order of boots and of their cells; see run.h and plan.h. */
#include <errno.h>
#include <string.h>

#include "lib/cleanup.h"
#include "runner/plan.h"
#include "lib/rng.h"

#define BOOTS_MAX 100000

/* Fisher and Yates. */
static void shuffle(size_t *v, size_t n, uint64_t *state)
{
	for (size_t i = 0; i < n; i++)
		v[i] = i;
	for (size_t i = n; i > 1; i--) {
		size_t j = rng_below(state, i);
		size_t t = v[i - 1];

		v[i - 1] = v[j];
		v[j] = t;
	}
}

static void reverse(size_t *v, size_t n)
{
	for (size_t i = 0; i < n / 2; i++) {
		size_t t = v[i];

		v[i] = v[n - 1 - i];
		v[n - 1 - i] = t;
	}
}

/* The kernels of a plan, each with its images in the order in which they came. */
struct groups {
	struct {
		size_t first, last, n; /* images */
	} * v;
	size_t n;
	size_t *next; /* of each image, the next of the same kernel */
};

static void groups_release(struct groups *g)
{
	free(g->v);
	free(g->next);
	*g = (struct groups){ 0 };
}

static bool same_kernel(const struct kernel *a, const struct kernel *b)
{
	return a->group && b->group && a->again == b->again && !strcmp(a->group, b->group);
}

static void groups_make(struct groups *g, const struct kernel *images, size_t n)
{
	*g = (struct groups){ .v = xcalloc(n, sizeof(*g->v)), .next = xcalloc(n, sizeof(size_t)) };
	for (size_t i = 0; i < n; i++) {
		size_t k = 0;

		while (k < g->n && !same_kernel(&images[g->v[k].first], &images[i]))
			k++;
		if (k == g->n)
			g->v[g->n++].first = i;
		else
			g->next[g->v[k].last] = i;
		g->v[k].last = i;
		g->v[k].n++;
	}
}

/* Block after block a kernel boots its next image, and after the last one the first again. */
static size_t image_of(const struct groups *g, size_t kernel, unsigned int block)
{
	size_t image = g->v[kernel].first;

	for (size_t i = block % g->v[kernel].n; i; i--)
		image = g->next[image];
	return image;
}

int plan_make(struct plan *p, const struct kernel *kernels, size_t n_kernels, json_t *cells,
	      unsigned int boots, uint64_t seed, struct error *e)
{
	struct groups g __cleanup(groups_release) = { 0 };
	size_t *order __free = NULL;

	memset(p, 0, sizeof(*p));
	if (!n_kernels || !boots)
		return error_set(e, EINVAL, "a plan needs at least one kernel and one boot of it");
	if (!json_array_size(cells))
		return error_set(e, EINVAL, "a plan needs at least one cell");
	groups_make(&g, kernels, n_kernels);
	if (boots > BOOTS_MAX / g.n)
		return error_set(e, EINVAL, "%u boots of each of %zu kernels are more than %d",
				 boots, g.n, BOOTS_MAX);
	p->kernels = kernels;
	p->n_kernels = n_kernels;
	p->cells = json_incref(cells);
	p->seed = seed;
	p->memory_mib = PLAN_MEMORY_MIB;
	p->boots = xcalloc(g.n * boots, sizeof(*p->boots));
	order = xcalloc(g.n, sizeof(*order));
	for (unsigned int block = 0; block < boots; block++) {
		uint64_t rng = rng_begin(seed, 0, block);

		if (block % 2)
			reverse(order, g.n);
		else
			shuffle(order, g.n, &rng);
		for (size_t i = 0; i < g.n; i++)
			p->boots[p->n_boots++] = (struct plan_boot){
				.kernel = (unsigned int)image_of(&g, order[i], block),
				.block = block,
				.number = block,
			};
	}
	return 0;
}

void plan_release(struct plan *p)
{
	json_decref(p->cells);
	strv_release(&p->events);
	free(p->boots);
	memset(p, 0, sizeof(*p));
}

bool plan_exact(const struct plan *p, const struct target *t)
{
	return t->exact && p->cpus <= 1;
}

const char *plan_unit(const struct plan *p, const struct target *t)
{
	return t->exact && !plan_exact(p, t) ? "ns" : t->unit;
}

char *plan_module_path(const char *host_path)
{
	const char *slash = strrchr(host_path, '/');

	return xasprintf("/modules/%s", slash ? slash + 1 : host_path);
}

static void add_line(struct strbuf *sb, const json_t *obj)
{
	char *line __free = json_line(obj);

	strbuf_addstr(sb, line);
	strbuf_addch(sb, '\n');
}

static json_t *names_to_json(const struct strv *names)
{
	json_t *list = json_array();

	strv_for_each(names, it)
		json_array_append_new(list, json_string(*it));
	return list;
}

void plan_write(const struct plan *p, const struct target *t, const struct plan_boot *b,
		struct strbuf *sb)
{
	/* 1 apart from the blocks' streams, which have 0 there */
	uint64_t rng = rng_begin(p->seed, 1 + b->kernel, b->number);
	size_t n = json_array_size(p->cells);
	size_t *order __free = xcalloc(n, sizeof(*order));
	json_t *head __json = json_object();
	json_t *modules = json_array();
	bool exact = plan_exact(p, t);

	if (t->boots_kernels)
		strv_for_each(&p->kernels[b->kernel].modules, it) {
			char *path __free = plan_module_path(*it);

			json_array_append_new(modules, json_string(path));
		}
	json_object_set_new(head, "v", json_integer(RECORD_VERSION));
	json_object_set_new(head, "unit", json_string(plan_unit(p, t)));
	json_object_set_new(head, "settle_s", json_integer(t->boots_kernels ? PLAN_SETTLE_S : 0));
	json_object_set_new(head, "modules", modules);
	if (p->cpus > 1)
		json_object_set_new(head, "cpus", json_integer(p->cpus));
	if (p->events.n)
		json_object_set_new(head, "events", names_to_json(&p->events));
	if (p->nodes > 1)
		json_object_set_new(head, "nodes", json_integer(p->nodes));
	add_line(sb, head);
	shuffle(order, n, &rng);
	for (size_t i = 0; i < n; i++)
		add_line(sb, json_array_get(p->cells, exact ? i : order[i]));
}

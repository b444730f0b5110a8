// SPDX-License-Identifier: GPL-2.0-or-later
/* Call stacks as numbers, and their counts; see paths.h. */
#include <pthread.h>
#include <stdbool.h>
#include <string.h>

#include "runner/cost/plugin/output.h"
#include "runner/cost/plugin/paths.h"
#include "runner/cost/plugin/plugin.h"
#include "runner/cost/plugin/who.h"

/* More different stacks than that are counted with the one that they were called from. */
enum { CHUNK_BITS = 12, CHUNK = 1 << CHUNK_BITS, CHUNKS_MAX = 1 << 10 };

struct node {
	uint64_t func;
	path_t parent;
	path_t child; /* the newest; the others follow by "next" */
	path_t next;
	path_t last; /* the child that was asked for last: mostly it is that one again */
};

/*
 * Nodes never move and are never removed: other vCPUs read while one adds. What is linked last
 * (the parent's "child") is stored with release.
 */
static struct node *chunks[CHUNKS_MAX];
static path_t n_nodes;
static pthread_mutex_t adding = PTHREAD_MUTEX_INITIALIZER;

/* Counts by stack, and which are not 0. */
struct counts {
	uint64_t *n;
	path_t *used;
	size_t room, n_used, used_room;
};

/* Counts that are settled: of one set of spans, vCPU, context. */
struct group {
	const struct who *who;
	uint32_t spans;
	unsigned int vcpu;
	struct counts counts;
};

static struct counts *added; /* by vCPU, not yet settled */
static struct group *groups; /* N_GROUPS of this window, then ones to use again */
static size_t n_groups, groups_room;

static struct node *node_of(path_t p)
{
	return &chunks[p >> CHUNK_BITS][p % CHUNK];
}

void paths_start(unsigned int vcpus)
{
	added = plugin_alloc(vcpus, sizeof(*added));
	chunks[0] = plugin_alloc(CHUNK, sizeof(struct node));
	n_nodes = 1;
}

path_t path_parent(path_t p)
{
	return node_of(p)->parent;
}

uint64_t path_func(path_t p)
{
	return node_of(p)->func;
}

static path_t find_child(const struct node *parent, uint64_t func)
{
	path_t p = __atomic_load_n(&parent->child, __ATOMIC_ACQUIRE);

	while (p && node_of(p)->func != func)
		p = node_of(p)->next;
	return p;
}

static path_t add_child(path_t parent, uint64_t func)
{
	path_t p;

	pthread_mutex_lock(&adding);
	p = find_child(node_of(parent), func);
	if (!p && n_nodes < (path_t)CHUNKS_MAX * CHUNK) {
		p = n_nodes++;
		if (p % CHUNK == 0)
			chunks[p >> CHUNK_BITS] = plugin_alloc(CHUNK, sizeof(struct node));
		*node_of(p) = (struct node){
			.func = func,
			.parent = parent,
			.next = node_of(parent)->child,
		};
		__atomic_store_n(&node_of(parent)->child, p, __ATOMIC_RELEASE);
	}
	pthread_mutex_unlock(&adding);
	return p ? p : parent;
}

path_t path_child(path_t parent, uint64_t func)
{
	struct node *n = node_of(parent);
	path_t p = __atomic_load_n(&n->last, __ATOMIC_ACQUIRE);

	if (p && node_of(p)->func == func)
		return p;
	p = find_child(n, func);
	if (!p)
		p = add_child(parent, func);
	if (p != parent)
		__atomic_store_n(&n->last, p, __ATOMIC_RELEASE);
	return p;
}

static void counts_add(struct counts *c, path_t p, uint64_t n)
{
	if (p >= c->room) {
		size_t room = c->room ? c->room : CHUNK;

		while (room <= p)
			room *= 2;
		c->n = plugin_grow(c->n, room, sizeof(*c->n));
		memset(c->n + c->room, 0, (room - c->room) * sizeof(*c->n));
		c->room = room;
	}
	if (!c->n[p]) {
		if (c->n_used == c->used_room) {
			c->used_room = c->used_room ? 2 * c->used_room : 1024;
			c->used = plugin_grow(c->used, c->used_room, sizeof(*c->used));
		}
		c->used[c->n_used++] = p;
	}
	c->n[p] += n;
}

static void counts_clear(struct counts *c)
{
	for (size_t i = 0; i < c->n_used; i++)
		c->n[c->used[i]] = 0;
	c->n_used = 0;
}

/* Adds FROM to TO, and empties it. */
static void counts_move(struct counts *to, struct counts *from)
{
	for (size_t i = 0; i < from->n_used; i++)
		counts_add(to, from->used[i], from->n[from->used[i]]);
	counts_clear(from);
}

void paths_add(unsigned int vcpu, path_t p, uint64_t n)
{
	if (n)
		counts_add(&added[vcpu], p, n);
}

static struct group *group_of(unsigned int vcpu, uint32_t spans, const struct who *who)
{
	struct group *g;

	for (size_t i = n_groups; i-- > 0;) {
		g = &groups[i];
		if (g->who == who && g->spans == spans && g->vcpu == vcpu)
			return g;
	}
	if (n_groups == groups_room) {
		size_t room = groups_room ? 2 * groups_room : 16;

		groups = plugin_grow(groups, room, sizeof(*groups));
		memset(groups + groups_room, 0, (room - groups_room) * sizeof(*groups));
		groups_room = room;
	}
	g = &groups[n_groups++];
	g->who = who;
	g->spans = spans;
	g->vcpu = vcpu;
	return g;
}

void paths_settle(unsigned int vcpu, uint32_t spans, const struct who *who)
{
	if (!spans)
		counts_clear(&added[vcpu]);
	else if (added[vcpu].n_used)
		counts_move(&group_of(vcpu, spans, who)->counts, &added[vcpu]);
}

void paths_merge(const struct who *from, const struct who *to)
{
	/* several groups of one name are written as one */
	for (size_t i = 0; i < n_groups; i++) {
		if (groups[i].who == from)
			groups[i].who = to;
	}
}

/* The count to take from: of a stack with FUNC on top if there is one left, else the largest. */
static uint64_t *count_to_correct(unsigned int vcpu, uint32_t spans, const struct who *who,
				  uint64_t func)
{
	uint64_t *of_func = NULL, *any = NULL;

	for (size_t i = 0; i < n_groups; i++) {
		const struct group *g = &groups[i];

		if (g->vcpu != vcpu || g->spans != spans || strcmp(g->who->name, who->name))
			continue;
		for (size_t j = 0; j < g->counts.n_used; j++) {
			uint64_t *n = &g->counts.n[g->counts.used[j]];

			if (!any || *n > *any)
				any = n;
			if (path_func(g->counts.used[j]) == func && (!of_func || *n > *of_func))
				of_func = n;
		}
	}
	return of_func && *of_func ? of_func : any;
}

void paths_correct(unsigned int vcpu, uint32_t spans, const struct who *who, uint64_t func,
		   uint64_t n)
{
	while (n) {
		uint64_t *from = count_to_correct(vcpu, spans, who, func);
		uint64_t part = from && *from < n ? *from : n;

		if (!from || !part)
			return;
		*from -= part;
		n -= part;
	}
}

static void write_path(path_t p)
{
	static path_t parts[CHUNK]; /* as deep as stacks are let grow, and more */
	size_t n = 0;

	if (!p)
		output_char('0');
	for (; p && n < CHUNK; p = path_parent(p))
		parts[n++] = p;
	while (n) {
		output_hex(path_func(parts[--n]));
		if (n)
			output_char(';');
	}
}

/* Each stack once: one that was corrected to 0 and came back is there twice. */
static void write_group(uint32_t window, const struct group *g)
{
	char before = '|';

	output_text("s ");
	output_decimal(window);
	output_char(' ');
	output_hex(g->spans);
	output_char(' ');
	output_decimal(g->vcpu);
	output_char(' ');
	output_text(g->who->name);
	for (size_t i = 0; i < g->counts.n_used; i++) {
		path_t p = g->counts.used[i];

		if (!g->counts.n[p]) /* corrected */
			continue;
		output_char(before);
		write_path(p);
		output_char(':');
		output_decimal(g->counts.n[p]);
		g->counts.n[p] = 0;
		before = ' ';
	}
	output_text(before == '|' ? "|\n" : "\n");
}

/* The first group of those that are written as one. */
static struct group *written_with(const struct group *g)
{
	struct group *first = groups;

	while (first->spans != g->spans || first->vcpu != g->vcpu ||
	       strcmp(first->who->name, g->who->name))
		first++;
	return first;
}

void paths_forget(void)
{
	for (size_t i = 0; i < n_groups; i++)
		counts_clear(&groups[i].counts);
	n_groups = 0;
}

void paths_write(uint32_t window)
{
	for (size_t i = 0; i < n_groups; i++) {
		struct group *first = written_with(&groups[i]);

		if (first != &groups[i])
			counts_move(&first->counts, &groups[i].counts);
	}
	for (size_t i = 0; i < n_groups; i++) {
		if (groups[i].counts.n_used)
			write_group(window, &groups[i]);
	}
	paths_forget();
}

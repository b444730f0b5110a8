// SPDX-License-Identifier: GPL-2.0-or-later
/* Placement by libnuma; see placement.h. The one file that includes numa.h. */
#define _GNU_SOURCE
#include <errno.h>
#include <numa.h>
#include <numaif.h>
#include <sched.h>
#include <string.h>

#include "bench/placement.h"
#include "lib/strbuf.h"

static int pin(int cpu)
{
	struct bitmask *mask = numa_allocate_cpumask();
	int rc = 0;

	if (!mask)
		return -ENOMEM;
	numa_bitmask_setbit(mask, (unsigned int)cpu);
	if (numa_sched_setaffinity(0, mask) < 0)
		rc = -errno;
	numa_free_cpumask(mask);
	return rc;
}

static int set_fifo(bool on)
{
	struct sched_param param = { .sched_priority = on ? 1 : 0 };

	return sched_setscheduler(0, (on ? SCHED_FIFO : SCHED_OTHER) | SCHED_RESET_ON_FORK, &param);
}

/* The CPUs that this process may use, before it is pinned; of them all when that is not told. */
static void list_cpus(struct place *p)
{
	struct bitmask *mask = numa_allocate_cpumask();

	if (mask && numa_sched_getaffinity(0, mask) > 0) {
		for (unsigned int i = 0; i < mask->size && p->n_cpus < PLACE_CPUS_MAX; i++) {
			if (numa_bitmask_isbitset(mask, i))
				p->cpus[p->n_cpus++] = (int)i;
		}
	}
	if (mask)
		numa_free_cpumask(mask);
}

int placement_begin(struct placement *p, int cpu, struct error *e)
{
	int rc;

	memset(p, 0, sizeof(*p));
	p->cpu = cpu >= 0 ? cpu : sched_getcpu();
	if (p->cpu < 0)
		p->cpu = 0;
	if (p->cpu >= numa_num_possible_cpus())
		return error_set(e, EINVAL, "cpu %d: this machine has no such CPU", p->cpu);
	list_cpus(&p->all);
	rc = pin(p->cpu);
	if (rc && cpu >= 0)
		return error_sys(e, rc == -EINVAL ? EINVAL : -rc, "cpu %d: cannot run there", cpu);
	p->pin_errno = -rc;
	p->node = numa_available() < 0 ? -1 : numa_node_of_cpu(p->cpu);
	if (set_fifo(true) < 0)
		p->fifo_errno = errno;
	else
		set_fifo(false);
	return 0;
}

/* "0, 1": the nodes of this machine. */
static void name_nodes(struct strbuf *sb)
{
	for (int node = 0; node <= numa_max_node(); node++) {
		if (numa_node_size64(node, NULL) >= 0)
			strbuf_addf(sb, "%s%d", sb->len ? ", " : "", node);
	}
}

/* Goes to a CPU of NODE; the cell may use no others. */
static int go_to_node(struct placement *p, struct bench *b, int node)
{
	struct strbuf nodes __strbuf = { 0 };
	struct place *cell = &p->cell;
	int rc;

	name_nodes(&nodes);
	if (node > numa_max_node() || numa_node_size64(node, NULL) < 0)
		return bench_skip(b, "this machine has no NUMA node %d (it has %s)", node,
				  strbuf_str(&nodes));
	cell->n_cpus = 0;
	p->cell_cpu = -1;
	for (unsigned int i = 0; i < p->all.n_cpus; i++) {
		int cpu = p->all.cpus[i];

		if (numa_node_of_cpu(cpu) != node)
			continue;
		cell->cpus[cell->n_cpus++] = cpu;
		if (p->cell_cpu < 0 || cpu == p->cpu)
			p->cell_cpu = cpu;
	}
	if (p->cell_cpu < 0)
		return bench_skip(b, "node %d has no CPU that this process may use", node);
	rc = p->cell_cpu == p->cpu && !p->pin_errno ? 0 : pin(p->cell_cpu);
	if (rc)
		return bench_fail(b, rc, "cpu %d: %s", p->cell_cpu, strerror(-rc));
	p->moved = true;
	return 0;
}

/* Nodes with memory that this process may use. */
static unsigned int memory_nodes(int nodes[PLACE_NODES_MAX])
{
	struct bitmask *allowed = numa_get_mems_allowed();
	unsigned int n = 0;

	for (int node = 0; node <= numa_max_node() && n < PLACE_NODES_MAX; node++) {
		if (numa_bitmask_isbitset(allowed, (unsigned int)node) &&
		    numa_node_size64(node, NULL) > 0)
			nodes[n++] = node;
	}
	numa_bitmask_free(allowed);
	return n;
}

/* Of the other nodes the one farthest away; of several, the first. -1: there is none. */
static int farthest(int home, const int *nodes, unsigned int n)
{
	int found = -1;

	for (unsigned int i = 0; i < n; i++) {
		if (nodes[i] != home &&
		    (found < 0 || numa_distance(home, nodes[i]) > numa_distance(home, found)))
			found = nodes[i];
	}
	return found;
}

/* Which nodes "memory=WHERE" means to a thread on HOME. */
static int choose_nodes(struct bench *b, struct place *cell, const char *where, int home)
{
	int have[PLACE_NODES_MAX];
	unsigned int n = memory_nodes(have);
	bool spread = !strcmp(where, "interleave"), local = !strcmp(where, "local");
	int node = local ? home : farthest(home, have, n);

	if (!local && n < 2)
		return bench_skip(b,
				  "memory=%s wants a second NUMA node with memory (guests: "
				  "--nodes 2)",
				  where);
	for (unsigned int i = 0; i < n; i++) {
		if (spread || have[i] == node)
			cell->nodes[cell->n_nodes++] = have[i];
	}
	if (!cell->n_nodes)
		return bench_skip(b, "node %d has no memory that this process may use", home);
	cell->memory = spread ? PLACE_SPREAD : PLACE_BOUND;
	return 0;
}

/* All of this thread's new memory, and its children's. */
static int set_policy(struct placement *p, struct bench *b)
{
	int mode = p->cell.memory == PLACE_SPREAD ? MPOL_INTERLEAVE : MPOL_BIND;
	struct bitmask *mask = numa_allocate_nodemask();
	int rc = 0;

	for (unsigned int i = 0; i < p->cell.n_nodes; i++)
		numa_bitmask_setbit(mask, (unsigned int)p->cell.nodes[i]);
	if (get_mempolicy(&p->old_mode, p->old_nodes, PLACEMENT_NODE_BITS, NULL, 0) ||
	    set_mempolicy(mode, mask->maskp, mask->size + 1))
		rc = errno;
	numa_bitmask_free(mask);
	if (rc)
		return bench_skip(b, "may not set a memory policy: %s", strerror(rc));
	p->policy = true;
	return 0;
}

int placement_cell_begin(struct placement *p, struct bench *b)
{
	const struct param_value *node = param_maybe(b->params, "node");
	const struct param_value *memory = param_maybe(b->params, "memory");
	int rc = 0;

	p->cell = p->all;
	p->cell_cpu = p->cpu;
	p->moved = false;
	p->policy = false;
	b->place = &p->cell;
	if (!node && !memory)
		return 0;
	if (numa_available() < 0)
		return bench_skip(b, "this kernel has no NUMA (CONFIG_NUMA)");
	if (node)
		rc = go_to_node(p, b, (int)node->num);
	if (!rc && memory)
		rc = choose_nodes(b, &p->cell, memory->text, numa_node_of_cpu(p->cell_cpu));
	if (!rc && memory)
		rc = set_policy(p, b);
	return rc;
}

void placement_cell_end(struct placement *p)
{
	if (p->policy)
		set_mempolicy(p->old_mode, p->old_nodes, PLACEMENT_NODE_BITS);
	if (p->moved)
		pin(p->cpu);
	p->policy = false;
	p->moved = false;
}

void placement_evidence(const struct placement *p, struct bench *b)
{
	if (!p->moved && !p->policy)
		return;
	bench_evidence_int(b, "cpu", p->cell_cpu);
	bench_evidence_int(b, "node", numa_node_of_cpu(p->cell_cpu));
}

void placement_sample_begin(const struct placement *p)
{
	if (!p->fifo_errno)
		set_fifo(true);
}

void placement_sample_end(const struct placement *p)
{
	if (!p->fifo_errno)
		set_fifo(false);
}

json_t *placement_to_json(const struct placement *p)
{
	json_t *obj = json_pack("{s:i, s:i, s:b, s:s}", "cpu", p->cpu, "node", p->node, "pinned",
				!p->pin_errno, "scheduler", p->fifo_errno ? "other" : "fifo");

	if (p->pin_errno)
		json_object_set_new(obj, "pin_error", json_string(strerrorname_np(p->pin_errno)));
	if (p->fifo_errno)
		json_object_set_new(obj, "fifo_error", json_string(strerrorname_np(p->fifo_errno)));
	return obj;
}

static json_t *cpus_of(int node)
{
	struct bitmask *mask = numa_allocate_cpumask();
	json_t *cpus = json_array();

	if (mask && numa_node_to_cpus(node, mask) == 0) {
		for (unsigned int i = 0; i < mask->size; i++) {
			if (numa_bitmask_isbitset(mask, i))
				json_array_append_new(cpus, json_integer(i));
		}
	}
	if (mask)
		numa_free_cpumask(mask);
	return cpus;
}

json_t *placement_nodes(void)
{
	json_t *nodes = json_array();

	if (numa_available() < 0)
		return nodes;
	for (int node = 0; node <= numa_max_node(); node++) {
		long long size = numa_node_size64(node, NULL);

		if (size < 0)
			continue; /* a hole in the numbering */
		json_array_append_new(nodes,
				      json_pack("{s:i, s:I, s:o}", "node", node, "memory_kb",
						(json_int_t)(size / 1024), "cpus", cpus_of(node)));
	}
	return nodes;
}

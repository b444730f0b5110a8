// SPDX-License-Identifier: GPL-2.0-or-later
/* Placement by libnuma; see placement.h. The one file that includes numa.h. */
#define _GNU_SOURCE
#include <errno.h>
#include <numa.h>
#include <sched.h>
#include <string.h>

#include "bench/placement.h"

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

int placement_begin(struct placement *p, int cpu, struct error *e)
{
	int rc;

	memset(p, 0, sizeof(*p));
	p->cpu = cpu >= 0 ? cpu : sched_getcpu();
	if (p->cpu < 0)
		p->cpu = 0;
	if (p->cpu >= numa_num_possible_cpus())
		return error_set(e, EINVAL, "cpu %d: this machine has no such CPU", p->cpu);
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

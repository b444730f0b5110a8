// SPDX-License-Identifier: GPL-2.0-or-later
/* The host's hardware, kernel and emulator; see machine.h. The only user of hwloc. */
#define _GNU_SOURCE
#include <hwloc.h>
#include <string.h>
#include <sys/utsname.h>

#include "lib/cleanup.h"
#include "lib/fs.h"
#include "runner/arch.h"
#include "runner/machine.h"
#include "runner/qemu.h"

#define CPU0 "/sys/devices/system/cpu/cpu0/"

/* Small files whose text is the value. */
static const struct {
	const char *key, *path;
} files[] = {
	{ "cmdline", "/proc/cmdline" },
	{ "vendor", "/sys/class/dmi/id/sys_vendor" },
	{ "product", "/sys/class/dmi/id/product_name" },
	{ "bios_version", "/sys/class/dmi/id/bios_version" },
	{ "smt", "/sys/devices/system/cpu/smt/control" },
	{ "governor", CPU0 "cpufreq/scaling_governor" },
	{ "frequency_driver", CPU0 "cpufreq/scaling_driver" },
	{ "energy_preference", CPU0 "cpufreq/energy_performance_preference" },
	{ "no_turbo", "/sys/devices/system/cpu/intel_pstate/no_turbo" },
	{ "boost", "/sys/devices/system/cpu/cpufreq/boost" },
	{ "clocksource", "/sys/devices/system/clocksource/clocksource0/current_clocksource" },
};

/* The first "KEY : value" lines of /proc/cpuinfo: those that x86 and arm64 have. */
static const struct {
	const char *key, *line;
} cpu_lines[] = {
	{ "cpu", "model name" },
	{ "microcode", "microcode" },
	{ "cpu_family", "cpu family" },
	{ "cpu_model", "model" },
	{ "cpu_stepping", "stepping" },
	{ "cpu_implementer", "CPU implementer" },
	{ "cpu_part", "CPU part" },
	{ "cpu_variant", "CPU variant" },
	{ "cpu_revision", "CPU revision" },
};

static void add_files(json_t *out)
{
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		struct strbuf sb __strbuf = { 0 };

		/* json_string() is NULL, and nothing is added, for what is no UTF-8 */
		if (!fs_read(files[i].path, &sb, NULL) && sb.len && *str_trim(sb.buf))
			json_object_set_new(out, files[i].key, json_string(sb.buf));
	}
}

static void add_cpu_line(json_t *out, char *line)
{
	char *colon = strchr(line, ':');
	const char *value;

	if (!colon)
		return;
	value = colon + 1 + strspn(colon + 1, " \t");
	*colon = '\0';
	str_trim(line);
	for (size_t i = 0; i < ARRAY_SIZE(cpu_lines); i++) {
		if (!strcmp(line, cpu_lines[i].line) && !json_object_get(out, cpu_lines[i].key))
			json_object_set_new(out, cpu_lines[i].key, json_string(value));
	}
}

static void add_cpu(json_t *out)
{
	struct strbuf sb __strbuf = { 0 };
	struct strv lines __strv = { 0 };

	if (fs_read("/proc/cpuinfo", &sb, NULL))
		return;
	strv_split(&lines, strbuf_str(&sb), "\n");
	strv_for_each(&lines, it)
		add_cpu_line(out, *it);
}

static void add_kernel(json_t *out)
{
	struct utsname u;

	if (uname(&u))
		return;
	json_object_set_new(out, "host", json_string(u.nodename));
	json_object_set_new(out, "release", json_string(u.release));
	json_object_set_new(out, "kernel_version", json_string(u.version));
	json_object_set_new(out, "arch", json_string(u.machine));
}

static void add_count(json_t *out, hwloc_topology_t topo, const char *key, hwloc_obj_type_t type)
{
	int n = hwloc_get_nbobjs_by_type(topo, type);

	if (n > 0)
		json_object_set_new(out, key, json_integer(n));
}

static void add_caches(json_t *out, hwloc_topology_t topo)
{
	static const struct {
		const char *key;
		hwloc_obj_type_t type;
	} levels[] = {
		{ "l1d_bytes", HWLOC_OBJ_L1CACHE },
		{ "l2_bytes", HWLOC_OBJ_L2CACHE },
		{ "l3_bytes", HWLOC_OBJ_L3CACHE },
	};

	for (size_t i = 0; i < ARRAY_SIZE(levels); i++) {
		hwloc_obj_t c = hwloc_get_obj_by_type(topo, levels[i].type, 0);

		if (c)
			json_object_set_new(out, levels[i].key,
					    json_integer((json_int_t)c->attr->cache.size));
	}
}

static json_t *numa_nodes(hwloc_topology_t topo)
{
	json_t *nodes = json_array();
	hwloc_obj_t node = NULL;

	while ((node = hwloc_get_next_obj_by_type(topo, HWLOC_OBJ_NUMANODE, node)))
		json_array_append_new(
			nodes, json_pack("{s:i, s:I}", "node", (int)node->os_index, "memory_bytes",
					 (json_int_t)node->attr->numanode.local_memory));
	return nodes;
}

static void add_topology(json_t *out)
{
	hwloc_topology_t topo;
	hwloc_obj_t root;
	char text[1024];

	if (hwloc_topology_init(&topo))
		return;
	if (hwloc_topology_load(topo)) {
		hwloc_topology_destroy(topo);
		return;
	}
	root = hwloc_get_root_obj(topo);
	json_object_set_new(out, "memory_bytes", json_integer((json_int_t)root->total_memory));
	add_count(out, topo, "packages", HWLOC_OBJ_PACKAGE);
	add_count(out, topo, "cores", HWLOC_OBJ_CORE);
	add_count(out, topo, "cpus", HWLOC_OBJ_PU);
	json_object_set_new(out, "numa", numa_nodes(topo));
	add_caches(out, topo);
	/* one line from which hwloc can draw the machine again */
	if (hwloc_topology_export_synthetic(topo, text, sizeof(text),
					    HWLOC_TOPOLOGY_EXPORT_SYNTHETIC_FLAG_IGNORE_MEMORY) > 0)
		json_object_set_new(out, "topology", json_string(text));
	hwloc_topology_destroy(topo);
}

static void add_emulator(json_t *out)
{
	const struct arch *a = arch_host();
	char *version __free = a ? qemu_version(a->qemu, NULL) : NULL;

	if (version)
		json_object_set_new(out, "emulator_version", json_string(version));
}

json_t *machine_describe(const struct runner *r)
{
	json_t *out = json_object();

	(void)r;
	add_kernel(out);
	add_cpu(out);
	add_topology(out);
	add_files(out);
	add_emulator(out);
	return out;
}

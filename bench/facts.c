// SPDX-License-Identifier: GPL-2.0-or-later
/* Facts from /proc and /sys; see facts.h. */
#define _GNU_SOURCE
#include <dirent.h>
#include <elf.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "bench/facts.h"
#include "bench/placement.h"
#include "lib/cleanup.h"
#include "lib/fs.h"

#define THP	 "/sys/kernel/mm/transparent_hugepage"
#define CPU	 "/sys/devices/system/cpu"
#define KDAMONDS "/sys/kernel/mm/damon/admin/kdamonds"

/* Files whose text is a fact as it is. */
static const struct {
	const char *group; /* an object inside the facts, or NULL: top level */
	const char *name;
	const char *path;
} files[] = {
	{ NULL, "version", "/proc/version" },
	{ NULL, "cmdline", "/proc/cmdline" },
	{ NULL, "clocksource", "/sys/devices/system/clocksource/clocksource0/current_clocksource" },
	{ NULL, "lockdown", "/sys/kernel/security/lockdown" },
	{ NULL, "preempt", "/sys/kernel/debug/sched/preempt" },
	{ NULL, "tainted", "/proc/sys/kernel/tainted" },
	{ NULL, "hypervisor", "/sys/hypervisor/type" },
	{ NULL, "overcommit_memory", "/proc/sys/vm/overcommit_memory" },
	{ NULL, "perf_event_paranoid", "/proc/sys/kernel/perf_event_paranoid" },
	{ "thp", "enabled", THP "/enabled" },
	{ "thp", "defrag", THP "/defrag" },
	{ "thp", "shmem_enabled", THP "/shmem_enabled" },
	{ "thp", "use_zero_page", THP "/use_zero_page" },
	{ "thp", "hpage_pmd_size", THP "/hpage_pmd_size" },
	{ "thp", "shrink_underused", THP "/shrink_underused" },
	{ "thp", "khugepaged_defrag", THP "/khugepaged/defrag" },
	{ "thp", "khugepaged_pages_to_scan", THP "/khugepaged/pages_to_scan" },
	{ "thp", "khugepaged_scan_sleep_ms", THP "/khugepaged/scan_sleep_millisecs" },
	{ "thp", "khugepaged_max_ptes_none", THP "/khugepaged/max_ptes_none" },
	{ "background", "ksm", "/sys/kernel/mm/ksm/run" },
	{ "background", "numa_balancing", "/proc/sys/kernel/numa_balancing" },
	{ "background", "compaction_proactiveness", "/proc/sys/vm/compaction_proactiveness" },
	{ "background", "swappiness", "/proc/sys/vm/swappiness" },
	{ "background", "lru_gen", "/sys/kernel/mm/lru_gen/enabled" },
	{ "background", "lru_gen_min_ttl_ms", "/sys/kernel/mm/lru_gen/min_ttl_ms" },
	{ "background", "demotion", "/sys/kernel/mm/numa/demotion_enabled" },
	{ "background", "zswap", "/sys/module/zswap/parameters/enabled" },
	{ "background", "damon_reclaim", "/sys/module/damon_reclaim/parameters/enabled" },
	{ "background", "damon_lru_sort", "/sys/module/damon_lru_sort/parameters/enabled" },
	{ "background", "damon_stat", "/sys/module/damon_stat/parameters/enabled" },
	{ "background", "nmi_watchdog", "/proc/sys/kernel/nmi_watchdog" },
	{ "memory", "min_free_kbytes", "/proc/sys/vm/min_free_kbytes" },
	{ "memory", "watermark_boost_factor", "/proc/sys/vm/watermark_boost_factor" },
	{ "memory", "watermark_scale_factor", "/proc/sys/vm/watermark_scale_factor" },
	{ "memory", "defrag_mode", "/proc/sys/vm/defrag_mode" },
	{ "memory", "zone_reclaim_mode", "/proc/sys/vm/zone_reclaim_mode" },
	{ "cpu", "online", CPU "/online" },
	{ "cpu", "isolated", CPU "/isolated" },
	{ "cpu", "nohz_full", CPU "/nohz_full" },
	{ "cpu", "smt", CPU "/smt/control" },
	{ "cpu", "governor", CPU "/cpu0/cpufreq/scaling_governor" },
	{ "cpu", "driver", CPU "/cpu0/cpufreq/scaling_driver" },
	{ "cpu", "energy_performance_preference",
	  CPU "/cpu0/cpufreq/energy_performance_preference" },
	{ "cpu", "max_freq_khz", CPU "/cpu0/cpufreq/cpuinfo_max_freq" },
	{ "cpu", "no_turbo", CPU "/intel_pstate/no_turbo" },
	{ "cpu", "boost", CPU "/cpufreq/boost" },
	{ "cpu", "midr", CPU "/cpu0/regs/identification/midr_el1" },
	{ "cpu", "revidr", CPU "/cpu0/regs/identification/revidr_el1" },
	{ "machine", "vendor", "/sys/class/dmi/id/sys_vendor" },
	{ "machine", "product", "/sys/class/dmi/id/product_name" },
	{ "machine", "bios", "/sys/class/dmi/id/bios_version" },
};

/* Lines of the first CPU in /proc/cpuinfo. */
static const struct {
	const char *line, *name;
} cpuinfo[] = {
	{ "vendor_id", "vendor" },
	{ "model name", "model_name" },
	{ "cpu family", "family" },
	{ "model", "model" },
	{ "stepping", "stepping" },
	{ "microcode", "microcode" },
	{ "CPU implementer", "implementer" },
	{ "CPU part", "part" },
	{ "CPU revision", "revision" },
};

static json_t *group_of(json_t *facts, const char *name)
{
	json_t *group = json_object_get(facts, name);

	if (!group) {
		group = json_object();
		json_object_set_new(facts, name, group);
	}
	return group;
}

/* The file's text, trimmed; NULL if unreadable or empty or no text. */
static json_t *text_of(const char *path)
{
	struct strbuf sb __strbuf = { 0 };

	if (fs_read(path, &sb, NULL) || !sb.len || !*str_trim(sb.buf))
		return NULL;
	return json_string(sb.buf);
}

static void add_files(json_t *facts)
{
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		json_t *text = text_of(files[i].path);

		if (text)
			json_object_set_new(files[i].group ? group_of(facts, files[i].group)
							   : facts,
					    files[i].name, text);
	}
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strverscmp((*a)->d_name, (*b)->d_name);
}

/* Every file DIR/NAME/LEAF (or DIR/NAME, LEAF NULL) whose NAME starts with PREFIX. */
static json_t *folder_of(const char *dir, const char *prefix, const char *leaf)
{
	json_t *obj = json_object();
	struct dirent **names = NULL;
	int n = scandir(dir, &names, NULL, by_name);

	for (int i = 0; i < n; i++) {
		const char *name = names[i]->d_name;
		char *path __free =
			xasprintf("%s/%s%s%s", dir, name, leaf ? "/" : "", leaf ? leaf : "");
		json_t *text = NULL;

		if (name[0] != '.' && !strncmp(name, prefix, strlen(prefix)))
			text = text_of(path);
		if (text)
			json_object_set_new(obj, name + strlen(prefix), text);
		free(names[i]);
	}
	free(names);
	return obj;
}

/* Which statistics this kernel keeps of each folio size: their names, not their values. */
static json_t *statistics_names(void)
{
	json_t *arr = json_array();
	struct dirent **names = NULL;
	char dir[96];
	int n;

	snprintf(dir, sizeof(dir), THP "/hugepages-%ldkB/stats", 16 * sysconf(_SC_PAGESIZE) / 1024);
	n = scandir(dir, &names, NULL, by_name);
	for (int i = 0; i < n; i++) {
		if (names[i]->d_name[0] != '.')
			json_array_append_new(arr, json_string(names[i]->d_name));
		free(names[i]);
	}
	free(names);
	return arr;
}

static void add_cpuinfo(json_t *facts)
{
	FILE *f __fclose = fopen("/proc/cpuinfo", "re");
	json_t *cpu = group_of(facts, "cpu");
	char line[512];

	while (f && fgets(line, sizeof(line), f) && line[0] != '\n') {
		char *colon = strchr(line, ':');

		if (!colon)
			continue;
		*colon = '\0';
		str_trim(line);
		for (size_t i = 0; i < ARRAY_SIZE(cpuinfo); i++) {
			if (!strcmp(line, cpuinfo[i].line))
				json_object_set_new(cpu, cpuinfo[i].name,
						    json_string(str_trim(colon + 2)));
		}
	}
}

/* The kernel's build id: the GNU note in /sys/kernel/notes. */
static void add_build_id(json_t *facts)
{
	struct strbuf sb __strbuf = { 0 };
	struct strbuf hex __strbuf = { 0 };
	size_t at = 0;

	if (fs_read("/sys/kernel/notes", &sb, NULL))
		return;
	while (at + sizeof(Elf64_Nhdr) <= sb.len) {
		Elf64_Nhdr h;
		const char *name = sb.buf + at + sizeof(h);
		size_t desc;

		memcpy(&h, sb.buf + at, sizeof(h));
		desc = at + sizeof(h) + ((h.n_namesz + 3u) & ~3u);
		at = desc + ((h.n_descsz + 3u) & ~3u);
		if (at > sb.len)
			return;
		if (h.n_type != NT_GNU_BUILD_ID || h.n_namesz != 4 || memcmp(name, "GNU", 4))
			continue;
		for (size_t i = 0; i < h.n_descsz; i++)
			strbuf_addf(&hex, "%02x", (unsigned char)sb.buf[desc + i]);
		json_object_set_new(facts, "build_id", json_string(strbuf_str(&hex)));
		return;
	}
}

static void add_memory(json_t *facts)
{
	FILE *f __fclose = fopen("/proc/meminfo", "re");
	char line[128];
	unsigned long long kb;

	while (f && fgets(line, sizeof(line), f)) {
		if (sscanf(line, "MemTotal: %llu", &kb) == 1)
			json_object_set_new(facts, "memory_kb", json_integer((json_int_t)kb));
		if (sscanf(line, "SwapTotal: %llu", &kb) == 1)
			json_object_set_new(facts, "swap_kb", json_integer((json_int_t)kb));
	}
}

/* Devices that memory is swapped to: their names, not how full they are. */
static void add_swaps(json_t *facts)
{
	FILE *f __fclose = fopen("/proc/swaps", "re");
	json_t *swaps = json_array();
	char line[512], name[256];

	while (f && fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%255s", name) == 1 && strcmp(name, "Filename"))
			json_array_append_new(swaps, json_string(name));
	}
	json_object_set_new(facts, "swaps", swaps);
}

static void add_uname(json_t *facts)
{
	struct utsname u;

	uname(&u);
	json_object_set_new(facts, "sysname", json_string(u.sysname));
	json_object_set_new(facts, "release", json_string(u.release));
	json_object_set_new(facts, "arch", json_string(u.machine));
	json_object_set_new(facts, "page_size", json_integer(sysconf(_SC_PAGESIZE)));
	json_object_set_new(facts, "cpus", json_integer(sysconf(_SC_NPROCESSORS_ONLN)));
	/* "#1 SMP PREEMPT_DYNAMIC date": the model that it was built with */
	if (strstr(u.version, "PREEMPT"))
		json_object_set_new(facts, "preempt_build",
				    json_string(strstr(u.version, "PREEMPT_RT")	       ? "rt"
						: strstr(u.version, "PREEMPT_DYNAMIC") ? "dynamic"
						: strstr(u.version, "PREEMPT_LAZY")    ? "lazy"
										       : "full"));
}

json_t *facts_collect(void)
{
	json_t *facts = json_object();
	json_t *thp, *kdamonds;

	add_uname(facts);
	add_files(facts);
	add_build_id(facts);
	add_memory(facts);
	add_swaps(facts);
	add_cpuinfo(facts);
	thp = group_of(facts, "thp");
	json_object_set_new(thp, "sizes", folder_of(THP, "hugepages-", "enabled"));
	json_object_set_new(thp, "shmem_sizes", folder_of(THP, "hugepages-", "shmem_enabled"));
	kdamonds = folder_of(KDAMONDS, "", "state");
	if (json_object_size(kdamonds))
		json_object_set(group_of(facts, "background"), "kdamonds", kdamonds);
	json_decref(kdamonds);
	json_object_set_new(thp, "statistics", statistics_names());
	json_object_set_new(facts, "vulnerabilities", folder_of(CPU "/vulnerabilities", "", NULL));
	json_object_set_new(facts, "caches", folder_of(CPU "/cpu0/cache", "index", "size"));
	json_object_set_new(facts, "topology", folder_of(CPU "/cpu0/topology", "", NULL));
	json_object_set_new(facts, "nodes", placement_nodes());
	return facts;
}

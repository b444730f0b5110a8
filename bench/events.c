// SPDX-License-Identifier: GPL-2.0-or-later
/* Names of events; see events.h. */
#include <errno.h>
#include <linux/perf_event.h>
#include <mntent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/events.h"
#include "lib/cleanup.h"
#include "lib/fs.h"
#include "lib/units.h"

#define TRACING "/sys/kernel/tracing"

#define CACHE(cache, op, result)                                                                   \
	(PERF_COUNT_HW_CACHE_##cache | PERF_COUNT_HW_CACHE_OP_##op << 8 |                          \
	 PERF_COUNT_HW_CACHE_RESULT_##result << 16)

/* As perf list has them. Software events run code of their own each time they happen. */
static const struct {
	const char *name;
	uint32_t type;
	uint64_t config;
} known[] = {
	{ "cycles", PERF_TYPE_HARDWARE, PERF_COUNT_HW_CPU_CYCLES },
	{ "ref-cycles", PERF_TYPE_HARDWARE, PERF_COUNT_HW_REF_CPU_CYCLES },
	{ "instructions", PERF_TYPE_HARDWARE, PERF_COUNT_HW_INSTRUCTIONS },
	{ "branches", PERF_TYPE_HARDWARE, PERF_COUNT_HW_BRANCH_INSTRUCTIONS },
	{ "branch-misses", PERF_TYPE_HARDWARE, PERF_COUNT_HW_BRANCH_MISSES },
	{ "cache-references", PERF_TYPE_HARDWARE, PERF_COUNT_HW_CACHE_REFERENCES },
	{ "cache-misses", PERF_TYPE_HARDWARE, PERF_COUNT_HW_CACHE_MISSES },
	{ "stalled-cycles-frontend", PERF_TYPE_HARDWARE, PERF_COUNT_HW_STALLED_CYCLES_FRONTEND },
	{ "stalled-cycles-backend", PERF_TYPE_HARDWARE, PERF_COUNT_HW_STALLED_CYCLES_BACKEND },
	{ "L1-dcache-loads", PERF_TYPE_HW_CACHE, CACHE(L1D, READ, ACCESS) },
	{ "L1-dcache-load-misses", PERF_TYPE_HW_CACHE, CACHE(L1D, READ, MISS) },
	{ "LLC-loads", PERF_TYPE_HW_CACHE, CACHE(LL, READ, ACCESS) },
	{ "LLC-load-misses", PERF_TYPE_HW_CACHE, CACHE(LL, READ, MISS) },
	{ "dTLB-loads", PERF_TYPE_HW_CACHE, CACHE(DTLB, READ, ACCESS) },
	{ "dTLB-load-misses", PERF_TYPE_HW_CACHE, CACHE(DTLB, READ, MISS) },
	{ "dTLB-stores", PERF_TYPE_HW_CACHE, CACHE(DTLB, WRITE, ACCESS) },
	{ "dTLB-store-misses", PERF_TYPE_HW_CACHE, CACHE(DTLB, WRITE, MISS) },
	{ "iTLB-load-misses", PERF_TYPE_HW_CACHE, CACHE(ITLB, READ, MISS) },
	{ "task-clock", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_TASK_CLOCK },
	{ "page-faults", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_PAGE_FAULTS },
	{ "minor-faults", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_PAGE_FAULTS_MIN },
	{ "major-faults", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_PAGE_FAULTS_MAJ },
	{ "context-switches", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CONTEXT_SWITCHES },
	{ "cpu-migrations", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CPU_MIGRATIONS },
};

static const char word_chars[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/* "SYSTEM:NAME" and nothing that leads elsewhere in a file system. */
static bool is_tracepoint(const char *name)
{
	size_t system = strspn(name, word_chars);

	return system && name[system] == ':' && name[system + 1] &&
	       !name[system + 1 + strspn(name + system + 1, word_chars)];
}

static int unknown(const char *name, struct error *e)
{
	struct strbuf sb __strbuf = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(known); i++)
		strbuf_addf(&sb, "%s%s", i ? " " : "", known[i].name);
	return error_set(e, EINVAL,
			 "no event '%s'; there are tracepoints as SYSTEM:NAME, and, with :u or :k "
			 "behind them if wanted: %s",
			 name, strbuf_str(&sb));
}

int event_find(const char *name, struct event *event, struct error *e)
{
	memset(event, 0, sizeof(*event));
	for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
		size_t len = strlen(known[i].name);
		const char *rest = name + len;

		if (strncmp(name, known[i].name, len) != 0)
			continue;
		event->type = known[i].type;
		event->config = known[i].config;
		event->exclude_user = !strcmp(rest, ":k");
		event->exclude_kernel = !strcmp(rest, ":u");
		if (!*rest || event->exclude_user || event->exclude_kernel)
			return 0;
		if (*rest == ':')
			return unknown(name, e);
	}
	if (!is_tracepoint(name))
		return unknown(name, e);
	*event = (struct event){ .type = PERF_TYPE_TRACEPOINT };
	return 0;
}

int events_parse(const char *list, struct strv *names, struct error *e)
{
	struct strv words __strv = { 0 };

	strv_split(&words, list, ",");
	if (!words.n)
		return error_set(e, EINVAL, "no events are named");
	strv_for_each(&words, it) {
		struct event event;
		int rc = event_find(*it, &event, e);

		if (rc)
			return rc;
		if (!strv_contains(names, *it))
			strv_add(names, *it);
	}
	if (names->n > EVENTS_MAX)
		return error_set(e, EINVAL, "at most %d events at once", EVENTS_MAX);
	return 0;
}

/* Where tracefs is mounted; caller frees. */
static char *tracefs(void)
{
	FILE *mounts = setmntent("/proc/self/mounts", "re");
	struct mntent *m;
	char *dir = NULL;

	while (mounts && !dir && (m = getmntent(mounts))) {
		if (!strcmp(m->mnt_type, "tracefs"))
			dir = xstrdup(m->mnt_dir);
	}
	if (mounts)
		endmntent(mounts);
	return dir ? dir : xstrdup(TRACING);
}

int event_tracepoint(const char *name, uint64_t *config)
{
	char *dir __free = tracefs();
	char *path __free = xasprintf("%s/events/%s/id", dir, name);
	char *colon = strrchr(path, ':');
	struct strbuf sb __strbuf = { 0 };
	int rc;

	*config = 0;
	if (!colon)
		return -EINVAL;
	*colon = '/';
	rc = fs_read(path, &sb, NULL);
	return rc ? rc : parse_uint(str_trim(sb.len ? sb.buf : (char[]){ "" }), config);
}

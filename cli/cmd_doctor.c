// SPDX-License-Identifier: GPL-2.0-or-later
/* foliobench doctor: what is missing or wrong here, and the command that mends it. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/settings.h"
#include "bench/swap.h"
#include "cli/cli.h"
#include "lib/cleanup.h"
#include "lib/fs.h"
#include "lib/spawn.h"
#include "runner/arch.h"
#include "runner/cost/watch.h"

#define BUILD_NEEDS_GIB 6

static unsigned int problems;

static void fine(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
static void wrong(const char *what, const char *mend);

static void fine(const char *fmt, ...)
{
	va_list ap;

	fputs("  ok    ", stdout);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
}

static void wrong(const char *what, const char *mend)
{
	problems++;
	printf("  WRONG %s\n", what);
	if (mend)
		printf("        mend: %s\n", mend);
}

/* Programs that this one runs, and the Debian package of each. */
static const struct {
	const char *program, *package, *used_for;
} programs[] = {
	{ "apt-get", "apt", "fetching sources and images" },
	{ "dpkg-deb", "dpkg", "unpacking packages" },
	{ "xz", "xz-utils", "unpacking sources and modules" },
	{ "tar", "tar", "unpacking sources" },
	{ "patch", "patch", "applying a series" },
	{ "git", "git", "series of mails, sources in repositories" },
	{ "make", "make", "building kernels" },
	{ "gcc", "gcc", "building kernels" },
	{ "ld", "binutils", "building kernels" },
	{ "flex", "flex", "building kernels" },
	{ "bison", "bison", "building kernels" },
	{ "bc", "bc", "building kernels" },
	{ "perl", "perl", "building kernels" },
	{ "qemu-system-x86_64", "qemu-system-x86", "target qemu" },
	{ "gnuplot", "gnuplot-nox", "figures" },
};

static void check_programs(void)
{
	struct strbuf missing __strbuf = { 0 };
	struct strbuf packages __strbuf = { 0 };

	strbuf_addstr(&packages, "apt-get install");
	for (size_t i = 0; i < ARRAY_SIZE(programs); i++) {
		char *path __free = spawn_which(programs[i].program);

		if (path)
			continue;
		strbuf_addf(&missing, "%s%s (%s)", missing.len ? ", " : "", programs[i].program,
			    programs[i].used_for);
		if (!strstr(strbuf_str(&packages), programs[i].package))
			strbuf_addf(&packages, " %s", programs[i].package);
	}
	if (missing.len) {
		char *what __free = xasprintf("not installed: %s", strbuf_str(&missing));

		wrong(what, strbuf_str(&packages));
	} else {
		fine("all %zu programs that foliobench runs are installed", ARRAY_SIZE(programs));
	}
}

static void check_own_files(const struct cli *cli)
{
	const char *const files[] = { cli->agent_path, cli->poweroff_path, cli->cost_path };

	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		if (!access(files[i], R_OK)) {
			fine("%s", files[i]);
		} else {
			char *what __free = xasprintf("%s is not there", files[i]);

			wrong(what, "./quickstart setup");
		}
	}
}

static void check_folder(const char *what, const char *path)
{
	uint64_t free_bytes;
	struct error e;

	if (fs_mkdirs(path, &e)) {
		wrong(e.msg,
		      "set FOLIOBENCH_HOME and FOLIOBENCH_CACHE to folders you can write to");
		return;
	}
	if (access(path, W_OK)) {
		char *text __free = xasprintf("%s (%s): cannot be written", path, what);

		wrong(text, "set FOLIOBENCH_HOME and FOLIOBENCH_CACHE to folders you can write to");
		return;
	}
	free_bytes = fs_free_bytes(path);
	if (free_bytes < (uint64_t)BUILD_NEEDS_GIB << 30) {
		char *text __free =
			xasprintf("%s (%s): %.1f GiB free, a kernel build wants %d", path, what,
				  (double)free_bytes / (1 << 30), BUILD_NEEDS_GIB);

		wrong(text, "free some room, or set FOLIOBENCH_CACHE to a larger disk");
		return;
	}
	fine("%s (%s): %.0f GiB free", path, what, (double)free_bytes / (1 << 30));
}

static void check_targets(const struct cli *cli)
{
	for (size_t i = 0; targets[i]; i++) {
		struct error e = { 0 };

		if (!targets[i]->probe(&cli->runner, NULL, &e))
			fine("target %s", targets[i]->name);
		else
			printf("  --    target %s cannot be used: %s\n", targets[i]->name, e.msg);
	}
}

/* What --arch can be besides this machine's own: nothing is wrong where one is left out. */
static void check_architectures(const struct cli *cli)
{
	const struct arch *a;

	for (size_t i = 0; (a = arch_at(i)); i++) {
		struct error e = { 0 };

		if (a == arch_host())
			continue;
		if (!arch_ready(&cli->runner, a, &e))
			fine("%s kernels (--arch %s)", a->name, a->name);
		else
			printf("  --    %s\n", e.msg);
	}
}

/* Counting (--cost) is for the architectures whose guests can be started here. */
static void check_counting(const struct cli *cli)
{
	const struct arch *a;

	/* else it is told that the plugin is not there */
	for (size_t i = 0; !access(cli->cost_path, R_OK) && (a = arch_at(i)); i++) {
		struct error e = { 0 };

		if (arch_ready(&cli->runner, a, NULL))
			continue;
		if (!cost_ready(&cli->runner, a, &e))
			fine("instructions of %s guests can be counted (--cost)", a->name);
		else
			printf("  --    %s\n", e.msg);
	}
}

static void check_running_kernel(const struct cli *cli)
{
	(void)cli;
	if (fs_exists("/sys/kernel/mm/transparent_hugepage/enabled"))
		fine("the running kernel has THP");
	else
		wrong("the running kernel has no THP (only target local needs it)",
		      "boot a kernel with CONFIG_TRANSPARENT_HUGEPAGE=y");
	if (geteuid())
		printf("  --    not root: on target local page frames are not proven, and of folio "
		       "sizes only\n        those that are switched on are measured; mend: sudo\n");
}

/* What a killed run left is put back, here as by any command that measures. */
static void check_settings(const struct cli *cli)
{
	struct error e;
	int n = 0;
	int rc = settings_recover(cli->journal_path, &n, &e);

	if (rc == -EBUSY)
		fine("a run is measuring on this machine right now");
	else if (rc)
		wrong(e.msg, "put the settings named in the journal back by hand");
	else if (n)
		fine("put back %d machine settings that a killed run left changed", n);
	else
		fine("no machine settings are left changed by a killed run");
	rc = swap_recover(&n, &e);
	if (rc)
		wrong(e.msg, "swapoff and remove the zram device by hand");
	else if (n)
		fine("removed %d swap device%s that a killed run left", n, n == 1 ? "" : "s");
}

static int run(struct cli *cli, int argc, char **argv)
{
	static const struct argp argp = {
		.doc = "Says what is missing or wrong on this machine and the command that mends "
		       "it. Exit code 2 if something is.",
	};
	int rc = cli_parse(&argp, argc, argv, NULL);

	if (rc)
		return rc;
	printf("foliobench " FOLIOBENCH_VERSION "\n");
	check_programs();
	check_own_files(cli);
	check_folder("home", cli->home);
	check_folder("cache", cli->cache);
	check_running_kernel(cli);
	check_targets(cli);
	check_architectures(cli);
	check_counting(cli);
	check_settings(cli);
	return problems ? EXIT_NOT_MEASURED : EXIT_FINE;
}

const struct command cmd_doctor = {
	.name = "doctor",
	.summary = "what is missing or wrong on this machine",
	.run = run,
};

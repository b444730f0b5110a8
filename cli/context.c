// SPDX-License-Identifier: GPL-2.0-or-later
/* Where things are, what ^C does, how errors reach the terminal. */
#define _GNU_SOURCE
#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "bench/settings.h"
#include "bench/swap.h"
#include "cli/cli.h"
#include "lib/cleanup.h"
#include "lib/fs.h"
#include "lib/units.h"

/* Needs no quotes in a shell. */
#define PLAIN "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_=+./,:@%"

/* How often the user has asked; see struct runner. */
static volatile sig_atomic_t cancelled;

/* While set the program never ends from a signal: see cli_hold(). */
static volatile sig_atomic_t held;

static void on_signal(int sig)
{
	if (cancelled < 2)
		cancelled++;
	if (!held) /* the next one ends the program the hard way */
		signal(sig, SIG_DFL);
}

void cli_hold(bool hold)
{
	held = hold;
}

static void catch_signals(void)
{
	const int sigs[] = { SIGINT, SIGTERM, SIGHUP };
	struct sigaction sa = { .sa_handler = on_signal };

	for (size_t i = 0; i < ARRAY_SIZE(sigs); i++) {
		struct sigaction old;

		sigaction(sigs[i], &sa, &old);
		/* of nohup */
		if (sigs[i] == SIGHUP && old.sa_handler == SIG_IGN)
			signal(SIGHUP, SIG_IGN);
	}
	signal(SIGPIPE, SIG_IGN);
}

int cli_error(const char *context, int rc, const struct error *e)
{
	ui_clear();
	if (rc == -ECANCELED)
		fprintf(stderr, "foliobench: %s: interrupted; what was measured is in the store\n",
			context);
	else
		fprintf(stderr, "foliobench: %s: %s\n", context, e->msg);
	return rc == -EINVAL ? EXIT_USAGE : EXIT_NOT_MEASURED;
}

/* A path that still holds after a chdir(), whether or not it is there yet. */
static char *absolute(const char *path)
{
	char *here __free = path[0] == '/' ? NULL : getcwd(NULL, 0);

	return here ? xasprintf("%s/%s", here, path) : xstrdup(path);
}

/* $VAR, else $XDG/foliobench, else $HOME/FALLBACK/foliobench. */
static char *folder(const char *var, const char *xdg, const char *fallback)
{
	const char *v = getenv(var);
	const char *x = getenv(xdg);
	const char *h = getenv("HOME");

	if (v && *v)
		return absolute(v);
	if (x && x[0] == '/') /* others are to be ignored, says the specification */
		return xasprintf("%s/foliobench", x);
	return xasprintf("%s/%s/foliobench", h && *h ? h : "/root", fallback);
}

static char *own_dir(void)
{
	char path[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);

	if (n < 0)
		return xstrdup(".");
	path[n] = '\0';
	return xstrdup(dirname(path));
}

/* One word as a shell reads it back. */
static void add_quoted(struct strbuf *sb, const char *word)
{
	strbuf_addch(sb, ' ');
	if (*word && !word[strspn(word, PLAIN)]) {
		strbuf_addstr(sb, word);
		return;
	}
	strbuf_addch(sb, '\'');
	for (; *word; word++) {
		if (*word == '\'')
			strbuf_addstr(sb, "'\\'");
		strbuf_addch(sb, *word);
	}
	strbuf_addch(sb, '\'');
}

static char *join_command(int argc, char **argv)
{
	struct strbuf sb = { 0 };

	strbuf_addstr(&sb, "foliobench");
	for (int i = 1; i < argc; i++)
		add_quoted(&sb, argv[i]);
	return strbuf_detach(&sb);
}

int cli_init(struct cli *cli, int argc, char **argv, struct error *e)
{
	const char *kernels = getenv("FOLIOBENCH_KERNELS");
	char *dir __free = own_dir();
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);

	(void)e;
	cli->home = folder("FOLIOBENCH_HOME", "XDG_DATA_HOME", ".local/share");
	cli->cache = folder("FOLIOBENCH_CACHE", "XDG_CACHE_HOME", ".cache");
	cli->store_path = xasprintf("%s/foliobench.db", cli->home);
	cli->journal_path = settings_journal_path(cli->home);
	cli->kernels_dir = absolute(kernels && *kernels ? kernels : FOLIOBENCH_KERNELS_DIR);
	cli->agent_path = xasprintf("%s/foliobench-agent", dir);
	cli->poweroff_path = xasprintf("%s/foliobench-poweroff", dir);
	cli->cost_path = xasprintf("%s/foliobench-cost.so", dir);
	cli->command = join_command(argc, argv);
	cli->runner = (struct runner){
		.cache_dir = cli->cache,
		.kernels_dir = cli->kernels_dir,
		.agent_path = cli->agent_path,
		.poweroff_path = cli->poweroff_path,
		.cost_path = cli->cost_path,
		.journal_path = cli->journal_path,
		.log_dir = cli->cache, /* until there is a session */
		.jobs = cpus > 0 ? (unsigned int)cpus : 1,
		.cancel = &cancelled,
		.on_progress = ui_progress,
	};
	return 0;
}

void cli_release(struct cli *cli)
{
	char *all[] = { cli->home,	  cli->cache,	   cli->store_path,    cli->journal_path,
			cli->kernels_dir, cli->agent_path, cli->poweroff_path, cli->cost_path,
			cli->session_dir, cli->command };

	if (cli->session_dir)
		rmdir(cli->session_dir); /* only goes if nothing was written there */
	for (size_t i = 0; i < ARRAY_SIZE(all); i++)
		free(all[i]);
}

static int make_session_dir(struct cli *cli, struct error *e)
{
	char stamp[32];
	time_t now = time(NULL);
	char *runs __free = xasprintf("%s/runs", cli->home);
	int rc = fs_mkdirs(runs, e);

	if (rc)
		return rc;
	strftime(stamp, sizeof(stamp), "%Y%m%d-%H%M%S", localtime(&now));
	for (int i = 0; i < 1000; i++) {
		char *dir =
			i ? xasprintf("%s/%s.%d", runs, stamp, i) : xasprintf("%s/%s", runs, stamp);

		if (!mkdir(dir, 0755)) {
			cli->session_dir = dir;
			cli->runner.log_dir = dir;
			return 0;
		}
		free(dir);
		if (errno != EEXIST)
			break;
	}
	return error_sys(e, errno, "%s", runs);
}

/* One that cannot be removed is in nobody's way: said, and no failure. */
static void remove_swap(void)
{
	struct error e;
	int removed;
	int rc = swap_recover(&removed, &e);

	if (removed)
		ui_say("removed %d swap device%s that a killed run left", removed,
		       removed == 1 ? "" : "s");
	if (rc)
		ui_say("a swap device that a killed run left is still there: %s", e.msg);
}

int cli_put_back(struct cli *cli, struct error *e)
{
	int restored = 0;
	int rc = settings_recover(cli->journal_path, &restored, e);

	remove_swap();
	if (restored && !rc)
		ui_say("put back %d machine settings that a killed run left changed", restored);
	return rc == -EBUSY ? rc : error_prefix(e, rc, "putting back settings of a killed run");
}

int cli_session(struct cli *cli, struct error *e)
{
	int rc = fs_mkdirs(cli->home, e);

	if (!rc)
		rc = fs_mkdirs(cli->cache, e);
	if (!rc)
		rc = make_session_dir(cli, e);
	if (rc)
		return rc;
	rc = cli_put_back(cli, e);
	/* one that measures right now puts its settings back itself */
	if (rc && rc != -EBUSY)
		return rc;
	catch_signals();
	return 0;
}

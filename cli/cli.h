/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The command line: one file per subcommand (cmd_*.c) and one row in the table
 * of main.c. The only folder that prints or exits.
 */
#ifndef FB_CLI_CLI_H
#define FB_CLI_CLI_H

#include <argp.h>
#include <stdbool.h>

#include "lib/error.h"
#include "lib/strbuf.h"
#include "runner/run.h"
#include "runner/runner.h"

/* Exit codes, the same for every subcommand. */
enum {
	EXIT_FINE = 0,
	EXIT_REGRESSION = 1,
	EXIT_NOT_MEASURED = 2,
	EXIT_USAGE = 129,
};

/* Where things are. Made once in main(); strings are owned. */
struct cli {
	char *home;	    /* $FOLIOBENCH_HOME or the XDG data folder */
	char *cache;	    /* $FOLIOBENCH_CACHE or the XDG cache folder */
	char *store_path;   /* home/foliobench.db */
	char *journal_path; /* see settings_journal_path() */
	char *kernels_dir;
	char *agent_path;
	char *poweroff_path;
	char *cost_path;   /* the TCG plugin */
	char *session_dir; /* home/runs/DATE-TIME; made by cli_session() */
	char *command;	   /* what the user typed, for the store */
	struct runner runner;
};

struct command {
	const char *name;
	const char *summary;
	/* Returns an exit code. ARGV[0] is "foliobench NAME". */
	int (*run)(struct cli *cli, int argc, char **argv);
};

extern const struct command cmd_list, cmd_kernel, cmd_run, cmd_ab, cmd_cost, cmd_compare, cmd_plot,
	cmd_replay, cmd_doctor, cmd_plan, cmd_calibrate;

/* Prints "foliobench: CONTEXT: message" and returns the exit code for RC (< 0). */
int cli_error(const char *context, int rc, const struct error *e);

/* The rest of a program's own folder: recipes, agent; home and cache. */
int cli_init(struct cli *cli, int argc, char **argv, struct error *e);
void cli_release(struct cli *cli);

/*
 * Makes home, cache and this call's session folder, puts back settings that a
 * killed run left changed, and catches ^C into runner.cancel.
 */
int cli_session(struct cli *cli, struct error *e);

/* Puts back what a killed run left changed, and says so. -EBUSY: somebody is measuring. */
int cli_put_back(struct cli *cli, struct error *e);

/*
 * While HOLD, ^C only counts in runner.cancel, however often it comes: for work that
 * watches it and that must come to its end. Else the second one ends the program.
 */
void cli_hold(bool hold);

/* argp_parse with this program's conventions; 0 or EXIT_USAGE. */
int cli_parse(const struct argp *argp, int argc, char **argv, void *input);

/* A usage error: one line on standard error, then exits with EXIT_USAGE. */
void cli_usage(const struct argp_state *state, const char *fmt, ...)
	__attribute__((noreturn, format(printf, 2, 3)));

/* Of an option that takes a number within bounds; cli_usage() otherwise. */
unsigned int cli_uint(struct argp_state *state, const char *option, const char *arg,
		      unsigned int min, unsigned int max);

/* Of an option that takes a percentage, above 0 and at most MAX, as a share (0.01 for "1%"). */
double cli_share(const struct argp_state *state, const char *option, const char *arg, double max);

/* progress.c: one line on standard error that is rewritten; lines that stay. */
void ui_init(bool quiet);
void ui_progress(const struct progress *p, void *data);
void ui_say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void ui_clear(void);

#endif

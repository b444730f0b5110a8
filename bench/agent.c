// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * foliobench-agent: what runs on the kernel under test. Reads a plan, runs its
 * cells, writes records. Started as PID 1 it is the guest's init (agent_init.c).
 * Exit code: 0 the plan was run, 2 it could not be, 129 wrong usage or plan.
 */
#include <argp.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "bench/agent.h"
#include "bench/settings.h"
#include "bench/siblings.h"
#include "bench/swap.h"
#include "lib/cleanup.h"

#define EXIT_CANNOT 2
#define EXIT_USAGE  129

static volatile sig_atomic_t stop;
static pid_t agent; /* not a child of a case, which has the same handlers */

/*
 * How long a run has to come to its end once it was told to: longer than foliobench waits for it,
 * so it matters where nobody waits (kill -9 of foliobench, an agent run by hand) and a sample
 * takes minutes, on a CPU of its own and with the machine's settings changed.
 */
#define OVERDUE_S 15

/* However many there are: nothing but SIGKILL keeps the agent from putting settings back. */
static void on_signal(int sig)
{
	(void)sig;
	if (!stop && getpid() == agent)
		alarm(OVERDUE_S);
	stop = 1;
}

/* The option that names the journal; NULL: there is none. */
static char *overdue_journal;

/* Whatever it was doing, this process goes on as one that only puts back what it changed. */
static void on_overdue(int sig)
{
	char *const args[] = { "foliobench-agent", "--recover", overdue_journal, NULL };

	(void)sig;
	execv("/proc/self/exe", args);
	_exit(EXIT_CANNOT);
}

static void catch_overdue(const char *journal)
{
	struct sigaction sa = { .sa_handler = on_overdue };

	overdue_journal = journal ? xasprintf("--journal=%s", journal) : NULL;
	sigaction(SIGALRM, &sa, NULL);
}

static void catch_signals(void)
{
	struct sigaction sa = { .sa_handler = on_signal, .sa_flags = SA_RESTART };
	int at_death = 0;

	agent = getpid();
	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGHUP, &sa, NULL);
	signal(SIGPIPE, SIG_IGN);
	/* started by foliobench: its death is to end this run, not to kill it */
	if (!prctl(PR_GET_PDEATHSIG, &at_death) && at_death == SIGKILL)
		prctl(PR_SET_PDEATHSIG, SIGTERM);
}

struct options {
	const char *plan, *records, *journal;
	bool recover;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	switch (key) {
	case 'p':
		o->plan = arg;
		return 0;
	case 'r':
		o->records = arg;
		return 0;
	case 'j':
		o->journal = arg;
		return 0;
	case 'R':
		o->recover = true;
		return 0;
	case ARGP_KEY_END:
		if (!o->recover && (!o->plan || !o->records))
			argp_error(state, "--plan and --records are needed");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option option_table[] = {
	{ "plan", 'p', "FILE", 0, "The plan: JSON lines (-: standard input)", 0 },
	{ "records", 'r', "FILE", 0, "Where records go: a file, fd:N, or - for standard output",
	  0 },
	{ "journal", 'j', "FILE", 0,
	  "Journal of changed settings (root's default: " SETTINGS_JOURNAL ")", 0 },
	{ "recover", 'R', NULL, 0, "Only put back what a killed run left changed", 0 },
	{ 0 },
};

const char *argp_program_version = "foliobench-agent " FOLIOBENCH_VERSION;

static int recover(const char *journal, struct error *e)
{
	struct error ignored;
	int n = 0, removed;
	int rc, end;

	rc = journal ? settings_recover(journal, &n, e) : 0;
	end = swap_recover(&removed, rc ? &ignored : e);
	if (!rc && !end)
		printf("foliobench-agent: %d settings put back, %d swap devices removed\n", n,
		       removed);
	return rc ? rc : end;
}

static int run(const struct options *o, struct error *e)
{
	struct agent_stream stream = { .fd = -1 };
	struct agent_plan plan;
	struct agent_run run = {
		.plan = &plan,
		.stream = &stream,
		.journal = o->journal,
		.stop = &stop,
	};
	int rc = agent_plan_read(o->plan, &plan, e);

	if (rc)
		return rc;
	if (plan.symbols) {
		agent_plan_release(&plan);
		return error_set(e, EINVAL, "plan %s: symbols are sent by a guest's init alone",
				 o->plan);
	}
	catch_overdue(o->journal);
	rc = agent_stream_open(&stream, o->records, e);
	if (!rc) {
		rc = agent_run(&run, e);
		if (rc)
			agent_stream_note(&stream, "error", e->msg);
	}
	agent_plan_release(&plan);
	if (!rc)
		return agent_stream_close(&stream, e);
	agent_stream_close(&stream, NULL);
	return rc;
}

int main(int argc, char **argv)
{
	static const struct argp argp = {
		option_table, parse,
		NULL,	      "Runs a plan of cells on this kernel and writes records.",
		NULL,	      NULL,
		NULL
	};
	char *journal __free = settings_journal_path(NULL);
	struct options o = { .journal = journal };
	struct error e = { "" };
	int rc;

	/* what a child of a case executes */
	if (siblings_are_idle(argc, argv))
		return siblings_idle(argv);
	/* jansson would ask for random bytes: not the same from boot to boot */
	json_object_seed(1);
	catch_signals();
	if (getpid() == 1)
		agent_init_main(&stop);
	argp_err_exit_status = EXIT_USAGE;
	argp_parse(&argp, argc, argv, 0, NULL, &o);
	rc = o.recover ? recover(o.journal, &e) : run(&o, &e);
	if (!rc)
		return 0;
	fprintf(stderr, "foliobench-agent: %s\n", e.msg);
	return rc == -EINVAL ? EXIT_USAGE : EXIT_CANNOT;
}

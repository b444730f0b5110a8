// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * foliobench replay: recorded streams through the path that boots take, into
 * the store. What was measured on another machine can be compared here.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/measure.h"
#include "lib/cleanup.h"
#include "lib/fs.h"
#include "runner/hash.h"

struct replay_args {
	struct strv sides; /* NAME=FILE[,FILE...] */
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct replay_args *a = state->input;

	switch (key) {
	case ARGP_KEY_ARG:
		if (!strchr(arg, '=') || arg[0] == '=' || !strchr(arg, '=')[1])
			cli_usage(state, "%s: wants KERNEL=FILE[,FILE...]", arg);
		strv_add(&a->sides, arg);
		return 0;
	case ARGP_KEY_END:
		if (!a->sides.n)
			cli_usage(state, "wants at least one KERNEL=FILE[,FILE...]");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.parser = parse,
	.args_doc = "KERNEL=FILE[,FILE...]...",
	.doc = "Stores recorded streams, each file as one boot of the kernel named, as one run; "
	       "foliobench compare then compares them. Counts that lie beside a file (NAME.cost "
	       "and NAME.symbols beside NAME.jsonl) are stored, too. Every boot's stream is kept "
	       "beside its "
	       "console in the run's folder.",
};

/* A kernel known only by the name that its streams were given. */
static void replayed_kernel(struct kernel *k, const char *name)
{
	char *id = xasprintf("replay:%s", name);
	char hex[HASH_TEXT];

	hash_buf(id, strlen(id), hex);
	k->name = xstrdup(name);
	k->description = xstrdup("recorded streams");
	k->source = id;
	k->hash = xstrdup(hex);
	k->built = true;
}

static int replay_side(struct cli *cli, const char *side, const struct run_sink *sink,
		       struct error *e)
{
	struct strv files __strv = { 0 };
	size_t len = strcspn(side, "=");
	char *name __free = xasprintf("%.*s", (int)len, side);
	struct kernel k = { 0 };
	int rc = 0;

	replayed_kernel(&k, name);
	strv_split(&files, side + len + 1, ",");
	for (unsigned int i = 0; i < files.n && !rc; i++)
		rc = run_replay(&cli->runner, files.v[i], &k, i, sink, e);
	kernel_release(&k);
	return rc;
}

/* All files must be there before anything is stored. */
static int check_files(const struct replay_args *a, struct error *e)
{
	strv_for_each(&a->sides, it) {
		struct strv files __strv = { 0 };

		strv_split(&files, strchr(*it, '=') + 1, ",");
		strv_for_each(&files, f) {
			if (access(*f, R_OK))
				return error_sys(e, errno, "%s", *f);
		}
	}
	return 0;
}

static int replay(struct cli *cli, const struct replay_args *a, struct store_sink *ss,
		  struct error *e)
{
	struct run_sink sink;
	struct error ignored;
	int rc = check_files(a, e);
	int end;

	if (!rc)
		rc = cli_session(cli, e);
	if (!rc)
		rc = store_open(cli->store_path, &ss->store, e);
	if (!rc)
		rc = store_run_begin(ss->store, cli->command, "replay", NULL, 0, &ss->run_id, e);
	if (rc)
		return rc;
	sink = measure_sink(ss);
	for (size_t i = 0; i < a->sides.n && !rc; i++)
		rc = replay_side(cli, a->sides.v[i], &sink, e);
	end = store_run_end(ss->store, ss->run_id,
			    rc == -ECANCELED ? "interrupted"
			    : rc	     ? "failed"
					     : "complete",
			    rc ? &ignored : e);
	return rc ? rc : end;
}

static int run(struct cli *cli, int argc, char **argv)
{
	struct replay_args a = { 0 };
	struct store_sink ss = { 0 };
	struct error e;
	int rc = cli_parse(&argp, argc, argv, &a);

	if (rc)
		return rc;
	rc = replay(cli, &a, &ss, &e);
	store_close(ss.store);
	strv_release(&a.sides);
	if (rc)
		return cli_error("replay", rc, &e);
	printf("run %lld: %u boots stored, %u of them lost or tainted\n", (long long)ss.run_id,
	       ss.ok + ss.bad, ss.bad);
	return ss.ok ? EXIT_FINE : EXIT_NOT_MEASURED;
}

const struct command cmd_replay = {
	.name = "replay",
	.summary = "store recorded streams as if they had just been measured",
	.run = run,
};

// SPDX-License-Identifier: GPL-2.0-or-later
/* foliobench: the table of subcommands. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"

static const struct command *const commands[] = {
	&cmd_list, &cmd_kernel, &cmd_run,    &cmd_ab,	  &cmd_cost,	  &cmd_compare,
	&cmd_plan, &cmd_plot,	&cmd_replay, &cmd_doctor, &cmd_calibrate, NULL,
};

static void print_usage(FILE *out)
{
	fputs("Usage: foliobench COMMAND [ARGUMENT...]\n\n"
	      "What did this change do to fork, copy-on-write, unmap, mprotect and page-table\n"
	      "reclaim, and can I prove it?\n\n",
	      out);
	for (const struct command *const *c = commands; *c; c++)
		fprintf(out, "  %-9s %s\n", (*c)->name, (*c)->summary);
	fputs("\n'foliobench COMMAND --help' says more. Exit codes: 0 fine, 1 a regression was\n"
	      "found, 2 could not measure, 129 usage.\n"
	      "Results are kept in $FOLIOBENCH_HOME (default ~/.local/share/foliobench), sources\n"
	      "and kernels in $FOLIOBENCH_CACHE (default ~/.cache/foliobench).\n",
	      out);
}

static const struct command *find(const char *name)
{
	for (const struct command *const *c = commands; *c; c++) {
		if (!strcmp((*c)->name, name))
			return *c;
	}
	return NULL;
}

static int dispatch(struct cli *cli, const struct command *c, int argc, char **argv)
{
	char *name = xasprintf("foliobench %s", c->name);
	int code;

	argv[0] = name;
	code = c->run(cli, argc, argv);
	ui_clear();
	free(name);
	return code;
}

int main(int argc, char **argv)
{
	struct cli cli = { 0 };
	const struct command *c;
	struct error e;
	int code;

	if (argc < 2) {
		print_usage(stderr);
		return EXIT_USAGE;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "help") || !strcmp(argv[1], "-h")) {
		print_usage(stdout);
		return EXIT_FINE;
	}
	if (!strcmp(argv[1], "--version") || !strcmp(argv[1], "-V")) {
		puts("foliobench " FOLIOBENCH_VERSION);
		return EXIT_FINE;
	}
	c = find(argv[1]);
	if (!c) {
		fprintf(stderr, "foliobench: %s: no such command (see foliobench --help)\n",
			argv[1]);
		return EXIT_USAGE;
	}
	ui_init(false);
	if (cli_init(&cli, argc, argv, &e))
		return cli_error(c->name, -1, &e);
	code = dispatch(&cli, c, argc - 1, argv + 1);
	cli_release(&cli);
	if ((fflush(stdout) || ferror(stdout)) && code != EXIT_NOT_MEASURED) {
		fprintf(stderr, "foliobench: standard output: could not be written whole\n");
		return EXIT_NOT_MEASURED;
	}
	return code;
}

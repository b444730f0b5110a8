// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * argp with this program's manners: a usage error is one line and exit code
 * 129. Of what argp says itself the second line ("Try ...") is dropped.
 */
#define _GNU_SOURCE
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "lib/units.h"

/* What argp writes to its error stream: all but the line that begins with "Try". */
static ssize_t write_but_hint(void *cookie, const char *text, size_t len)
{
	const char *hint = memmem(text, len, "Try `", 5);
	size_t keep = hint ? (size_t)(hint - text) : len;

	(void)cookie;
	if (keep && fwrite(text, 1, keep, stderr) != keep)
		return 0;
	return (ssize_t)len;
}

struct wrapped {
	void *input;
	FILE *errors;
};

static error_t parse_wrapped(int key, char *arg, struct argp_state *state)
{
	const struct wrapped *w = state->input;

	(void)arg;
	if (key != ARGP_KEY_INIT)
		return ARGP_ERR_UNKNOWN;
	state->child_inputs[0] = w->input;
	state->err_stream = w->errors;
	return 0;
}

int cli_parse(const struct argp *argp, int argc, char **argv, void *input)
{
	const cookie_io_functions_t io = { .write = write_but_hint };
	const struct argp_child children[] = { { argp, 0, NULL, 0 }, { 0 } };
	const struct argp wrapper = { .parser = parse_wrapped, .children = children };
	struct wrapped w = { .input = input, .errors = fopencookie(NULL, "w", io) };
	int rc;

	if (!w.errors)
		abort();
	argp_err_exit_status = EXIT_USAGE;
	rc = argp_parse(&wrapper, argc, argv, 0, NULL, &w);
	fclose(w.errors);
	return rc ? EXIT_USAGE : 0;
}

void cli_usage(const struct argp_state *state, const char *fmt, ...)
{
	const char *blank = strrchr(state->name, ' ');
	va_list ap;

	/* argp_error() would add two more lines */
	fprintf(stderr, "foliobench: %s: ", blank ? blank + 1 : state->name);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	exit(EXIT_USAGE);
}

unsigned int cli_uint(struct argp_state *state, const char *option, const char *arg,
		      unsigned int min, unsigned int max)
{
	uint64_t v;

	if (parse_uint(arg, &v) || v < min || v > max)
		cli_usage(state, "%s %s: wants a number from %u to %u", option, arg, min, max);
	return (unsigned int)v;
}

double cli_share(const struct argp_state *state, const char *option, const char *arg, double max)
{
	double v;

	if (parse_share(arg, &v) || !(v > 0) || v > max)
		cli_usage(state, "%s %s: wants a percentage above 0%% and at most %g%%, as in 1%%",
			  option, arg, 100 * max);
	return v;
}

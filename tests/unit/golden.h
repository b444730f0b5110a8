/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Golden values that another program computed (tests/data/stats/): a line is what was computed, its
 * arguments, "=", the results. A "#" begins a remark.
 */
#ifndef FB_TESTS_UNIT_GOLDEN_H
#define FB_TESTS_UNIT_GOLDEN_H

#include <math.h>

#include "tests/unit/unit.h"

struct golden {
	FILE *file;
	const char *name; /* of the file */
	int line;
	char what[32];
	double in[512], out[512];
	size_t n_in, n_out;
};

static inline void golden_open(struct golden *g, const char *name)
{
	char *path = xasprintf(TEST_DATA_DIR "/stats/%s", name);

	*g = (struct golden){ .file = fopen(path, "r"), .name = name };
	if (!g->file)
		fail_msg("cannot open %s", path);
	free(path);
}

/* The numbers of TEXT up to what is none; *END is there. */
static inline size_t golden_numbers(const char *text, double *v, size_t max, const char **end)
{
	size_t n = 0;

	for (char *after; n < max; text = after) {
		v[n] = strtod(text, &after);
		if (after == text)
			break;
		n++;
	}
	*end = text + strspn(text, " \n");
	return n;
}

/* False at the end of the file, which is closed then. */
static inline bool golden_next(struct golden *g)
{
	char *line = NULL;
	const char *rest;
	size_t size = 0;

	do {
		g->line++;
		if (getline(&line, &size, g->file) < 0) {
			free(line);
			fclose(g->file);
			return false;
		}
	} while (*line == '#');
	g->what[0] = '\0';
	sscanf(line, "%31s", g->what);
	g->n_in = golden_numbers(line + strlen(g->what), g->in, 512, &rest);
	if (*rest != '=')
		fail_msg("%s:%d: not a golden value: %s", g->name, g->line, line);
	g->n_out = golden_numbers(rest + 1, g->out, 512, &rest);
	if (*rest || !g->n_out)
		fail_msg("%s:%d: not a golden value: %s", g->name, g->line, line);
	free(line);
	return true;
}

/* Result I is GOT but for a share TOLERANCE of the result, and but for SLACK. */
static inline void golden_check(const struct golden *g, size_t i, double got, double tolerance,
				double slack)
{
	double want = g->out[i];

	assert_true(i < g->n_out);
	if (isnan(want) ? isnan(got)
			: got == want || fabs(got - want) <= tolerance * fabs(want) + slack)
		return;
	fail_msg("%s:%d: %s: result %zu is %.17g, not %.17g", g->name, g->line, g->what, i + 1, got,
		 want);
}

#endif

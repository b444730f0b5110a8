// SPDX-License-Identifier: GPL-2.0-or-later
/* Kernels on the command line; see kernel_words.h. */
#include <stdlib.h>
#include <string.h>

#include "cli/kernel_words.h"

#define LAYOUTS_MAX 100

enum { OPT_SERIES = 512, OPT_CONFIG, OPT_CC, OPT_ARCH, OPT_LAYOUTS };

static const struct argp_option options[] = {
	{ "series", OPT_SERIES, "PATCHES", 0,
	  "Patches on top: a file, a folder, an mbox, b4:MESSAGE-ID, git:PATH@A..B; may be given "
	  "again",
	  0 },
	{ "config", OPT_CONFIG, "CONFIG", 0,
	  "Of all kernels, on top of their own: a fragment, a whole .config, +CONFIG_X=y", 0 },
	{ "cc", OPT_CC, "COMPILER", 0, "gcc, clang or clang-16 (default: the recipe's)", 0 },
	{ "arch", OPT_ARCH, "ARCH", 0, "x86_64 or arm64 (default: the recipe's)", 0 },
	{ "layouts", OPT_LAYOUTS, "N", 0,
	  "Build each kernel N times with its functions at other addresses", 0 },
	{ 0 },
};

static void set_once(const struct argp_state *state, char **field, const char *option,
		     const char *arg)
{
	if (*field)
		cli_usage(state, "%s is given twice", option);
	*field = xstrdup(arg);
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct kernel_words *w = state->input;

	switch (key) {
	case OPT_SERIES:
		strv_add(&w->series, arg);
		return 0;
	case OPT_CONFIG:
		strv_add(&w->config, arg);
		return 0;
	case OPT_CC:
		set_once(state, &w->cc, "--cc", arg);
		return 0;
	case OPT_ARCH:
		set_once(state, &w->arch, "--arch", arg);
		return 0;
	case OPT_LAYOUTS:
		w->layouts = cli_uint(state, "--layouts", arg, 1, LAYOUTS_MAX);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

const struct argp kernel_words_argp = { .options = options, .parser = parse };

void kernel_words_add(struct kernel_words *w, const char *name)
{
	w->v = xrealloc(w->v, (w->n + 1) * sizeof(*w->v));
	w->v[w->n++] = (struct kernel_spec){ .name = xstrdup(name) };
}

void kernel_words_plus(const struct argp_state *state, struct kernel_words *w, const char *word)
{
	if (!w->n)
		cli_usage(state, "%s: goes behind the kernel that it is for (--config %s: for all)",
			  word, word);
	strv_add(&w->v[w->n - 1].config, word);
}

bool kernel_words_differ(const struct kernel_words *w)
{
	bool differ = w->series.n;

	for (size_t i = 0; i < w->n; i++)
		differ |= w->v[i].config.n || w->v[i].series.n;
	return differ;
}

static void give(char **field, const char *value)
{
	if (!*field && value)
		*field = xstrdup(value);
}

void kernel_words_finish(struct kernel_words *w)
{
	for (size_t i = 0; i < w->n; i++) {
		struct strv own = w->v[i].config;

		w->v[i].config = (struct strv){ 0 };
		strv_copy(&w->v[i].config, &w->config);
		strv_for_each(&own, it)
			strv_add(&w->v[i].config, *it);
		strv_release(&own);
		give(&w->v[i].cc, w->cc);
		give(&w->v[i].arch, w->arch);
	}
	if (w->n)
		strv_copy(&w->v[w->n - 1].series, &w->series);
}

void kernel_words_release(struct kernel_words *w)
{
	for (size_t i = 0; i < w->n; i++)
		kernel_spec_release(&w->v[i]);
	free(w->v);
	strv_release(&w->series);
	strv_release(&w->config);
	free(w->cc);
	free(w->arch);
	*w = (struct kernel_words){ 0 };
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What two kernels differ in besides their sources and patches, which are the point of a
 * comparison: a configuration that differs by accident is the commonest wrong number.
 */
#ifndef FB_RESULTS_DIFFERENCES_H
#define FB_RESULTS_DIFFERENCES_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/dotconfig.h"
#include "lib/error.h"
#include "lib/json.h"
#include "lib/strbuf.h"
#include "results/store.h"

struct compare_side;

struct differences {
	bool known;		      /* both kernels' final configurations are in the store */
	struct dotconfig_diff config; /* n for off or absent; sorted */
	bool *asked;		      /* for each of them: somebody asked for it */
	char *fact; /* "as asked for: CONFIG_DEBUG_VM n -> y; 3 more follow: ..."; "" for none */
	struct strv apart; /* why figures of the two do not compare, one line each; see apart.h */
};

/*
 * Compares A, the baseline, and B as the store knows them. Appends to WARNINGS one line each for
 * symbols that nobody asked for, and for another compiler, linker or architecture. 0 or -errno;
 * release D if 0.
 */
int differences_load(struct store *s, const struct compare_side *a, const struct compare_side *b,
		     struct differences *d, struct strv *warnings, struct error *e);
void differences_release(struct differences *d);

/*
 * Inside results/ only. Of what a kernel was made of: the text of KEY in its inputs, "" where there
 * is none; KEY of its configuration, or NULL. Whether two of them, or none, are the same.
 */
const char *side_input(const struct compare_side *side, const char *key);
json_t *side_config(const struct compare_side *side, const char *key);
bool same_json(json_t *a, json_t *b);
/* "gcc-14 (Debian 14.2.0-19) 14.2.0" from the bracket on: one compiler goes by several names. */
const char *compiler_without_name(const char *version);

#endif

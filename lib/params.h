/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Typed parameters. A case lists its params as rows of data; these rows drive
 * the parser, the bounds, --help, the docs and the store. A cell is a case
 * with one value for each of its params (a struct param_set).
 */
#ifndef FB_LIB_PARAMS_H
#define FB_LIB_PARAMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/error.h"
#include "lib/json.h"
#include "lib/strbuf.h"

enum param_type {
	PARAM_SIZE,  /* bytes: "64K"; min and max in bytes */
	PARAM_FOLIO, /* bytes, a power of two: "4K" to "2M"; "2M-pmd": mapped by PMDs; "all" */
	PARAM_UINT,  /* a plain number */
	PARAM_ENUM,  /* one of choices */
};

struct param_desc {
	const char *name;
	enum param_type type;
	const char *help;
	const char *defaults;	    /* one value, or a sweep: "4K,16K,64K"; NULL: see below */
	uint64_t min, max;	    /* inclusive; for all but PARAM_ENUM */
	const char *const *choices; /* PARAM_ENUM: NULL-terminated */
	uint64_t step;		    /* PARAM_SIZE: a multiple of this; 0: any */
};

/* A param without defaults is part of a cell only where an assignment names it. */

#define PARAMS_MAX     16
#define PARAM_TEXT_MAX 24

struct param_value {
	const struct param_desc *desc;
	uint64_t num;		   /* the value, or the index of the choice */
	bool pmd_mapped;	   /* PARAM_FOLIO: "2M-pmd" */
	char text[PARAM_TEXT_MAX]; /* canonical form: what is printed and stored */
};

struct param_set {
	size_t n;
	struct param_value v[PARAMS_MAX];
};

/* One value of DESC from text. 0, or -EINVAL with a line that names the bounds. */
int param_parse(const struct param_desc *desc, const char *text, struct param_value *out,
		struct error *e);

/*
 * All cells of a case: the cross product of its params, each with the values of
 * the assignment that names it ("folio=4K,64K") or else its defaults. The last
 * param varies fastest. Assignments to names that DESCS (which ends with a row
 * without name, or is NULL) does not have are skipped. "all" for a PARAM_FOLIO stands for
 * every size between its bounds, and for PMD mappings of the largest. *OUT is for the caller to
 * free.
 */
int params_expand(const struct param_desc *descs, const struct strv *assignments,
		  struct param_set **out, size_t *n, struct error *e);

/* Whether DESCS has a param of that name. */
const struct param_desc *param_find(const struct param_desc *descs, const char *name,
				    size_t name_len);

/* The value of a param the case does have (abort otherwise: a typo in the case). */
const struct param_value *param_get(const struct param_set *set, const char *name);
uint64_t param_num(const struct param_set *set, const char *name);
const char *param_text(const struct param_set *set, const char *name);
/* The same for one that may be absent: NULL. */
const struct param_value *param_maybe(const struct param_set *set, const char *name);

/* {"folio":"64K",...}: a new object. */
json_t *params_to_json(const struct param_set *set);
/* The reverse; every param of DESCS that has defaults must be there. */
int params_from_json(const struct param_desc *descs, json_t *obj, struct param_set *out,
		     struct error *e);

#endif

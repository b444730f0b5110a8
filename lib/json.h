/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * JSON, by jansson: the one place that includes it. Below are the few helpers
 * that this project adds.
 */
#ifndef FB_LIB_JSON_H
#define FB_LIB_JSON_H

#include <jansson.h>

#include "lib/error.h"

#define __json __attribute__((cleanup(json_decrefp)))

/* One line, keys in insertion order, no spaces; caller frees. Never NULL. */
char *json_line(const json_t *j);
/* The same with keys sorted: equal objects give equal text. */
char *json_canonical(const json_t *j);
/* Parses LEN bytes; NULL with one line in E. Caller owns the reference. */
json_t *json_parse(const char *text, size_t len, struct error *e);

#endif

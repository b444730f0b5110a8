/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmocka with what it wants included first, and a scratch folder for tests that write. */
#ifndef FB_TESTS_UNIT_UNIT_H
#define FB_TESTS_UNIT_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/fs.h"
#include "lib/strbuf.h"

/* Fails with the message when the text lacks PART. */
#define assert_contains(text, part)                                                                \
	do {                                                                                       \
		if (!strstr((text), (part)))                                                       \
			fail_msg("'%s' does not contain '%s'", text, part);                        \
	} while (0)

/* A fresh folder; scratch_remove() deletes it and frees the name. */
static inline char *scratch_make(void)
{
	const char *base = getenv("TMPDIR");
	char *dir = xasprintf("%s/foliobench-unit.XXXXXX", base ? base : "/tmp");

	assert_non_null(mkdtemp(dir));
	return dir;
}

static inline void scratch_remove(char *dir)
{
	assert_int_equal(fs_remove_tree(dir, NULL), 0);
	free(dir);
}

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Included ahead of every file that clang-tidy looks at (but lib/error.c, which
 * defines them): the analyzer sees one file at a time and cannot know that these
 * never return 0, or what error_prefix() returns, so it warns about paths that
 * do not exist. Never compiled into anything.
 */
#include "lib/error.h"

#define error_set(e, errnum, ...) (error_set(e, errnum, __VA_ARGS__), -1)
#define error_sys(e, errnum, ...) (error_sys(e, errnum, __VA_ARGS__), -1)
#define error_prefix(e, rc, ...)  (error_prefix(e, rc, __VA_ARGS__), (rc))

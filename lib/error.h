/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How library code reports what went wrong: it returns a negative errno and
 * leaves one line in a struct error. Callers put context in front with
 * error_prefix(); only cli/ (and the agent's main) prints.
 *
 * -EINVAL means that the user asked for something that cannot be (a usage
 * error, exit code 129); any other code means that it could not be done now.
 */
#ifndef FB_LIB_ERROR_H
#define FB_LIB_ERROR_H

struct error {
	char msg[2048];
};

/* Replaces the message; returns -errnum. ERRNUM is positive. E may be NULL. */
int error_set(struct error *e, int errnum, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* The same with ": strerror(errnum)" appended. */
int error_sys(struct error *e, int errnum, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Puts "text: " in front of the message, unless RC is 0. Returns RC unchanged, for tail use. */
int error_prefix(struct error *e, int rc, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Puts TEXT behind the message. Returns RC unchanged. */
int error_suffix(struct error *e, int rc, const char *text);

#endif

// SPDX-License-Identifier: GPL-2.0-or-later
/* Errors with context; see error.h. Nothing here allocates or prints. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lib/error.h"

int error_set(struct error *e, int errnum, const char *fmt, ...)
{
	va_list ap;

	if (e) {
		va_start(ap, fmt);
		vsnprintf(e->msg, sizeof(e->msg), fmt, ap);
		va_end(ap);
	}
	return -errnum;
}

int error_sys(struct error *e, int errnum, const char *fmt, ...)
{
	va_list ap;
	size_t len;

	if (e) {
		va_start(ap, fmt);
		vsnprintf(e->msg, sizeof(e->msg), fmt, ap);
		va_end(ap);
		len = strlen(e->msg);
		snprintf(e->msg + len, sizeof(e->msg) - len, ": %s", strerror(errnum));
	}
	return -errnum;
}

int error_prefix(struct error *e, int rc, const char *fmt, ...)
{
	char old[sizeof(e->msg)];
	va_list ap;
	size_t len;

	if (!e || !rc) /* nothing went wrong: there is no message */
		return rc;
	memcpy(old, e->msg, sizeof(old));
	va_start(ap, fmt);
	vsnprintf(e->msg, sizeof(e->msg), fmt, ap);
	va_end(ap);
	len = strlen(e->msg);
	snprintf(e->msg + len, sizeof(e->msg) - len, ": %s", old);
	return rc;
}

int error_suffix(struct error *e, int rc, const char *text)
{
	size_t len;

	if (!e)
		return rc;
	len = strlen(e->msg);
	snprintf(e->msg + len, sizeof(e->msg) - len, "%s", text);
	return rc;
}

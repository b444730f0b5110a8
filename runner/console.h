/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A guest's console, read while it grows: what of it is a splat (the kernel
 * reporting that something went wrong with it), and which line says best why a
 * boot ended early. Records never come this way.
 */
#ifndef FB_RUNNER_CONSOLE_H
#define FB_RUNNER_CONSOLE_H

#include <stdbool.h>
#include <sys/types.h>

#include "lib/strbuf.h"

/* Zeroed is a valid start. */
struct console {
	off_t read_bytes;   /* of the file, so far */
	struct strbuf line; /* the one that is not complete yet */
	char *splat;	    /* first splat's line, NULL if none */
	char *panic;	    /* the kernel's last words, NULL if none */
	bool off;	    /* it was powered off or rebooted in order */
	char *last;	    /* last line that says something, NULL if none */
};

/* Reads what PATH has grown by. True if there was anything. */
bool console_poll(struct console *c, const char *path);
void console_feed(struct console *c, const char *data, size_t len);
/* The line that is not complete counts too: a machine that stops does so anywhere. */
void console_end(struct console *c);
/* Panic, else splat, else the last line, else NULL; owned by C. */
const char *console_reason(const struct console *c);
void console_release(struct console *c);

/* LINE without its time stamp and log level. */
const char *console_text(const char *line);
/* Whether LINE (as console_text() gives it) starts a splat. */
bool console_is_splat(const char *text);

#endif

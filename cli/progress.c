// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a waiting person sees: on a terminal one line that is rewritten, else a
 * line whenever the phase changes and every half a minute. All on standard
 * error, so that standard output stays what was asked for.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cli/cli.h"
#include "lib/units.h"

#define EVERY_TTY_S 0.1
#define EVERY_LOG_S 30.0

static struct {
	bool tty, quiet, dirty;
	double last;
	char phase[64];
} ui;

void ui_init(bool quiet)
{
	ui.tty = isatty(STDERR_FILENO);
	ui.quiet = quiet;
}

void ui_clear(void)
{
	if (ui.dirty)
		fputs("\r\033[K", stderr);
	ui.dirty = false;
}

void ui_say(const char *fmt, ...)
{
	va_list ap;

	if (ui.quiet)
		return;
	ui_clear();
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
}

static size_t width(void)
{
	struct winsize ws;

	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &ws) < 0 || ws.ws_col < 20)
		return 79;
	return ws.ws_col - 1;
}

static void format_progress(struct strbuf *sb, const struct progress *p)
{
	char left[24];

	strbuf_addf(sb, "%s: %s", p->phase, p->text);
	if (p->total > 0)
		strbuf_addf(sb, "  %.0f%%", 100 * (p->done < p->total ? p->done / p->total : 1));
	if (p->left_s >= 0)
		strbuf_addf(sb, "  %s left", format_seconds(left, sizeof(left), p->left_s));
}

void ui_progress(const struct progress *p, void *data)
{
	struct strbuf sb __strbuf = { 0 };
	double now = now_seconds();
	bool new_phase = strncmp(ui.phase, p->phase, sizeof(ui.phase) - 1) != 0;

	(void)data;
	if (ui.quiet)
		return;
	if (!strcmp(p->phase, "note")) {
		ui_say("%s", p->text);
		return;
	}
	if (!new_phase && now - ui.last < (ui.tty ? EVERY_TTY_S : EVERY_LOG_S))
		return;
	ui.last = now;
	snprintf(ui.phase, sizeof(ui.phase), "%s", p->phase);
	if (new_phase && p->log)
		ui_say("%s: details in %s", p->phase, p->log);
	format_progress(&sb, p);
	if (ui.tty) {
		ui_clear();
		fprintf(stderr, "%.*s", (int)width(), strbuf_str(&sb));
		ui.dirty = true;
	} else {
		fprintf(stderr, "%s\n", strbuf_str(&sb));
	}
	fflush(stderr);
}

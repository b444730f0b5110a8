// SPDX-License-Identifier: GPL-2.0-or-later
/* Splats and last words on a guest's console; see console.h. */
#include <ctype.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "lib/cleanup.h"
#include "lib/fs.h"
#include "runner/console.h"

#define LINE_MAX_BYTES 4096 /* longer ones are cut: a console can print anything */

/*
 * How the kernel begins a report. At the start of the message: "WARNING: " is a
 * WARN() or lockdep there, while "Spectre V2 : WARNING: ..." is advice. Checked
 * against the print calls of 6.12 and 7.3.
 */
static const char *const splat_starts[] = {
	"BUG: ",
	"kernel BUG at ",
	"WARNING: ",
	"Oops",
	"Internal error: ",
	"Unable to handle kernel ",
	"general protection fault",
	"stack segment: ",
	"double fault: ",
	"traps: PANIC",
	"INFO: task ",
	"UBSAN: ",
	"KASAN: ",
	"unchecked MSR access error",
	"Kernel panic - not syncing",
	"Call Trace:",
	"Call trace:",
};

/* These have something in front of them ("rcu: INFO: rcu_preempt self-detected stall"). */
static const char *const splat_anywhere[] = {
	"watchdog: BUG: ",   "rcu: INFO: ", "detected stall",	     "rcu_preempt kthread starved",
	"soft lockup - CPU", "hard LOCKUP", "Out of memory: Killed",
};

/* What the kernel says after the line that matters. */
static const char *const empty_words[] = {
	"---[ end ", "------------[ cut here", "Rebooting in ",	 "Kernel Offset: ",
	"reboot: ",  "ACPI: PM: Preparing",    "Dumping ftrace", " <TASK>",
	" </TASK>",  "Modules linked in:",
};

static bool starts(const char *text, const char *with)
{
	return !strncmp(text, with, strlen(with));
}

const char *console_text(const char *line)
{
	const char *p = line;

	if (*p == '<' && isdigit((unsigned char)p[1]) && p[2] == '>')
		p += 3;
	/* "[    0.123456] " and with CONFIG_PRINTK_CALLER "[    0.12][    T1] " */
	while (*p == '[') {
		const char *end = strchr(p, ']');
		const char *c = p + 1;

		while (isdigit((unsigned char)*c) || *c == ' ' || *c == '.' || *c == 'T' ||
		       *c == 'C')
			c++;
		if (!end || c != end || end == p + 1)
			break;
		p = end + 1;
		if (*p == ' ')
			p++;
	}
	return p;
}

bool console_is_splat(const char *text)
{
	for (size_t i = 0; i < ARRAY_SIZE(splat_starts); i++) {
		if (starts(text, splat_starts[i]))
			return true;
	}
	for (size_t i = 0; i < ARRAY_SIZE(splat_anywhere); i++) {
		if (strstr(text, splat_anywhere[i]))
			return true;
	}
	return false;
}

static bool says_something(const char *text)
{
	if (!*text)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(empty_words); i++) {
		if (starts(text, empty_words[i]))
			return false;
	}
	return true;
}

static void keep(char **where, const char *text)
{
	free(*where);
	*where = xstrdup(text);
}

static void take_line(struct console *c)
{
	const char *text;

	if (!c->line.len)
		return;
	/* what no terminal would show must not reach the user's either */
	for (size_t i = 0; i < c->line.len; i++) {
		if (!isprint((unsigned char)c->line.buf[i]))
			c->line.buf[i] = ' ';
	}
	text = console_text(str_trim(c->line.buf));
	if (!c->splat && console_is_splat(text))
		keep(&c->splat, text);
	if (!c->panic && starts(text, "Kernel panic - not syncing"))
		keep(&c->panic, text);
	if (starts(text, "reboot: "))
		c->off = true;
	if (says_something(text))
		keep(&c->last, text);
	strbuf_reset(&c->line);
}

void console_feed(struct console *c, const char *data, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (data[i] == '\n')
			take_line(c);
		else if (c->line.len < LINE_MAX_BYTES)
			strbuf_addch(&c->line, data[i]);
	}
}

bool console_poll(struct console *c, const char *path)
{
	int fd __close = open(path, O_RDONLY | O_CLOEXEC);
	char chunk[8192];
	bool grew = false;
	ssize_t n;

	if (fd < 0)
		return false;
	while ((n = pread(fd, chunk, sizeof(chunk), c->read_bytes)) > 0) {
		console_feed(c, chunk, (size_t)n);
		c->read_bytes += n;
		grew = true;
	}
	return grew;
}

void console_end(struct console *c)
{
	take_line(c);
}

const char *console_reason(const struct console *c)
{
	return c->panic ? c->panic : c->splat ? c->splat : c->last;
}

void console_release(struct console *c)
{
	strbuf_release(&c->line);
	free(c->splat);
	free(c->panic);
	free(c->last);
	memset(c, 0, sizeof(*c));
}

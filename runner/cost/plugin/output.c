// SPDX-License-Identifier: GPL-2.0-or-later
/* The file that is written; see output.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <stdio.h>
#include <unistd.h>

#include "runner/cost/plugin/output.h"

static char buffer[1 << 20];
static size_t used;
static int fd = -1;
static const char *file;
static bool bad;

int output_open(const char *path)
{
	file = path;
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd >= 0)
		return 0;
	dprintf(STDERR_FILENO, "foliobench-cost: %s: %s\n", path, strerror(errno));
	return -1;
}

static void fail(void)
{
	bad = true;
	dprintf(STDERR_FILENO, "foliobench-cost: %s: %s: no more counts are written\n", file,
		strerror(errno));
}

void output_flush(void)
{
	size_t done = 0;

	while (!bad && done < used) {
		ssize_t n = write(fd, buffer + done, used - done);

		if (n > 0)
			done += (size_t)n;
		else if (!n || errno != EINTR)
			fail();
	}
	used = 0;
}

static void add(const char *text, size_t n)
{
	if (bad)
		return;
	while (n) {
		size_t room = sizeof(buffer) - used, part = n < room ? n : room;

		memcpy(buffer + used, text, part);
		used += part;
		text += part;
		n -= part;
		if (used == sizeof(buffer))
			output_flush();
	}
}

void output_text(const char *text)
{
	add(text, strlen(text));
}

void output_char(char c)
{
	add(&c, 1);
}

static void number(uint64_t n, unsigned int base)
{
	char text[20];
	size_t at = sizeof(text);

	do {
		text[--at] = "0123456789abcdef"[n % base];
		n /= base;
	} while (n);
	add(text + at, sizeof(text) - at);
}

void output_decimal(uint64_t n)
{
	number(n, 10);
}

void output_hex(uint64_t n)
{
	number(n, 16);
}

void output_bytes(const uint8_t *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		output_char("0123456789abcdef"[bytes[i] >> 4]);
		output_char("0123456789abcdef"[bytes[i] & 15]);
	}
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* Numbers as people of this field write them; see units.h. */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/units.h"

static const char suffixes[] = "KMGT";

static int parse_digits(const char *text, uint64_t *value, const char **end)
{
	char *stop;

	if (!isdigit((unsigned char)text[0]))
		return -EINVAL;
	errno = 0;
	*value = strtoull(text, &stop, 10);
	if (errno)
		return -ERANGE;
	*end = stop;
	return 0;
}

int parse_uint(const char *text, uint64_t *value)
{
	const char *end;
	int rc = parse_digits(text, value, &end);

	if (rc)
		return rc;
	return *end ? -EINVAL : 0;
}

int parse_size(const char *text, uint64_t *bytes)
{
	const char *end, *suffix;
	unsigned int shift;
	int rc = parse_digits(text, bytes, &end);

	if (rc)
		return rc;
	if (!*end)
		return 0;
	suffix = strchr(suffixes, toupper((unsigned char)*end));
	if (!suffix || end[1])
		return -EINVAL;
	shift = 10 * (unsigned int)(suffix - suffixes + 1);
	if (*bytes > UINT64_MAX >> shift)
		return -ERANGE;
	*bytes <<= shift;
	return 0;
}

int parse_share(const char *text, double *share)
{
	size_t whole = strspn(text, "0123456789"), part = 0, len = whole;
	double digits = 0, scale = 100;

	if (text[len] == '.') {
		part = strspn(text + len + 1, "0123456789");
		len += 1 + part;
	}
	if (!(whole + part) || len > 15 || strcmp(text + len, "%") != 0)
		return -EINVAL;
	/* no strtod(): that reads the point as the user's language has it */
	for (size_t i = 0; i < len; i++) {
		if (text[i] != '.')
			digits = digits * 10 + (text[i] - '0');
	}
	for (; part; part--)
		scale *= 10;
	*share = digits / scale; /* both exact: rounded once */
	return 0;
}

char *format_size(char *buf, size_t len, uint64_t bytes)
{
	int i = -1;

	while (bytes && bytes % 1024 == 0 && i < 3) {
		bytes /= 1024;
		i++;
	}
	if (i < 0)
		snprintf(buf, len, "%" PRIu64, bytes);
	else
		snprintf(buf, len, "%" PRIu64 "%c", bytes, suffixes[i]);
	return buf;
}

char *format_seconds(char *buf, size_t len, double seconds)
{
	long s = (long)(seconds + 0.5);

	if (seconds < 0)
		snprintf(buf, len, "?");
	else if (s < 60)
		snprintf(buf, len, "%lds", s);
	else if (s < 3600)
		snprintf(buf, len, "%ldm%02lds", s / 60, s % 60);
	else
		snprintf(buf, len, "%ldh%02ldm", s / 3600, s % 3600 / 60);
	return buf;
}

double now_seconds(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* The running kernel's configuration; see kconfig.h. */
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <zlib.h>

#include "bench/kconfig.h"

const char *kconfig_from(const char *path, const char *symbol, char *out, size_t size)
{
	gzFile f = gzopen(path, "rb"); /* passes plain text through */
	size_t len = strlen(symbol), lines = 0;
	char line[512];

	snprintf(out, size, "n");
	for (; f && gzgets(f, line, sizeof(line)); lines++) {
		if (strncmp(line, symbol, len) || line[len] != '=')
			continue;
		line[strcspn(line, "\n")] = '\0';
		snprintf(out, size, "%s", line + len + 1);
		break;
	}
	if (!lines && !strcmp(out, "n"))
		snprintf(out, size, "unknown");
	if (f)
		gzclose_r(f);
	return out;
}

const char *kconfig(const char *symbol, char *out, size_t size)
{
	struct utsname u;
	char path[128];

	kconfig_from("/proc/config.gz", symbol, out, size);
	if (strcmp(out, "unknown"))
		return out;
	uname(&u);
	snprintf(path, sizeof(path), "/boot/config-%s", u.release);
	return kconfig_from(path, symbol, out, size);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* How much memory this machine has to give; see memory.h. */
#include <stdlib.h>
#include <string.h>

#include "lib/fs.h"
#include "lib/memory.h"

uint64_t memory_available(void)
{
	struct strbuf text __strbuf = { 0 };
	const char *line;

	if (fs_read("/proc/meminfo", &text, NULL))
		return UINT64_MAX;
	line = strstr(strbuf_str(&text), "MemAvailable:");
	return line ? strtoull(line + strlen("MemAvailable:"), NULL, 10) << 10 : UINT64_MAX;
}

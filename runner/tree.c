// SPDX-License-Identifier: GPL-2.0-or-later
/* Looking for files in unpacked packages; see tree.h. */
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/cleanup.h"
#include "lib/strbuf.h"
#include "runner/tree.h"

static bool same_char(char a, char b)
{
	return a == b || ((a == '-' || a == '_') && (b == '-' || b == '_'));
}

static bool is_called(const char *name, const char *stem)
{
	while (*stem) {
		if (!same_char(*name++, *stem++))
			return false;
	}
	return !*name || *name == '-' || *name == '.';
}

char *tree_find(const char *root, const char *stem, uint64_t min_bytes)
{
	DIR *d __closedir = opendir(root);
	char *found = NULL;
	struct dirent *de;

	while (d && !found && (de = readdir(d))) {
		char *path __free = xasprintf("%s/%s", root, de->d_name);
		struct stat st;

		if (!strcmp(de->d_name, ".") || !strcmp(de->d_name, "..") || lstat(path, &st) < 0)
			continue;
		if (S_ISDIR(st.st_mode))
			found = tree_find(path, stem, min_bytes);
		else if (S_ISREG(st.st_mode) && (uint64_t)st.st_size >= min_bytes &&
			 is_called(de->d_name, stem))
			found = take_ptr(path);
	}
	return found;
}

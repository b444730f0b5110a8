// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Where distributions, installkernel, and the kernel's own build put what belongs to an image;
 * see image_file.h.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/cleanup.h"
#include "lib/fs.h"
#include "runner/image_file.h"

/* Debian's packaged System.map is a stub of one line. */
#define MAP_MIN_BYTES 4096

/* The folder of PATH, for the caller to free. */
static char *folder_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? xasprintf("%.*s", (int)(slash - path), path) : xstrdup(".");
}

/*
 * The top of the build tree that an image in FOLDER belongs to ("arch/x86/boot" in it), or
 * FOLDER itself.
 */
static char *build_top(const char *folder)
{
	const char *arch = NULL;

	for (const char *p = folder; (p = strstr(p, "/arch/")); p++)
		arch = p;
	if (arch && strlen(arch) > 5 && !strcmp(arch + strlen(arch) - 5, "/boot"))
		return xasprintf("%.*s", (int)(arch - folder), folder);
	return xstrdup(folder);
}

/* "6.14" of "6.14.0-rc3" and the like. */
static size_t version_len(const char *release)
{
	size_t len = strspn(release, "0123456789");

	if (release[len] == '.')
		len += 1 + strspn(release + len + 1, "0123456789");
	return len;
}

/* "# Linux/x86 6.14.0-rc3 Kernel Configuration" is on top of every configuration. */
static bool config_fits(const char *path, const char *release)
{
	struct strbuf text __strbuf = { 0 };
	const char *title, *at;
	size_t len = version_len(release);

	if (!fs_exists(path) || fs_read(path, &text, NULL) || !text.len)
		return false;
	title = strstr(strbuf_str(&text), " Kernel Configuration");
	if (!title)
		return strstr(strbuf_str(&text), "\nCONFIG_") != NULL;
	for (at = title; at > text.buf && at[-1] != ' ' && at[-1] != '\n'; at--)
		;
	return !strncmp(at, release, len) && (at[len] < '0' || at[len] > '9');
}

static bool map_fits(const char *path, const char *release)
{
	struct stat st;

	(void)release;
	return !stat(path, &st) && S_ISREG(st.st_mode) && st.st_size >= MAP_MIN_BYTES;
}

/* The first file that fits: beside PATH with its suffix, or the release, or none, in its tree. */
static char *beside(const char *path, const char *release, const char *stem, const char *hidden,
		    bool (*fits)(const char *, const char *))
{
	char *folder __free = folder_of(path);
	char *top __free = build_top(folder);
	const char *base = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
	const char *suffix = strchr(base, '-');
	char *const names[] = {
		suffix ? xasprintf("%s/%s%s", folder, stem, suffix) : NULL,
		xasprintf("%s/%s-%s", folder, stem, release),
		xasprintf("%s/%s", top, hidden),
		xasprintf("%s/%s", top, stem),
		xasprintf("/usr/lib/modules/%s/%s", release, stem),
		xasprintf("/boot/%s-%s", stem, release),
	};
	/* somewhere else altogether only for what was installed */
	bool installed = !strncmp(folder, "/boot", 5) || strstr(folder, "lib/modules/");
	char *found = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (!found && names[i] && (installed || i < 4) && fits(names[i], release))
			found = xstrdup(names[i]);
		free(names[i]);
	}
	return found;
}

char *image_file_config(const char *path, const char *release)
{
	return beside(path, release, "config", ".config", config_fits);
}

char *image_file_system_map(const char *path, const char *release)
{
	return beside(path, release, "System.map", "System.map", map_fits);
}

char *image_file_modules(const char *path, const char *release)
{
	char *folder __free = folder_of(path);
	char *top __free = build_top(folder);
	char *order __free = xasprintf("%s/modules.order", top);
	char *const places[] = {
		xasprintf("%s/../lib/modules/%s", folder, release),
		xasprintf("%s/../usr/lib/modules/%s", folder, release),
		xasprintf("/lib/modules/%s", release),
	};
	char *found = fs_exists(order) ? xstrdup(top) : NULL; /* a build tree, or where they are */

	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		if (!found && fs_exists(places[i]))
			found = xstrdup(places[i]);
		free(places[i]);
	}
	return found;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* Scratch folders and their locks; see scratch.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "lib/cleanup.h"
#include "lib/fs.h"
#include "runner/scratch.h"

#define PREFIX "foliobench-boot."

/* A younger one may be between its mkdtemp() and its lock. */
#define YOUNG_S 60

static const char *scratch_root(void)
{
	const char *tmp = getenv("TMPDIR");

	return tmp && *tmp ? tmp : "/tmp";
}

/* Not inherited by programs, only by the copy of this one that becomes one: for an instant. */
static int open_folder(const char *path)
{
	return open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

int scratch_create(char **path, int *fd, struct error *e)
{
	int rc;

	*fd = -1;
	*path = xasprintf("%s/" PREFIX "XXXXXX", scratch_root());
	if (mkdtemp(*path)) {
		*fd = open_folder(*path);
		if (*fd >= 0 && !flock(*fd, LOCK_EX | LOCK_NB))
			return 0;
	}
	rc = error_sys(e, errno, "%s", *path);
	free(*path);
	*path = NULL;
	return rc;
}

static void remove_if_left(const char *path)
{
	int fd __close = open_folder(path);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) || st.st_uid != geteuid() ||
	    st.st_mtime > time(NULL) - YOUNG_S)
		return;
	if (!flock(fd, LOCK_EX | LOCK_NB))
		fs_remove_tree(path, NULL);
}

void scratch_clear(void)
{
	DIR *dir __closedir = opendir(scratch_root());
	struct dirent *d;

	while (dir && (d = readdir(dir))) {
		char *path __free = NULL;

		if (strncmp(d->d_name, PREFIX, strlen(PREFIX)))
			continue;
		path = xasprintf("%s/%s", scratch_root(), d->d_name);
		remove_if_left(path);
	}
}

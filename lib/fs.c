// SPDX-License-Identifier: GPL-2.0-or-later
/* Small files and folders; see fs.h. */
#define _GNU_SOURCE
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "lib/cleanup.h"
#include "lib/fs.h"

int fs_read(const char *path, struct strbuf *sb, struct error *e)
{
	int fd __close = open(path, O_RDONLY | O_CLOEXEC);
	char chunk[16384];
	ssize_t n;

	if (fd < 0)
		return error_sys(e, errno, "%s", path);
	while ((n = read(fd, chunk, sizeof(chunk))) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error_sys(e, errno, "%s", path);
		strbuf_add(sb, chunk, (size_t)n);
	}
	return 0;
}

int fs_write_all(int fd, const char *data, size_t len)
{
	while (len) {
		ssize_t n = write(fd, data, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		data += n;
		len -= (size_t)n;
	}
	return 0;
}

int fs_write(const char *path, const void *data, size_t len, struct error *e)
{
	char *tmp __free = xasprintf("%s.tmp.%d", path, (int)getpid());
	int fd = open(tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	int rc;

	if (fd < 0)
		return error_sys(e, errno, "%s", tmp);
	rc = fs_write_all(fd, data, len);
	if (close(fd) < 0 && !rc)
		rc = -errno;
	if (!rc && rename(tmp, path) < 0)
		rc = -errno;
	if (rc) {
		unlink(tmp);
		return error_sys(e, -rc, "%s", path);
	}
	return 0;
}

int fs_poke(const char *path, const char *text, struct error *e)
{
	int fd __close = open(path, O_WRONLY | O_CLOEXEC);
	size_t len = strlen(text);
	ssize_t n;

	if (fd < 0)
		return error_sys(e, errno, "%s", path);
	n = write(fd, text, len);
	if (n != (ssize_t)len)
		return error_sys(e, n < 0 ? errno : EIO, "%s: cannot write '%s'", path, text);
	return 0;
}

int fs_mkdirs(const char *path, struct error *e)
{
	char *p __free = xstrdup(path);

	for (char *s = p + 1; *s; s++) {
		if (*s != '/')
			continue;
		*s = '\0';
		if (mkdir(p, 0755) < 0 && errno != EEXIST)
			return error_sys(e, errno, "%s", p);
		*s = '/';
	}
	if (mkdir(p, 0755) < 0 && errno != EEXIST)
		return error_sys(e, errno, "%s", p);
	return 0;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path) < 0 && errno != ENOENT ? -1 : 0;
}

int fs_remove_tree(const char *path, struct error *e)
{
	if (nftw(path, remove_one, 32, FTW_DEPTH | FTW_PHYS) < 0 && errno != ENOENT)
		return error_sys(e, errno, "%s: cannot remove", path);
	return 0;
}

bool fs_exists(const char *path)
{
	return access(path, F_OK) == 0;
}

uint64_t fs_free_bytes(const char *path)
{
	struct statvfs st;

	if (statvfs(path, &st) < 0)
		return UINT64_MAX;
	return (uint64_t)st.f_bavail * st.f_frsize;
}

char *str_trim(char *s)
{
	size_t len = strlen(s);

	while (len && isspace((unsigned char)s[len - 1]))
		s[--len] = '\0';
	return s;
}

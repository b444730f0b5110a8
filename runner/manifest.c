// SPDX-License-Identifier: GPL-2.0-or-later
/* Seals on folders; see manifest.h. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/cleanup.h"
#include "lib/fs.h"
#include "runner/hash.h"
#include "runner/manifest.h"
#include "runner/treediff.h"

static int add_folder(struct hash *h, int dir_fd, const char *path, struct error *e);

static int add_entry(struct hash *h, int dir_fd, const char *name, struct error *e)
{
	struct stat st;

	if (fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return error_sys(e, errno, "%s", name);
	hash_add(h, name, strlen(name) + 1);
	if (S_ISDIR(st.st_mode)) {
		int fd __close = openat(dir_fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

		if (fd < 0)
			return error_sys(e, errno, "%s", name);
		return add_folder(h, fd, name, e);
	}
	hash_add(h, &(uint64_t){ (uint64_t)st.st_size }, sizeof(uint64_t));
	hash_add(h, &(int64_t){ st.st_mtim.tv_sec }, sizeof(int64_t));
	hash_add(h, &(int64_t){ st.st_mtim.tv_nsec }, sizeof(int64_t));
	return 0;
}

static int add_folder(struct hash *h, int dir_fd, const char *path, struct error *e)
{
	struct strv names __strv = { 0 };
	int rc = folder_names(dir_fd, path, &names, e);

	for (size_t i = 0; i < names.n && !rc; i++) {
		if (strcmp(names.v[i], MANIFEST_FILE))
			rc = add_entry(h, dir_fd, names.v[i], e);
	}
	/* where a folder ends, so that no two trees read the same */
	hash_add(h, "/", 2);
	return rc;
}

static int manifest_hash(const char *dir, char out[HASH_TEXT], struct error *e)
{
	int fd __close = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct hash *h;
	int rc;

	if (fd < 0)
		return error_sys(e, errno, "%s", dir);
	h = hash_new();
	rc = add_folder(h, fd, dir, e);
	hash_finish(h, out);
	return error_prefix(e, rc, "%s", dir);
}

/*
 * The seal's text. The folder's own number is in it: a copy of a sealed folder brings the seal
 * along, which says nothing of what was done to the copy.
 */
static int seal_text(const char *dir, char **text, struct error *e)
{
	char sum[HASH_TEXT];
	struct stat st;
	int rc = manifest_hash(dir, sum, e);

	*text = NULL;
	if (rc < 0)
		return rc;
	if (stat(dir, &st) < 0)
		return error_sys(e, errno, "%s", dir);
	*text = xasprintf("%llu %s\n", (unsigned long long)st.st_ino, sum);
	return 0;
}

int manifest_seal(const char *dir, struct error *e)
{
	char *path __free = xasprintf("%s/" MANIFEST_FILE, dir);
	char *text __free = NULL;
	int rc = seal_text(dir, &text, e);

	return !text ? rc : fs_write(path, text, strlen(text), e);
}

int manifest_check(const char *dir, struct error *e)
{
	char *path __free = xasprintf("%s/" MANIFEST_FILE, dir);
	struct strbuf sealed __strbuf = { 0 };
	char *text __free = NULL;
	int rc;

	if (!fs_exists(path))
		return error_set(e, ENOENT, "%s: not sealed", dir);
	rc = fs_read(path, &sealed, e);
	if (!rc)
		rc = seal_text(dir, &text, e);
	if (!text)
		return rc;
	if (strtoull(strbuf_str(&sealed), NULL, 10) != strtoull(text, NULL, 10))
		return error_set(e, ENOENT, "%s: a copy, not sealed", dir);
	if (strcmp(text, strbuf_str(&sealed)))
		return error_set(e, EBADMSG, "%s: files in it were changed, lost or added", dir);
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The settings stack and its journal; see settings.h.
 *
 * The journal is one JSON line an entry, {"path":...,"old":...}, written and
 * fsync'ed before the file itself is. A torn last line is one whose setting was
 * never changed, and is ignored. Each file appears once, with the value it had
 * first. While a run is on it holds a POSIX lock on the journal (owned by the
 * process, so neither children nor a kill -9 leave it behind): a second run on
 * the same machine is refused rather than taken for a crashed one.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench/settings.h"
#include "lib/cleanup.h"
#include "lib/fs.h"
#include "lib/json.h"
#include "lib/strbuf.h"

struct entry {
	char *path;
	char *old;
};

static struct {
	struct entry *entries;
	size_t n;
	char *journal; /* path, or NULL */
	int fd;	       /* of the journal, holds the lock; only valid with a path */
} stack;

char *settings_journal_path(const char *home)
{
	const char *env = getenv("FOLIOBENCH_JOURNAL");

	if (env && *env)
		return xstrdup(env);
	if (!geteuid())
		return xstrdup(SETTINGS_JOURNAL);
	return home ? xasprintf("%s/settings.journal", home) : NULL;
}

static void forget(void)
{
	for (size_t i = 0; i < stack.n; i++) {
		free(stack.entries[i].path);
		free(stack.entries[i].old);
	}
	free(stack.entries);
	stack.entries = NULL;
	stack.n = 0;
}

static void remember(const char *path, const char *old)
{
	stack.entries = xrealloc(stack.entries, (stack.n + 1) * sizeof(*stack.entries));
	stack.entries[stack.n++] = (struct entry){ .path = xstrdup(path), .old = xstrdup(old) };
}

/* Of "always [madvise] never" the word in brackets; of anything else, all of it. */
static const char *current_word(char *text)
{
	char *open, *close;

	str_trim(text);
	open = strchr(text, '[');
	close = open ? strchr(open, ']') : NULL;
	if (!close)
		return text;
	*close = '\0';
	return open + 1;
}

static int get(const char *path, char **value, struct error *e)
{
	struct strbuf sb __strbuf = { 0 };
	int rc = fs_read(path, &sb, e);

	if (rc)
		return rc;
	strbuf_addstr(&sb, "");
	*value = xstrdup(sb.len ? current_word(sb.buf) : "");
	return 0;
}

int settings_get(const char *path, char *buf, unsigned long len, struct error *e)
{
	char *value __free = NULL;
	int rc = get(path, &value, e);

	if (rc)
		return rc;
	if (strlen(value) >= len)
		return error_set(e, ENOSPC, "%s: value longer than %lu bytes", path, len - 1);
	strcpy(buf, value);
	return 0;
}

/* Puts one file back. A file that is gone (a module, a device) has nothing to restore. */
static int put_back(const char *path, const char *old, struct error *e)
{
	char *now __free = NULL;
	int rc = get(path, &now, e);

	if (rc == -ENOENT || rc == -ENODEV)
		return 0;
	if (rc)
		return rc;
	return strcmp(now, old) ? fs_poke(path, old, e) : 0;
}

static int make_folder_of(const char *path, struct error *e)
{
	char *copy __free = xstrdup(path);

	return fs_mkdirs(dirname(copy), e);
}

/* A folder's entry must be on disk too before the first setting is changed. */
static void sync_folder_of(const char *path)
{
	char *copy __free = xstrdup(path);
	int fd __close = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd >= 0)
		fsync(fd);
}

static int lock(int fd, const char *path, struct error *e)
{
	struct flock fl = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	if (fcntl(fd, F_SETLK, &fl) == 0)
		return 0;
	if (errno == EACCES || errno == EAGAIN)
		return error_set(e, EBUSY,
				 "%s: another run is measuring on this machine; wait for it", path);
	return error_sys(e, errno, "%s: cannot lock", path);
}

/* Whether FD still is what PATH names: its last owner may just have removed it. */
static bool is_current(int fd, const char *path)
{
	struct stat a, b;

	return fstat(fd, &a) == 0 && stat(path, &b) == 0 && a.st_dev == b.st_dev &&
	       a.st_ino == b.st_ino;
}

/* Opens and locks the journal. -ENOENT if there is none and FLAGS do not create one. */
static int open_locked(const char *path, int flags, int *out, struct error *e)
{
	for (;;) {
		int fd = open(path, flags | O_RDWR | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
		int rc;

		if (fd < 0)
			return error_sys(e, errno, "settings journal %s", path);
		rc = lock(fd, path, e);
		if (rc) {
			close(fd);
			return rc;
		}
		if (is_current(fd, path)) {
			*out = fd;
			return 0;
		}
		close(fd);
	}
}

/* Fills the stack from a journal's text. */
static void replay(char *text)
{
	char *save = NULL;

	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		json_t *obj __json = json_parse(line, strlen(line), NULL);
		const char *path = json_string_value(json_object_get(obj, "path"));
		const char *old = json_string_value(json_object_get(obj, "old"));

		if (path && old)
			remember(path, old);
	}
}

static int read_fd(int fd, struct strbuf *sb, struct error *e)
{
	char chunk[4096];
	ssize_t n;
	off_t at = 0;

	while ((n = pread(fd, chunk, sizeof(chunk), at)) > 0) {
		strbuf_add(sb, chunk, (size_t)n);
		at += n;
	}
	return n < 0 ? error_sys(e, errno, "settings journal") : 0;
}

/* Newest first; goes on after an error and returns the first one. */
static int put_all_back(struct error *e)
{
	int first = 0;

	for (size_t i = stack.n; i-- > 0;) {
		struct error one;
		int rc = put_back(stack.entries[i].path, stack.entries[i].old, &one);

		if (rc && !first) {
			first = rc;
			error_set(e, -rc, "cannot put back %s = %s: %s", stack.entries[i].path,
				  stack.entries[i].old, one.msg);
		}
	}
	return first;
}

/* With FD locked: what the journal says is put back and struck out. */
static int recover_fd(int fd, int *n, struct error *e)
{
	struct strbuf sb __strbuf = { 0 };
	int rc = read_fd(fd, &sb, e);

	if (rc)
		return rc;
	forget();
	if (sb.len)
		replay(sb.buf);
	*n = (int)stack.n;
	rc = put_all_back(e);
	forget();
	if (!rc && ftruncate(fd, 0) < 0)
		rc = error_sys(e, errno, "settings journal");
	return rc;
}

int settings_recover(const char *path, int *n, struct error *e)
{
	int fd __close = -1;
	int rc;

	*n = 0;
	if (!fs_exists(path))
		return 0;
	rc = open_locked(path, 0, &fd, e);
	if (rc)
		return rc == -ENOENT ? 0 : rc;
	rc = recover_fd(fd, n, e);
	if (!rc)
		unlink(path);
	return rc;
}

int settings_begin(const char *path, struct error *e)
{
	int fd = -1, n, rc;

	if (stack.journal)
		return error_set(e, EBUSY, "settings: begun twice");
	forget();
	if (!path)
		return 0;
	rc = make_folder_of(path, e);
	if (!rc)
		rc = open_locked(path, O_CREAT, &fd, e);
	if (rc)
		return rc;
	rc = recover_fd(fd, &n, e);
	if (rc) {
		close(fd);
		return error_prefix(e, rc, "settings of an earlier run");
	}
	sync_folder_of(path);
	stack.journal = xstrdup(path);
	stack.fd = fd;
	return 0;
}

static int write_journal(const char *path, const char *old, struct error *e)
{
	json_t *obj __json = json_pack("{s:s, s:s}", "path", path, "old", old);
	char *line __free = obj ? json_line(obj) : NULL;
	struct strbuf sb __strbuf = { 0 };

	if (!line)
		return error_set(e, EILSEQ, "%s: its value is no text", path);
	strbuf_addf(&sb, "%s\n", line);
	if (write(stack.fd, sb.buf, sb.len) != (ssize_t)sb.len || fsync(stack.fd) < 0)
		return error_sys(e, errno ? errno : EIO, "settings journal %s", stack.journal);
	return 0;
}

static bool remembered(const char *path)
{
	for (size_t i = 0; i < stack.n; i++) {
		if (!strcmp(stack.entries[i].path, path))
			return true;
	}
	return false;
}

/* OLD is on disk before anything is changed. */
static int keep(const char *path, const char *old, struct error *e)
{
	int rc = 0;

	if (access(path, W_OK) < 0)
		return error_sys(e, errno, "%s", path);
	if (remembered(path))
		return 0;
	if (stack.journal)
		rc = write_journal(path, old, e);
	if (!rc)
		remember(path, old);
	return rc;
}

int settings_keep(const char *path, struct error *e)
{
	char *old __free = NULL;
	int rc = get(path, &old, e);

	return rc ? rc : keep(path, old, e);
}

int settings_set(const char *path, const char *value, struct error *e)
{
	char *old __free = NULL;
	int rc = get(path, &old, e);

	if (rc)
		return rc;
	if (!strcmp(old, value))
		return 0;
	rc = keep(path, old, e);
	return rc ? rc : fs_poke(path, value, e);
}

int settings_restore(struct error *e)
{
	int rc = put_all_back(e);

	if (rc)
		return rc; /* the journal stays: the next start tries again */
	forget();
	if (stack.journal) {
		unlink(stack.journal);
		close(stack.fd);
		free(stack.journal);
		stack.journal = NULL;
	}
	return 0;
}

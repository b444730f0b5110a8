// SPDX-License-Identifier: GPL-2.0-or-later
/* A zram device to swap to; see swap.h. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/swap.h>
#include <time.h>
#include <unistd.h>

#include "bench/swap.h"
#include "lib/cleanup.h"
#include "lib/fs.h"

#define CONTROL "/sys/class/zram-control"
#define BLOCK	"/sys/block"

/* Of the 15 bits there are: ahead of any other swap of the machine. */
#define PRIORITY 32767

/* What the kernel expects at byte 1024 (union swap_header of include/linux/swap.h). */
struct header {
	uint32_t version;
	uint32_t last_page;
	uint32_t nr_badpages;
	unsigned char uuid[16];
	char volume[16];
};

#define HEADER_AT 1024
#define MAGIC	  "SWAPSPACE2"
#define MAGIC_LEN (sizeof(MAGIC) - 1)

void swap_header(void *buf, size_t page, uint64_t bytes, pid_t pid)
{
	struct header h = {
		.version = 1,
		.last_page = (uint32_t)(bytes / page - 1),
	};
	const uint32_t owner = (uint32_t)pid;

	memset(buf, 0, page);
	/* a PID of seven digits would not fit behind the name */
	memcpy(h.uuid, &owner, sizeof(owner));
	memcpy(h.volume, SWAP_LABEL, sizeof(SWAP_LABEL));
	memcpy((char *)buf + HEADER_AT, &h, sizeof(h));
	memcpy((char *)buf + page - MAGIC_LEN, MAGIC, MAGIC_LEN);
}

pid_t swap_header_owner(const void *buf, size_t page)
{
	struct header h;
	uint32_t owner = 0;

	memcpy(&h, (const char *)buf + HEADER_AT, sizeof(h));
	if (memcmp((const char *)buf + page - MAGIC_LEN, MAGIC, MAGIC_LEN) != 0 ||
	    memcmp(h.volume, SWAP_LABEL, sizeof(SWAP_LABEL)) != 0)
		return 0;
	memcpy(&owner, h.uuid, sizeof(owner));
	return (pid_t)owner;
}

bool swap_owner_lives(const char *stat)
{
	const char *name = strchr(stat, '(');
	const char *end = strrchr(stat, ')');

	return name && end && !strncmp(name + 1, SWAP_LABEL, strlen(SWAP_LABEL)) && end[1] == ' ' &&
	       end[2] != 'Z' && end[2] != 'X';
}

/* The device's header page; -errno where there is none to read. */
static int read_header(const char *path, char *buf, size_t page)
{
	int fd __close = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t got;

	if (fd < 0)
		return -errno;
	got = pread(fd, buf, page, 0);
	return got < 0 ? -errno : (size_t)got == page ? 0 : -EIO;
}

static int write_header(const char *path, uint64_t bytes, struct error *e)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	char *buf __free = xcalloc(1, page);
	int fd __close = open(path, O_WRONLY | O_CLOEXEC);
	int rc;

	if (fd < 0)
		return error_sys(e, errno, "%s", path);
	swap_header(buf, page, bytes, getpid());
	rc = fs_write_all(fd, buf, page);
	if (!rc && fsync(fd))
		rc = -errno;
	return rc ? error_sys(e, -rc, "%s", path) : 0;
}

/* udev may have the device open for a moment after each change: then it is busy. */
static int poke_patiently(const char *path, const char *text, struct error *e)
{
	const struct timespec pause = { .tv_nsec = 20000000 };
	int rc = fs_poke(path, text, e);

	for (int tries = 0; rc == -EBUSY && tries < 100; tries++) {
		nanosleep(&pause, NULL);
		rc = fs_poke(path, text, e);
	}
	return rc;
}

int swap_close(struct swap *s, struct error *e)
{
	char number[16];
	int rc = 0;

	if (s->id < 0)
		return 0;
	if (s->on && swapoff(s->path))
		return error_sys(e, errno, "swapoff %s", s->path);
	s->on = false;
	snprintf(number, sizeof(number), "%d", s->id);
	rc = poke_patiently(CONTROL "/hot_remove", number, e);
	if (!rc)
		s->id = -1;
	return error_prefix(e, rc, "removing %s", s->path);
}

static void name_device(struct swap *s, int id)
{
	s->id = id;
	snprintf(s->path, sizeof(s->path), "/dev/zram%d", id);
}

/* Whether there still is an agent with this PID: not a zombie, nor another program. */
static bool is_alive(pid_t pid)
{
	char *path __free = xasprintf("/proc/%d/stat", (int)pid);
	struct strbuf stat __strbuf = { 0 };

	return !fs_read(path, &stat, NULL) && swap_owner_lives(strbuf_str(&stat));
}

/* Removes device ID if a process that is gone made it for us, and counts it in *N. */
static int recover_one(int id, int *n, struct error *e)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	char *buf __free = xcalloc(1, page);
	struct swap s = SWAP_NONE;
	struct strbuf swaps __strbuf = { 0 };
	pid_t owner;
	int rc;

	name_device(&s, id);
	if (read_header(s.path, buf, page))
		return 0;
	owner = swap_header_owner(buf, page);
	if (!owner || (owner != getpid() && is_alive(owner)))
		return 0;
	s.on = !fs_read("/proc/swaps", &swaps, NULL) &&
	       swap_used_parse(strbuf_str(&swaps), s.path) >= 0;
	rc = swap_close(&s, e);
	*n += !rc;
	return rc;
}

int swap_recover(int *n, struct error *e)
{
	DIR *dir __closedir = opendir(BLOCK);
	struct dirent *d;
	int rc = 0;

	*n = 0;
	while (!rc && dir && (d = readdir(dir))) {
		int id = 0, end = 0;

		if (sscanf(d->d_name, "zram%d%n", &id, &end) == 1 && !d->d_name[end])
			rc = recover_one(id, n, e);
	}
	return rc;
}

static bool not_permitted(int rc)
{
	return rc == -EACCES || rc == -EPERM || rc == -EROFS;
}

/* A new device without a size yet. */
static int add_device(struct bench *b, struct swap *s)
{
	struct strbuf text __strbuf = { 0 };
	struct error e;
	int id = -1;
	int rc;

	if (!fs_exists("/proc/swaps"))
		return bench_skip(b, "this kernel does not swap (CONFIG_SWAP)");
	if (!fs_exists(CONTROL "/hot_add"))
		return bench_skip(b, "no zram device to swap to: the kernel needs CONFIG_ZRAM=y, "
				     "or its module loaded (modprobe zram)");
	/* reading it makes the device */
	rc = fs_read(CONTROL "/hot_add", &text, &e);
	if (not_permitted(rc))
		return bench_not_permitted(b, "this user may not make a zram device");
	if (rc || sscanf(strbuf_str(&text), "%d", &id) != 1 || id < 0)
		return bench_fail(b, rc ? -rc : EIO, CONTROL "/hot_add: %s",
				  rc ? e.msg : "no number of a device");
	name_device(s, id);
	return 0;
}

/* Its size, its header. */
static int format_device(struct bench *b, const struct swap *s, uint64_t bytes)
{
	char *size __free = xasprintf("%" PRIu64, bytes);
	char *path __free = xasprintf(BLOCK "/zram%d/disksize", s->id);
	struct error e;
	int rc = fs_poke(path, size, &e);

	if (rc)
		return bench_fail(b, rc, "%s", e.msg);
	if (!fs_exists(s->path))
		return bench_skip(b, "no %s, though the kernel made the device (a container?)",
				  s->path);
	rc = write_header(s->path, bytes, &e);
	return rc ? bench_fail(b, rc, "%s", e.msg) : 0;
}

int swap_open(struct bench *b, struct swap *s, uint64_t bytes)
{
	struct error e;
	int removed;
	int rc = swap_recover(&removed, &e);

	if (rc)
		return bench_fail(b, rc, "what a killed run left: %s", e.msg);
	rc = add_device(b, s);
	if (!rc)
		rc = format_device(b, s, bytes);
	if (rc)
		return rc;
	if (!swapon(s->path, SWAP_FLAG_PREFER | PRIORITY)) {
		s->on = true;
		return 0;
	}
	if (errno == EPERM)
		return bench_not_permitted(b, "this user may not swapon");
	return bench_fail(b, errno, "swapon %s: %s", s->path, strerror(errno));
}

long long swap_used_parse(const char *swaps, const char *path)
{
	size_t len = strlen(path);

	for (const char *line = swaps; line; line = strchr(line, '\n')) {
		long long size = 0, used = 0;

		line += *line == '\n';
		if (!strncmp(line, path, len) && (line[len] == ' ' || line[len] == '\t') &&
		    sscanf(line + len, "%*s %lld %lld", &size, &used) == 2)
			return used << 10;
	}
	return -1;
}

int swap_used(const struct swap *s, uint64_t *bytes, struct error *e)
{
	struct strbuf text __strbuf = { 0 };
	int rc = fs_read("/proc/swaps", &text, e);
	long long used;

	*bytes = 0;
	if (rc)
		return rc;
	used = swap_used_parse(strbuf_str(&text), s->path);
	if (used < 0)
		return error_set(e, ENODEV, "%s is not in /proc/swaps", s->path);
	*bytes = (uint64_t)used;
	return 0;
}

int swap_out(void *addr, size_t len)
{
	return madvise(addr, len, MADV_PAGEOUT) ? -errno : 0;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The agent as PID 1 of a guest: mounts, modules, the records' port, the run,
 * power-off. It never returns or exits, which would panic the kernel: whatever
 * fails is said in one line on the console, in a note if the port is there, and
 * then the guest powers off. A stream without its end record tells the host.
 *
 * Kernel command line, for tests of the host's side: foliobench.test=
 *	panic	exit from PID 1 after the first sample
 *	hang	stop there and never go on
 *	oops	print a line that looks like an oops and go on
 *	warn	the same with a warning
 *	exit	power off there, in the middle of the plan
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "bench/agent.h"
#include "lib/cleanup.h"
#include "lib/fs.h"

#define PLAN_PATH   "/plan"
#define PORT_NAME   "foliobench.records"
#define SYMBOL_PORT "foliobench.symbols"
#define PORTS	    "/sys/class/virtio-ports"
#define PORT_WAIT_S 10

#define KALLSYMS     "/proc/kallsyms"
#define SYMBOLS_PART ((size_t)64 << 10)

static void sleep_ms(long ms)
{
	struct timespec ts = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 };

	nanosleep(&ts, NULL);
}

static void __attribute__((noreturn)) power_off(void)
{
	fflush(NULL);
	sync();
	reboot(RB_POWER_OFF);
	reboot(RB_AUTOBOOT);
	for (;;)
		pause();
}

static void mount_one(const char *type, const char *where)
{
	mkdir(where, 0755);
	mount(type, where, type, 0, NULL);
}

/*
 * Before main() and before other constructors: libnuma's reads /proc and /sys,
 * and stays wrong for good if they are not there yet.
 */
static void __attribute__((constructor(101))) mount_early(void)
{
	int fd;

	if (getpid() != 1)
		return;
	mount_one("proc", "/proc");
	mount_one("sysfs", "/sys");
	mount_one("devtmpfs", "/dev");
	fd = open("/dev/console", O_RDWR | O_NOCTTY);
	if (fd < 0)
		return;
	for (int i = 0; i <= 2; i++)
		dup2(fd, i);
	if (fd > 2)
		close(fd);
}

static void mount_rest(void)
{
	mount_one("tmpfs", "/tmp");
	mount_one("tmpfs", "/dev/shm");
	mount_one("tracefs", "/sys/kernel/tracing");
	mount_one("debugfs", "/sys/kernel/debug");
}

static int load_module(const char *path, struct error *e)
{
	int fd __close = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return error_sys(e, errno, "module %s", path);
	if (syscall(SYS_finit_module, fd, "", 0) < 0 && errno != EEXIST)
		return error_sys(e, errno, "module %s", path);
	return 0;
}

/* "vport0p1" for the port called WANTED, NULL if it is not there (yet). */
static char *find_port(const char *wanted)
{
	DIR *dir __closedir = opendir(PORTS);
	struct dirent *d;

	while (dir && (d = readdir(dir))) {
		char *path __free = xasprintf(PORTS "/%s/name", d->d_name);
		struct strbuf sb __strbuf = { 0 };

		if (d->d_name[0] != '.' && !fs_read(path, &sb, NULL) && sb.len &&
		    !strcmp(str_trim(sb.buf), wanted))
			return xstrdup(d->d_name);
	}
	return NULL;
}

static int open_port(struct agent_stream *s, const char *wanted, struct error *e)
{
	char *name __free = NULL;
	char *path __free = NULL;

	for (int ms = 0; ms < PORT_WAIT_S * 1000 && !(name = find_port(wanted)); ms += 10)
		sleep_ms(10);
	if (!name)
		return error_set(
			e, ENODEV,
			"no virtio-serial port named %s within %d s (virtio drivers missing?)",
			wanted, PORT_WAIT_S);
	path = xasprintf("/dev/%s", name);
	s->fd = open(path, O_WRONLY | O_CLOEXEC);
	return s->fd < 0 ? error_sys(e, errno, "%s", path) : 0;
}

/*
 * What this kernel says of its own symbols, modules' too, as it is. The addresses in it are all 0
 * where kptr_restrict hides them; the guest is ours, so it may say them.
 */
static int send_symbols(struct error *e)
{
	struct agent_stream port = { .fd = -1 };
	int fd __close = -1;
	char *part __free = xcalloc(1, SYMBOLS_PART);
	ssize_t n = 0;
	int rc;

	/* it is decided when the file is opened */
	fs_poke("/proc/sys/kernel/kptr_restrict", "0", NULL);
	fd = open(KALLSYMS, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return error_sys(e, errno, KALLSYMS " (CONFIG_KALLSYMS?)");
	rc = open_port(&port, SYMBOL_PORT, e);
	while (!rc && (n = read(fd, part, SYMBOLS_PART)) > 0) {
		rc = fs_write_all(port.fd, part, (size_t)n);
		if (rc)
			error_sys(e, -rc, "port " SYMBOL_PORT);
	}
	if (!rc && n < 0)
		rc = error_sys(e, errno, KALLSYMS);
	agent_stream_close(&port, NULL);
	return rc;
}

static enum agent_test test_asked_for(void)
{
	static const char *const names[] = {
		[TEST_PANIC] = "foliobench.test=panic", [TEST_HANG] = "foliobench.test=hang",
		[TEST_OOPS] = "foliobench.test=oops",	[TEST_WARN] = "foliobench.test=warn",
		[TEST_EXIT] = "foliobench.test=exit",
	};
	struct strbuf sb __strbuf = { 0 };
	struct strv words __strv = { 0 };

	if (fs_read("/proc/cmdline", &sb, NULL))
		return TEST_NONE;
	strv_split(&words, strbuf_str(&sb), " \n");
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (names[i] && strv_contains(&words, names[i]))
			return (enum agent_test)i;
	}
	return TEST_NONE;
}

void agent_test_do(enum agent_test test)
{
	switch (test) {
	case TEST_NONE:
		break;
	case TEST_PANIC:
		_exit(1);
	case TEST_HANG:
		for (;;)
			pause();
	case TEST_OOPS:
		fs_poke("/dev/kmsg", "<0>Oops: 0000 [#1] foliobench.test=oops\n", NULL);
		break;
	case TEST_WARN:
		fs_poke("/dev/kmsg", "<0>WARNING: CPU: 0 PID: 1 at foliobench.test=warn/0x0\n",
			NULL);
		break;
	case TEST_EXIT:
		power_off();
	}
}

static int init_run(struct agent_stream *stream, const volatile sig_atomic_t *stop, struct error *e)
{
	struct agent_plan plan;
	struct agent_run run = { .plan = &plan, .stream = stream, .stop = stop };
	int rc;

	run.test = test_asked_for();
	rc = agent_plan_read(PLAN_PATH, &plan, e);
	for (size_t i = 0; i < plan.modules.n && !rc; i++)
		rc = load_module(plan.modules.v[i], e);
	if (!rc)
		rc = open_port(stream, PORT_NAME, e);
	if (!rc && plan.symbols)
		rc = send_symbols(e);
	if (!rc)
		rc = agent_run(&run, e);
	agent_plan_release(&plan);
	return rc;
}

void agent_init_main(const volatile sig_atomic_t *stop)
{
	struct agent_stream stream = { .fd = -1 };
	struct error e = { "" };
	int rc;

	mount_rest();
	rc = init_run(&stream, stop, &e);
	if (rc) {
		printf("foliobench-agent: %s\n", e.msg);
		fflush(stdout);
		if (stream.fd < 0)
			open_port(&stream, PORT_NAME, NULL);
		agent_stream_note(&stream, "error", e.msg);
	}
	/* the device takes what the port was given while the guest waits */
	agent_stream_close(&stream, NULL);
	sleep_ms(20);
	power_off();
}

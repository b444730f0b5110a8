// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The source "running": the kernel this program runs on. Nothing is made or
 * cached but, where only /proc/config.gz has it, a readable configuration.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "lib/cleanup.h"
#include "lib/fs.h"
#include "lib/spawn.h"
#include "runner/hash.h"
#include "runner/source.h"

static int resolve(const struct runner *r, const struct arch *a, const char *version,
		   struct source_id *id, struct error *e)
{
	struct utsname u;

	(void)r;
	(void)a;
	if (*version)
		return error_set(e, EINVAL, "running: takes no version");
	if (uname(&u) < 0)
		return error_sys(e, errno, "uname");
	id->version = xstrdup(u.release);
	id->key = xasprintf("%s %s", u.release, u.version);
	return 0;
}

/* Path of a configuration that can be read as text, NULL if there is none. */
static char *find_config(const struct runner *r, const char *release)
{
	char *boot __free = xasprintf("/boot/config-%s", release);
	char *cached __free = xasprintf("%s/running-%s.config", r->cache_dir, release);
	struct strv argv __strv = { 0 };
	struct strbuf out __strbuf = { 0 };
	struct spawn s = { .argv = &argv, .out = &out, .timeout_s = 10, .cancel = r->cancel };

	if (fs_exists(boot))
		return take_ptr(boot);
	if (!fs_exists("/proc/config.gz") || fs_mkdirs(r->cache_dir, NULL) < 0)
		return NULL;
	strv_add(&argv, "gzip");
	strv_add(&argv, "-dc");
	strv_add(&argv, "/proc/config.gz");
	if (spawn_run(&s, NULL) < 0 || fs_write(cached, strbuf_str(&out), out.len, NULL) < 0)
		return NULL;
	return take_ptr(cached);
}

static int here(const struct runner *r, const struct arch *a, struct kernel *k, struct error *e)
{
	struct strbuf inputs __strbuf = { 0 };
	struct utsname u;

	(void)a;
	if (uname(&u) < 0)
		return error_sys(e, errno, "uname");
	free(k->arch);
	k->arch = xstrdup(u.machine);
	k->release = xstrdup(u.release);
	k->config = find_config(r, u.release);
	k->running = true;
	k->built = true;
	/* its build-id tells builds apart that call themselves the same */
	strbuf_addf(&inputs, "running %s %s %s\n", u.machine, u.release, u.version);
	fs_read("/sys/kernel/notes", &inputs, NULL);
	if (k->config)
		fs_read(k->config, &inputs, NULL);
	k->hash = xcalloc(1, HASH_TEXT);
	hash_buf(inputs.buf, inputs.len, k->hash);
	return 0;
}

const struct source source_running = {
	.name = "running",
	.summary = "running, the kernel this machine runs now",
	.resolve = resolve,
	.here = here,
};

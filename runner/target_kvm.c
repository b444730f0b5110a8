// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Target kvm: guests on the real CPU; the figures are nanoseconds. That /dev/kvm
 * is there says little (nested, locked down, too old): the probe boots a guest.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/cleanup.h"
#include "lib/fs.h"
#include "lib/json.h"
#include "runner/arch.h"
#include "runner/qemu.h"
#include "runner/targets.h"

#define DEV_KVM	      "/dev/kvm"
#define PROBE_TIMEOUT 4.5

/* Two CPUs, so that a forked child does not have to preempt its parent. */
static const struct qemu_options options = { .cpus = 2 };

/* NULL where there is none, or half of one. */
static json_t *read_json(const char *dir, const char *name)
{
	char *path __free = xasprintf("%s/%s", dir, name);
	struct strbuf text __strbuf = { 0 };

	return fs_read(path, &text, NULL) < 0 ? NULL
					      : json_parse(strbuf_str(&text), text.len, NULL);
}

/* The image of the kernel in DIR, if it is one for architecture A; else NULL. */
static char *image_in(const char *dir, const struct arch *a)
{
	json_t *inputs __json = read_json(dir, "inputs.json");
	json_t *kernel __json = read_json(dir, "kernel.json");
	const char *arch = json_string_value(json_object_get(inputs, "arch"));
	const char *image = json_string_value(json_object_get(kernel, "image"));
	char *path __free = image ? xasprintf("%s/%s", dir, image) : NULL;

	return arch && !strcmp(arch, a->name) && path && fs_exists(path) ? take_ptr(path) : NULL;
}

/* Any kernel in the cache for this machine will do. */
static char *find_image(const char *cache_dir, const struct arch *a)
{
	char *kernels __free = xasprintf("%s/kernels", cache_dir);
	DIR *dir __closedir = opendir(kernels);
	struct dirent *d;

	while (dir && (d = readdir(dir))) {
		char *folder __free = xasprintf("%s/%s", kernels, d->d_name);
		char *image = d->d_name[0] == '.' ? NULL : image_in(folder, a);

		if (image)
			return image;
	}
	return NULL;
}

static int probe(const struct runner *r, const struct arch *a, struct error *e)
{
	const struct arch *host = arch_host();
	char *image __free = NULL;
	int fd __close = open(DEV_KVM, O_RDWR | O_CLOEXEC);
	int rc;

	if (!host)
		return error_set(e, ENOENT, "no kernels are known for this machine");
	if (a && a != host)
		return error_set(e, EINVAL,
				 "%s kernels do not run on this %s machine: use --on qemu", a->name,
				 host->name);
	if (fd < 0 && errno == ENOENT)
		return error_set(e, ENOENT,
				 DEV_KVM " is not there: no virtualization here (enable "
					 "it in the firmware, or use --on qemu)");
	if (fd < 0)
		return error_sys(e, errno, DEV_KVM " (are you in group kvm?)");
	rc = arch_ready(r, host, e);
	if (rc)
		return rc;
	image = find_image(r->cache_dir, host);
	if (!image)
		return error_set(e, ENOENT,
				 DEV_KVM " is there, but no kernel is in the cache to "
					 "try it with: foliobench kernel build "
					 "stock");
	rc = qemu_try_kvm(r, image, PROBE_TIMEOUT, e);
	return rc ? error_prefix(e, rc, DEV_KVM " exists but a guest does not start") : 0;
}

static int start(const struct runner *r, const struct plan *p, const struct plan_boot *b,
		 const struct boot_files *f, struct boot_start *out, struct error *e)
{
	return qemu_start(r, &target_kvm, &options, p, b, f, out, e);
}

const struct target target_kvm = {
	.name = "kvm",
	.summary = "guest on the real CPU (KVM): time",
	.unit = "ns",
	.boots_kernels = true,
	.probe = probe,
	.start = start,
};

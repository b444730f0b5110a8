// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Target kvm: guests on the real CPU; the figures are nanoseconds. That /dev/kvm
 * is there says little (nested, locked down, too old): the probe boots a guest.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "lib/cleanup.h"
#include "lib/fs.h"
#include "lib/spawn.h"
#include "runner/arch.h"
#include "runner/qemu.h"
#include "runner/targets.h"

#define DEV_KVM	      "/dev/kvm"
#define PROBE_TIMEOUT 4.5

/* Two CPUs, so that a forked child does not have to preempt its parent. */
static const struct qemu_options options = { .cpus = 2 };

/* Any kernel in the cache will do: CACHE/kernels/HASH/{vmlinux,bzImage,vmlinuz}. */
static char *find_image(const char *cache_dir)
{
	static const char *const names[] = { "vmlinux", "bzImage", "vmlinuz", "image" };
	char *kernels __free = xasprintf("%s/kernels", cache_dir);
	DIR *dir __closedir = opendir(kernels);
	struct dirent *d;

	while (dir && (d = readdir(dir))) {
		for (size_t i = 0; d->d_name[0] != '.' && i < ARRAY_SIZE(names); i++) {
			char *path = xasprintf("%s/%s/%s", kernels, d->d_name, names[i]);

			if (fs_exists(path))
				return path;
			free(path);
		}
	}
	return NULL;
}

static int probe(const struct runner *r, struct error *e)
{
	const struct arch *a = arch_find("x86_64", e);
	char *program __free = a ? spawn_which(a->qemu) : NULL;
	char *image __free = NULL;
	int fd __close = open(DEV_KVM, O_RDWR | O_CLOEXEC);
	int rc;

	if (!a)
		return -EINVAL;
	if (fd < 0 && errno == ENOENT)
		return error_set(e, ENOENT,
				 DEV_KVM " is not there: no virtualization here (enable "
					 "it in the firmware, or use --on qemu)");
	if (fd < 0)
		return error_sys(e, errno, DEV_KVM " (are you in group kvm?)");
	if (!program)
		return error_set(e, ENOENT, "%s is not installed: apt install qemu-system-x86",
				 a->qemu);
	image = find_image(r->cache_dir);
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

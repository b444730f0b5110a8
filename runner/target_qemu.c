// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Target qemu: emulation on any machine, no hardware needed. The figures are
 * guest instructions, not time, and the same kernel gives the same ones.
 */
#include <errno.h>

#include "lib/cleanup.h"
#include "lib/fs.h"
#include "lib/spawn.h"
#include "runner/arch.h"
#include "runner/qemu.h"
#include "runner/targets.h"

static const struct qemu_options options = { .tcg = true, .cpus = 1 };

static int probe(const struct runner *r, struct error *e)
{
	const struct arch *a = arch_find("x86_64", e);
	char *program __free = a ? spawn_which(a->qemu) : NULL;

	if (!a)
		return -EINVAL;
	if (!program)
		return error_set(e, ENOENT, "%s is not installed: apt install qemu-system-x86",
				 a->qemu);
	if (!fs_exists(r->agent_path))
		return error_set(e, ENOENT, "%s: no agent (was foliobench built with it?)",
				 r->agent_path);
	return 0;
}

static int start(const struct runner *r, const struct plan *p, const struct plan_boot *b,
		 const struct boot_files *f, struct boot_start *out, struct error *e)
{
	return qemu_start(r, &target_qemu, &options, p, b, f, out, e);
}

const struct target target_qemu = {
	.name = "qemu",
	.summary = "emulated guest (TCG): exact instruction counts, anywhere",
	.unit = "insn",
	.boots_kernels = true,
	.exact = true,
	.probe = probe,
	.start = start,
};

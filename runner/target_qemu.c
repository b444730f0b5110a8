// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Target qemu: emulation on any machine, no hardware needed. The figures are
 * guest instructions, not time, and the same kernel gives the same ones.
 */
#include <errno.h>

#include "runner/arch.h"
#include "runner/qemu.h"
#include "runner/targets.h"

static const struct qemu_options options = { .tcg = true, .cpus = 1 };

static int probe(const struct runner *r, const struct arch *a, struct error *e)
{
	if (!a)
		a = arch_host();
	if (!a)
		return error_set(e, ENOENT, "no kernels are known for this machine (see --arch)");
	return arch_ready(r, a, e);
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

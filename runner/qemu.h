/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A guest in QEMU: what targets qemu (emulated) and kvm have in common. */
#ifndef FB_RUNNER_QEMU_H
#define FB_RUNNER_QEMU_H

#include "runner/run.h"

struct qemu_options {
	bool tcg;		 /* deterministic emulation; else KVM */
	unsigned int cpus;	 /* unless the plan says */
	unsigned int nodes;	 /* NUMA nodes; 0: one, and the guest is not told of any */
	unsigned int memory_mib; /* of qemu_try_kvm(); else the plan says */
};

/* QEMU's own word for its version ("7.2.22 (Debian ...)"); caller frees; NULL with a line in E. */
char *qemu_version(const char *program, struct error *e);

/*
 * Starts boot B of a plan for target T; the agent is PID 1 in the guest. What a
 * struct target's start() promises.
 */
int qemu_start(const struct runner *r, const struct target *t, const struct qemu_options *o,
	       const struct plan *p, const struct plan_boot *b, const struct boot_files *f,
	       struct boot_start *out, struct error *e);

/*
 * Boots K once with an agent that measures nothing; what it finds in /proc/kallsyms is appended to
 * OUT. -ENOENT where the kernel has none, -ECANCELED, -ETIMEDOUT, or -EIO if the guest did not get
 * there.
 */
int qemu_symbols(const struct runner *r, const struct kernel *k, struct strbuf *out,
		 struct error *e);

/*
 * Boots IMAGE under KVM with an init that only powers off, within TIMEOUT_S. 0 if it
 * got there; -EIO if the guest did not, with what was last heard of it.
 */
int qemu_try_kvm(const struct runner *r, const char *image, double timeout_s, struct error *e);

#endif

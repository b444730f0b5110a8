// SPDX-License-Identifier: GPL-2.0-or-later
/* The table of architectures; see arch.h. */
#include <errno.h>
#include <string.h>
#include <sys/utsname.h>

#include "lib/cleanup.h"
#include "lib/fs.h"
#include "lib/spawn.h"
#include "lib/strbuf.h"
#include "runner/arch.h"

/*
 * x86_64 in an emulator.
 *
 * CPU: a named model rather than "max", which changes with QEMU's version. Zen 2,
 * because TCG can do nearly all of it and its kernel paths carry no work-around for
 * Meltdown or MDS. Taken away: random numbers (rdrand, rdseed: two boots would
 * differ), fast string copies (erms, fsrm: each byte of rep movsb would count as an
 * instruction), and what TCG of QEMU 7.2 cannot do, so that a later QEMU that can
 * gives the same CPU.
 */
#define X86_CPU_TCG                                                                                \
	"EPYC-Rome-v1,-rdrand,-rdseed,-erms,-fsrm,-sha-ni,-rdpid,-fxsr-opt,-misalignsse,"          \
	"-3dnowprefetch,-osvw,-topoext,-perfctr-core,-clzero,-xsaveerptr,-wbnoinvd,"               \
	"-ibpb,-amd-stibp,-nrip-save,-xsavec,-xsaves"

/*
 * Command line. loglevel=5: warnings and worse reach the console, nothing else
 * (each character costs). panic=-1 with QEMU's -no-reboot: a panic ends the boot at
 * once; oops=panic: so does an oops, what is left of the kernel is not worth measuring.
 * norandmaps, nokaslr: two boots alike. noreplace-smp: lock prefixes stay as on a
 * machine with more CPUs. init_on_alloc=0: zeroing on allocation would inflate copies.
 */
#define X86_APPEND                                                                                 \
	"console=ttyS0 loglevel=5 printk.time=1 panic=-1 oops=panic nokaslr norandmaps "           \
	"init_on_alloc=0"

/*
 * At one instruction per ns the TSC runs at 1 GHz exactly; and the kernel's loops
 * that calibrate and check timers, which take 95 % of an emulated start (11.6 s down to
 * 0.6 s), are skipped: the tick then comes from the HPET.
 */
#define X86_APPEND_EXACT "noreplace-smp tsc_early_khz=1000000 nolapic_timer no_timer_check"

/*
 * arm64 in an emulator.
 *
 * CPU: again a named one. Neoverse N1, a server's, is the newest that QEMU 7.2 has; it sets
 * the access and dirty bits of page tables itself, and has no random numbers (RNDR). Its
 * counter of the architected timer, by which the guest tells the time, would run at
 * 62.5 MHz, one step in 16 instructions; at 1 GHz it counts each of them.
 */
#define ARM64_CPU_TCG "neoverse-n1,cntfrq=1000000000"

/* See X86_APPEND. */
#define ARM64_APPEND                                                                               \
	"console=ttyAMA0 loglevel=5 printk.time=1 panic=-1 oops=panic nokaslr norandmaps "         \
	"init_on_alloc=0"

static const struct arch archs[] = {
	{
		.name = "x86_64",
		.machine_name = "x86_64",
		.make_arch = "x86_64",
		.debian = "amd64",
		.make_target = "vmlinux",
		.image = "vmlinux",
		.cross = "x86_64-linux-gnu-",
		.cross_packages = "gcc-x86-64-linux-gnu libc6-dev-amd64-cross",
		.qemu = "qemu-system-x86_64",
		.qemu_package = "qemu-system-x86",
		.machine = "pc-i440fx-7.2",
		.cpu_tcg = X86_CPU_TCG,
		.append = X86_APPEND,
		.append_exact = X86_APPEND_EXACT,
	},
	{
		.name = "arm64",
		.machine_name = "aarch64",
		.make_arch = "arm64",
		.debian = "arm64",
		.make_target = "Image",
		.image = "arch/arm64/boot/Image",
		.cross = "aarch64-linux-gnu-",
		.cross_packages = "gcc-aarch64-linux-gnu libc6-dev-arm64-cross",
		.qemu = "qemu-system-aarch64",
		.qemu_package = "qemu-system-arm",
		.machine = "virt-7.2,gic-version=3",
		.cpu_tcg = ARM64_CPU_TCG,
		.append = ARM64_APPEND,
		.append_exact = "",
	},
};

const struct arch *arch_find(const char *name, struct error *e)
{
	struct strbuf known __strbuf = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(archs); i++) {
		if (!strcmp(archs[i].name, name))
			return &archs[i];
		strbuf_addf(&known, "%s%s", i ? ", " : "", archs[i].name);
	}
	error_set(e, EINVAL, "unknown architecture '%s' (known: %s)", name, strbuf_str(&known));
	return NULL;
}

const struct arch *arch_at(size_t i)
{
	return i < ARRAY_SIZE(archs) ? &archs[i] : NULL;
}

const struct arch *arch_host(void)
{
	struct utsname u;

	for (size_t i = 0; !uname(&u) && i < ARRAY_SIZE(archs); i++) {
		if (!strcmp(archs[i].machine_name, u.machine))
			return &archs[i];
	}
	return NULL;
}

const char *arch_image_name(const struct arch *a)
{
	const char *slash = strrchr(a->image, '/');

	return slash ? slash + 1 : a->image;
}

char *arch_program(const struct arch *a, const char *path)
{
	return a == arch_host() ? xstrdup(path) : xasprintf("%s-%s", path, a->name);
}

const char *arch_cross(const struct arch *a)
{
	return a == arch_host() ? "" : a->cross;
}

int arch_ready(const struct runner *r, const struct arch *a, struct error *e)
{
	char *program __free = spawn_which(a->qemu);
	char *agent __free = arch_program(a, r->agent_path);
	bool there = fs_exists(agent);

	if (program && there)
		return 0;
	if (a == arch_host() && !program)
		return error_set(e, ENOENT, "%s is not installed: apt install %s", a->qemu,
				 a->qemu_package);
	if (a == arch_host())
		return error_set(e, ENOENT, "%s: no agent (was foliobench built with it?)", agent);
	return error_set(
		e, ENOENT,
		"%s kernels cannot be run here, %s%s missing: ./quickstart setup %s, or apt "
		"install %s %s and build foliobench again",
		a->name, program ? "" : a->qemu,
		program ? "the agent for them is"
		: there ? " is"
			: " and the agent are",
		a->name, a->qemu_package, a->cross_packages);
}

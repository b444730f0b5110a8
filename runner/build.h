/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Building kernels out of tree; what is asked here is decided in kernel.c.
 *
 * In CACHE/build:
 *
 *	KEY/obj/  the objects of one source with one configuration and compiler, complete,
 *		  without patches or layout; kept (objects.h)
 *	work/	  the tree that all builds happen in (work.h)
 *
 * A kernel starts from the first of these that is there: the tree of the kernel built last, if
 * it only lacks patches or another layout; a copy of KEY's objects that keeps their times;
 * a copy of those of a source or configuration that is nearly the same, with every file that
 * is different made new; nothing. make then compiles what is newer than its object, and
 * the image is the same byte for byte, whichever way it was made.
 */
#ifndef FB_RUNNER_BUILD_H
#define FB_RUNNER_BUILD_H

#include "runner/arch.h"
#include "runner/config.h"
#include "runner/patch_series.h"
#include "runner/runner.h"
#include "runner/toolchain.h"

/* What every build holds. */
#define BUILD_LOCK "build-work"

/*
 * What build_kernel() calls the ELF file with code and symbols in its output folder. Where the
 * boot loader takes another one, that is beside it: arch_image_name().
 */
#define KERNEL_ELF "vmlinux"

struct build_job {
	const char *name; /* the kernel's, for messages and logs */
	const struct arch *arch;
	const char *tree; /* the source, shared and not written to */
	const char *key;  /* of its objects */
	const struct toolchain *tools;
	const struct config_plan *config;
	const struct patch_series *series; /* may be empty */
	unsigned int layout;		   /* see struct kernel_spec */
};

struct build_result {
	double seconds; /* with objects that had to be made first, without waiting for a lock */
	char *release;	/* owned by the caller */
};

/*
 * Builds into the folder OUT (which exists): vmlinux and the image, System.map, config. 0;
 * -EINVAL for a patch that does not apply or a configuration that does not hold,
 * -ENOTSUP for a compiler that is too old, -ESTALE if the source tree was damaged and is gone
 * now, -ENOSPC, -ECANCELED, -EIO for a failed build (first error lines and the log).
 */
int build_kernel(const struct runner *r, const struct build_job *j, const char *out,
		 struct build_result *res, struct error *e);

/*
 * Only the final configuration of J, appended to OUT, checked as build_kernel() does; J->layout and
 * what is in the tree that kernels are built in are left alone.
 */
int build_config(const struct runner *r, const struct build_job *j, struct strbuf *out,
		 struct error *e);

/* Removes the scratch of builds that were killed, unless somebody works there. */
void build_sweep(const struct runner *r);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Building kernels out of tree; what is asked here is decided in kernel.c.
 *
 * Below CACHE/build/KEY, one KEY for each source, configuration and compiler:
 *
 *	obj/	the objects of the source as it is, complete; kept
 *	work/	scratch of a build that runs: src/ (the shared source tree as hard
 *		links) and src/obj/; whatever a killed build leaves here goes next time
 *
 * Every build of a KEY happens at the same path, so that no recorded command
 * differs, and starts from a copy of obj/ that keeps modification times: make then compiles
 * what the series touches and nothing else. obj/ appears by a rename at its end.
 */
#ifndef FB_RUNNER_BUILD_H
#define FB_RUNNER_BUILD_H

#include "runner/arch.h"
#include "runner/config.h"
#include "runner/patch_series.h"
#include "runner/runner.h"

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
 * -ENOSPC, -ECANCELED, -EIO for a failed build (first error lines and the log).
 */
int build_kernel(const struct runner *r, const struct build_job *j, const char *out,
		 struct build_result *res, struct error *e);

/* Removes the scratch of builds that were killed, unless somebody works there. */
void build_sweep(const struct runner *r);

#endif

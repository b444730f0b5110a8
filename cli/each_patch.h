/* SPDX-License-Identifier: GPL-2.0-or-later */
/* --each-patch: one kernel for each patch of a series, for ab and for kernel build. */
#ifndef FB_CLI_EACH_PATCH_H
#define FB_CLI_EACH_PATCH_H

#include "cli/kernel_words.h"
#include "results/steps.h"

/* A zeroed one is valid and empty. */
struct each_patch {
	struct kernel *k; /* the base, then each with one patch more; built */
	size_t n;
	struct strv subjects; /* of the patches: N - 1 */
	size_t *same_as;      /* the first of the kernels with the same code */
	bool *cached;	      /* was there before */
};

/*
 * Finds and builds the kernels that W asks for: its first kernel is the base and its last one
 * has the series, which may be all that there is. All patches are tried before the first is
 * built. -EINVAL where the two differ in more than patches, or not in patches; -EEXIST where
 * no patch changes the code; else as of kernel_build(), with the patch's number and subject.
 * each_patch_release() in any case.
 */
int each_patch_make(struct cli *cli, const struct kernel_words *w, struct each_patch *out,
		    struct error *e);
void each_patch_release(struct each_patch *ep);

/* Hands on the kernels that are to be booted, N of them: those with a code of their own. */
struct kernel *each_patch_take_kernels(struct each_patch *ep, size_t *n);
/* What is to be noted of all of them. */
struct step *each_patch_steps(const struct each_patch *ep);
void each_patch_steps_free(struct step *steps, size_t n);

/* "no change in the code (as patch 3)"; "" where there is one. Caller frees. */
char *each_patch_remark(const struct each_patch *ep, size_t i);

#endif

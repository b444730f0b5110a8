// SPDX-License-Identifier: GPL-2.0-or-later
/* The table of targets: where kernels run. A new one is a file and a row here. */
#include <string.h>

#include "runner/targets.h"

const struct target *const targets[] = {
	&target_qemu,
	&target_kvm,
	&target_local,
	NULL,
};

const struct target *target_find(const char *name)
{
	for (size_t i = 0; targets[i]; i++) {
		if (!strcmp(targets[i]->name, name))
			return targets[i];
	}
	return NULL;
}

const char *boot_state_name(enum boot_state s)
{
	static const char *const names[] = {
		[BOOT_OK] = "ok",
		[BOOT_TAINTED] = "tainted",
		[BOOT_LOST] = "lost",
		[BOOT_INTERRUPTED] = "interrupted",
	};

	return names[s];
}

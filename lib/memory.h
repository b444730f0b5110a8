/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How much memory this machine has to give. */
#ifndef FB_LIB_MEMORY_H
#define FB_LIB_MEMORY_H

#include <stdint.h>

/* Bytes that can be had without swapping; UINT64_MAX if the kernel does not say. */
uint64_t memory_available(void);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The configuration of the running kernel, where it can be read. The one user of zlib. */
#ifndef FB_BENCH_KCONFIG_H
#define FB_BENCH_KCONFIG_H

#include <stddef.h>

/*
 * OUT := what the running kernel was built with for SYMBOL ("CONFIG_THP_SWAP"): "y", "m" or
 * a value, "n" where it is off or this kernel has no such symbol. "unknown" where there is
 * neither /proc/config.gz nor /boot/config-RELEASE. Returns OUT.
 */
const char *kconfig(const char *symbol, char *out, size_t size);
/* The same from a file, compressed or not. */
const char *kconfig_from(const char *path, const char *symbol, char *out, size_t size);

#endif

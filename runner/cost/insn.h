/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What an instruction is, from its bytes alone: the flags of lib/profile.h, and how many memory
 * accesses one execution makes (one iteration, of a repeated string instruction).
 *
 * Accesses are those that the program makes, not those of the machine to walk page tables. They
 * are counted as an emulator does them: one for each register that is moved, two for one of 16
 * bytes, and so on; what reads and then writes the same place, as atomics do, is one of each.
 * No-operations, prefetches, address arithmetic and hints make none. What saves or restores the
 * state of a CPU (xsave, fxrstor) and what clears a whole line (dc zva) is one.
 */
#ifndef FB_COST_INSN_H
#define FB_COST_INSN_H

#include <stddef.h>
#include <stdint.h>

#include "lib/profile.h"

/*
 * Fills in flags (all but PROFILE_USER), loads and stores; the rest of INSN is left alone. ARCH
 * as in the first line of the plugin's file or as foliobench calls it ("x86_64", "aarch64",
 * "arm64"). Bytes that no instruction begins with, that are too few or too many, or of another
 * architecture are PROFILE_UNKNOWN without accesses.
 */
void insn_classify(const char *arch, const uint8_t *code, size_t size, struct profile_insn *insn);

/* The two of them. */
void insn_x86(const uint8_t *code, size_t size, struct profile_insn *insn);
void insn_arm64(const uint8_t *code, size_t size, struct profile_insn *insn);

#endif

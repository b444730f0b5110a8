/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * For verify=on, on both of its sides: instructions whose accesses to memory QEMU shows its
 * plugins otherwise than they are.
 */
#ifndef FB_COST_SHOWN_H
#define FB_COST_SHOWN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Repeated string instructions: the last time that one begins, with nothing left to do, is counted
 * like an iteration. iretq: the emulator reads the segments' descriptors, too. What saves and
 * restores the state of the FPU: dozens of accesses, as many as the CPU's model has registers.
 */
static inline bool cost_is_shown_x86(const uint8_t *code, size_t size)
{
	bool rep = false;
	size_t i = 0;

	for (; i < size; i++) {
		uint8_t c = code[i];

		if (c == 0xf2 || c == 0xf3)
			rep = true;
		else if (c != 0x66 && c != 0x67 && (c & 0xf0) != 0x40)
			break;
	}
	if (i == size || code[i] == 0xcf)
		return false;
	if (rep && ((code[i] >= 0xa4 && code[i] <= 0xa7) || (code[i] >= 0xaa && code[i] <= 0xaf)))
		return false;
	if (size - i < 3 || code[i] != 0x0f || code[i + 2] >= 0xc0)
		return true;
	/* 0f c7 /1 is cmpxchg16b */
	return code[i + 1] != 0xae && (code[i + 1] != 0xc7 || (code[i + 2] >> 3 & 7) == 1);
}

/* dc zva, which clears a line: none of it is shown. */
static inline bool cost_is_shown_arm64(const uint8_t *code, size_t size)
{
	return size != 4 || code[3] != 0xd5 || code[2] != 0x0b || code[1] != 0x74 ||
	       (code[0] & 0xe0) != 0x20;
}

#endif

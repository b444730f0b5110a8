/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The file that is written (docs/cost-plugin.md), in large pieces. Where it cannot be written
 * any more that is said once, on standard error; nothing follows, above all no "end".
 */
#ifndef FB_COST_PLUGIN_OUTPUT_H
#define FB_COST_PLUGIN_OUTPUT_H

#include <stddef.h>
#include <stdint.h>

/* 0, or -1 with a line on standard error. Writes nothing yet. */
int output_open(const char *path);
void output_text(const char *text);
void output_char(char c);
void output_decimal(uint64_t n);
void output_hex(uint64_t n);			   /* without zeros in front */
void output_bytes(const uint8_t *bytes, size_t n); /* two digits each */
/* What was put in so far is in the file; a killed emulator loses none of it. */
void output_flush(void);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The calls of QEMU's plugin interface that are used, whatever its version: QEMU 7.2 (API 1, one
 * inline counter for all vCPUs) or 9.0 and later (API 2 to 7, inline counters per vCPU). QEMU's
 * header is in no package, so the calls are declared in api.c, looked up when the plugin is
 * loaded; nothing else in this folder knows which version it is.
 */
#ifndef FB_COST_PLUGIN_API_H
#define FB_COST_PLUGIN_API_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct api_tb;	 /* a block that is being translated */
struct api_insn; /* an instruction of it */

/* What the plugin does on what happens; set before api_start(). vCPUs are numbered from 0. */
struct api_events {
	void (*translate)(struct api_tb *tb);
	void (*at_exit)(void);
};

extern int qemu_plugin_version; /* chosen when the plugin is loaded */

/* From qemu_plugin_install(): 0, or -1 with a line on standard error for a QEMU that is too old. */
int api_start(uint64_t plugin_id, const void *info, const struct api_events *events);
const char *api_target(void); /* "x86_64", "aarch64" */
unsigned int api_vcpus(void); /* as many as the machine has */
int api_level(void);	      /* of QEMU, "cur" */

size_t api_tb_insns(const struct api_tb *tb);
struct api_insn *api_tb_insn(const struct api_tb *tb, size_t i);
uint64_t api_insn_addr(const struct api_insn *insn);
/* Copies the instruction's bytes; at most 16. */
size_t api_insn_bytes(const struct api_insn *insn, uint8_t *to, size_t room);

/*
 * Counters: each a number, 64 bits for each vCPU. Adding is inline in the translated code (no
 * call), but for QEMU below 9 with several vCPUs, where it is a call on that vCPU's own counter.
 * api_counters() is how many there are; reading one is cheap enough for a walk over all.
 */
typedef uint32_t counter_t;
counter_t api_counter_new(void);
size_t api_counters(void);
uint64_t api_counter_read(counter_t c, unsigned int vcpu);
/*
 * For walks: where the counters from FIRST on are, for that vCPU, side by side; *N says how many of
 * them (0 and NULL behind the last). Good until this vCPU executes the next block.
 */
const uint64_t *api_counter_row(counter_t first, unsigned int vcpu, size_t *n);
/* Adds N whenever the block begins, or right before the instruction. Where a place has calls too,
 * ask for them first: some versions keep that order, others have calls first in any case. */
void api_count_tb(struct api_tb *tb, counter_t c, uint64_t n);
void api_count_insn(struct api_insn *insn, counter_t c, uint64_t n);
/* Adds 1 for each access to memory of the instruction that reads (writes): to verify with. */
void api_count_loads(struct api_insn *insn, counter_t c);
void api_count_stores(struct api_insn *insn, counter_t c);
/* Adds 1 for each access of either kind, inline like counts of instructions. */
void api_count_accesses(struct api_insn *insn, counter_t c);

/* Calls, out of the hot path. */
typedef void (*api_call_t)(unsigned int vcpu, void *data);
typedef void (*api_access_t)(unsigned int vcpu, uint64_t vaddr, bool is_store, void *data);
/* Before the instruction, after each of its accesses to memory. */
void api_call_insn(struct api_insn *insn, api_call_t fn, void *data);
void api_call_access(struct api_insn *insn, api_access_t fn, void *data);

#endif

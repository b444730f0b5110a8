// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Where blocks must be cut; see uaccess.h.
 *
 * The emulator ends its own blocks at stac and at branches. So addresses are kept that are reached
 * while user space may be accessed: behind stac, behind and at the target of each branch there,
 * and at each instruction that may fault. They are found in time, because what follows is
 * translated afterwards: code is never translated before for the same state of the CPU.
 */
#include <stdint.h>
#include <stdlib.h>

#include "runner/cost/plugin/plugin.h"
#include "runner/cost/plugin/uaccess.h"

static uint64_t *set; /* of addresses, 0: free; a power of two */
static size_t room, n_set;

static uint64_t *slot(uint64_t addr)
{
	size_t i = addr * 0x9e3779b97f4a7c15ULL >> 20;

	while (set[i & (room - 1)] && set[i & (room - 1)] != addr)
		i++;
	return &set[i & (room - 1)];
}

static void keep(uint64_t addr)
{
	uint64_t *s;

	if (n_set * 2 >= room) {
		uint64_t *old = set;
		size_t n = room;

		room = room ? 2 * room : 1 << 12;
		set = plugin_alloc(room, sizeof(*set));
		for (size_t i = 0; i < n; i++) {
			if (old[i])
				*slot(old[i]) = old[i];
		}
		free(old);
	}
	s = slot(addr);
	n_set += !*s;
	*s = addr;
}

static bool is_kept(uint64_t addr)
{
	return room && *slot(addr);
}

static void follow(const struct insn *last)
{
	if (last->is & (INSN_JUMP | INSN_BRANCH | INSN_CALL))
		keep(last->target);
	if (!(last->is & (INSN_JUMP | INSN_RET)))
		keep(last->addr + last->size);
}

void uaccess_cut(const struct insn *in, size_t n, bool *cut)
{
	bool user = insn_is_user(in->addr), on = !user && is_kept(in->addr);

	for (size_t i = 0; i < n; i++) {
		cut[i] = in[i].is & INSN_USER_ACCESS || ((user || on) && in[i].is & INSN_FAULTS);
		if (user)
			continue;
		if (on && cut[i])
			keep(in[i].addr);
		if (in[i].is & INSN_USER_ON)
			on = true;
		else if (in[i].is & INSN_USER_OFF)
			on = false;
	}
	if (!user && on)
		follow(&in[n - 1]);
}

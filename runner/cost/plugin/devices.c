// SPDX-License-Identifier: GPL-2.0-or-later
/* Accesses to devices; see devices.h. */
#include "runner/cost/plugin/blocks.h"
#include "runner/cost/plugin/devices.h"
#include "runner/cost/plugin/plugin.h"

struct place {
	uint64_t addr;
	counter_t block, accesses;
};

static struct place *places; /* by address */
static size_t n_places, places_room;

/* Where PLACES has the block's counter, or where it belongs. */
static size_t find(uint64_t addr, counter_t c)
{
	size_t lo = 0, hi = n_places;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		const struct place *p = &places[mid];

		if (p->addr < addr || (p->addr == addr && p->block < c))
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

void devices_watch(struct api_insn *insn, const struct insn *in, counter_t c)
{
	size_t at;

	if (!(in->is & INSN_ONE_ACCESS))
		return;
	at = find(in->addr, c);
	if (at == n_places || places[at].block != c) {
		if (n_places == places_room) {
			places_room = places_room ? 2 * places_room : 256;
			places = plugin_grow(places, places_room, sizeof(*places));
		}
		for (size_t i = n_places++; i > at; i--)
			places[i] = places[i - 1];
		places[at] = (struct place){ in->addr, c, api_counter_new() };
	}
	api_count_accesses(insn, places[at].accesses);
}

static uint64_t count_of(const struct device_counts *in, counter_t c)
{
	return c < in->room ? in->n[c] : 0;
}

/*
 * Which block was left at ADDR? Of those with that instruction in them, and more behind it, the
 * one that was begun most often.
 */
static bool find_left(const struct device_counts *in, uint64_t addr, struct device_move *move)
{
	bool found = false;
	counter_t until = 0;

	for (size_t i = 0; i < in->n_used; i++) {
		counter_t c = in->used[i];

		if (!in->n[c] || (found && in->n[c] <= in->n[move->from]) ||
		    !block_until(c, addr, &until))
			continue;
		move->from = c;
		move->to = until;
		found = true;
	}
	return found;
}

bool devices_correct(const struct device_counts *in, size_t *at, struct device_move *move)
{
	/* from low addresses up: a block that is left twice has less of itself the second time */
	while (*at < n_places) {
		const struct place *p = &places[(*at)++];
		uint64_t accesses = count_of(in, p->accesses), alone = count_of(in, p->block);

		if (accesses <= alone || !find_left(in, p->addr, move))
			continue;
		move->count = accesses - alone;
		if (move->count > in->n[move->from])
			move->count = in->n[move->from];
		return true;
	}
	return false;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* Random numbers from a seed; see rng.h. */
#include "lib/rng.h"

uint64_t rng_next(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15u;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

uint64_t rng_begin(uint64_t seed, uint64_t a, uint64_t b)
{
	uint64_t state = seed;

	state = rng_next(&state) ^ a;
	state = rng_next(&state) ^ b;
	return rng_next(&state);
}

size_t rng_below(uint64_t *state, size_t n)
{
	return (size_t)(((unsigned __int128)rng_next(state) * n) >> 64);
}

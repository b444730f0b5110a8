/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Random numbers that a seed decides: splitmix64 (Steele, Lea, Flood 2014). Our own so
 * that a seed means the same everywhere, whatever the C library's random() is.
 */
#ifndef FB_LIB_RNG_H
#define FB_LIB_RNG_H

#include <stddef.h>
#include <stdint.h>

uint64_t rng_next(uint64_t *state);
/* The state that begins a stream of its own for each (seed, a, b). */
uint64_t rng_begin(uint64_t seed, uint64_t a, uint64_t b);
/* 0 to n-1; its bias of n/2^64 is of no account. */
size_t rng_below(uint64_t *state, size_t n);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Made-up runs whose boots warm up, drift, and depend on when a cell is measured. */
#ifndef FB_TESTS_UNIT_FAKE_WITHIN_H
#define FB_TESTS_UNIT_FAKE_WITHIN_H

#include "lib/rng.h"
#include "tests/unit/fake_run.h"

#define BOOTS 8

static inline double uniform(uint64_t *rng)
{
	return (double)(rng_next(rng) >> 11) * 0x1p-53;
}

/* What a made-up boot is like. */
struct like {
	double first; /* times as much: the first two samples */
	double drift; /* from the first to the last sample */
	double early; /* times as much: the first cell of the boot */
	unsigned int samples;
};

static inline void put_sample(const struct fake_boot *b, int cell, unsigned int n, double value,
			      double at, const char *state)
{
	fake_line(b,
		  "{\"t\":\"sample\",\"cell\":%d,\"n\":%u,\"state\":\"%s\",\"why\":\"\",\"ops\":10,"
		  "\"ticks\":1,\"laps\":1,\"at\":%.3f,\"values\":{\"per_page\":%.17g},"
		  "\"counters\":{\"cycles\":%u,\"tlb\":{\"value\":%u,\"running\":%.2f},"
		  "\"gone\":{\"unsupported\":\"ENOENT\"}},\"evidence\":{}}",
		  cell, n, state, at, value, 100 + n, 50 + n, n == 1 ? 0.25 : 0.75);
}

/* Four cells, another one first in each boot. */
static inline void put_boot(struct store *s, int64_t run, bool patched, unsigned int number,
			    const char *unit, const struct like *l)
{
	struct fake_boot b = fake_boot(s, run, patched ? "stock" : "knockouts", patched ? 'b' : 'a',
				       number, unit);
	uint64_t rng = rng_begin(11, patched, number);
	double level = (patched ? 50 : 100) * (1 + 0.01 * uniform(&rng)), at = 2;

	for (int i = 0; i < 4; i++) {
		int cell = (i + (int)number) % 4;

		char *params __free = xasprintf("{\"folio\":\"%dK\"}", 4 << cell);

		fake_cell(&b, cell, "fork", params, "");
		for (unsigned int n = 0; n < l->samples; n++, at += 0.5) {
			double v = level * (cell + 1) * (1 + 0.02 * uniform(&rng)) *
				   (1 + l->drift * n / (l->samples - 1.0)) *
				   (n < 2 ? l->first : 1) * (i ? 1 : l->early);

			put_sample(&b, cell, n, v, at, n == 5 ? "refused" : "ok");
		}
	}
	fake_end(&b, "ok", "");
}

/* Of two kernels, one of which is twice as fast. */
static inline int64_t put_run(struct store *s, const char *unit, const struct like *l)
{
	int64_t run = fake_run(s, "local");
	struct error e = { "" };

	for (unsigned int i = 0; i < BOOTS; i++) {
		put_boot(s, run, false, i, unit, l);
		put_boot(s, run, true, i, unit, l);
	}
	assert_int_equal(store_run_end(s, run, "complete", &e), 0);
	return run;
}

#endif

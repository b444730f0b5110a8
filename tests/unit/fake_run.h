/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Made-up runs in a store, for the tests of results/ and plots/: records are
 * written as the lines an agent sends and go through record_parse(). Figures
 * have the shape of the published ones.
 */
#ifndef FB_TESTS_UNIT_FAKE_RUN_H
#define FB_TESTS_UNIT_FAKE_RUN_H

#include "lib/cleanup.h"
#include "results/store.h"
#include "tests/unit/unit.h"

struct fake_boot {
	struct store *s;
	int64_t run, id;
	const char *unit;
};

static inline void fake_line(const struct fake_boot *b, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static inline void fake_line(const struct fake_boot *b, const char *fmt, ...)
{
	struct strbuf line __strbuf = { 0 };
	struct error e = { "" };
	struct record rec;
	va_list ap;

	va_start(ap, fmt);
	strbuf_vaddf(&line, fmt, ap);
	va_end(ap);
	if (record_parse(strbuf_str(&line), line.len, &rec, &e))
		fail_msg("%s: %s", strbuf_str(&line), e.msg);
	if (store_record(b->s, b->id, &rec, &e))
		fail_msg("%s: %s", strbuf_str(&line), e.msg);
	record_release(&rec);
}

static inline struct store *fake_open(const char *dir)
{
	char *path __free = xasprintf("%s/store.db", dir);
	struct error e = { "" };
	struct store *s;

	if (store_open(path, &s, &e))
		fail_msg("%s", e.msg);
	return s;
}

static inline int64_t fake_run(struct store *s, const char *target)
{
	struct error e = { "" };
	int64_t run;

	if (store_run_begin(s, "foliobench ab knockouts stock", target, NULL, 1, &run, &e))
		fail_msg("%s", e.msg);
	return run;
}

/* HASH is repeated to fill 64 digits. */
static inline struct fake_boot fake_boot(struct store *s, int64_t run, const char *name, char hash,
					 unsigned int number, const char *unit)
{
	char digits[65];
	struct store_boot sb = {
		.run_id = run,
		.kernel = { .name = name,
			    .hash = digits,
			    .arch = "x86_64",
			    .release = "7.3.4",
			    .source = "debian:7.3",
			    .description = "",
			    .inputs = "{\"compiler\":\"gcc (Debian 12.2.0-14) 12.2.0\","
				      "\"config\":[{\"name\":\"base.config\"},"
				      "{\"name\":\"x86_64.config\"}],"
				      "\"series\":[{\"name\":\"fork.patch\"}]}" },
		.target = !strcmp(unit, "insn") ? "qemu" : "local",
		.block = number,
		.number = number,
	};
	struct fake_boot b = { .s = s, .run = run, .unit = unit };
	struct error e = { "" };

	memset(digits, hash, 64);
	digits[64] = '\0';
	if (store_boot_begin(s, &sb, &b.id, &e))
		fail_msg("%s", e.msg);
	fake_line(&b,
		  "{\"t\":\"hello\",\"v\":1,\"agent\":\"0.1.0\",\"kernel\":\"7.3.4\","
		  "\"unit\":\"%s\",\"facts\":{}}",
		  unit);
	return b;
}

static inline void fake_end(const struct fake_boot *b, const char *state, const char *why)
{
	struct error e = { "" };

	if (!strcmp(state, "ok"))
		fake_line(b, "{\"t\":\"end\",\"cells\":1,\"samples\":1}");
	if (store_boot_end(b->s, b->id, state, why, 12.5, 2.5, &e))
		fail_msg("%s", e.msg);
}

/* Extra metrics are JSON text of further elements, "" or begins with a comma. */
static inline void fake_cell(const struct fake_boot *b, int cell, const char *name,
			     const char *params, const char *extra)
{
	fake_line(b,
		  "{\"t\":\"cell\",\"cell\":%d,\"case\":\"%s\",\"summary\":\"what %s does\","
		  "\"params\":%s,\"metrics\":["
		  "{\"name\":\"per_page\",\"unit\":\"ticks\",\"better\":\"lower\","
		  "\"headline\":true}%s]}",
		  cell, name, name, params, extra);
}

/* Values are the inside of a JSON object. */
static inline void fake_sample(const struct fake_boot *b, int cell, int n, const char *state,
			       const char *values)
{
	fake_line(b,
		  "{\"t\":\"sample\",\"cell\":%d,\"n\":%d,\"state\":\"%s\",\"why\":\"%s\","
		  "\"ops\":4096,\"ticks\":8192000,\"minor_faults\":4096,\"values\":{%s},"
		  "\"counters\":{\"pgfault\":4100},\"evidence\":{\"pages_reused\":4096}}",
		  cell, n, state, !strcmp(state, "ok") ? "" : "64K folios: 12 of 64", values);
}

#define FAKE_REUSED                                                                                \
	",{\"name\":\"reused\",\"unit\":\"share\",\"better\":\"neither\",\"headline\":false}"
#define FAKE_VMPTE                                                                                 \
	",{\"name\":\"vmpte_after\",\"unit\":\"kB\",\"better\":\"lower\",\"headline\":true}"

static const char *const fake_folios[] = { "4K", "16K", "64K", "512K", "2M" };

struct fake_case {
	const char *name, *extra;
	double base[5], patched[5]; /* per page, by folio size */
	const char *base_extra[5], *patched_extra[5];
};

/* The whole main job in figures like those that were measured. */
static const struct fake_case fake_cases[] = {
	{ "null", "", { 3, 3, 3, 3, 3 }, { 3, 3, 3, 3, 3 } },
	{ "fork", "", { 196.2, 201.4, 199.8, 199.1, 198.9 }, { 196.3, 92.5, 61.2, 52.7, 51.4 } },
	{ "cow", "", { 12034, 12110, 12098, 12077, 12075 }, { 12036, 12115, 12099, 12078, 12077 } },
	{ "cow-reuse",
	  FAKE_REUSED,
	  { 1514, 12610, 12570, 12544, 12539 },
	  { 1512, 1534, 1521, 1518, 1517 },
	  { "\"reused\":1", "\"reused\":0", "\"reused\":0", "\"reused\":0", "\"reused\":0" },
	  { "\"reused\":1", "\"reused\":1", "\"reused\":1", "\"reused\":1", "\"reused\":1" } },
	{ "munmap", "", { 143.1, 131.7, 129.9, 129.1, 129.0 }, { 143.4, 61.0, 42.3, 36.8, 36.1 } },
	{ "mprotect", "", { 88.5, 88.4, 88.3, 88.4, 88.4 }, { 89.1, 41.7, 22.1, 16.2, 15.5 } },
	{ "pt-reclaim",
	  FAKE_VMPTE,
	  { 9120, 4310, 3050, 2610, 2580 },
	  { 9580, 4760, 3490, 3060, 3020 },
	  { "\"vmpte_after\":4136", "\"vmpte_after\":4136", "\"vmpte_after\":4136",
	    "\"vmpte_after\":4136", "\"vmpte_after\":4136" },
	  { "\"vmpte_after\":60", "\"vmpte_after\":60", "\"vmpte_after\":60", "\"vmpte_after\":60",
	    "\"vmpte_after\":60" } },
};

/* One boot with all cells, FACTOR times each per-page figure, 5 samples of it. */
static inline void fake_full_boot(struct store *s, int64_t run, bool patched, unsigned int number,
				  const char *unit, double factor)
{
	struct fake_boot b = fake_boot(s, run, patched ? "stock" : "knockouts", patched ? 'b' : 'a',
				       number, unit);
	int cell = 0;

	for (size_t i = 0; i < ARRAY_SIZE(fake_cases); i++) {
		const struct fake_case *fc = &fake_cases[i];

		for (size_t f = 0; f < ARRAY_SIZE(fake_folios); f++, cell++) {
			const char *extra = (patched ? fc->patched_extra : fc->base_extra)[f];
			double value = (patched ? fc->patched : fc->base)[f] * factor;
			char *params __free =
				xasprintf("{\"folio\":\"%s\",\"size\":\"16M\"}", fake_folios[f]);

			fake_cell(&b, cell, fc->name, params, fc->extra);
			for (int n = 0; n < 5; n++) {
				/* the median is the middle one */
				char *values __free = xasprintf(
					"\"per_page\":%.10g%s%s", value * (1 + 0.001 * (n - 2)),
					extra ? "," : "", extra ? extra : "");

				fake_sample(&b, cell, n, "ok", values);
			}
		}
	}
	fake_end(&b, "ok", "");
}

/* Three boots of each kernel in turn, exact in "insn", within a percent in "ns". */
static inline int64_t fake_full_run(struct store *s, const char *unit)
{
	bool exact = !strcmp(unit, "insn");
	int64_t run = fake_run(s, exact ? "qemu" : "local");
	struct error e = { "" };

	for (unsigned int i = 0; i < 3; i++) {
		double factor = exact ? 1 : 1 + 0.004 * ((double)i - 1);

		fake_full_boot(s, run, false, i, unit, factor);
		fake_full_boot(s, run, true, i, unit, factor);
	}
	if (store_run_end(s, run, "complete", &e))
		fail_msg("%s", e.msg);
	return run;
}

/* Between -1 and 1, the same each time: what a boot does to a cell. */
static inline double fake_noise(unsigned int cell, unsigned int block, bool patched)
{
	uint64_t h = (cell * 131 + block * 2 + patched + 1) * 0x9e3779b97f4a7c15ull;

	h = (h ^ (h >> 29)) * 0x94d049bb133111ebull;
	return (double)((h ^ (h >> 32)) >> 11) / 0x1p52 - 1;
}

/* As fake_full_boot() in "ns", with boots that differ by case: up to 5 % in cow, 1 % elsewhere. */
static inline void fake_noisy_boot(struct store *s, int64_t run, bool patched, unsigned int block)
{
	struct fake_boot b = fake_boot(s, run, patched ? "stock" : "knockouts", patched ? 'b' : 'a',
				       block, "ns");
	int cell = 0;

	for (size_t i = 0; i < ARRAY_SIZE(fake_cases); i++) {
		const struct fake_case *fc = &fake_cases[i];
		double amount = !strcmp(fc->name, "cow") ? 0.05 : i % 2 ? 0.01 : 0.005;

		for (size_t f = 0; f < ARRAY_SIZE(fake_folios); f++, cell++) {
			const char *extra = (patched ? fc->patched_extra : fc->base_extra)[f];
			double value = (patched ? fc->patched : fc->base)[f];
			char *params __free =
				xasprintf("{\"folio\":\"%s\",\"size\":\"16M\"}", fake_folios[f]);
			/* one cell lacks its last boots on a side, another one all of them */
			bool refused = patched && ((cell == 33 && block >= 5) || cell == 14);

			value *= 1 + amount * fake_noise((unsigned int)cell, block, patched);
			fake_cell(&b, cell, fc->name, params, fc->extra);
			for (int n = 0; n < 5; n++) {
				char *values __free = xasprintf(
					"\"per_page\":%.10g%s%s", value * (1 + 0.001 * (n - 2)),
					extra ? "," : "", extra ? extra : "");

				fake_sample(&b, cell, n, refused ? "refused" : "ok", values);
			}
		}
	}
	fake_end(&b, "ok", "");
}

/* Nine blocks of both kernels in "ns", in which boots differ as those of a machine do. */
static inline int64_t fake_noisy_run(struct store *s)
{
	int64_t run = fake_run(s, "local");
	struct error e = { "" };

	for (unsigned int i = 0; i < 9; i++) {
		fake_noisy_boot(s, run, false, i);
		fake_noisy_boot(s, run, true, i);
	}
	if (store_run_end(s, run, "complete", &e))
		fail_msg("%s", e.msg);
	return run;
}

#endif

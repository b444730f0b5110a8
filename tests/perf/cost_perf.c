// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * How fast profiles and symbols are read and written, and how large they are. Not a test: it
 * prints figures of the machine it runs on.
 *
 *	cost_perf SYSTEM_MAP [INSTRUCTIONS [PROFILES]]
 *
 * The profiles are made up: blocks of instructions at the functions of SYSTEM_MAP, each as often
 * as a loop over pages would execute it.
 */
#include <stdio.h>
#include <stdlib.h>

#include "lib/cleanup.h"
#include "lib/fs.h"
#include "lib/profile.h"
#include "lib/symbols.h"
#include "lib/units.h"

#define REPEATS 20

static void report(const char *what, double seconds, size_t bytes)
{
	printf("%-40s %8.3f ms %8.1f KiB\n", what, seconds * 1e3, (double)bytes / 1024);
}

/* N instructions or a few more; SEED makes others of the counts. */
static void make_profile(const struct symbols *s, size_t n, unsigned int seed, struct profile *p)
{
	unsigned int r = 1;

	while (p->n < n) {
		const struct symbol *f = &s->v[(r >> 8) % s->n];
		uint64_t addr = f->addr, count = 1 + r % 7 * 512 + (r % 31 ? 0 : seed);

		for (int i = 0; i < 60 && addr < f->end && p->n < n + 60; i++) {
			struct profile_insn in = { .addr = addr, .count = count };

			r = r * 1103515245 + 12345;
			in.size = (uint8_t)(1 + (r >> 16) % 7);
			in.loads = (r >> 20) % 4 == 0;
			in.stores = (r >> 22) % 6 == 0;
			if ((r >> 24) % 5 == 0)
				count = 1 + (r >> 18) % 5 * 512;
			profile_add(p, &in);
			addr += in.size;
		}
		r = r * 1103515245 + 12345;
	}
	profile_seal(p);
}

static void of_symbols(const char *text, size_t size, struct symbols *s)
{
	__strbuf struct strbuf kept = { 0 };
	double begin = now_seconds();
	struct error e;

	for (int i = 0; i < REPEATS; i++) {
		symbols_release(s);
		if (symbols_parse(text, size, s, &e)) {
			fprintf(stderr, "cost_perf: %s\n", e.msg);
			exit(2);
		}
	}
	report("symbols: read", (now_seconds() - begin) / REPEATS, size);
	symbols_encode(s, &kept);
	printf("%zu functions\n", s->n);
	begin = now_seconds();
	for (int i = 0; i < REPEATS; i++) {
		struct symbols again;

		if (symbols_parse(kept.buf, kept.len, &again, &e))
			exit(2);
		symbols_release(&again);
	}
	report("symbols: read what is kept", (now_seconds() - begin) / REPEATS, kept.len);
}

static void of_profiles(const struct symbols *s, size_t insns, size_t n)
{
	struct strbuf *bytes __free = xcalloc(n, sizeof(*bytes));
	struct profile sum = { 0 };
	size_t size = 0;
	double begin, encode = 0;

	for (size_t i = 0; i < n; i++) {
		struct profile p = { 0 };

		make_profile(s, insns, (unsigned int)i, &p);
		begin = now_seconds();
		profile_encode(&p, &bytes[i]);
		encode += now_seconds() - begin;
		size += bytes[i].len;
		profile_release(&p);
	}
	if (!n) /* nothing to divide by */
		return;
	report("profiles: encode one", encode / (double)n, size / n);
	begin = now_seconds();
	for (size_t i = 0; i < n; i++) {
		struct profile p;

		if (profile_decode(bytes[i].buf, bytes[i].len, &p, NULL))
			exit(2);
		profile_release(&p);
	}
	report("profiles: decode one", (now_seconds() - begin) / (double)n, size / n);
	begin = now_seconds();
	for (size_t i = 0; i < n; i++) {
		struct profile p;

		if (profile_decode(bytes[i].buf, bytes[i].len, &p, NULL))
			exit(2);
		profile_merge(&sum, &p);
		profile_release(&p);
		strbuf_release(&bytes[i]);
	}
	report("profiles: decode and add all", now_seconds() - begin, size);
	profile_release(&sum);
}

int main(int argc, char **argv)
{
	__strbuf struct strbuf text = { 0 };
	struct symbols s = { 0 };
	struct error e;

	if (argc < 2 || fs_read(argv[1], &text, &e)) {
		fprintf(stderr, "usage: cost_perf SYSTEM_MAP [INSTRUCTIONS [PROFILES]]\n");
		return 129;
	}
	of_symbols(strbuf_str(&text), text.len, &s);
	of_profiles(&s, argc > 2 ? strtoul(argv[2], NULL, 10) : 10000,
		    argc > 3 ? strtoul(argv[3], NULL, 10) : 60);
	symbols_release(&s);
	return 0;
}

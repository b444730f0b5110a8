/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The parts of the agent's main program, shared by agent*.c and nobody else:
 * the plan, the stream of records, the run, and what PID 1 does around it.
 */
#ifndef FB_BENCH_AGENT_H
#define FB_BENCH_AGENT_H

#include <stdbool.h>
#include <signal.h>

#include "bench/engine.h"
#include "lib/strbuf.h"

/* ---- the plan ---- */

struct agent_plan {
	enum clock_unit unit;
	double settle_s;
	int cpu;		  /* -1: where it happens to be */
	unsigned int cpus, nodes; /* that the guest was made with; 0: not told */
	struct strv modules;
	struct strv events; /* named to be counted */
	bool symbols;	    /* PID 1: /proc/kallsyms is wanted, on a port of its own */
	struct engine_cell *cells;
	size_t n_cells;
	char hash[17]; /* FNV-1a over its text, in hex: which plan this was */
};

/* Reads and checks all of PATH ("-": standard input) before anything is run. */
int agent_plan_read(const char *path, struct agent_plan *plan, struct error *e);
void agent_plan_release(struct agent_plan *plan);

/* ---- the stream of records ---- */

struct agent_stream {
	int fd; /* -1: not open */
};

/* WHERE: a file's name (made or emptied), "fd:N", or "-" for standard output. */
int agent_stream_open(struct agent_stream *s, const char *where, struct error *e);
/* Writes one line, whole, at once. Takes the reference of REC. */
int agent_stream_write(struct agent_stream *s, json_t *rec, struct error *e);
/* A note: {"t":"note","level":...,"text":...}; errors are dropped. */
void agent_stream_note(struct agent_stream *s, const char *level, const char *text);
int agent_stream_close(struct agent_stream *s, struct error *e);

/* ---- the run ---- */

/* What a guest test asks for on the kernel command line, after the first sample. */
enum agent_test { TEST_NONE, TEST_PANIC, TEST_HANG, TEST_OOPS, TEST_WARN, TEST_EXIT };

struct agent_run {
	const struct agent_plan *plan;
	struct agent_stream *stream;
	const char *journal; /* NULL: none is kept */
	enum agent_test test;
	const volatile sig_atomic_t *stop;
};

/* hello, the cells, end. Settings are put back in every case. */
int agent_run(const struct agent_run *run, struct error *e);

/* ---- PID 1 ---- */

/* All of it: mounts, modules, port, run, power-off. Does not return. */
void agent_init_main(const volatile sig_atomic_t *stop) __attribute__((noreturn));
/* Does what TEST says; returns for those that let the run go on. */
void agent_test_do(enum agent_test test);

#endif

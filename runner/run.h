/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Running a plan: boots on a target, records to a sink. A plan says which
 * kernels boot how often in which order, and which cells each boot measures.
 */
#ifndef FB_RUNNER_RUN_H
#define FB_RUNNER_RUN_H

#include <stddef.h>
#include <stdint.h>

#include "runner/cost/cost.h"
#include "runner/runner.h"

/* How a boot ended. Kept and shown in every case; only OK ones are compared. */
enum boot_state {
	BOOT_OK,
	BOOT_TAINTED,	  /* the kernel printed an oops, WARN, hang or stall */
	BOOT_LOST,	  /* no end record: panic, hang, power-off, broken stream */
	BOOT_INTERRUPTED, /* stopped by the user */
};

const char *boot_state_name(enum boot_state s);

/* One planned boot. */
struct plan_boot {
	unsigned int kernel; /* index in plan.kernels: an image */
	unsigned int block;  /* blocks hold each kernel once, in random order */
	unsigned int number; /* from 0, per kernel */
};

/*
 * A guest's memory unless asked otherwise: the largest default cell maps 16M and touches
 * it a few times over; a pt-reclaim walk frees what it leaves behind. Room for cells of a
 * quarter of it, and little enough for several guests on a laptop.
 */
#define PLAN_MEMORY_MIB 1024

struct plan {
	const struct kernel *kernels;
	size_t n_kernels;
	/* what every boot measures, as the agent reads it: one {"cell":N,"case":...,
	 * "params":{...},"samples":N} a line */
	json_t *cells;
	uint64_t seed;
	struct plan_boot *boots; /* in the order in which they start */
	size_t n_boots;
	size_t first,
		end;   /* those that run_plan() starts: from FIRST to before END; 0: to the last */
	double hang_s; /* a boot silent for so long is lost */
	unsigned int memory_mib; /* of a guest; plan_make() sets PLAN_MEMORY_MIB */
	unsigned int cpus;	 /* of a guest; 0: as many as the target gives by itself */
	unsigned int nodes;	 /* NUMA nodes (sockets) of a guest; 0: one */
	struct strv events;	 /* to be counted besides the usual ones; owned */
	bool cost;		 /* count instructions with the TCG plugin */
	bool stacks;		 /* and by call stack */
};

/*
 * Lays out BOOTS boots of each kernel in randomised blocks, from SEED. Every second block has the
 * order of the one before it backwards, so that no kernel boots earlier than another on the
 * average, and what grows evenly from boot to boot is the same for all. KERNELS of one group are
 * layouts of one kernel: each block boots one of them, in the order of the array, round and round.
 */
int plan_make(struct plan *p, const struct kernel *kernels, size_t n_kernels, json_t *cells,
	      unsigned int boots, uint64_t seed, struct error *e);
void plan_release(struct plan *p);

/* What a boot was, for the store. Strings live as long as the callback. */
struct boot_info {
	const struct kernel *kernel;
	const char *target;
	unsigned int block, number;
	const char *console; /* path of the console's log, or NULL */
	json_t *facts;	     /* how it was started: emulator, version, arguments */
};

struct boot_result {
	enum boot_state state;
	const char *why;       /* one line, "" when fine */
	double seconds;	       /* start to end, on the host */
	double first_sample_s; /* start to the first sample's record; negative: none */
};

/*
 * Where records go. Boots that run side by side have different IDs. A negative
 * return stops the run (no room on the disk, say).
 */
struct run_sink {
	int (*boot_begin)(void *data, const struct boot_info *info, int64_t *id, struct error *e);
	int (*record)(void *data, int64_t id, const struct record *rec, struct error *e);
	/*
	 * Counts, where the plan asked for them: after the boot's last record, before its end.
	 * Either may be NULL.
	 */
	int (*cost_boot)(void *data, int64_t id, const struct cost_boot *b, struct error *e);
	int (*cost_part)(void *data, int64_t id, const struct cost_part *part, struct error *e);
	int (*boot_end)(void *data, int64_t id, const struct boot_result *res, struct error *e);
	void *data;
};

/*
 * Where one boot keeps its files, made by the engine. The scratch folder goes when
 * the boot has ended; the others stay, those that are empty go too.
 */
struct boot_files {
	const char *scratch; /* an empty folder in $TMPDIR */
	const char *console; /* what the kernel printed */
	const char *records; /* the raw stream */
	const char *log;     /* what the program printed that runs the boot */
	const char *hooks;   /* what the TCG plugin watches; NULL: nothing is counted */
	const char *cost;    /* what the TCG plugin wrote; goes when the sink has it */
};

struct arch;
struct boot_start;

/*
 * A target: where kernels run. One file and one row in targets.c each.
 */
struct target {
	const char *name; /* "qemu" */
	const char *summary;
	const char *unit;   /* "insn" or "ns": of what it measures */
	bool boots_kernels; /* false: only the running kernel */
	bool exact;	    /* the same kernel gives the same figures */
	/*
	 * 0 if usable here for kernels of architecture A (NULL: this machine's); else -errno and
	 * the reason and mend in E.
	 */
	int (*probe)(const struct runner *r, const struct arch *a, struct error *e);
	/*
	 * Starts one boot in the scratch folder DIR and returns at once; *OUT says what
	 * to watch. The rest (reading and parsing records, finding splats on the console,
	 * hang timeout, killing) is the engine's, in run.c, the same for all targets.
	 */
	int (*start)(const struct runner *r, const struct plan *p, const struct plan_boot *b,
		     const struct boot_files *f, struct boot_start *out, struct error *e);
};

extern const struct target *const targets[]; /* ends with NULL */
const struct target *target_find(const char *name);

/* What a target's start() hands to the engine; zeroed before. */
struct boot_start {
	pid_t pid; /* leads its own process group */
	/*
	 * Where records arrive: the file at f->records opened for reading, which grows,
	 * or a pipe, which the engine then copies there. Closed by the engine.
	 */
	int record_fd;
	bool has_console; /* f->console is being written */
	json_t *facts;	  /* owned; also set (as far as known) when the start failed */
};

/*
 * Runs the plan on TARGET. Returns 0 if every boot was started, whatever became
 * of it; -ECANCELED after ^C (running boots are ended and marked).
 */
int run_plan(const struct runner *r, const struct target *t, const struct plan *p,
	     const struct run_sink *sink, struct error *e);

/*
 * The replay target: feeds a recorded stream (a file of records) through the
 * same path as a boot of KERNEL.
 */
int run_replay(const struct runner *r, const char *path, const struct kernel *kernel,
	       unsigned int number, const struct run_sink *sink, struct error *e);

#endif

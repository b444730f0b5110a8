/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A churn program (bench/churn/) as a process of ours: started from memory, told what to do,
 * ended. The programs are in the agent alone; in the host program there are none.
 *
 * It is a process of its own so that what is measured is its allocator's address space and
 * nothing of the agent's. Address randomisation is off for it, and large folios too, if asked.
 */
#ifndef FB_BENCH_CHURN_CLIENT_H
#define FB_BENCH_CHURN_CLIENT_H

#include <stdbool.h>
#include <sys/types.h>

#include "bench/churn/churn.h"
#include "lib/error.h"

struct churn_client {
	int program; /* memfd with the program */
	pid_t pid;   /* 0: none */
	int to, from;
};

#define CHURN_CLIENT_NONE                                                                          \
	{                                                                                          \
		.program = -1, .to = -1, .from = -1                                                \
	}

enum churn_allocator {
	CHURN_GLIBC,
	CHURN_JEMALLOC,
};

/* Lays the program ready. 0; -ENOTSUP if it is not in here; or another -errno. */
int churn_client_open(struct churn_client *c, enum churn_allocator which, struct error *e);

/*
 * Starts it with SETTING ("NAME=value", NULL: none) for an environment and nothing else, and
 * tells it the plan. NO_THP: the kernel gives it single pages only, whatever the allocator
 * asks for. *A: its first answer. 0 or -errno; churn_client_end() is due after 0.
 */
int churn_client_start(struct churn_client *c, const char *setting, bool no_thp,
		       const struct churn_plan *plan, struct churn_answer *a, struct error *e);

/* An order and its answer. -ECHILD if the process is gone. */
int churn_client_order(struct churn_client *c, enum churn_op op, uint64_t arg,
		       struct churn_answer *a, struct error *e);

/* Lets it exit and waits. 0, also if there is none; -ECHILD if it did not end well. */
int churn_client_end(struct churn_client *c, struct error *e);
/* The same, whatever it says, and gives up the program. May be called twice. */
void churn_client_close(struct churn_client *c);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How kernels are made and run. One struct runner per program: where things
 * are, how many jobs, whom to tell, when to stop. All functions return 0 or
 * -errno and leave one line in the struct error; nothing here prints.
 */
#ifndef FB_RUNNER_RUNNER_H
#define FB_RUNNER_RUNNER_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "lib/error.h"
#include "lib/record.h"
#include "lib/strbuf.h"

/* What long work says of itself; TOTAL and LEFT_S are 0 / negative when unknown. */
struct progress {
	const char *phase; /* "fetch", "unpack", "build", "boot" */
	const char *text;  /* "stock: mm/memory.o", "boot 3 of 12: knockouts" */
	double done, total;
	double left_s;
	const char *log; /* file with the details, or NULL */
};

struct runner {
	const char *cache_dir;	   /* sources, builds, the private apt directory */
	const char *log_dir;	   /* consoles and build logs of this session; exists */
	const char *kernels_dir;   /* recipes, config/, knockouts/ */
	const char *agent_path;	   /* the static agent */
	const char *poweroff_path; /* the static init that only powers off */
	const char *journal_path;  /* of settings that a local run changes; survives a kill -9 */
	unsigned int jobs;	   /* for make, and for emulated boots side by side */
	/* counts the user's ^C: one ends the run in good order, more end it at once */
	const volatile sig_atomic_t *cancel;
	void (*on_progress)(const struct progress *p, void *data);
	void *data;
};

void runner_progress(const struct runner *r, const char *phase, double done, double total,
		     double left_s, const char *log, const char *fmt, ...)
	__attribute__((format(printf, 7, 8)));
bool runner_cancelled(const struct runner *r);
/* The user has asked again. */
bool runner_urgent(const struct runner *r);

/*
 * A kernel: a recipe, and what was made from it. Strings are owned by the
 * struct; kernel_release() frees them. Paths are NULL where there is nothing.
 */
struct kernel {
	char *name;  /* "stock", also of ./stock.ini; "debian-image:6.12" */
	char *asked; /* as the user wrote it: "./stock.ini" */
	char *description;
	char *arch;	      /* "x86_64" */
	char *source;	      /* as asked for: "debian:7.3" */
	char *source_version; /* as resolved: "7.3.4-1~bpo13+1" */
	char *hash;	      /* 64 hex digits over all inputs */
	char *release;	      /* uname -r; NULL until built */
	char *dir;	      /* the finished build in the cache */
	char *image;	      /* what the boot loader takes; NULL for the running kernel */
	char *config;
	char *system_map;
	char *inputs;	     /* path of inputs.json: everything that went into the hash */
	char *code_hash;     /* over the image's code and data, without its banner */
	struct strv modules; /* .ko files the agent must load, in order */
	double build_s;
	bool built;
	bool running; /* the kernel this program runs on */
};

void kernel_release(struct kernel *k);

/*
 * Finds what NAME stands for (a recipe, or a source such as debian-image:6.12,
 * or "running") and whether it is in the cache; builds nothing, but may look
 * into the archive's lists. -EINVAL with the known names if there is none.
 */
int kernel_resolve(const struct runner *r, const char *name, struct kernel *k, struct error *e);

/*
 * Makes K (resolved) ready to boot: fetch, unpack, patch, configure, build.
 * Returns at once when it is in the cache. A killed build leaves nothing that
 * looks finished. BASE, when not NULL, is a built kernel whose objects may be
 * taken as the start; code identical to that of BASE is -EEXIST.
 */
int kernel_build(const struct runner *r, struct kernel *k, const struct kernel *base,
		 struct error *e);

/*
 * The source tree of "debian:7.3" and the like, unpacked in the cache and not
 * to be written to; *DIR and *VERSION for the caller to free. "debian:" alone: the
 * newest that the archive has.
 */
int source_fetch(const struct runner *r, const char *source, char **dir, char **version,
		 struct error *e);

#endif

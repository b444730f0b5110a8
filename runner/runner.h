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
#include "lib/json.h"
#include "lib/record.h"
#include "lib/strbuf.h"

/* What long work says of itself; TOTAL and LEFT_S are 0 / negative when unknown. */
struct progress {
	const char *phase; /* "fetch", "unpack", "build", "boot"; "note": a line to keep */
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
	const char *cost_path;	   /* the TCG plugin */
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
/* One line that the user is to see whatever comes after it: "X was damaged; made again". */
void runner_note(const struct runner *r, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
bool runner_cancelled(const struct runner *r);
/* The user has asked again. */
bool runner_urgent(const struct runner *r);

/* As a number of patches: none, where 0 stands for all. */
#define KERNEL_NO_PATCHES 1000000u

/*
 * What a person asks for: a name (a recipe, or a source such as debian-image:6.12, or
 * "running") and what is to be different from what it stands for. Owned by the struct.
 */
struct kernel_spec {
	char *name;
	struct strv config;   /* on top of the recipe's: fragments, files, "+CONFIG_X=y" */
	struct strv series;   /* on top of the recipe's: files, folders, mboxes, b4:, git: */
	unsigned int patches; /* only so many of all patches; 0: all; or KERNEL_NO_PATCHES */
	char *cc, *arch;      /* instead of the recipe's, or NULL */
	unsigned int layout;  /* 0: as the linker lays it out; else the seed of another layout */
};

void kernel_spec_copy(struct kernel_spec *to, const struct kernel_spec *from);
void kernel_spec_release(struct kernel_spec *s);

/*
 * A kernel: a recipe, and what was made from it. Strings are owned by the
 * struct; kernel_release() frees them. Paths are NULL where there is nothing.
 */
struct kernel {
	char *name; /* "stock", also of ./stock.ini; "stock+CONFIG_X=y"; "stock+v2.mbox[3]" */
	struct kernel_spec spec; /* as the user asked for it */
	char *description;
	char *arch;	      /* "x86_64" */
	char *source;	      /* as asked for: "debian:7.3" */
	char *source_version; /* as resolved: "7.3.4-1~bpo13+1" */
	char *cc;	      /* "gcc"; NULL where nothing is built */
	char *patch;	      /* the subject of the last patch in it; NULL without a series */
	size_t n_patches;     /* in it, the recipe's and the user's */
	char *hash;	      /* 64 hex digits over all inputs: what the cache knows it by */
	char *group;	      /* the same without the layout: what results are kept by */
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
	bool made;    /* kernel_build() has just made it; else it was in the cache */
	bool running; /* the kernel this program runs on */
	bool again;   /* a second time, to be measured against itself: its results have its name */
	int held; /* against kernel gc while this struct lives: a descriptor and 1; 0: it is not */
};

void kernel_release(struct kernel *k);

/*
 * Finds what SPEC stands for and whether it is in the cache; builds nothing, but may look
 * into the archive's lists. -EINVAL with the known names if there is none.
 */
int kernel_resolve(const struct runner *r, const struct kernel_spec *spec, struct kernel *k,
		   struct error *e);
/* The same of a bare name. */
int kernel_resolve_name(const struct runner *r, const char *name, struct kernel *k,
			struct error *e);

struct patch_series;
/* Appends all patches of SPEC, the recipe's and its own, to S. Builds and fetches nothing. */
int kernel_series(const struct runner *r, const struct kernel_spec *spec, struct patch_series *s,
		  struct error *e);

/*
 * How many patches SPEC has in all, the recipe's and its own, or -errno; their subjects are
 * appended to SUBJECTS. Builds nothing.
 */
int kernel_patches(const struct runner *r, const struct kernel_spec *spec, struct strv *subjects,
		   struct error *e);

/*
 * Whether all patches of SPEC apply to its source, without building anything: before its first
 * patches are built one by one. *GOOD says how many do. Errors as of kernel_build().
 */
int kernel_try(const struct runner *r, const struct kernel_spec *spec, size_t *good,
	       struct error *e);

/*
 * Makes K (resolved) ready to boot: fetch, unpack, patch, configure, build.
 * Returns at once when it is in the cache. A killed build leaves nothing that
 * looks finished. BASE, when not NULL, is a built kernel whose objects may be
 * taken as the start; code identical to that of BASE is -EEXIST.
 */
int kernel_build(const struct runner *r, struct kernel *k, const struct kernel *base,
		 struct error *e);

/*
 * The final configuration of K (resolved), appended to CONFIG, and what K is made of: a new
 * reference, NULL where nothing is known. A kernel to be built is configured (seconds), not built;
 * a prebuilt one is fetched. -EINVAL for a configuration that cannot be as asked, -ENOENT for a
 * kernel without one.
 */
int kernel_config(const struct runner *r, struct kernel *k, struct strbuf *config, json_t **inputs,
		  struct error *e);

/*
 * The source tree of "debian:7.3" and the like, unpacked in the cache and not
 * to be written to; *DIR and *VERSION for the caller to free. "debian:" alone: the
 * newest that the archive has.
 */
int source_fetch(const struct runner *r, const char *source, char **dir, char **version,
		 struct error *e);

#endif

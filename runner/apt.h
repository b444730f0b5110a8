/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Debian's archive through apt, in a directory of our own below the cache:
 * lists, package cache and downloads are apart from the system's, whose own
 * sources are read for the mirror's name and never changed. apt checks the
 * signatures of the lists and the hashes of what it fetches, as always.
 *
 * The mirror is FOLIOBENCH_MIRROR ("URI" or "URI SECURITY-URI"), else the one
 * that the system uses for Debian, else the one in apt's own example list.
 */
#ifndef FB_RUNNER_APT_H
#define FB_RUNNER_APT_H

#include "runner/runner.h"

struct apt_package {
	char *name;
	char *version;
	char *sha256;
	uint64_t size_bytes;
};

/* The kernel packages that the archive has now (sources and cloud images). */
struct apt_index {
	struct apt_package *p;
	size_t n;
	double age_s; /* since apt last reached the mirror */
};

enum apt_freshness {
	APT_DAILY,  /* lists of up to a day are fine */
	APT_RECENT, /* something was not found: look again if older than ten minutes */
};

/*
 * Loads the index for DEB_ARCH ("amd64"), fetching the lists first where they are too old. A mirror
 * that cannot be reached is no error as long as there are older lists. Caller
 * releases. 0, -ECANCELED, -ENOENT (no mirror known, no keyring), -EIO with
 * apt's first complaint.
 */
int apt_index_load(const struct runner *r, const char *deb_arch, enum apt_freshness fresh,
		   struct apt_index *ix, struct error *e);
void apt_index_release(struct apt_index *ix);

/*
 * Fetches one package for DEB_ARCH into DIR (which exists and is empty of others of that name);
 * *PATH, the .deb's, for the caller to free. apt has checked its hash.
 */
int apt_download(const struct runner *r, const char *deb_arch, const struct apt_package *p,
		 const char *dir, char **path, struct error *e);

/* Order of Debian versions, as dpkg sorts them: < 0, 0, > 0. */
int apt_version_cmp(const char *a, const char *b);

/*
 * Whether VERSION is what a user means by ASKED: all of it, or a part that
 * ends where a component does ("7.3" is 7.3.4-1, not 7.30). "" is every version.
 */
bool apt_version_matches(const char *version, const char *asked);

/* For tests: what apt_index_load() is made of. */
struct apt_mirrors {
	char *main, *security; /* NULL: none found */
};
/* From lines of "URI SUITE", as apt-get indextargets prints them. */
void apt_mirrors_from_targets(const char *text, struct apt_mirrors *m);
/* From a sources.list of one-line entries. */
void apt_mirrors_from_list(const char *text, struct apt_mirrors *m);
void apt_mirrors_release(struct apt_mirrors *m);
/* Reads "NAME VERSION SHA256 SIZE" lines; -EPROTO if there is another one. */
int apt_index_parse(const char *text, struct apt_index *ix, struct error *e);
/* Turns apt-cache show's paragraphs into such lines. */
void apt_index_from_show(const char *show, struct strbuf *lines);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What of a folder is left out when it is taken as a source. */
#ifndef FB_RUNNER_GITIGNORE_H
#define FB_RUNNER_GITIGNORE_H

#include "runner/runner.h"

/*
 * Whether the .gitignore at the top of FOLDER leaves out everything there is, as that of
 * Debian's linux-source packages does: it was meant for another repository.
 */
bool gitignore_swallows(const char *folder);

/*
 * Writes to PATH what is left out of FOLDER besides what its .gitignore files say: the user's
 * own rules, and those of the repository GIT_DIR (NULL: there is none). Where gitignore_swallows():
 * also what all .gitignore files of the folder say, less those lines that leave out everything.
 */
int gitignore_write(const struct runner *r, const char *folder, const char *git_dir,
		    const char *path, struct error *e);

#endif

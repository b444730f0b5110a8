/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How other programs are run when their output is read or their result kept. */
#ifndef FB_RUNNER_TOOL_H
#define FB_RUNNER_TOOL_H

#include "lib/strbuf.h"

/*
 * Adds what makes a program behave the same for everybody: messages
 * in English, no flags inherited from a make that runs us or from the user's shell.
 */
void tool_env(struct strv *env);

/* The same for a git that is only used as a program: no settings of the user or the machine. */
void tool_env_git(struct strv *env);

/* For a git that reads a repository of the user: with his settings, and nothing written. */
void tool_env_repo(struct strv *env);

#endif

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

#endif

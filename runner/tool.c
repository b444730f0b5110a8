// SPDX-License-Identifier: GPL-2.0-or-later
/* The environment of programs that are run; see tool.h. */
#include "lib/cleanup.h"
#include "runner/tool.h"

void tool_env(struct strv *env)
{
	static const char *const vars[] = { "LC_ALL=C",	  "LANGUAGE=",	    "MAKEFLAGS=",
					    "MFLAGS=",	  "KCFLAGS=",	    "KAFLAGS=",
					    "KCPPFLAGS=", "KBUILD_OUTPUT=", "INSTALL_PATH=" };

	for (size_t i = 0; i < ARRAY_SIZE(vars); i++)
		strv_add(env, vars[i]);
}

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

/* Of a shell in which git runs a command (rebase --exec, a hook): another repository's. */
static void forget_repo(struct strv *env)
{
	/* putenv() takes what has no '=' out of the environment */
	strv_split(env,
		   "GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE GIT_PREFIX GIT_COMMON_DIR "
		   "GIT_OBJECT_DIRECTORY GIT_ALTERNATE_OBJECT_DIRECTORIES GIT_EXTERNAL_DIFF "
		   "GIT_DIFF_OPTS GIT_CONFIG_PARAMETERS GIT_CONFIG_COUNT GIT_TRACE",
		   " ");
}

void tool_env_git(struct strv *env)
{
	tool_env(env);
	forget_repo(env);
	strv_add(env, "GIT_CONFIG_NOSYSTEM=1");
	strv_add(env, "GIT_CONFIG_GLOBAL=/dev/null");
}

void tool_env_repo(struct strv *env)
{
	tool_env(env);
	forget_repo(env);
	strv_add(env, "GIT_OPTIONAL_LOCKS=0"); /* nothing is written there, no index either */
	strv_add(env, "GIT_TERMINAL_PROMPT=0");
	strv_add(env, "GIT_PAGER=cat");
}

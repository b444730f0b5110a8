#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Compilers and checkers over the whole tree: clang with -Werror, clang-tidy, and
# the sanitizers' build whose programs tests/run then runs.
. "$T_SRC/tests/lib.sh"

# builds fetch the Linux source for libperf: from the person's cache
FOLIOBENCH_CACHE=$T_SHARED_CACHE
unset FOLIOBENCH_HOME
jobs=$(nproc)

# build NAME CMAKE-OPTION...: in $T_BUILD/NAME
build() {
	dir=$T_BUILD/$1
	shift
	t_run cmake -S "$T_SRC" -B "$dir" -DBUILD_AGENT_CROSS=OFF "$@"
	t_expect_exit 0
	[ "$T_RC" -eq 0 ] || return
	t_run cmake --build "$dir" --parallel "$jobs"
	t_expect_exit 0
}

t_begin "gcc builds with the sanitizers"
build asan -DCMAKE_BUILD_TYPE=Debug -DSANITIZE=ON
t_end

t_begin "clang builds without a warning"
build clang -DCMAKE_C_COMPILER=clang
t_end

t_begin "clang-tidy has nothing to say"
cd "$T_SRC" || exit 2
find lib bench kernels runner results plots cli tests/unit -name '*.c' >"$T_TMP/files"
: >"$T_TMP/compiled"
while read -r file; do
	# what the build does not compile (an optional program) has no command;
	# lib/error.c defines what analyzer.h explains
	if [ "$file" != lib/error.c ] && grep -qF "/$file\"" "$T_BUILD/clang/compile_commands.json"; then
		echo "$file" >>"$T_TMP/compiled"
	fi
done <"$T_TMP/files"
[ "$(wc -l <"$T_TMP/compiled")" -ge 60 ] || t_fail "only $(wc -l <"$T_TMP/compiled") sources are compiled"
t_run xargs -a "$T_TMP/compiled" -P "$jobs" -n 4 clang-tidy -p "$T_BUILD/clang" --quiet \
	--extra-arg=-include --extra-arg="$T_SRC/tests/static/analyzer.h"
if [ "$T_RC" -ne 0 ]; then
	grep -E '(error|warning): ' "$T_OUT" | sort -u | sed 's/^/# /'
	t_fail "exit status $T_RC"
fi
t_end

t_done

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
	t_run cmake -S "$T_SRC" -B "$dir" "$@"
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
find lib bench runner results plots cli tests/unit tests/guest -name '*.c' >"$T_TMP/files"
sources=0
while read -r file; do
	# what the build does not compile (an optional program) has no command
	if grep -qF "/$file\"" "$T_BUILD/clang/compile_commands.json"; then
		echo "$file" >>"$T_TMP/compiled"
		sources=$((sources + 1))
	fi
done <"$T_TMP/files"
[ "$sources" -ge 30 ] || t_fail "only $sources sources are compiled"
t_run xargs -a "$T_TMP/compiled" -P "$jobs" -n 4 clang-tidy -p "$T_BUILD/clang" --quiet
t_expect_exit 0
t_end

t_done

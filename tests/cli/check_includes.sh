#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# scripts/check-includes finds what it is for: wrong trees must fail.
. "$T_SRC/tests/lib.sh"

# tree FILE=LINE...: a small tree with these lines in these files
tree() {
	rm -rf "$T_TMP/tree"
	for entry in lib/a.h=// results/store.h=// runner/run.h=// cli/cli.h=// bench/bench.h=// "$@"; do
		file=$T_TMP/tree/${entry%%=*}
		mkdir -p "$(dirname "$file")"
		printf '%s\n' "${entry#*=}" >>"$file"
	done
	t_run "$T_SRC/scripts/check-includes" "$T_TMP/tree"
}

t_begin "a tree in order passes"
tree 'cli/x.c=#include "runner/run.h"' 'cli/x.c=#include "results/store.h"' \
	'results/x.c=#include "lib/a.h"' 'lib/x.c=#include <stdio.h>' 'lib/y.c=#include <stdio.h>' \
	'results/db.c=#include <sqlite3.h>' 'tests/t.c=#include <sqlite3.h>' \
	'bench/n.c=#include <numa.h>' 'bench/n.c=#include <numaif.h>' \
	'tests/t.c=#include "cli/cli.h"'
t_expect_exit 0
t_expect_no_out
t_end

# refused FILE TO: FILE including TO is an error that names both
refused() {
	t_begin "${1%/*}/ including ${2%/*}/ is refused"
	tree "$1=#include \"$2\""
	t_expect_exit 1
	t_expect_out "^$1:1: "
	t_expect_out "$2"
	t_end
}
refused lib/x.c results/store.h
refused lib/x.c bench/bench.h
refused runner/x.c results/store.h
refused results/x.c runner/run.h
refused plots/x.c runner/run.h
refused bench/x.c runner/run.h
refused runner/x.c bench/bench.h
refused runner/cost/x.c results/store.h
refused results/x.c cli/cli.h
refused lib/x.c cli/cli.h

t_begin "an indented include is seen too"
tree 'lib/x.c=	#  include "cli/cli.h"'
t_expect_exit 1
t_end

t_begin "a path that is not from the root is refused"
tree 'lib/x.c=#include "a.h"'
t_expect_exit 1
t_expect_out 'from the root'
t_end

t_begin "a missing file is refused"
tree 'lib/x.c=#include "lib/gone.h"'
t_expect_exit 1
t_expect_out 'no such file: lib/gone.h'
t_end

t_begin "a third-party library in two files is refused"
tree 'results/a.c=#include <sqlite3.h>' 'results/b.c=#include <sqlite3.h>'
t_expect_exit 1
t_expect_out '^results/b.c:1: <sqlite3.h>: results/a.c '
t_end

t_begin "two headers of one library in two files are refused"
tree 'bench/a.c=#include <perf/evsel.h>' 'bench/b.c=#include <perf/evlist.h>'
t_expect_exit 1
t_end

t_begin "an empty tree is refused"
mkdir "$T_TMP/empty"
t_run "$T_SRC/scripts/check-includes" "$T_TMP/empty"
t_expect_exit 1
t_end

t_begin "this tree passes"
t_run "$T_SRC/scripts/check-includes"
t_expect_exit 0
t_end

t_done

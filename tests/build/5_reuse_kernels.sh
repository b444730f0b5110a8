#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Kernels that reuse what they must not, each wrong in its own way: cow-reuse says so for the
# cells that show it and for no others. And one that reuses a folio whole in one fault: that
# is allowed, and shows. Comes after 1_main_job: each is an incremental build.
. "$T_SRC/tests/lib.sh"
FOLIOBENCH_CACHE=$T_SHARED_CACHE

# measure KERNEL ARG...: of cow-reuse with 64K folios
measure() {
	kernel=$1
	shift
	t_run "$FB" run cow-reuse folio=64K size=2M "$@" --kernel "$kernel" --boots 1 --samples 1 --json
	t_expect_json '.cells | length > 0 and all(.kernels[0].refused == 0)'
}

# wrong 'jq condition on params': those cells are wrong, and all others have figures
wrong() {
	t_expect_json "[.cells[] | select(.metric == \"per_page\" and (.params | $1))] |
		length > 0 and all(.kernels[0].wrong > 0)"
	t_expect_json "[.cells[] | select(.metric == \"per_page\" and (.params | ($1) | not))] |
		all(.kernels[0].wrong == 0 and .kernels[0].value > 0)"
	t_expect_exit 1
	t_expect_json '[.cells[] | select(.kernels[0].wrong > 0) | .note] |
		all(test("WRONG CONTENTS"))'
}

t_begin "stock is right in all of them"
measure stock hold=none,gup-pin,pipe,mremap-split left=none,first child=exit,unmap-half
t_expect_exit 0
t_expect_json '.cells | all(.kernels[0].wrong == 0)'
t_end

t_begin "reuse although others map it: wrong wherever somebody stays"
measure knockout-reuse-shared hold=none left=none,first child=exit,unmap-half
wrong '.left == "first" or .child == "unmap-half"'
measure knockout-reuse-shared writer=child left=none,parent
wrong '.left == "parent"'
t_end

t_begin "reuse although a pipe holds it: wrong with pipes alone"
measure knockout-reuse-held hold=none,gup-pin,pipe,mremap-split
wrong '.hold == "pipe"'
t_end

t_begin "fork() shares pinned pages: wrong with pins alone"
measure knockout-fork-pinned hold=none,gup-pin,pipe,mremap-split
wrong '.hold == "gup-pin"'
t_end

t_begin "a folio reused whole: one fault each, nothing wrong, nothing refused"
measure reuse-whole hold=none left=none,first child=exit,unmap-half
t_expect_exit 0
t_expect_json '.cells | all(.kernels[0].wrong == 0)'
t_expect_json '.cells[] | select(.metric == "faults_per_folio" and .params.left == "none" and
	.params.child == "exit") | .kernels[0].value | . >= 1 and . < 1.2'
t_expect_json '.cells[] | select(.metric == "reused" and .params.left == "none" and
	.params.child == "exit") | .kernels[0].value == 1'
t_expect_json '.cells[] | select(.metric == "reused" and .params.left == "first") |
	.kernels[0].value == 0'
t_end

t_done

#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# What must and what need not be reused, on two kernels that Debian built: who leaves,
# who stays, and what holds pages. Two boots of each, many cells in one.
. "$T_SRC/tests/lib.sh"
. "$T_SRC/tests/guest/lib.inc"
NEW=debian-image: # the newest that the archive has

# measure ARG...: one boot of each kernel; figures into $T_OUT
measure() {
	t_run "$FB" ab $OLD $NEW cow-reuse size=2M "$@" --boots 1 --json
	case $T_RC in
	0 | 1) ;; # other costs, six versions later
	*) t_expect_exit 0 ;;
	esac
	t_expect_json '.cells | length > 0 and all(.baseline.wrong == 0 and .patched.wrong == 0 and
		.baseline.refused == 0 and .patched.refused == 0)'
}

# expect KERNEL METRIC 'jq condition on params' 'jq condition on the figure (.)'
expect() {
	t_expect_json "[.cells[] | select(.metric == \"$2\" and (.params | $3)) | .$1.value] |
		length > 0 and all($4)"
}

t_begin "parents and children that write, others that leave and stay: measured, nobody is wrong"
measure folio=64K writer=parent,child children=2,5 left=none,first,second,all child=exit,exec
cp "$T_OUT" "$T_TMP/cast.json"
t_end

t_begin "all children leave, in whatever way: the newest kernel reuses 64K folios, 6.12 copies"
alone='.left == "none"'
expect patched reused "$alone" '. == 1'
expect patched wasted_per_folio "$alone" '. == 0'
expect baseline reused "$alone" '. == 0'
expect baseline faults_per_folio "$alone" '. >= 16 and . < 17'
# all but the last of 16 pages are copied: the old folio is charged for that one
expect baseline wasted_per_folio "$alone" '. == 61440'
t_end

t_begin "two tracked owners: the first child reuses as the last owner, the second copies"
expect patched reused '.writer == "child" and .left == "first"' '. == 1'
expect patched reused '.writer == "child" and .left == "second"' '. == 0'
expect patched wasted_per_folio '.writer == "child" and .left == "second"' '. == 61440'
t_end

t_begin "whoever else maps the pages: all are copied, and nothing is wasted"
shared='(.writer == "parent" and .left != "none") or .left == "all"'
for kernel in baseline patched; do
	expect $kernel reused "$shared" '. == 0'
	expect $kernel pgreuse_per_page "$shared" '. < 0.1'
	expect $kernel split_deferred_per_folio "$shared" '. == 0'
	expect $kernel wasted_per_folio "$shared" '. == 0'
done
t_expect_json "[.cells[] | select(.params | $shared) | .rule] | unique == [\"must copy: others map it\"]"
t_expect_json "[.cells[] | select(.params | ($shared) | not) | .rule] | unique == [\"may reuse\"]"
t_end

t_begin "pins, pipes and parts of folios: measured, nobody is wrong"
measure folio=4K,64K child=exit,unmap-half \
	hold=none,gup-pin,pipe,mremap-split,partial-unmap,one-page-left
t_end

t_begin "pinned pages stay, without a fault; those in pipes are copied"
for kernel in baseline patched; do
	expect $kernel reused '.hold == "gup-pin"' '. == 1'
	expect $kernel faults_per_page '.hold == "gup-pin"' '. < 0.02'
	expect $kernel reused '.hold == "pipe"' '. == 0'
done
t_expect_json '[.cells[] | select(.params.hold == "gup-pin") | .rule] | unique ==
	["must stay in place: pinned"]'
t_end

t_begin "parts of folios are reused from two pages on, single pages always"
gone='.child == "exit" and .hold != "pipe"'
expect patched reused "$gone and .folio == \"64K\" and .hold != \"one-page-left\"" '. == 1'
expect patched reused "$gone and .folio == \"64K\" and .hold == \"one-page-left\"" '. == 0'
expect patched wasted_per_folio "$gone and .folio == \"64K\" and .hold == \"partial-unmap\"" '. == 32768'
for kernel in baseline patched; do
	expect $kernel reused "$gone and .folio == \"4K\"" '. == 1'
done
t_end

t_begin "where children keep half of each folio, single pages alone show whose the rest is"
half='.child == "unmap-half" and .hold == "none"'
for kernel in baseline patched; do
	expect $kernel reused "$half and .folio == \"4K\"" '. == 0.5'
	expect $kernel reused "$half and .folio == \"64K\"" '. == 0'
done
t_end

t_begin "2M folios mapped by PMDs are reused in about one fault; what makes no sense is skipped"
t_run "$FB" run cow-reuse size=2M folio=2M-pmd left=none,second --kernel $NEW --boots 1 --json
t_expect_json '.cells[] | select(.metric == "reused" and .params.left == "none") |
	.kernels[0].value == 1'
t_expect_json '.cells[] | select(.metric == "faults_per_folio" and .params.left == "none") |
	.kernels[0].value | . >= 1 and . < 4'
grep -q 'children=2' "$T_OUT" "$T_ERR" || t_fail "no advice for left=second"
t_end

t_done

#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Tracepoints by name on a kernel that Debian built: they count what the case says happened,
# the same in two boots; they cost what they are said to cost, and nothing unless named. And
# on that kernel all that is in the way can be put away.
. "$T_SRC/tests/lib.sh"
. "$T_SRC/tests/guest/lib.inc"
cell="cow-reuse folio=4K size=2M"

# run_cells ARGUMENT...
run_cells() {
	# shellcheck disable=SC2086 # a case and its params
	t_run "$FB" run $cell --kernel $OLD --boots 2 --json "$@"
	t_expect_exit 0
}

t_begin "a run without named events"
run_cells
plain=$(jq '.cells[] | select(.metric == "per_page") | .kernels[0].value' "$T_OUT")
t_expect_json '[.counters[].event] | contains(["cycles", "instructions:u", "instructions:k",
	"dTLB-load-misses", "page-faults", "context-switches"]) and length == 6'
t_end

t_begin "nothing is lacking: khugepaged, KSM and all else are out of the way"
t_expect_json '.cells | all(.kernels[0].lacks == null)'
t_end

t_begin "one page fault in user mode a page, by tracepoint and by getrusage; the same in two boots"
run_cells --events exceptions:page_fault_user,tlb:tlb_flush,nosuch:event
for event in exceptions:page_fault_user page-faults; do
	t_expect_json ".counters[] | select(.event == \"$event\") | .kernels[0] |
		.per_op >= 1 and .per_op < 1.02 and .running == 1 and (.boots | unique | length == 1)"
done
t_expect_json '.counters[] | select(.event == "tlb:tlb_flush") | .kernels[0].per_op != null'
t_end

t_begin "a tracepoint that the kernel has not is unsupported, with the errno"
t_expect_json '.counters[] | select(.event == "nosuch:event") |
	.kernels[0] | .per_op == null and .unsupported == "ENOENT"'
t_end

t_begin "what is named costs time, which is why it has to be named"
named=$(jq '.cells[] | select(.metric == "per_page") | .kernels[0].value' "$T_OUT")
echo "$plain $named" | awk '{ exit !($2 > $1 + 50 && $2 < $1 + 2000) }' ||
	t_fail "$plain instructions a page without, $named with tracepoints"
t_end

t_done

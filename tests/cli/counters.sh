#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# What was counted besides the figures: supported, shared (multiplexed) and unsupported events,
# from the stream to table and JSON. tests/data/counters is made up after docs/records.md:
# an old and a new kernel on a machine whose PMU has no dTLB event, with two tracepoints and
# branch-misses:k named, run by a user who may not have one of the tracepoints.
. "$T_SRC/tests/lib.sh"
expected=$T_SRC/tests/cli/expected
cd "$T_SRC/tests/data/counters" || exit 2

t_begin "two boots of each are stored"
t_run "$FB" replay old=old.jsonl,old.jsonl new=new.jsonl,new.jsonl
t_expect_exit 0
t_end

for format in table table-all; do
	t_begin "compare --format $format"
	t_run "$FB" compare old new --format $format
	t_expect_no_err
	sed 's/20[0-9][0-9]-[01][0-9]-[0-3][0-9]T[0-9:]*Z/DATE/' "$T_OUT" >"$T_TMP/undated"
	t_expect_same "$T_TMP/undated" "$expected/counters.$format"
	t_end
done

t_begin "in JSON per cell and event, per operation"
t_run "$FB" compare old new --format json
t_expect_json '.counters | length == 36'
t_expect_json '.counters[] | select(.case == "fork" and .params.folio == "64K" and .event == "instructions:k") |
	.baseline.per_op == 170.5 and .patched.per_op == 60.5 and .baseline.running == 1 and
	.baseline.boots == [170.5, 170.5] and .baseline.samples == 6 and .laps == false and
	.baseline.unsupported == null'
t_end

t_begin "an event that shared its counter says for how much of the time it had it"
t_expect_json '.counters[] | select(.event == "instructions:u") |
	.baseline.running == 0.78 and .patched.running == 0.48 and .baseline.per_op > 3'
t_expect_json '.counters[] | select(.case == "munmap" and .event == "instructions:k") |
	.baseline.running == 1 and .patched.running == 0.75'
t_end

t_begin "an event that was not counted has an errno and no figure"
t_expect_json '.counters[] | select(.event == "dTLB-load-misses") |
	.baseline.per_op == null and .baseline.boots == [] and .patched.unsupported == "ENOENT"'
t_expect_json '.counters[] | select(.event == "exceptions:page_fault_user") |
	.baseline.per_op == null and .baseline.unsupported == "EACCES"'
t_end

t_begin "one that was counted in some samples has both"
t_expect_json '.counters[] | select(.case == "munmap" and .event == "branch-misses:k") |
	.baseline.per_op == 0.25 and .baseline.samples == 4 and .baseline.unsupported == "EBUSY"'
t_end

t_begin "counts over more than what is timed are marked"
t_expect_json '.counters[] | select(.case == "pt-reclaim") | .laps'
t_end

t_begin "boots with other events are not silently set side by side"
sed '1 s/"tlb:tlb_flush",//' new.jsonl >"$T_TMP/fewer.jsonl"
t_run "$FB" replay a=old.jsonl b="$T_TMP/fewer.jsonl"
t_run "$FB" compare a b
t_expect_out '^warning: other events were counted on b than on a'
t_end

t_begin "events that there are not are refused before anything is done"
for list in "nothing,cycles" "," cycles:x tlb tlb: :tlb_flush ../x:y a:b:c; do
	t_run "$FB" run null --events "$list"
	t_expect_exit 129
	t_expect_one_error '--events: '
done
t_run "$FB" run null --events a:1,a:2,a:3,a:4,a:5,a:6,a:7,a:8,a:9,a:10,a:11,a:12,a:13,a:14,a:15,a:16,a:17
t_expect_one_error 'at most 16'
t_end

t_machine
t_begin "one that this machine has not is recorded as such"
t_run "$FB" run null --events nosuch:tracepoint,task-clock --boots 1 --samples 2 --json
t_expect_exit 0
t_expect_json '.counters[] | select(.event == "nosuch:tracepoint") | .kernels[0].unsupported | . == "ENOENT" or . == "EACCES"'
t_expect_json '.counters[] | select(.event == "page-faults") | .kernels[0].per_op == 0'
t_run "$FB" run null --events nosuch:tracepoint --boots 1 --samples 2
t_expect_out '^events  nosuch:tracepoint: what counting them costs'
t_expect_out '^not counted \((ENOENT|EACCES)\): nosuch:tracepoint$'
t_end

t_done

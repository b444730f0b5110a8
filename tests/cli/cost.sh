#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Counts from the files that the plugin writes to table, JSON, gate and the explanation beside a
# time. tests/data/cost has two made-up kernels: old copies what new uses again, at 64K only; in
# one window of new a function executes six instructions more, in one of each a timer interrupt
# comes in between. Real kernels are in the other tiers.
. "$T_SRC/tests/lib.sh"
expected=$T_SRC/tests/cli/expected
cd "$T_SRC/tests/data/cost" || exit 2

# refused REGEX ARGUMENT...: a usage error
refused() {
	regex=$1
	shift
	t_begin "refused: cost $*"
	t_run "$FB" cost "$@"
	t_expect_exit 129
	t_expect_no_out
	t_expect_one_error "$regex"
	t_end
}

# golden NAME: what was printed, without the date
golden() {
	sed 's/20[0-9][0-9]-[01][0-9]-[0-3][0-9]T[0-9:]*Z/DATE/' "$T_OUT" >"$T_TMP/undated"
	t_expect_same "$T_TMP/undated" "$expected/cost.$1"
}

refused "wants a kernel, or two to compare"
refused "no such target" old new fork --on nothing
refused "target kvm: --cost wants the emulator" old new fork --on kvm
refused "target kvm: --stacks wants the emulator" old new fork --on kvm --stacks
refused "--cost and --layouts do not go together" old new fork --layouts 2
for percent in "" x -1 0.5x nan inf 1e9999 0x1p3 " 1" 1000001; do
	refused "--max-increase $percent: wants a percentage" old new --max-increase "$percent"
done
refused "--max-increase: wants two kernels" old --max-increase 1%
refused "--gate: wants --max-increase" old new --gate tlb
refused "--gate time: there are instructions, .*atomics, tlb" old new --max-increase 1 --gate tlb,time
refused "--gate '': there are" old new --max-increase 1 --gate ,
refused "kernels go by the name or hash" --stored old +CONFIG_X=y
refused 'by the name or hash that they have in the store' --stored old new --arch arm64
refused "kernels go by the name or hash" --run 1 old new --series x.mbox
refused "--inline and --each-patch do not go together" old --series x.mbox --each-patch --inline
refused "--stacks and --each-patch do not go together" old --series x.mbox --each-patch --stacks
refused "--run 0:" --run 0 old new
refused "wants a kernel" --stored
refused "stock: .*it is no case" --run 1 cow-reuse stock

t_begin "--cost elsewhere than on qemu is refused by run and ab, too"
t_run "$FB" run fork --cost
t_expect_exit 129
t_expect_one_error "target local: --cost wants the emulator that counts instructions"
t_run "$FB" ab old new fork --on kvm --stacks
t_expect_exit 129
t_expect_one_error "target kvm: --stacks wants"
t_end

t_begin "a store without anything"
t_run "$FB" cost --stored old new
t_expect_exit 2
t_expect_one_error "nothing measured yet"
t_end

t_begin "streams bring the counts that lie beside them"
t_run "$FB" replay old=old.jsonl,old.jsonl new=new.jsonl,new.jsonl
t_expect_exit 0
t_expect_no_err
t_end

t_begin "two kernels as a table"
t_run "$FB" cost --stored old new
t_expect_exit 0
t_expect_no_err
golden table
t_end

t_begin "one kernel as a table"
t_run "$FB" cost --run 1 new folio=64K
t_expect_exit 0
t_expect_no_err
golden profile
t_end

t_begin "a run has kernels of its own"
t_run "$FB" cost --run 1
t_expect_exit 0
golden table
t_run "$FB" cost --run 1 cow-reuse folio=4K --json
t_expect_json '.baseline.name == "old" and .patched.name == "new" and ([.cells[].params.folio] == ["4K"])'
t_run "$FB" cost --run 1 --max-increase 0
t_expect_exit 1
t_run "$FB" cost --run 9
t_expect_exit 2
t_expect_one_error "there is no run 9"
t_end

t_begin "the other way round every difference has the other sign"
t_run "$FB" cost --stored old new --json
there=$(jq -c "[.cells[].delta.instructions]" "$T_OUT")
t_run "$FB" cost --stored new old --json
t_expect_json "([.cells[].delta.instructions] | map(-.)) == $there"
t_end

t_begin "every instruction of the difference is in a function"
t_run "$FB" cost --stored old new --json
t_expect_json '.version == 1 and .run == 1 and (.cells | length == 2)'
t_expect_json '[.cells[] | ([.functions[] | select(.user | not) | .delta.instructions] | add) - .delta.instructions |
	fabs < 1e-9] | all'
t_expect_json '.cells[1].functions[0] | .name == "wp_page_copy" and .note == "gone" and .patched == null and
	.baseline.string_iterations == 512 and .baseline.tlb_page == 1 and .delta.atomics == -2'
t_end

t_begin "who varies is named, with the range; who ran in between is apart"
t_expect_json '.cells[1].patched | .distinct == 2 and .identical == 4 and .windows == 6 and .boots == 2 and
	.varies == ["handle_mm_fault"]'
t_expect_json '.cells[0].baseline | .distinct == 1 and .varies == [] and (.apart | length == 1) and
	.apart[0].context == "irq asm_sysvec_apic_timer_interrupt" and .apart[0].windows == 2 and .interrupts > 0'
t_end

t_begin "cells of the store are chosen by case and params"
t_run "$FB" cost --stored old new cow-reuse folio=2M,64K --json
t_expect_json '[.cells[].params.folio] == ["64K"]'
t_run "$FB" cost --stored old new fork
t_expect_exit 2
t_expect_one_error "counts of other cells only"
t_run "$FB" cost --stored old newer
t_expect_exit 2
t_expect_one_error "newer"
for words in "--stored old new folo=64K" "--run 1 new cow-reuse folo=64K" "--run 1 folo=64K"; do
	# shellcheck disable=SC2086 # words
	t_run "$FB" cost $words
	t_expect_exit 129
	t_expect_no_out
	t_expect_one_error "none of the chosen cases has a param 'folo' in run 1"
done
t_end

# At 4K instructions are 35 -> 40 (+14.3 %) and atomic operations 2 -> 3; at 64K barriers 0 -> 1.
# gate EXIT NUMBER ARGUMENT...
gate() {
	code=$1 number=$2
	shift 2
	t_begin "a gate of $*"
	t_run "$FB" cost --stored old new "$@"
	t_expect_exit "$code"
	if [ "$code" -eq 0 ]; then
		t_expect_out "^gate of .*: passed$"
	else
		t_expect_out "^gate of .*: $number exceeds?$"
	fi
	t_run "$FB" cost --stored old new "$@" --json
	t_expect_exit "$code"
	t_expect_json ".gate.exceeded | length == $number"
	t_end
}
gate 1 3 --max-increase 0.5%
gate 1 3 --max-increase 14.28%
gate 1 2 --max-increase 14.3
gate 1 1 --max-increase 50%
gate 1 3 --max-increase 0
gate 1 1 --max-increase 14% --gate instructions
gate 0 0 --max-increase 15% --gate instructions
gate 0 0 --max-increase 0% --gate tlb,tlb_page
gate 1 1 --max-increase 49.9 --gate atomics
gate 0 0 --max-increase 50 --gate atomics
gate 1 2 --max-increase 1 folio=4K

t_begin "a gate says what exceeds, worst first"
t_run "$FB" cost --stored old new --max-increase 0.5%
t_expect_out '^  cow-reuse folio=64K size=16M: barriers 0\.0 -> 1\.0 per page, from none$'
t_expect_out '^  cow-reuse folio=4K size=16M: atomic operations 2\.0 -> 3\.0 per page, \+50\.0%$'
t_expect_out '^  cow-reuse folio=4K size=16M: instructions 35\.0 -> 40\.0 per page, \+14\.3%$'
tail -n 3 "$T_OUT" | awk '{ print $4 }' | tr '\n' ' ' >"$T_TMP/order"
[ "$(cat "$T_TMP/order")" = "barriers atomic instructions " ] || t_fail "not worst first"
t_end

t_begin "the same kernels compared: why beside what"
t_run "$FB" compare old new
t_expect_out '^Why: what the kernels execute, counted exactly$'
t_expect_out '^  cow-reuse 4K: 35\.0 -> 40\.0 kernel instructions per page \(\+5\.0\): do_wp_page \+5\.0; atomic operations$'
t_run "$FB" compare old new --format cover-letter
t_expect_out '^  cow-reuse 64K: 559\.0 -> 46\.03 kernel instructions per page \(-513\.0\):$'
[ "$(awk 'length > 75' "$T_OUT")" = "" ] || t_fail "lines of more than 75 columns"
t_run "$FB" compare old new --format json
t_expect_json '.cost.version == 1 and (.cost.cells | length == 2)'
t_end

t_begin "times of another run are explained by these counts, and it is said"
for f in old new; do
	sed 's/"unit":"insn"/"unit":"ns"/g; s/"window":[0-9]*,//' $f.jsonl >"$T_TMP/$f-ns.jsonl"
done
t_run "$FB" replay old="$T_TMP/old-ns.jsonl" new="$T_TMP/new-ns.jsonl"
t_expect_exit 0
t_run "$FB" compare old new --run 2
t_expect_out '^Why: what the kernels execute, counted exactly on an emulated x86_64 in run 1$'
t_run "$FB" cost --run 2 old new
t_expect_exit 2
t_expect_one_error "run 2"
t_end

t_begin "counts that the guest's clock contradicts are not averaged in"
sed 's/^p 6 1 0 task|2:64/p 6 1 0 task|2:6400/' old.cost >"$T_TMP/doubtful.cost"
cp old.jsonl "$T_TMP/doubtful.jsonl"
cp old.symbols "$T_TMP/doubtful.symbols"
t_run "$FB" replay doubtful="$T_TMP/doubtful.jsonl" new=new.jsonl
t_expect_exit 0
t_expect_err "the counts of 1 of 6 samples are not believed"
t_run "$FB" cost --stored doubtful new --json
t_expect_json '.cells[1].baseline | .windows == 2 and .lost == 1 and (.bad | test("clock"))'
t_run "$FB" compare doubtful new
t_expect_out "^warning: counts of run 3: cow-reuse .* on doubtful: counts of 1 sample are left out"
t_end

t_begin "counts that miscount the straight line are not believed at all"
sed 's/^p 1 1 0 task|1:10$/p 1 1 0 task|1:9/' old.cost >"$T_TMP/doubtful.cost"
t_run "$FB" replay wrong="$T_TMP/doubtful.jsonl"
t_expect_err "the straight line of 1000 instructions was counted as 900"
t_run "$FB" cost --stored wrong
t_expect_exit 2
t_expect_one_error "that can be believed: "
t_run "$FB" cost --run 4 --max-increase 1
t_expect_exit 129
t_expect_one_error "wants two kernels, and run 4 has one"
t_end

t_begin "a file that is no file of counts is said, and the records are kept"
for bytes in "" "foliobench-cost 9 x86_64 1 1 0" "foliobench-cost 1 x86_64 1 1 0
p 1 zz" "$(head -c 700 old.cost)"; do
	printf '%s' "$bytes" >"$T_TMP/doubtful.cost"
	t_run "$FB" replay broken="$T_TMP/doubtful.jsonl"
	t_expect_exit 0
	t_expect_err "/doubtful\.cost(: |$)"
done
t_end

t_begin "--all shows every function with a difference, and the rest is counted and summed without"
t_run "$FB" cost --stored old new folio=64K
t_expect_out '^  1 more function +16\.0 +16\.03 +\+0\.0312 0\.0061% of the difference$'
t_run "$FB" cost --stored old new folio=64K --all
t_expect_out '^  handle_mm_fault +16\.0 +16\.03 +\+0\.0312 +1; varies, ranges overlap$'
if grep -q "more function" "$T_OUT"; then t_fail "something is left out with --all"; fi
t_end

t_begin "--stored goes back to a run that counted the cells: the newest one did not"
for kernel in old new; do
	sed 's/"folio":"4K"/"folio":"16K"/; s/"folio":"64K"/"folio":"32K"/' $kernel.jsonl >"$T_TMP/$kernel.jsonl"
	cp $kernel.cost $kernel.symbols "$T_TMP/"
done
t_run "$FB" replay old="$T_TMP/old.jsonl" new="$T_TMP/new.jsonl"
t_expect_exit 0
t_run "$FB" cost --stored old new folio=16K
t_expect_exit 0
newest=$(sed -n 's/^counted .*, run \([0-9]*\):.*/\1/p' "$T_OUT")
t_run "$FB" cost --stored old new folio=64K
t_expect_exit 0
t_expect_out '^[a-z-]+ folio=64K'
older=$(sed -n 's/^counted .*, run \([0-9]*\):.*/\1/p' "$T_OUT")
[ "${older:-0}" -lt "${newest:-0}" ] || t_fail "run $older and run $newest"
t_run "$FB" cost --run "$newest" old new folio=64K
t_expect_exit 2
t_expect_one_error "run $newest has counts of other cells only"
t_end

t_done

#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# fork, exit, cow, munmap, zap, fault and mremap on two kernels that Debian built, both with
# fork and zap batching: what the evidence must say, and that folios make it cheaper.
. "$T_SRC/tests/lib.sh"
. "$T_SRC/tests/guest/lib.inc"
NEW=debian-image: # the newest that the archive has

# A metric of a case at a folio size, of the kernels of the last command, as jq reads it.
metric() {
	printf '.cells[] | select(.case == "%s" and .metric == "%s" and .params.folio == "%s")' "$@"
}

# What a field of the evidence of all samples of a case was, one line for each value there was.
evidence() {
	cat "$FOLIOBENCH_HOME"/runs/*/*.jsonl | jq -rs --arg case "$1" --arg field "$2" '
		(map(select(.t == "cell" and .case == $case) | .cell)) as $cells |
		map(select(.t == "sample" and (.cell | IN($cells[]))) | .evidence[$field] // empty) |
		unique | .[]'
}

t_begin "Debian's 6.12 and newest kernels are measured, no sample is refused"
t_run "$FB" ab $OLD $NEW fork munmap zap fault mremap folio=4K,64K --boots 2 --json
case $T_RC in
0 | 1) ;; # across versions something may well have become slower
*) t_expect_exit 0 ;;
esac
t_expect_json '[.baseline, .patched] | all(.boots.ok == 2)'
t_expect_json '[.cells[] | .baseline, .patched | .refused, .wrong] | all(. == 0)'
cp "$T_OUT" "$T_TMP/ab.json"
t_end

t_begin "fork: 64K folios are shared whole; fork() and the exit of the child are cheaper"
t_expect_json "$(metric fork shared 64K) | .baseline.value == 1 and .patched.value == 1"
for kernel in baseline patched; do
	for name in per_page exit_per_page; do
		t_expect_json "[($(metric fork $name 64K)), ($(metric fork $name 4K)) | .$kernel.value] |
			.[0] < 0.8 * .[1]"
	done
done
t_end

t_begin "fork: each frame is mapped twice, and once again after the exit"
[ "$(evidence fork mapped_twice_fork)" = 4096 ] || t_fail "twice: $(evidence fork mapped_twice_fork)"
[ "$(evidence fork mapped_once_exit)" = 4096 ] || t_fail "once: $(evidence fork mapped_once_exit)"
t_end

t_begin "munmap, MADV_DONTNEED: 64K folios go in batches, and are free"
for case in munmap zap; do
	for kernel in baseline patched; do
		t_expect_json "[($(metric $case per_page 64K)), ($(metric $case per_page 4K)) |
			.$kernel.value] | .[0] < 0.4 * .[1]"
		t_expect_json "$(metric $case folios_freed 64K) | .$kernel.value == 1"
		# one by one, each folio would be queued to be split on its way
		t_expect_json "$(metric $case split_deferred_per_folio 64K) | .$kernel.value == 0"
	done
	[ "$(evidence $case frames_held)" = 0 ] || t_fail "$case: frames are held"
	[ "$(evidence $case pages_left)" = 0 ] || t_fail "$case: pages are left"
done
t_end

t_begin "fault: one fault for each folio"
t_expect_json "$(metric fault faults_per_folio 64K) | .baseline.value == 1 and .patched.value == 1"
t_expect_json "$(metric fault large_share 64K) | .baseline.value == 1 and .patched.value == 1"
t_end

t_begin "two boots of each are identical in every cell"
jq -r '.cells[] | . as $c | ("baseline", "patched") | select($c[.].boots | unique | length > 1) |
	"\($c.case) \($c.params) \($c.metric) \(.) \($c[.].boots)"' "$T_TMP/ab.json" >"$T_TMP/differ"
[ ! -s "$T_TMP/differ" ] || t_fail "$(cat "$T_TMP/differ")"
cp "$T_TMP/ab.json" "$T_OUT"
t_expect_json '[.cells[] | .baseline.boots, .patched.boots | select(length == 2)] | length > 40'
t_end

t_begin "each sample has its window, each figure in ticks the span and operations that explain it"
for file in "$FOLIOBENCH_HOME"/runs/*/*.jsonl; do
	# behind window 1, the proof: one for each sample, and one for the warm-up of each cell
	jq -rs 'map(select(.t == "sample")) | . as $s | range(length) | . as $i |
		(1 + $i + 1 + ($s[0:$i + 1] | map(.cell) | unique | length)) as $want |
		$s[$i] | select(.window != $want) |
		"window \(.window) of cell \(.cell) sample \(.n), not \($want)"' "$file" >"$T_TMP/windows"
	[ ! -s "$T_TMP/windows" ] || t_fail "$(head -3 "$T_TMP/windows")"
	jq -rs '(map(select(.t == "cell")) | map({key: (.cell | tostring), value: .metrics}) |
		from_entries) as $metrics | .[] | select(.t == "sample") | . as $s |
		$metrics[.cell | tostring][] | select(.unit == "insn") | . as $m |
		if .span == null then "no span: \(.name)"
		elif .span == 0 and (($s.ticks / ($s.span_ops[.name] // $s.ops) - $s.values[.name]) | fabs) > 1e-6
		then "\(.name) is not ticks by operations: \($s)" else empty end' "$file" >"$T_TMP/spans"
	[ ! -s "$T_TMP/spans" ] || t_fail "$(head -3 "$T_TMP/spans")"
done
t_end

t_begin "a part of each folio goes: it waits for its split, the rest is wasted"
t_run "$FB" run munmap zap part=half,first,rest folio=64K --kernel $OLD --boots 1 --json
t_expect_exit 0
t_expect_json '[.cells[].kernels[] | .refused, .wrong] | all(. == 0)'
for expect in half:8192 first:1024 rest:15360; do
	t_expect_json "[.cells[] | select(.params.part == \"${expect%:*}\")] |
		[.[] | select(.metric == \"wasted_kb\") | .kernels[0].value] == [${expect#*:}, ${expect#*:}]"
done
for name in split_deferred_per_folio partially_mapped_per_folio; do
	t_expect_json "[.cells[] | select(.metric == \"$name\") | .kernels[0].value] |
		length == 6 and all(. == 1)"
done
t_end

t_begin "PMD mappings: moved as such or split, copied by pages, gone at exit"
t_run "$FB" run cow zap fault mremap folio=2M-pmd how=exit write=page order=rand kind=read \
	offset=0,4K --kernel $OLD --boots 1 --json
t_expect_exit 0
t_expect_json '[.cells[].kernels[] | .refused, .wrong] | all(. == 0)'
t_expect_json "$(metric cow copied 2M-pmd) | .kernels[0].value == 1"
t_expect_json "$(metric zap folios_freed 2M-pmd) | .kernels[0].value == 1"
t_expect_json "$(metric fault zero_share 2M-pmd) | .kernels[0].value == 1"
t_expect_json "$(metric mremap moved 2M-pmd) | .kernels[0].value == 1"
t_expect_json "$(metric mremap huge_kept 2M-pmd) |
	.kernels[0].value == if .params.offset == \"4K\" then 0 else 1 end"
t_end

t_begin "what makes no sense is skipped, with what to do instead"
t_run "$FB" run zap fault how=exit part=half folio=2M --kernel $OLD --boots 1 --json
t_expect_exit 2
grep -q 'part=half goes with how=dontneed' "$T_OUT" "$T_ERR" || t_fail "zap: no reason"
grep -q 'folio=2M-pmd' "$T_OUT" "$T_ERR" || t_fail "fault: no reason"
t_end

t_done

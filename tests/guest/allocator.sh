#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# jemalloc gives memory back by MADV_DONTNEED: its page tables stay before 6.14, most of
# them empty, and are freed since. glibc's malloc unmaps: nothing changes for it.
. "$T_SRC/tests/lib.sh"
. "$T_SRC/tests/guest/lib.inc"
NEW=debian-image: # the newest that the archive has

cell() {
	echo ".cells[] | select(.case == \"allocator\" and .params.malloc == \"$1\" and
		.params.dirty_decay == \"$2\" and .metric == \"$3\")"
}

t_begin "both allocators are measured on Debian's 6.12 and newest kernels"
t_run "$FB" ab $OLD $NEW allocator dirty_decay=100,never live=128M rounds=2 --boots 2 --json
case $T_RC in
0 | 1) ;; # across these versions something may well have become slower
*) t_expect_exit 0 ;;
esac
t_expect_json '[.baseline, .patched] | all(.boots.ok == 2)'
t_expect_json "$(cell jemalloc 100 per_op) | .baseline.value > 0 and .patched.value > 0"
t_expect_json "$(cell glibc 100 per_op) | .baseline.value > 0 and .patched.value > 0"
t_end

t_begin "6.12 keeps jemalloc's page tables, nearly all empty; the newest kernel frees most"
t_expect_json "$(cell jemalloc 100 vmpte_end) | .baseline.value > 2 * .patched.value"
t_expect_json "$(cell jemalloc 100 empty_end) | .baseline.value > 0.75 and
	.patched.value < .baseline.value - 0.1"
# not for want of giving back: as many pages are left on both
t_expect_json "$(cell jemalloc 100 res_end) | .baseline.value < 8192 and
	(.patched.value - .baseline.value | fabs) < 1024"
t_end

t_begin "what is not given back keeps its tables, and none of them is empty"
t_expect_json "$(cell jemalloc never empty_end) | .baseline.value == 0 and .patched.value == 0"
t_expect_json "$(cell jemalloc never vmpte_end) | .baseline.value == .patched.value"
t_end

t_begin "glibc's malloc leaves no empty tables on either"
t_expect_json "$(cell glibc 100 empty_end) | .baseline.value == 0 and .patched.value == 0"
t_expect_json "$(cell glibc 100 vmpte_end) | .baseline.value == .patched.value"
t_end

t_begin "decays that glibc's malloc does not have are skipped with the reason"
grep -q "glibc's malloc has no decay" "$T_OUT" "$T_ERR" || t_fail "no reason"
t_end

t_begin "two boots of each are identical"
t_expect_json '[.cells[] | .baseline.boots, .patched.boots | select(length > 0) |
	length == 2 and (unique | length == 1)] | length > 20 and all'
t_end

t_begin "each sample says which allocator it was, and what became of it step by step"
cat "$FOLIOBENCH_HOME"/runs/*/boot-*.jsonl >"$T_OUT"
t_expect_json 'select(.t == "sample") | .state == "ok" and
	(.evidence | (.steps | length) == 11 and .tables[0] == .tables_in_use[0] and
	([.virt_kb, .res_kb, .tables, .tables_in_use] | map(length) | unique) == [11])'
t_expect_json 'select(.t == "sample" and .evidence.dirty_pages != null) |
	(.evidence.allocator | startswith("jemalloc "))'
t_end

t_begin "more than there is memory for is not begun, to the memory's size"
t_run "$FB" run allocator live=32G stride=4K,2M rounds=1 --kernel "$OLD" --boots 1 --samples 1 --json
t_expect_exit 2
t_expect_json '.warnings | any(test("stride=4K.*skipped on .*live=32G may take up to [0-9]+ MiB of memory, [0-9]+ are available"))'
t_expect_json '.cells[] | select(.params.stride == "2M" and .metric == "per_op") | .kernels[0].samples == 1'
t_end

t_done

#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Every case with its default params, on a kernel that has all that they want: each gives
# figures, none is refused, and two boots give the same ones in every cell but those that say
# why they cannot. Comes after 1_main_job: stock is built.
. "$T_SRC/tests/lib.sh"
FOLIOBENCH_CACHE=$T_SHARED_CACHE

t_begin "every case runs on stock with its defaults, and leaves nothing out"
t_run "$FB" list cases --json
t_expect_exit 0
cp "$T_OUT" "$T_TMP/cases.json"
t_run "$FB" run --kernel stock --boots 2 --json
t_expect_exit 0
cp "$T_OUT" "$T_TMP/run.json"
jq -r '.cases[].name' "$T_TMP/cases.json" | sort >"$T_TMP/listed"
jq -r '.cells[] | select(.kernels[0].samples > 0) | .case' "$T_TMP/run.json" | sort -u >"$T_TMP/measured"
cmp -s "$T_TMP/listed" "$T_TMP/measured" ||
	t_fail "without a figure: $(comm -23 "$T_TMP/listed" "$T_TMP/measured" | tr '\n' ' ')"
t_expect_json '.warnings == []'
t_expect_json '[.cells[].kernels[]] | all(.refused == 0 and .wrong == 0)'
t_end

# differ FILE: the figures that two boots do not share, of cells that should
differ() {
	jq -r '.cells[] | select(.varies == "") | . as $c | .kernels[0].boots |
		select(length > 0 and (length != 2 or .[0] != .[1])) |
		"\($c.case) \($c.params | to_entries | map("\(.key)=\(.value)") | join(" ")) \($c.metric): \(.)"' "$1"
}

t_begin "two boots give identical figures in every deterministic cell"
t_expect_json '[.cells[] | select(.varies == "")] | length > 100'
differ "$T_TMP/run.json" >"$T_TMP/differ"
[ ! -s "$T_TMP/differ" ] || t_fail "$(cat "$T_TMP/differ")"
t_end

t_begin "so do the params that are not defaults"
t_run "$FB" run fork cow cow-reuse munmap zap fault mremap mprotect accounting folio=64K,2M-pmd \
	write=page children=3 part=half how=exit kind=write-after-read offset=0 \
	to=none exclusive=alternate share=one size=4M --kernel stock --boots 2 --samples 2 --json
[ "$T_RC" -ne 129 ] || t_fail "usage"
t_expect_json '[.cells[] | select(.kernels[0].samples > 0) | .case] | unique | length >= 8'
differ "$T_OUT" >"$T_TMP/differ"
[ ! -s "$T_TMP/differ" ] || t_fail "$(cat "$T_TMP/differ")"
t_end

t_begin "cells that cannot repeat say so, and why"
t_run "$FB" run pt-reclaim folio=4K threads=2 span=64M --kernel stock --boots 2 --json
t_expect_exit 0
t_expect_json '.cells | length > 0 and all(.varies != "")'
t_run "$FB" run pt-reclaim folio=4K threads=2 span=64M --kernel stock --boots 1
t_expect_out '^Not the same in each boot'
t_expect_out 'pt-reclaim: .*thread'
t_end

t_done

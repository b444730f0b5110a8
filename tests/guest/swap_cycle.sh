#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Out to zram (a module that comes along) and back on a Debian kernel: proven by
# swap entries and contents, folios of 64K whole both ways.
. "$T_SRC/tests/lib.sh"
. "$T_SRC/tests/guest/lib.inc"

t_begin "swap-cycle runs on 6.12"
t_run "$FB" run swap-cycle folio=4K,64K data=marks,noise --kernel "$OLD" --boots 2 --json
t_expect_exit 0
cat "$FOLIOBENCH_HOME"/runs/*/boot-*.jsonl >"$T_OUT"
t_expect_json 'select(.t == "sample") | .state == "ok" and .laps == 2 and
	.evidence.pages_swapped == .ops and .evidence.pages_stayed == 0 and
	.evidence.swap_used >= 4096 * .ops and .values.faults_per_page <= 1'
t_end

t_begin "64K folios go out and come back whole"
t_expect_json 'select(.t == "sample" and .evidence.swpout != null) | .evidence.swpout * 16 == .ops
	and .values.out_whole == 1 and .values.in_whole == 1 and
	.values.faults_per_page == 1 / 16'
t_end

t_begin "data that cannot be compressed costs more, and large folios less than single pages"
jq -s '[.[] | objects] | (map(select(.t == "cell")) | map({(.cell | tostring): .params}) | add) as $p |
	map(select(.t == "sample" and .n == 0)) |
	map({key: ($p[.cell | tostring] | .folio + " " + .data), value: .values}) | from_entries' \
	"$FOLIOBENCH_HOME"/runs/*/boot-001-*.jsonl >"$T_OUT"
t_expect_json '."4K noise".per_page_out > ."4K marks".per_page_out'
t_expect_json '."64K noise".per_page_out > ."64K marks".per_page_out'
t_expect_json '."64K marks".per_page_in < 0.5 * ."4K marks".per_page_in'
t_end

t_begin "two boots are identical"
for n in 001 002; do
	jq -c 'select(.t == "sample") | [.cell, .n, .ticks, .values]' \
		"$FOLIOBENCH_HOME"/runs/*/boot-$n-*.jsonl | sort >"$T_TMP/boot-$n"
done
[ -s "$T_TMP/boot-001" ] || t_fail "no samples"
cmp -s "$T_TMP/boot-001" "$T_TMP/boot-002" || t_fail "they differ"
t_end

t_done

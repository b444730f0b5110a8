#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Two kernels that Debian built: CoW reuse of 64K folios came between them. The
# page frames must say so, not only the cost.
. "$T_SRC/tests/lib.sh"
. "$T_SRC/tests/guest/lib.inc"
NEW=debian-image: # the newest that the archive has

t_begin "Debian's 6.12 and newest kernels boot and are measured"
t_run "$FB" ab $OLD $NEW cow-reuse fork null folio=4K,64K --boots 2 --json
case $T_RC in
0 | 1) ;; # across six versions something may well have become slower
*) t_expect_exit 0 ;;
esac
t_expect_json '[.baseline, .patched] | all(.boots.ok == 2)'
t_expect_json '.baseline.release | startswith("6.12.")'
t_expect_json '.patched.release | split(".") | map(tonumber? // 0) | .[0] > 6 or .[1] >= 17'
cp "$T_OUT" "$T_TMP/ab.json"
t_end

cell='.cells[] | select(.case == "cow-reuse" and .metric == "reused" and .params.folio == '
t_begin "64K folios: 6.12 reuses no page, the newest kernel all of them"
t_expect_json "$cell \"64K\") | .baseline.value == 0"
t_expect_json "$cell \"64K\") | .patched.value == 1"
t_end

t_begin "single pages: both reuse all of them"
t_expect_json "$cell \"4K\") | .baseline.value == 1 and .patched.value == 1"
t_end

t_begin "the statistics of the kernel agree with the page frames"
t_expect_json '.cells[] | select(.case == "cow-reuse" and .params.folio == "64K" and
	.metric == "split_deferred_per_folio") | .baseline.value >= 0.9 and .patched.value == 0'
t_expect_json '.cells[] | select(.case == "cow-reuse" and .params.folio == "64K" and
	.metric == "faults_per_page") | .baseline.value >= 0.99 and .baseline.value < 1.1'
t_end

t_begin "two boots of each are identical in every cell"
jq -r '.cells[] | . as $c | ("baseline", "patched") | select($c[.].boots | unique | length > 1) |
	"\($c.case) \($c.params) \($c.metric) \(.) \($c[.].boots)"' "$T_TMP/ab.json" >"$T_TMP/differ"
[ ! -s "$T_TMP/differ" ] || t_fail "$(cat "$T_TMP/differ")"
cp "$T_TMP/ab.json" "$T_OUT"
# (a metric that large folios alone have gives no figure at 4K)
t_expect_json '[.cells[] | .baseline.boots, .patched.boots | length] | all(. == 2 or . == 0) and
	(map(select(. == 2)) | length > 20)'
t_end

t_begin "a folio size that the kernel does not have is skipped with the reason"
t_run "$FB" run fork folio=8K --kernel $OLD --boots 1 --json
t_expect_exit 2
grep -q '8K' "$T_OUT" "$T_ERR" || t_fail "the reason does not name 8K"
grep -qi 'skip\|does not have\|no .*folios' "$T_OUT" "$T_ERR" || t_fail "no reason"
t_end

t_done

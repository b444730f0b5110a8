#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Exact cost on arm64: invalidations and the barriers that wait for them (tlbi, dsb) fall where
# batching says that they do, for folios mapped by contiguous entries; and the counts of kernel and
# program are those of the guest's own PMU, which knows nothing of the plugin. Comes after b_arm64:
# stock and knockouts are built.
. "$T_SRC/tests/lib.sh"
FOLIOBENCH_CACHE=$T_SHARED_CACHE
started=$(date +%s)

t_begin "stock against all knock-outs: 64K folios, by contiguous entries"
t_run "$FB" cost knockouts stock fork munmap mprotect zap folio=64K size=2M exclusive=all \
	--arch arm64 --boots 1 --samples 3 --json
t_expect_exit 0
cp "$T_OUT" "$T_TMP/cost.json"
t_expect_json '[.cells[] | .baseline, .patched] | length >= 8 and all(.windows == 3 and .lost == 0)'
t_end

# What one by one costs: each of the 16 entries of a folio is invalidated where its mapping is
# taken apart (mprotect: both ways, fork: when it is copied, too), between two dsb.
t_begin "an invalidation and more a page one by one, next to none in batches"
for at in fork munmap mprotect zap; do
	cell=".cells[] | select(.case == \"$at\" and .metric == \"per_page\")"
	t_expect_json "$cell | .baseline.kernel.tlb >= 1"
	t_expect_json "$cell | .patched.kernel.tlb <= 0.01"
	t_expect_json "$cell | .delta.dsb <= -0.12 and .patched.kernel.dsb <= 0.03"
	jq -r "$cell"' | "# \(.case): tlbi \(.baseline.kernel.tlb) -> \(.patched.kernel.tlb), dsb \(.baseline.kernel.dsb) -> \(.patched.kernel.dsb)"' \
		"$T_TMP/cost.json"
done
t_expect_json '.cells[] | select(.case == "mprotect" and .metric == "per_page") |
	.baseline.kernel.tlb > 3.9 and .baseline.kernel.dsb > 0.49'
t_end

t_begin "the same cells with the guest's PMU: instructions of kernel and user apart"
t_run "$FB" run munmap zap cow fault folio=4K,64K write=byte,page --kernel stock --arch arm64 \
	--boots 1 --samples 3 --cost --json
t_expect_exit 0
cp "$T_OUT" "$T_TMP/pmu.json"
t_run "$FB" cost --stored stock --json
t_expect_exit 0
cp "$T_OUT" "$T_TMP/counts.json"
t_expect_json '[.cells[].baseline] | length >= 8 and all(.windows == 3 and .lost == 0)'
t_end

# pmu PRIVILEGE SIDE: "CASE FOLIO ours theirs page-faults" of each cell whose counter ran in all that counts do
pmu() {
	jq -r -n --slurpfile p "$T_TMP/pmu.json" --slurpfile c "$T_TMP/counts.json" '
		$c[0].cells[] | . as $cell | select(.metric | test("^per_page")) |
		$p[0].counters[] | select(.case == $cell.case and .params == $cell.params and
			.event == "instructions:'"$1"'" and (.laps | not)) |
		"\(.case) \(.params.folio) \($cell.baseline.'"$2"'.instructions) \(.kernels[0].per_op) \($cell.baseline.page_faults)"'
}

# (switching the counters on and off is in theirs: 5 to 10 thousand instructions a sample of 4096 pages)
t_begin "kernel: within 1 % of the PMU in every cell"
pmu k kernel >"$T_TMP/k"
sed 's/^/# kernel /' "$T_TMP/k"
awk '{ n++; if ($4 == "null" || $3 < 0.99 * $4 || $3 > 1.01 * $4) bad = 1 } END { exit !(n >= 4 && !bad) }' \
	"$T_TMP/k" || t_fail "not within 1 %, or fewer than four cells: $(cat "$T_TMP/k")"
t_end

t_begin "user: within 1 % of the PMU, less the instructions that began twice for their fault"
pmu u user | awk '$3 - $5 >= 100' >"$T_TMP/u"
sed 's/^/# user /' "$T_TMP/u"
awk '{ n++; ours = $3 - $5; if ($4 == "null" || ours < 0.99 * $4 || ours > 1.01 * $4) bad = 1 }
	END { exit !(n >= 2 && !bad) }' "$T_TMP/u" ||
	t_fail "not within 1 %, or fewer than two cells: $(cat "$T_TMP/u")"
t_end

echo "# all of it: $(($(date +%s) - started)) s"
t_done

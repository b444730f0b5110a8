#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# A slow-down of 2 % that is known exactly must be found in noisy times by as many boots as
# `foliobench plan` asks for, as often as it promises, and with intervals that hold it; and stock
# against itself must not be called different more often than 1 in 20. What is known is counted in
# qemu; the noise (tests/noisy/noisy_runs.c) is of a seed, so the outcome is the same each time.
# Comes after 1_main_job: stock is built.
. "$T_SRC/tests/lib.sh"
FOLIOBENCH_CACHE=$T_SHARED_CACHE
started=$(date +%s)
slow=knockout-munmap-2pct
store=$FOLIOBENCH_HOME/foliobench.db
noisy=$T_BUILD/tests/noisy/noisy_runs
times=200

# within K N CLAIM "least"|"most": K of N is not further than 3 standard errors below, above
within() {
	awk -v k="$1" -v n="$2" -v p="$3" -v which="$4" 'BEGIN {
		se = sqrt(p * (1 - p) / n)
		limit = which == "least" ? p - 3 * se : p + 3 * se
		printf "# %d of %d, %.1f %%: at %s %.1f %%\n", k, n, 100 * k / n, which, 100 * limit
		exit !(n > 0 && (which == "least" ? k / n >= limit : k / n <= limit))
	}'
}

# make_runs RUNS BLOCKS SAMPLES SEED [same]: their numbers, in $runs
make_runs() {
	runs=$("$noisy" "$store" "$exact_run" stock $slow "$@") || t_fail "noisy_runs failed"
}

# compare RUN PATCHED: a line to $T_TMP/verdicts: "verdict low change high" of the interval
compare() {
	"$FB" compare stock "$2" --run "$1" --format json >"$T_TMP/one" 2>"$T_ERR"
	T_RC=$?
	[ $T_RC -le 1 ] || t_fail "compare: exit code $T_RC: $(cat "$T_ERR")"
	jq -r '.cells[] | select(.case == "munmap") |
		"\(.verdict) \(.judged.lo) \(.change) \(.judged.hi)"' "$T_TMP/one" >>"$T_TMP/verdicts"
}

t_begin "a check per four pages is 2 % of munmap of 64K folios, counted exactly"
t_run "$FB" ab stock $slow munmap folio=64K --boots 2 --samples 3 --json
t_expect_exit 1
t_expect_json '.cells[] | select(.metric == "per_page") |
	.verdict == "regressed" and .change > 0.015 and .change < 0.025 and .judged.p == null'
change=$(jq '.cells[] | select(.metric == "per_page") | .change' "$T_OUT")
exact_run=$(jq .run "$T_OUT")
echo "# exactly $change; after $(($(date +%s) - started)) s"
t_end

t_begin "$times pilots, $times plans, $times runs as planned: found as often as promised"
# as typed: a share of percents with a fraction
detect=$(awk -v c="$change" 'BEGIN { printf "%.4f%%", 100 * c }')
make_runs $times 8 20 1
pilots=$runs
: >"$T_TMP/verdicts"
: >"$T_TMP/plans"
seed=1000
for pilot in $pilots; do
	seed=$((seed + 1))
	t_run "$FB" plan stock $slow munmap folio=64K --cpus 2 --detect "$detect" --power 0.9 \
		--from "$pilot" --json
	[ "$T_RC" -eq 0 ] || t_fail "plan: exit code $T_RC: $(cat "$T_ERR")"
	plan=$(jq -r '.plan | "\(.blocks) \(.samples)"' "$T_OUT")
	echo "$plan" >>"$T_TMP/plans"
	# shellcheck disable=SC2086 # two numbers
	make_runs 1 $plan $seed
	compare "$runs" $slow
done
found=$(grep -c '^regressed ' "$T_TMP/verdicts")
[ "$(wc -l <"$T_TMP/verdicts")" -eq $times ] || t_fail "not every run was judged"
within "$found" $times 0.9 least || t_fail "found in $found of $times"
awk '{ boots += $1; samples += $2; least = !least || $1 < least ? $1 : least; most = $1 > most ? $1 : most }
	END { printf "# boots of each kernel: %d to %d, %.1f on the average, of %.1f samples\n", least, most, boots / NR, samples / NR }' \
	"$T_TMP/plans"
echo "# after $(($(date +%s) - started)) s"
t_end

t_begin "plan --simulate counts what its plan finds, and what it finds where nothing is"
for looks in "" "--looks 3"; do
	# shellcheck disable=SC2086 # words
	t_run "$FB" plan stock $slow munmap folio=64K --cpus 2 --detect 2% --from "$pilot" $looks \
		--simulate 2000 --json
	t_expect_exit 0
	# (0.05 and 3 standard errors)
	t_expect_json '.simulated | .found.share > 0.9 and .found.lo < .found.share and
		.found.experiments == 2000 and .false.share <= 0.0646 and .false.share > 0.02'
done
t_run "$FB" plan stock $slow munmap folio=64K --cpus 2 --detect 2% --from "$pilot" --simulate 1
t_expect_exit 129
t_end

t_begin "none is called improved, and 19 of 20 intervals hold what is known exactly"
grep '^improved ' "$T_TMP/verdicts" && t_fail "improved"
held=$(awk -v c="$change" '$2 <= c && c <= $4' "$T_TMP/verdicts" | wc -l)
within "$held" $times 0.95 least || t_fail "held by $held of $times intervals"
t_end

t_begin "half of the boots find it less often"
make_runs $times 3 5 7
: >"$T_TMP/verdicts"
for run in $runs; do
	compare "$run" $slow
done
few=$(grep -c '^regressed ' "$T_TMP/verdicts")
echo "# found in $few of $times by 3 boots of 5 samples"
[ "$few" -lt $((times / 2)) ] || t_fail "3 boots find it in $few of $times"
t_end

t_begin "stock against itself is called different at most once in 20 times"
make_runs $((2 * times)) 8 20 5 same
: >"$T_TMP/verdicts"
for run in $runs; do
	compare "$run" stock/again
done
wrong=$(grep -cE '^(regressed|improved|changed) ' "$T_TMP/verdicts")
[ "$(wc -l <"$T_TMP/verdicts")" -eq $((2 * times)) ] || t_fail "not every run was judged"
within "$wrong" $((2 * times)) 0.05 most || t_fail "called different in $wrong"
held=$(awk '$2 <= 0 && 0 <= $4' "$T_TMP/verdicts" | wc -l)
within "$held" $((2 * times)) 0.95 least || t_fail "held by $held intervals"
t_end

echo "# $(($(date +%s) - started)) s"
t_done

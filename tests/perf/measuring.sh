#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# What measuring costs on this machine, which no test can promise of another: the case null
# must show at most 1 ns an operation and at most 2 us a sample. Prints what it finds;
# exit status 1 if it is more. A machine without a PMU has no counters to switch on and off:
# then its figures are those without.
#
#	tests/perf/measuring.sh [BUILD]
set -u
build=${1:-build}
home=$(mktemp -d "${TMPDIR:-/tmp}/foliobench-measuring.XXXXXX") || exit 2
trap 'rm -rf "$home"' EXIT
FOLIOBENCH_HOME=$home
export FOLIOBENCH_HOME

"$build/foliobench" run null ops=1,1000,1000000 --on local --boots 5 --samples 200 --json \
	>"$home/json" 2>"$home/err" || { cat "$home/err" >&2; exit 2; }
jq -r '"kernel \(.kernels[0].release), run by uid \(env.UID // "?")",
	(.counters[] | select(.params.ops == "1") |
		"event \(.event): \(.kernels[0].unsupported // "counted")"),
	(.cells[] | "null ops=\(.params.ops) \(.metric): \(.kernels[0].value) ns, boots \(.kernels[0].lo) to \(.kernels[0].hi)")
	' "$home/json"
jq -r '[.cells[] | select((.metric == "per_op" and .params.ops == "1000000" and .kernels[0].value > 1) or
	(.metric == "per_sample" and .params.ops != "1000000" and .kernels[0].value > 2000))] |
	if length == 0 then "within 1 ns an operation and 2 us a sample"
	else "TOO MUCH: \(map("\(.metric) \(.kernels[0].value) ns") | join(", "))" end' "$home/json" >"$home/verdict"
cat "$home/verdict"
grep -q '^within' "$home/verdict"

#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# What building kernels costs on this machine, which no test can promise of another: a cold
# build at most 3 % over plain make with the same configuration, in CPU time (which other work
# on the machine changes least); a second kernel with one patch in mm/ at most 45 s; one that
# is there at most 0.2 s. Prints what it finds; exit status 1 if it is more. Two full builds.
#
#	tests/perf/kernel_build.sh [BUILD]
set -u
build=${1:-build}
src=$(cd "$(dirname "$0")/../.." && pwd)
shared=${FOLIOBENCH_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/foliobench}
jobs=$(nproc)
tmp=$(mktemp -d "${TMPDIR:-/tmp}/foliobench-kernel_build.XXXXXX") || exit 2
trap 'rm -rf "$tmp"' EXIT

source=$(FOLIOBENCH_CACHE=$shared "$build/foliobench" kernel source debian:7.3) || exit 2
FOLIOBENCH_HOME=$tmp/home
FOLIOBENCH_CACHE=$tmp/cache
export FOLIOBENCH_HOME FOLIOBENCH_CACHE
mkdir -p "$FOLIOBENCH_CACHE/src"
cp -al "$source" "$FOLIOBENCH_CACHE/src/" 2>/dev/null || cp -a "$source" "$FOLIOBENCH_CACHE/src/"
cp -a "$shared/apt" "$FOLIOBENCH_CACHE/"

# took COMMAND...: seconds of the clock in $wall, of the CPU in $cpu
took() {
	start=$(date +%s.%N)
	("$@" >"$tmp/out" 2>&1 || echo failed >>"$tmp/failed"; times) >"$tmp/times"
	wall=$(echo "$start $(date +%s.%N)" | awk '{ printf "%.2f", $2 - $1 }')
	cpu=$(tail -n 1 "$tmp/times" | tr 'ms' '  ' | awk '{ printf "%.2f", $1 * 60 + $2 + $3 * 60 + $4 }')
	[ ! -e "$tmp/failed" ] || { cat "$tmp/out" >&2; exit 2; }
}

plain() {
	mkdir -p "$tmp/plain" && cp "$config" "$tmp/plain/.config" &&
		make -C "$source" O="$tmp/plain" -j"$jobs" ARCH=x86_64 olddefconfig &&
		make -C "$source" O="$tmp/plain" -j"$jobs" ARCH=x86_64 vmlinux
}

took "$build/foliobench" kernel build stock
cold=$cpu
echo "cold: $wall s, $cpu s of CPU"
config=$(dirname "$(sed -n 's/^  //p' "$tmp/out")")/config
took plain
echo "plain make, the same configuration: $wall s, $cpu s of CPU"
over=$(echo "$cold $cpu" | awk '{ printf "%.1f", 100 * ($1 / $2 - 1) }')
echo "overhead: $over %"
took "$build/foliobench" kernel build stock --series "$src/kernels/knockouts/fork.patch"
echo "one patch in mm/, on the tree of the kernel before: $wall s, $cpu s of CPU"
second=$wall
took "$build/foliobench" kernel build stock --series "$src/kernels/knockouts/zap.patch"
echo "another one, on a copy of the objects: $wall s, $cpu s of CPU"
copy=$wall
took "$build/foliobench" kernel build stock
echo "unchanged: $wall s, $cpu s of CPU"
echo "$over $second $copy $wall" | awk '{
	bad = ($1 > 3) + ($2 > 45) + ($3 > 45) + ($4 > 0.2)
	print bad ? "TOO MUCH" : "within 3 %, 45 s and 0.2 s"
	exit bad != 0 }'

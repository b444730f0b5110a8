#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# A local run that is killed with a swap device of its own, or in the middle of a sample
# that takes minutes: soon nothing of it is left.
. "$T_SRC/tests/lib.sh"
t_machine

# What a run may leave: swap areas and zram devices, sizes of folios, the time for real-time tasks.
snapshot() {
	cat /proc/swaps /sys/kernel/mm/transparent_hugepage/hugepages-*/enabled \
		/proc/sys/kernel/sched_rt_runtime_us /proc/sys/vm/swappiness
	ls /sys/block
} 2>/dev/null

agents() {
	for dir in /proc/[0-9]*; do
		{ tr '\0' ' ' <"$dir/cmdline"; } 2>/dev/null | grep -q -- "--journal=$FOLIOBENCH_JOURNAL " &&
			echo "${dir#/proc/}"
	done
}

t_at_exit() {
	[ -z "${runner:-}" ] || { kill -9 "$runner"; wait "$runner"; } 2>/dev/null
	[ ! -e "$FOLIOBENCH_JOURNAL" ] || "$FB" doctor >/dev/null 2>&1
}

# until SECONDS COMMAND...: waits for it to succeed
until_true() {
	ticks=$(($1 * 10))
	shift
	while ! "$@"; do
		ticks=$((ticks - 1))
		[ "$ticks" -gt 0 ] || return 1
		sleep 0.1
	done
}
swaps_to_zram() { [ "$(grep -c "^/dev/zram" /proc/swaps)" -gt "$(grep -c "^/dev/zram" "$T_TMP/before")" ]; }
as_before() { [ -z "$(agents)" ] && [ ! -e "$FOLIOBENCH_JOURNAL" ] && snapshot | cmp -s - "$T_TMP/before"; }
changed() { ! snapshot | cmp -s - "$T_TMP/before"; }
expect_as_before() {
	until_true "$1" as_before && return
	snapshot | diff "$T_TMP/before" - >"$T_TMP/changed"
	t_fail "after $1 s: agents '$(agents)', changed: $(cat "$T_TMP/changed")"
}

# start WORD...: a run in the background, as user 0
start() {
	T_CMD="run $*"
	rm -rf "${FOLIOBENCH_HOME:?}"
	: >"$T_OUT"
	: >"$T_ERR"
	"$FB" run "$@" --boots 1 >"$T_OUT" 2>"$T_ERR" </dev/null &
	runner=$!
}

can=1
[ "$(id -u)" -eq 0 ] && [ -w /proc/sys/kernel/sched_rt_runtime_us ] || can=
snapshot >"$T_TMP/before"

for case in "swap-cycle" "cow-reuse hold=swapcache"; do
	t_begin "an agent killed in $case: its swap device is removed when the run ends"
	if [ -z "$can" ]; then
		t_skip "only root changes settings"
	elif [ ! -e /sys/class/zram-control/hot_add ]; then
		t_skip "no zram"
	else
		# shellcheck disable=SC2086
		start $case folio=4K --samples 3000
		until_true 30 swaps_to_zram || t_fail "it does not swap"
		for pid in $(agents); do
			kill -9 "$pid"
		done
		wait $runner
		T_RC=$?
		runner=
		t_expect_exit 2
		t_expect_err '^removed 1 swap device that a killed run left$'
		expect_as_before 1
		t_end
	fi
done

t_begin "kill -9 of foliobench in a sample of minutes: the agent puts settings back and ends"
if [ -z "$can" ]; then
	t_skip "only root changes settings"
else
	start pt-reclaim span=55T budget=1G fill=read folio=4K
	until_true 30 changed || t_fail "it has changed no setting"
	sleep 1
	kill -9 $runner
	wait $runner 2>/dev/null
	runner=
	[ -n "$(agents)" ] || t_fail "there was no agent left to see"
	expect_as_before 25
	t_end
fi

t_done

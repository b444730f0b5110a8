#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Stopped in the middle, by ^C, kill -9 or a full disk: what was measured is in
# the store, nothing is left running, and the next run works.
. "$T_SRC/tests/lib.sh"
. "$T_SRC/tests/guest/lib.inc"

# Starts a long run in the background; returns once a boot's samples are stored.
start_long_run() {
	play none
	: >"$T_OUT"
	: >"$T_ERR"
	T_CMD="run null --kernel $OLD --boots 40"
	"$FB" run null --kernel $OLD --boots 40 >"$T_OUT" 2>"$T_ERR" </dev/null &
	runner=$!
	waited=0
	while [ "$(ask "SELECT count(*) FROM boot WHERE state = 'ok'" 2>/dev/null || echo 0)" -lt 2 ]; do
		kill -0 $runner 2>/dev/null || break
		waited=$((waited + 1))
		[ "$waited" -lt 600 ] || break
		sleep 0.2
	done
}
t_at_exit() {
	[ -z "${runner:-}" ] || kill -9 "$runner" 2>/dev/null
	[ -z "${mounted:-}" ] || umount "$mounted"
}

t_begin "^C: exit code 2, one line, what was measured is in the store"
start_long_run
kill -INT $runner
begin=$(date +%s)
wait $runner
T_RC=$?
runner=
t_expect_exit 2
t_expect_err '^foliobench: run: interrupted; what was measured is in the store$'
[ $(($(date +%s) - begin)) -le 10 ] || t_fail "it took more than 10 s to stop"
[ "$(ask "SELECT count(*) FROM boot WHERE state = 'ok'")" -ge 2 ] || t_fail "boots are missing"
[ "$(ask 'SELECT count(*) FROM sample')" -ge 2 ] || t_fail "samples are missing"
[ "$(ask 'SELECT state FROM run')" = interrupted ] || t_fail "run: $(ask 'SELECT state FROM run')"
[ "$(ask "SELECT count(*) FROM boot WHERE state NOT IN ('ok', 'interrupted')")" -eq 0 ] ||
	t_fail "$(ask 'SELECT state, why FROM boot')"
expect_no_qemu
t_end

t_begin "kill -9: no QEMU is left, the store is whole and the next run works"
rm -rf "${FOLIOBENCH_HOME:?}"
start_long_run
kill -9 $runner
wait $runner 2>/dev/null
runner=
expect_no_qemu
[ "$(ask 'PRAGMA integrity_check')" = ok ] || t_fail "the store is broken"
[ "$(ask 'SELECT count(*) FROM sample')" -ge 2 ] || t_fail "samples are missing"
play none
t_run "$FB" run null --kernel $OLD --boots 1 --json
t_expect_exit 0
t_expect_json '.kernels[0].boots.ok == 1'
t_end

t_begin "no room on the disk: one line that says so, and the store stays whole"
small=$T_TMP/small
mkdir "$small"
if mount -t tmpfs -o size=4m none "$small" 2>"$T_TMP/why"; then
	mounted=$small
	FOLIOBENCH_HOME=$small/home
	mkdir "$FOLIOBENCH_HOME"
	# room for the first boots, not for all that is asked for
	head -c 2000000 /dev/zero >"$small/filler"
	play none
	t_run "$FB" run null --kernel $OLD --boots 60 --samples 3000
	t_expect_exit 2
	t_expect_err '^foliobench: .*([Nn]o space|disk|full|free)'
	expect_no_qemu
	rm "$small/filler"
	if [ -e "$FOLIOBENCH_HOME/foliobench.db" ]; then
		[ "$(ask 'PRAGMA integrity_check')" = ok ] || t_fail "the store is broken"
	fi
	t_run "$FB" run null --kernel $OLD --boots 1
	t_expect_exit 0
	umount "$small" && mounted=
	t_end
else
	t_skip "cannot mount a small tmpfs: $(cat "$T_TMP/why")"
fi

t_done

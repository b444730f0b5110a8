#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Guests that panic, hang, print an oops or a WARN, or power off in the middle:
# kept as lost or tainted and shown, never averaged in, and the plan goes on.
. "$T_SRC/tests/lib.sh"
. "$T_SRC/tests/guest/lib.inc"

t_begin "five kinds of trouble in a plan of seven boots"
play none panic hang oops warn exit none
t_run "$FB" run null --kernel $OLD --boots 7 --hang-after 15 --json
t_expect_exit 0
t_expect_json '.kernels[0].boots == {"ok": 2, "tainted": 2, "lost": 3}'
[ "$(boots_started)" -eq 7 ] || t_fail "$(boots_started) boots were started"
cp "$T_ERR" "$T_TMP/messages"
t_end

t_begin "each is told in one line"
grep -c 'boot lost: ' "$T_TMP/messages" | grep -qx 3 || t_fail "not three lost: $(cat "$T_TMP/messages")"
grep -c 'boot tainted: ' "$T_TMP/messages" | grep -qx 2 || t_fail "not two tainted"
grep -q 'lost: .*[Pp]anic' "$T_TMP/messages" || t_fail "no word of the panic"
grep -q 'tainted: .*Oops' "$T_TMP/messages" || t_fail "no word of the oops"
grep -q 'tainted: .*WARNING' "$T_TMP/messages" || t_fail "no word of the warning"
grep -qE 'lost: .*(silent|hang|hung|15 s)' "$T_TMP/messages" || t_fail "no word of the hang"
t_end

t_begin "only the two good boots count"
t_expect_json '.cells | length > 0 and all(.kernels[0].boots | length == 2)'
t_end

t_begin "the store has all seven, with state, reason and console"
[ "$(ask "SELECT group_concat(n || ' ' || state) FROM
	(SELECT state, count(*) n FROM boot GROUP BY state ORDER BY state)")" = \
	"3 lost,2 ok,2 tainted" ] || t_fail "$(ask 'SELECT state, why FROM boot')"
[ "$(ask "SELECT count(*) FROM boot WHERE state != 'ok' AND why = ''")" -eq 0 ] || t_fail "no reason"
panics=0
for console in $(ask "SELECT console FROM boot WHERE state = 'lost'"); do
	[ -s "$console" ] || t_fail "no console kept: $console"
	! grep -q 'Kernel panic' "$console" || panics=1
done
[ "$panics" -eq 1 ] || t_fail "the panic is on no console that was kept"
t_end

t_begin "no QEMU is left"
expect_no_qemu
t_end

t_begin "a kernel none of whose boots counts: could not measure"
play panic exit
t_run "$FB" run null --kernel $OLD --boots 2 --json
t_expect_exit 2
expect_no_qemu
t_end

t_begin "trouble on one side: the comparison says so and compares nothing with nothing"
play panic panic panic panic
t_run "$FB" ab $OLD debian-image: null --boots 1 --json
t_expect_exit 2
t_end

t_done

#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The kvm target, where /dev/kvm really boots a guest; found out in at most 5 s.
. "$T_SRC/tests/lib.sh"
. "$T_SRC/tests/guest/lib.inc"

t_begin "whether /dev/kvm boots a guest is known within 5 s (10 with the others)"
begin=$(date +%s)
t_run "$FB" list targets --json
[ $(($(date +%s) - begin)) -le 10 ] || t_fail "it took $(($(date +%s) - begin)) s"
t_expect_exit 0
usable=$(jq '.targets[] | select(.name == "kvm") | .usable' "$T_OUT")
why=$(jq -r '.targets[] | select(.name == "kvm") | .why_not' "$T_OUT")
t_end

t_begin "the kvm target boots and measures"
if [ "$usable" = true ]; then
	t_run "$FB" run fork folio=4K --kernel $OLD --on kvm --boots 1 --json
	t_expect_exit 0
	t_expect_json '.unit == "ns" and .kernels[0].boots.ok == 1'
	t_end
else
	t_skip "$why"
fi

t_begin "where it does not, asking for it is one clear line"
if [ "$usable" = true ]; then
	t_skip "kvm works here"
else
	t_run "$FB" run null --kernel $OLD --on kvm
	t_expect_exit 2
	t_expect_one_error '^foliobench: run: target kvm: '
	t_end
fi

t_done

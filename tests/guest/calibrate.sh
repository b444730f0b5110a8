#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# A kernel against itself in the emulator: nothing may differ, booting again changes nothing at
# all; and that is stored as the floor of this emulator.
. "$T_SRC/tests/lib.sh"
. "$T_SRC/tests/guest/lib.inc"

t_begin "a prebuilt kernel against itself: no cell differs, each floor of booting again is 0"
t_run "$FB" calibrate $OLD null fork munmap size=2M folio=4K,64K --boots 2 --samples 2 --json
t_expect_exit 0
t_expect_json '.target == "qemu" and .unit == "insn" and .blocks == 2 and .exceeds == false and
	(.machine | startswith("qemu ")) and (.machine | contains("insn") | not)'
t_expect_json '[.cells[] | select(.headline)] | length >= 8 and
	all((.change == 0 or .change == null) and .verdict == "equivalent" and .rebooted == 0 and .rebuilt == null)'
t_expect_json '.exact.false == 0 and .exact.cells >= 8 and .alone.of == 0 and .table.of == 0'
# nothing varies, so there is nothing to make up
t_expect_json '.simulated == null and .experiments.of == 0'
[ "$(ask "SELECT count(DISTINCT kernel_id) FROM boot")" = 2 ] || t_fail "not two arms"
[ "$(ask "SELECT count(*) FROM boot WHERE state = 'ok'")" = 4 ] || t_fail "not 4 good boots"
t_end

t_begin "the floors are of the emulator and its guest, not of this host's CPU"
t_run "$FB" list floors --json
t_expect_exit 0
t_expect_json '.floors | length >= 10 and all(.rebooted == 0 and .kernel == "'$OLD'")'
model=$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)
t_expect_json '.floors | all(.machine | test("^qemu [0-9.]+ .*, 1 CPU, 1024M$"))'
# the emulated CPU may have the same maker, but not the same name
[ -z "$model" ] || ! grep -qF "$model " "$T_OUT" || t_fail "$model is in the key"
t_end

t_begin "as a table for people, from the store"
t_run "$FB" calibrate --run 1
t_expect_exit 0
t_expect_out '^CASE .* REBOOTED$'
t_expect_out '^null .* equivalent +0%$'
t_expect_out '^[0-9]+ cells with figures that repeat: 0 called different'
[ "$(awk '{ if (length > n) n = length } END { print n }' "$T_OUT")" -le 100 ] || t_fail "wider than 100"
t_end

t_done

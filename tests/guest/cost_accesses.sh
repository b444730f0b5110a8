#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Loads and stores as the bytes of the instructions have them, against those that QEMU itself
# counts one by one in the same windows. What may differ, and why, is in runner/cost/shown.h and
# at cost_window_verify().
. "$T_SRC/tests/lib.sh"
. "$T_SRC/tests/guest/lib.inc"
t_machine

t_begin "loads and stores of a distribution's kernel are those that QEMU counts"
FOLIOBENCH_COST_VERIFY=1 t_run "$FB" cost "$OLD" fork munmap cow-reuse fault folio=64K size=2M \
	--boots 1 --samples 1 --json
t_expect_exit 0
if grep 'not believed' "$T_ERR"; then
	t_fail "windows differ"
fi
t_expect_json '[.cells[].baseline | select(.windows == 1 and .lost == 0)] | length == 5'
t_expect_json '[.cells[].baseline.kernel | select(.loads > 0 and .stores > 0)] | length == 5'
t_end

t_done

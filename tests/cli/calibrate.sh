#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# calibrate: what it refuses; and a kernel against itself, the running one, in cells of a moment.
# How often that is called different is for tests/guest/calibrate_local.sh.
. "$T_SRC/tests/lib.sh"
t_machine

usage_error() {
	pattern=$1
	shift
	t_begin "refused: foliobench calibrate $*"
	t_run "$FB" calibrate "$@"
	t_expect_exit 129
	t_expect_one_error "$pattern"
	[ ! -e "$FOLIOBENCH_HOME" ] || t_fail "it made $FOLIOBENCH_HOME"
	t_end
}

ask() {
	sqlite3 -readonly "$FOLIOBENCH_HOME/foliobench.db" "$1"
}

usage_error 'wants a kernel .*or "running"'
usage_error 'fork: the kernel comes first' fork running
usage_error 'no-such-case' running no-such-case
usage_error '--boots 1: one boot cannot differ from itself' running null --boots 1
usage_error '--boots 3: wants 4 or more, so that each of the 2 layouts boots twice' \
	stock null --layouts 2 --boots 3
usage_error '--cost: ' stock null --cost

t_begin "layouts are of kernels that are built here"
t_run "$FB" calibrate running null --layouts 2
t_expect_exit 129
t_expect_one_error '--layouts: running is built already'
t_end

t_begin "a kernel that cannot boot here is refused in one line"
t_run "$FB" calibrate stock null --on local
t_expect_exit 129
t_expect_one_error 'measures the running kernel only, not stock'
t_end

# 8 blocks: two experiments of 4
t_begin "the running kernel against itself: floors, rates, and the exit code that they mean"
t_run "$FB" calibrate running null fork size=2M folio=4K --boots 8 --samples 2 --json
[ "$T_RC" -eq 0 ] || [ "$T_RC" -eq 1 ] || t_fail "exit status $T_RC"
t_expect_json ".exceeds == ($T_RC == 1)"
t_expect_json '.version == 1 and .target == "local" and .kernel.name == "running" and
	.blocks == 8 and .layouts == 1 and (.machine | startswith("local "))'
t_expect_json '[.cells[] | select(.headline)] | length >= 4 and all(.rebuilt == null) and
	all(.rebooted >= 0) and all(.p == null or (.lo <= .change and .change <= .hi))'
# the floor is the farther end of the 90 % interval, which lies within the 95 % one
t_expect_json '[.cells[] | select(.headline and .p != null and .lo < .hi) |
	.rebooted <= ([-.lo, .hi] | max) and .rebooted >= ([.change, -.change] | max)] |
	length > 0 and all'
t_expect_json '.alone.of == ([.cells[] | select(.headline and .p != null)] | length) and
	.experiments.experiments == 2 and .experiments.blocks == 4 and
	.experiments.of == 2 * .alone.of and .experiments.clustering == .alone.of and
	.table.false <= .table.of'
# blocks that seem to hang together, which chance brings at times, are simulated as such
t_expect_json '.simulated.alone.of == 20000 and .simulated.blocks == 8 and
	(.simulated.autocorrelation > 0 or ([.simulated.alone, .simulated.table] |
		all(.rate > 0.043 and .rate < 0.057)))'
t_expect_json ".floors_stored == $(ask 'SELECT count(*) FROM floor')"
t_end

t_begin "shown again from the store, it says the same, and stores nothing"
jq -cS "{alone, table, experiments, exact, cells}" "$T_OUT" >"$T_TMP/first"
t_run "$FB" calibrate --run 1 --json
t_expect_json ".exceeds == ($T_RC == 1) and .floors_stored == 0"
jq -cS "{alone, table, experiments, exact, cells}" "$T_OUT" >"$T_TMP/second"
cmp -s "$T_TMP/first" "$T_TMP/second" || t_fail "not the same"
t_run "$FB" calibrate --run 2
t_expect_exit 2
t_expect_one_error "there is no run 2$"
t_run "$FB" calibrate --run 1 fork
t_expect_exit 129
t_expect_one_error "fork: --run is about a run as it was measured"
t_end

t_begin "the store has both arms in each block, and that it was a calibration"
[ "$(ask "SELECT json_extract(rules, '\$.calibration') FROM run")" = 1 ] || t_fail "no calibration"
[ "$(ask "SELECT group_concat(name) FROM (SELECT DISTINCT name FROM kernel ORDER BY name)")" = \
	running,running/again ] || t_fail "$(ask 'SELECT name FROM kernel')"
[ "$(ask "SELECT count(DISTINCT hash) FROM kernel")" = 1 ] || t_fail "two kernels"
[ "$(ask "SELECT count(*) FROM (SELECT 1 FROM boot GROUP BY block
	HAVING count(DISTINCT kernel_id) = 2 AND count(*) = 2)")" = 8 ] || t_fail "not 8 whole blocks"
t_end

t_begin "list floors has them, by machine"
t_run "$FB" list floors
t_expect_exit 0
t_expect_no_err
t_expect_out '^local .*CPUs?:$'
t_expect_out '^fork +folio=4K size=2M +per_page +[0-9.]+% +- +20[0-9-]+ +running$'
t_run "$FB" list floors --json
t_expect_exit 0
t_expect_json '.floors | length > 4 and all(.rebuilt == null and .run == 1 and .boots == 8 and
	.layouts == 1 and (.params | type) == "object")'
t_end

t_begin "the two arms can be compared again, and are nobody else's newest run"
t_run "$FB" compare running running/again --format json
[ "$T_RC" -le 1 ] || t_fail "exit status $T_RC"
t_expect_no_err
t_expect_json '.baseline.name == "running" and .patched.name == "running/again" and
	(.baseline.hash == .patched.hash) and (.warnings | any(test("no counts")) | not)'
t_run "$FB" list runs
t_expect_out 'calibrate running null fork'
t_end


t_done

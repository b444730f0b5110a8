#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# plan, and --detect of run and ab: what they refuse, a pilot on this machine in cells of a moment,
# plans from the store, floors that are in the way, and a run of as many boots as were planned.
. "$T_SRC/tests/lib.sh"
t_machine

usage_error() {
	pattern=$1
	shift
	t_begin "refused: foliobench $*"
	t_run "$FB" "$@"
	t_expect_exit 129
	t_expect_one_error "$pattern"
	[ ! -e "$FOLIOBENCH_HOME" ] || t_fail "it made $FOLIOBENCH_HOME"
	t_end
}

ask() {
	sqlite3 "$FOLIOBENCH_HOME/foliobench.db" "$1"
}

boots_of_newest() {
	ask "SELECT count(*) FROM boot WHERE run_id = (SELECT max(id) FROM run)"
}

usage_error 'wants the change to plan for: --detect 1%' plan stock knockouts null
usage_error '--detect 1: wants a percentage above 0%' plan stock knockouts null --detect 1
usage_error '--detect 0%: wants' plan stock knockouts null --detect 0%
usage_error '--power 0.4: wants a share from 0.5' plan stock knockouts --detect 1% --power 0.4
usage_error '--power 90: wants' plan stock knockouts --detect 1% --power 90
usage_error '--looks 1: wants a number from 2 to 10' plan stock knockouts --detect 1% --looks 1
usage_error '--boots and --detect: one of them' plan stock knockouts --detect 1% --boots 5
usage_error '--from and --pilot' plan running null --detect 1% --from 1 --pilot 5
usage_error '--boots and --detect: one of them' ab stock knockouts null --detect 1% --boots 5
usage_error '--looks: wants the change' ab stock knockouts null --looks 3
usage_error '--power: wants the change' run null --power 0.8
usage_error '--pilot: wants the change' run null --pilot 5
usage_error '--each-patch and --detect' ab stock --series /dev/null --each-patch --detect 1%
usage_error '--looks and --layouts' ab stock knockouts --layouts 2 --detect 1% --looks 2
usage_error "--headline 'fork': none of the cells" run null --headline fork
usage_error "--headline 'null no_metric': none" run null --headline 'null no_metric'
usage_error '--looks: one kernel is compared with nothing' run null --detect 5% --looks 2
usage_error 'counts instructions, which repeat exactly' ab stock knockouts null --detect 1%
usage_error 'no case .nul.' plan running null nul --detect 1%

t_begin "of counts that repeat there is nothing to plan"
t_run "$FB" plan stock knockouts null --detect 1%
t_expect_exit 0
t_expect_out 'nothing to plan'
t_run "$FB" plan stock knockouts nocase --detect 1%
t_expect_exit 129
t_run "$FB" plan stock knockouts munmap --detect 1% --headline fork
t_expect_exit 129
t_expect_one_error "none of the cells that are measured"
t_run "$FB" plan stock knockouts null --detect 1% --json
t_expect_exit 0
t_expect_json '.exact'
t_end

t_begin "an empty store: a pilot is needed, and nothing is made"
t_run "$FB" plan running null --detect 5%
t_expect_exit 2
t_expect_one_error '--pilot 5'
[ ! -e "$FOLIOBENCH_HOME" ] || t_fail "it made $FOLIOBENCH_HOME"
t_end

t_begin "a pilot is a run of its own, and makes a plan"
t_run "$FB" plan running null --on local --detect 20% --pilot 4 --samples 5
t_expect_exit 0
t_expect_out '^To see a change of 20% with a power of 90%, at a level of 2.5% in each of 2 figures'
t_expect_out '^Plan: 1 build x [0-9]+ boots x 5 samples: '
t_expect_out '^Variances are of run 1 .*a pilot.*4 boots of each of running$'
t_expect_out '^ +.cells: 2 of 2.$'
[ "$(boots_of_newest)" = 4 ] || t_fail "$(boots_of_newest) boots"
[ "$(ask 'SELECT rules FROM run')" = '{"pilot":true}' ] || t_fail "$(ask 'SELECT rules FROM run')"
t_end

t_begin "the same plan again from the store, and as JSON"
tail -n 8 "$T_OUT" >"$T_TMP/first"
t_run "$FB" plan running null --detect 20% --samples 5 --from 1
t_expect_exit 0
tail -n 8 "$T_OUT" >"$T_TMP/second"
cmp -s "$T_TMP/first" "$T_TMP/second" || t_fail "another plan"
t_run "$FB" plan running null --detect 20% --samples 5 --json
t_expect_exit 0
t_expect_json '.plan.builds == 1 and .plan.samples == 5 and .plan.boots == .plan.blocks and
	.plan.blocks >= 6 and .plan.seconds > 0 and .plan_of_builds == null'
t_expect_json '.detect == 0.2 and .power == 0.9 and .level == 0.025 and .kernels == 1'
t_expect_json '.cells | length == 2 and all(.df == 3 and .run == 1 and .sd_samples > 0 and
	.floor == null and .state == "planned")'
t_expect_json '([.cells[].needed] | max) as $n | .plan.blocks == ([$n, 6] | max)'
t_expect_json '.sources == [{"run": 1, "when": .sources[0].when, "kernels": "running",
	"boots": 4, "calibration": false, "pilot": true}] and .missing == []'
needed=$(jq .plan.blocks "$T_OUT")
most=$(jq '[.cells[].needed] | max' "$T_OUT")
t_end

t_begin "less to see, more power: more boots; a named cell has the level to itself"
t_run "$FB" plan running null --detect 10% --power 0.95 --samples 5 --json
t_expect_json ".plan.blocks > $needed or .plan.blocks == 6"
# on a quiet machine even that may take no more than the few blocks that any plan has
t_expect_json "([.cells[].needed] | max) as \$n | \$n > $most or \$n <= 6"
t_run "$FB" plan running null --detect 20% --samples 5 --headline 'null per_sample' --json
t_expect_json '.level == 0.05 and ([.cells[] | select(.named)] | length == 1)'
t_expect_json ".plan.blocks <= $needed"
t_end

t_begin "cells that nobody measured are named, and the plan is not whole without them"
t_run "$FB" plan running null fork size=2M folio=4K --detect 20%
t_expect_exit 2
t_expect_out '^Nothing is known of 1 more cell'
t_expect_out '^  fork folio=4K'
t_end

t_begin "run --detect measures exactly as many boots as were planned, and keeps the rules"
t_run "$FB" run null --detect 50% --samples 5 --margin 3% --headline 'null per_op'
t_expect_exit 0
planned=$(sed -n 's/^Plan: 1 build x \([0-9]*\) boots.*/\1/p' "$T_OUT")
[ "$(boots_of_newest)" = "$planned" ] || t_fail "$(boots_of_newest) boots, not $planned"
ask 'SELECT rules FROM run ORDER BY id DESC LIMIT 1' >"$T_OUT"
t_expect_json ".detect == 0.5 and .power == 0.9 and .margin == 0.03 and .blocks == $planned and
	.headline == [\"null per_op\"] and .pilot == null"
t_end

t_begin "run --detect makes the pilot itself where the store has nothing, and keeps to JSON"
t_run "$FB" run fork size=2M folio=4K --detect 50% --power 0.6 --samples 3 --pilot 5 --json
t_expect_exit 0
t_expect_err '^pilot: 5 boots'
t_expect_json '.cells | length >= 1'
[ "$(ask 'SELECT count(*) FROM run WHERE rules LIKE "%pilot%"')" = 2 ] || t_fail "no second pilot"
t_end

# 1 % of null is below any floor that is found with a handful of boots
t_begin "a floor at or above the effect is in the way"
ask "INSERT INTO floor SELECT '$("$FB" plan running null --detect 20% --json | jq -r .machine)',
	c.id, m.name, m.unit, 0.3, NULL, 5, 1, 1 FROM metric m JOIN cell c ON c.id = m.cell_id
	WHERE c.case_name = 'null' AND m.name = 'per_op'"
t_run "$FB" plan running null --detect 20% --samples 5 --json
t_expect_exit 0
t_expect_json '.level == 0.025 and ([.cells[] | select(.metric == "per_op")] |
	all(.state == "floor" and .floor == 0.3 and .needed == null))'
t_run "$FB" plan running null --detect 20% --samples 5 --headline 'null per_op'
t_expect_exit 2
t_expect_out 'its floor is in the way'
t_expect_out '^No plan: no cell is left to plan for'
t_end

t_done

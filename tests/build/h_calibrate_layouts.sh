#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# calibrate --layouts: a kernel against itself, rebuilt. Both sides have builds of their own, and what
# builds differ by becomes the floor of comparisons of one build each.
. "$T_SRC/tests/lib.sh"
FOLIOBENCH_CACHE=$T_SHARED_CACHE

ask() {
	sqlite3 -readonly "$FOLIOBENCH_HOME/foliobench.db" "$1"
}

t_begin "four builds of stock, two on each side: boots of one do not differ, and no cell does"
t_run "$FB" calibrate stock munmap fork folio=64K size=2M --layouts 2 --samples 1 --json
t_expect_exit 0
t_expect_json '.layouts == 2 and .blocks == 4 and .unit == "insn" and .exact.false == 0 and
	.exact.cells >= 2 and .exceeds == false'
t_expect_json '[.cells[] | select(.headline)] | length >= 2 and
	all(.rebooted == 0 and .rebuilt >= 0 and .rebuilt < 0.01)'
# functions at other addresses are interrupted elsewhere, if only a little
t_expect_json '[.cells[] | .rebuilt // 0] | any(. > 0)'
t_end

t_begin "no layout is on both sides, each booted twice"
layouts=$(ask "SELECT k.name || ' ' || group_concat(DISTINCT b.layout) FROM boot b JOIN kernel k
	ON k.id = b.kernel_id WHERE b.state = 'ok' GROUP BY k.id ORDER BY k.name" | tr '\n' ' ')
[ "$layouts" = "stock 0,1 stock/again 2,3 " ] || t_fail "layouts: $layouts"
[ "$(ask "SELECT count(*) FROM (SELECT 1 FROM boot GROUP BY kernel_id, layout
	HAVING count(*) = 2)")" = 4 ] || t_fail "not two boots of each layout"
t_end

t_begin "list floors says of how many builds"
t_run "$FB" list floors --json
t_expect_exit 0
t_expect_json '[.floors[] | select(.rebuilt != null)] | length > 0 and
	all(.layouts == 4 and .boots == 4 and .kernel == "stock")'
t_end

t_done

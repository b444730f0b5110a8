#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# What the agent marks, counted in a kernel that Debian built: the instructions of each metric's
# span are what the guest's clock says, and windows are alike as far as that is the agent's doing.
. "$T_SRC/tests/lib.sh"
. "$T_SRC/tests/guest/lib.inc"

t_begin "all of the figures in ticks of four cases are counted"
t_run "$FB" cost $OLD fork zap swap-cycle mprotect how=exit folio=64K size=4M exclusive=all \
	--boots 1 --samples 5 --all-metrics --json
t_expect_exit 0
t_expect_json '[.cells[] | "\(.case) \(.metric)"] == ["fork per_page", "fork exit_per_page",
	"zap per_page", "zap per_call", "swap-cycle per_page", "swap-cycle per_page_out",
	"swap-cycle per_page_in", "mprotect per_page", "mprotect per_call", "mprotect to_ro",
	"mprotect to_rw"]'
t_expect_json '.cells | all(.baseline | .windows == 5 and .lost == 0 and .bad == "")'
t_end

t_begin "each is what the clock says, a metric's own span and that of a child as well"
t_expect_json '.cells | all(.baseline | (.kernel.instructions + .user.instructions) as $counted |
	.clock > 0 and (($counted + .page_faults) / .clock - 1 | fabs) < 0.002)'
t_expect_json '.cells | map({key: "\(.case) \(.metric)", value: .baseline}) | from_entries |
	(."mprotect per_page".kernel.instructions - ."mprotect to_ro".kernel.instructions -
		."mprotect to_rw".kernel.instructions | fabs) < 1e-6 and
	(."mprotect per_call".ops == 2) and (."zap per_call".ops == 1) and
	(."mprotect to_ro".ops == 1024)'
t_end

t_begin "an exit frees as many pages in each window: none more of the agent's own"
t_expect_json '[.cells[] | select(.metric == "exit_per_page" or .case == "zap") | .baseline.varies[] |
	select(. == "uncharge_folio" or . == "free_unref_folios" or . == "folio_remove_rmap_ptes")] == []'
t_end

t_done

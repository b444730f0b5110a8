#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The running kernel against itself, on this machine however noisy: no more false verdicts than the
# 5 % that are promised. Whatever the others do here meanwhile is in both arms of a block.
. "$T_SRC/tests/lib.sh"
t_machine

# The chance that K or more of N are false at 5 % each: below one in 100000 it is no chance. Cells
# of one experiment may go wrong together, and then count as fewer.
chance() {
	jq -r '.experiments | "\(.false) \(.of) \(.clustering)"' "$1" | awk '{
		k = int($1 / $3); n = int($2 / $3)
		p = 1
		term = 0.95 ^ n
		for (i = 0; i < k; i++) {
			p -= term
			term *= (n - i) / (i + 1) * 0.05 / 0.95
		}
		print p }'
}

t_begin "32 blocks of the running kernel against itself: the rate is not above 5 %"
t_run "$FB" calibrate running null fork munmap mprotect size=2M folio=4K,64K --boots 32 \
	--samples 3 --seed "$(date +%s)" --json
[ "$T_RC" -le 1 ] || t_fail "exit status $T_RC"
t_expect_json '.blocks == 32 and .experiments.experiments == 8 and .experiments.of >= 40'
p=$(chance "$T_OUT")
echo "# $(jq -c '[.experiments, .alone, .table, .serial_correlation]' "$T_OUT"): chance $p"
[ "$(echo "$p" | awk '{ print ($1 > 0.00001) }')" = 1 ] ||
	t_fail "more differences than chance can bring"
t_end

t_begin "adjusted over the table nothing is called different, or hardly anything"
# one table in 20 may have a false verdict, and then most likely one
t_expect_json '.table.false <= 2'
t_end

t_done

#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# mprotect on Debian's kernels: folios that a child shares in part, calls of all sizes, tmpfs, and
# what batching (6.17) changed for them.
. "$T_SRC/tests/lib.sh"
. "$T_SRC/tests/guest/lib.inc"
NEW=debian-image: # the newest that the archive has

# figure FILE FOLIO CALL METRIC: a jq expression's value
figure() {
	jq -r ".cells[] | select(.params.folio == \"$2\" and .params.call == \"$3\" and .metric == \"$4\") |
		.kernels[0].value" "$1"
}

for kernel in $OLD $NEW; do
	t_begin "$kernel: only the pages that a child shares are copied, whichever they are"
	t_run "$FB" run mprotect folio=4K,64K exclusive=half,alternate,first to=ro,none offset=1 \
		call=40K size=4M --kernel "$kernel" --boots 1 --samples 1 --json
	t_expect_exit 0
	t_expect_json '[.cells[] | select(.metric == "needless_faults")] | length == 12 and
		all(.kernels[0] | .value == 0 and .samples == 1 and .wrong == 0)'
	t_expect_json '.cells[] | select(.metric == "write_faults" and .params.folio == "64K") |
		.kernels[0].value == {half: 512, alternate: 512, first: 960}[.params.exclusive]'
	t_end
done

t_begin "tmpfs: clean and dirty pages, one call and many: no fault, nothing lost"
t_run "$FB" run mprotect folio=64K,2M exclusive=all backing=shmem dirty=half,none to=ro,none \
	call=all,400K size=4M --kernel $NEW --boots 1 --samples 1 --json
t_expect_exit 0
t_expect_json '[.cells[] | select(.metric == "write_faults")] | length == 16 and
	all(.kernels[0] | .value == 0 and .samples == 1)'
t_end

t_begin "calls of all sizes are measured, the same in both boots"
for kernel in $OLD $NEW; do
	t_run "$FB" run mprotect folio=4K,64K exclusive=all call=4K,40K,400K,4000K size=8M \
		--kernel "$kernel" --boots 2 --samples 1 --json
	t_expect_exit 0
	t_expect_json '[.cells[] | select(.metric == "per_call")] | length == 8 and
		all(.kernels[0].boots | length == 2 and .[0] == .[1] and .[0] > 1000)'
	cp "$T_OUT" "$T_TMP/calls-$kernel"
done
t_end

t_begin "since 6.17 large folios are changed in batches: cheaper from 40K on, not by 4K"
awk -v old4="$(figure "$T_TMP/calls-$OLD" 64K 4K per_call)" -v new4="$(figure "$T_TMP/calls-$NEW" 64K 4K per_call)" \
	-v old="$(figure "$T_TMP/calls-$OLD" 64K 400K per_call)" \
	-v new="$(figure "$T_TMP/calls-$NEW" 64K 400K per_call)" 'BEGIN {
	exit !(old > 0 && new > 0 && new < 0.8 * old && new4 > 0.8 * old4)
}' || t_fail "64K folios per call, 6.12 and newest: no cheaper by 400K, or cheaper by 4K"
t_end

t_begin "soft-dirty bits: none is lost; batches set more than were written since 6.17"
t_expect_json '[.cells[] | select(.metric == "softdirty_extra")] | length == 8 and all(.kernels[0].samples == 2)'
[ "$(figure "$T_TMP/calls-$OLD" 64K 4K softdirty_extra)" = 0 ] || t_fail "6.12 sets some"
[ "$(figure "$T_TMP/calls-$NEW" 4K 4K softdirty_extra)" = 0 ] || t_fail "single pages are no batch"
t_end

t_begin "what makes no sense is skipped, and it is said what does"
t_run "$FB" run mprotect folio=64K backing=shmem exclusive=half --kernel $OLD --boots 1
t_expect_exit 2
t_expect_out 'private memory: backing=anon'
t_run "$FB" run mprotect folio=2M-pmd exclusive=half --kernel $OLD --boots 1
t_expect_exit 2
t_expect_out 'shared or not: folio=2M'
t_end

t_done

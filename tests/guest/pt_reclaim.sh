#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Page tables that MADV_DONTNEED empties: kept by Debian's 6.12, freed by its newest kernel
# where a call covers all of one, and by no kernel where something is left in it.
. "$T_SRC/tests/lib.sh"
. "$T_SRC/tests/guest/lib.inc"
NEW=debian-image: # the newest that the archive has

# freed SIDE CONDITION: tables_freed in the cells whose params meet the jq condition
freed() {
	printf '[.cells[] | select(.metric == "tables_freed" and (.params | %s)) | .%s.value]' "$2" "$1"
}
exact='.how == "dontneed" and .range == "exact"'

t_begin "6.12 keeps the tables that calls of exactly one empty, the newest kernel frees them"
t_run "$FB" ab $OLD $NEW pt-reclaim folio=4K,64K span=32M how=dontneed,free,munmap \
	range=exact,start,cross --boots 2 --json
case $T_RC in
0 | 1) ;; # slower is not wrong
*) t_expect_exit 0 ;;
esac
t_expect_json "$(freed baseline "$exact") == [0, 0]"
t_expect_json "$(freed patched "$exact") == [1, 1]"
# 16 tables of 4 kB
t_expect_json '.cells[] | select(.metric == "vmpte_after" and (.params | '"$exact"')) |
	.baseline.value - .patched.value == 64'
t_end

t_begin "tables with something in them stay on both: beside a call, and after MADV_FREE"
kept='.how == "free" or .range != "exact"'
t_expect_json "$(freed baseline "$kept") | length == 14 and all(. == 0)"
t_expect_json "$(freed patched "$kept") | length == 14 and all(. == 0)"
t_end

t_begin "munmap frees tables on both"
gone='.how == "munmap" and .range == "exact"'
t_expect_json "$(freed baseline "$gone") + $(freed patched "$gone") == [1, 1, 1, 1]"
t_end

t_begin "freeing a table has a price, and so has making it again; keeping it has none"
t_expect_json '[.cells[] | select(.metric == "price" and (.params | '"$exact"'))] | length == 2 and
	all(.baseline.value > -100 and .baseline.value < 100 and
	    .patched.value > 300 and .patched.value < 3000)'
t_end

t_begin "two boots of each are identical in every cell"
t_expect_json '[.cells[] | .baseline.boots, .patched.boots | select(length == 2)] |
	length > 100 and all(.[0] == .[1])'
t_end

t_begin "of a large call within tables only the outer two stay; a guard page keeps each table"
t_run "$FB" run pt-reclaim folio=64K span=32M call=16M touch=1280K range=exact,within off=1M \
	keep=none,guard --kernel $NEW --boots 1 --json
t_expect_exit 0
t_expect_json '[.cells[] | select(.metric == "tables_freed") |
	[.params.range, .params.keep, .kernels[0].value]] | sort ==
	[["exact", "guard", 0], ["exact", "none", 1], ["within", "guard", 0], ["within", "none", 0.75]]'
t_end

for cpus in 1 2; do
	t_begin "threads that fault in the tables meanwhile lose nothing with $cpus CPU"
	t_run "$FB" run pt-reclaim folio=4K,64K span=64M threads=2 range=exact,within call=8M \
		how=dontneed,munmap --cpus $cpus --samples 2 --kernel $NEW --boots 1 --json
	t_expect_exit 2 # skipped cells
	t_expect_json '[.cells[] | select(.metric == "per_call" and .params.how == "dontneed") |
		.kernels[0] | .samples > 0 and .value > 0] | length == 4 and all'
	t_expect_json '[.cells[] | select(.params.how == "dontneed") | .varies] |
		all(startswith("threads"))'
	grep -q 'cannot touch what is unmapped' "$T_OUT" "$T_ERR" || t_fail "munmap is not skipped"
	t_end
done

t_done

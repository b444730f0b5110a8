#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Each knock-out switches one optimisation off (mprotect-bug makes the kernel wrong), and
# flips what its own case says, and nothing else. Comes after 1_main_job: stock is built, so
# each takes an incremental build. The whole matrix is in the test's log.
. "$T_SRC/tests/lib.sh"
FOLIOBENCH_CACHE=$T_SHARED_CACHE
started=$(date +%s)
all="reuse fork zap mprotect pt-reclaim mprotect-bug"

# Evidence that is a count or a share: exact, so any difference is one.
exact='reused pgreuse_per_page split_deferred_per_folio folios_lost faults_per_page write_faults
	needless_faults softdirty_extra vmpte_after'

# measure KERNEL: $T_TMP/KERNEL.json, and in $T_TMP/KERNEL "case/folio/exclusive/metric value"
measure() {
	t_run "$FB" run fork cow cow-reuse munmap mprotect pt-reclaim folio=4K,64K span=64M \
		--kernel "$1" --boots 1 --samples 1 --json
	cp "$T_OUT" "$T_TMP/$1.json"
	jq -r '.cells[] | "\(.case)/\(.params.folio)/\(.params.exclusive // "-")/\(.metric) \(.kernels[0].value)"' \
		"$T_OUT" | LC_ALL=C sort >"$T_TMP/$1"
}

# value KERNEL CASE/FOLIO/EXCLUSIVE/METRIC
value() {
	awk -v want="$2" '$1 == want { print $2; found = 1 } END { if (!found) print "missing" }' "$T_TMP/$1"
}

# expect KERNEL CELL OP NUMBER: a figure of that kernel compares so; "x" in NUMBER: times stock's
expect() {
	have=$(value "$1" "$2")
	stock=$(value stock "$2")
	awk -v have="$have" -v stock="$stock" -v op="$3" -v want="$4" 'BEGIN {
		if (have !~ /^[0-9.e+-]+$/ || stock !~ /^[0-9.e+-]+$/)
			exit 1
		limit = want ~ /x$/ ? stock * want : want + 0
		exit !(op == "=" ? have == limit : op == ">" ? have > limit : have < limit)
	}' || t_fail "$1: $2 is $have, not $3 $4 (stock: $stock)"
}

# others KERNEL REGEX: all but the cells that match are as in stock: costs within 1 %,
# evidence exactly.
others() {
	LC_ALL=C join "$T_TMP/stock" "$T_TMP/$1" >"$T_TMP/joined"
	[ "$(wc -l <"$T_TMP/joined")" -eq "$(wc -l <"$T_TMP/stock")" ] || t_fail "cells are missing"
	awk -v own="$2" -v exact=" $(echo "$exact" | tr '\n\t' '  ') " '
	$1 ~ own { next }
	{
		n = split($1, part, "/")
		metric = part[n]
		if (index(exact, " " metric " ")) {
			compared++
			if ($2 != $3)
				print
		} else if (metric ~ /^per_(page|call)$/) {
			compared++
			if ($2 == "null" || $3 == "null" || $3 > 1.01 * $2 || $3 < 0.99 * $2)
				print
		}
	}
	END { if (compared < 15) print "only " compared + 0 " figures compared" }
	' "$T_TMP/joined" >"$T_TMP/differ"
	[ ! -s "$T_TMP/differ" ] || t_fail "$1 changes what is not its own (figure, stock, $1): $(cat "$T_TMP/differ")"
}

t_begin "stock is measured, and no sample is refused"
measure stock
t_expect_exit 0
t_expect_json '.cells | length > 40 and all(.kernels[0].refused == 0)'
t_end

t_begin "every knock-out builds without warnings, and is measured"
for name in $all; do
	t_run "$FB" kernel build "knockout-$name"
	t_expect_exit 0
	# (no log of one that the cache has)
	find "$FOLIOBENCH_HOME" -name "build-knockout-$name.log" -exec grep -i "warning:" {} + >"$T_TMP/warnings"
	[ ! -s "$T_TMP/warnings" ] || t_fail "$(head -n 3 "$T_TMP/warnings")"
	measure "knockout-$name"
	if [ "$name" = mprotect-bug ]; then
		t_expect_exit 1
	else
		t_expect_exit 0
		t_expect_json '.cells | length > 40 and all(.kernels[0].refused == 0)'
	fi
done
t_end

# The matrix, for the log: what differs between the kernels by more than 1 %.
{
	echo "figure stock $all"
	while read -r cell have; do
		echo "$cell $have $(for name in $all; do value "knockout-$name" "$cell"; done | tr '\n' ' ')"
	done <"$T_TMP/stock"
} | awk '
NR == 1 { header = $0; next }
{
	differs = 0
	for (i = 3; i <= NF; i++)
		differs += $i != $2 && ($i == "null" || $2 == 0 || $i > 1.01 * $2 || $i < 0.99 * $2)
	line[NR] = $0
	show[NR] = differs
}
END {
	$0 = header
	printf "# %-46s", $1
	for (i = 2; i <= NF; i++)
		printf " %12s", $i
	print ""
	for (n = 2; n <= NR; n++) {
		if (!show[n])
			continue
		$0 = line[n]
		printf "# %-46s", $1
		for (i = 2; i <= NF; i++)
			printf(" %12s", $i == "null" ? "-" : $i == $2 && i > 2 ? "=" : sprintf("%.6g", $i))
		print ""
	}
}'

t_begin "reuse: a 64K folio is reused no more, nothing else changes"
expect stock cow-reuse/64K/-/reused = 1
expect knockout-reuse cow-reuse/64K/-/reused = 0
expect knockout-reuse cow-reuse/64K/-/split_deferred_per_folio = 1
expect knockout-reuse cow-reuse/64K/-/per_page '>' 2x
others knockout-reuse '^cow-reuse/64K/'
t_end

t_begin "fork: 64K folios cost fork() a fifth more at least, nothing else changes"
expect knockout-fork fork/64K/-/per_page '>' 1.2x
others knockout-fork '^fork/64K/'
t_end

# the walk of pt-reclaim drops memory: its cost at 64K contains zapping, its evidence does not.
# Unmapped one by one, each folio is for a while partially mapped: it is queued to be split.
t_begin "zap: 64K folios cost munmap() and MADV_DONTNEED more, page tables go as before"
expect knockout-zap munmap/64K/-/per_page '>' 1.2x
expect knockout-zap munmap/64K/-/split_deferred_per_folio = 1
others knockout-zap '^munmap/64K/|^pt-reclaim/64K/-/per_call'
t_end

t_begin "mprotect: 64K folios cost mprotect() half as much again, nothing else changes"
expect knockout-mprotect mprotect/64K/all/per_page '>' 1.5x
expect knockout-mprotect mprotect/64K/half/per_page '>' 1.5x
# (batches merge the dirty bits of their PTEs, which on x86 makes all pages soft-dirty)
expect stock mprotect/64K/all/softdirty_extra '>' 0.5
expect knockout-mprotect mprotect/64K/all/softdirty_extra = 0
others knockout-mprotect '^mprotect/64K/.*/(per_|softdirty)'
t_end

t_begin "pt-reclaim: page tables stay, nothing else changes"
expect stock pt-reclaim/64K/-/vmpte_after '<' 64
expect knockout-pt-reclaim pt-reclaim/64K/-/vmpte_after '>' 4x
expect knockout-pt-reclaim pt-reclaim/4K/-/vmpte_after '>' 4x
others knockout-pt-reclaim '^pt-reclaim/'
t_end

t_begin "mprotect-bug: WRONG CONTENTS where a child shares part of a folio, only there"
jq -r '.cells[] | select(.kernels[0].wrong > 0) | "\(.case) \(.params.folio) \(.params.exclusive) \(.note)"' \
	"$T_TMP/knockout-mprotect-bug.json" | sort -u >"$T_TMP/wrong"
[ "$(wc -l <"$T_TMP/wrong")" -eq 1 ] || t_fail "not just one cell is wrong: $(cat "$T_TMP/wrong")"
grep -q '^mprotect 64K half .*WRONG CONTENTS in the child.*page 8 of a folio of 16' "$T_TMP/wrong" ||
	t_fail "no wrong contents: $(cat "$T_TMP/wrong")"
[ "$(value knockout-mprotect-bug mprotect/64K/half/per_page)" = null ] || t_fail "a figure of a kernel that is wrong"
expect knockout-mprotect-bug mprotect/64K/all/write_faults = 0
expect knockout-mprotect-bug mprotect/4K/half/needless_faults = 0
# (all code around the edit may well come out a little different: 2 % for mprotect at 64K)
expect knockout-mprotect-bug mprotect/64K/all/per_page '<' 1.02x
expect knockout-mprotect-bug mprotect/64K/all/per_page '>' 0.98x
others knockout-mprotect-bug '^mprotect/64K/half/|^mprotect/64K/all/per_'
t_end

t_begin "mprotect-bug: caught whatever the share, the range and the calls"
t_run "$FB" run mprotect folio=64K exclusive=half,alternate,first call=all,40K offset=0,8 to=ro,none \
	--kernel knockout-mprotect-bug --boots 1 --samples 1 --json
t_expect_exit 1
t_expect_json '[.cells[] | select(.metric == "per_page")] | length == 24 and
	all(.kernels[0].wrong > 0 and (.note | test("WRONG CONTENTS in the child")))'
# calls that begin within folios are caught by the timed round trip itself (10 pages each: that
# an even number of pages is left out goes unseen where every other page is exclusive)
t_expect_json '[.cells[] | select(.metric == "per_page" and .params.call == "40K" and
	.params.exclusive != "alternate")] | length == 8 and all(.note | test("after the timed round trip"))'
t_end

t_begin "pt-reclaim-bug: pages that are lost with their table are counted, on one CPU and on two"
for cpus in 1 2; do
	t_run "$FB" run pt-reclaim folio=4K threads=2 span=64M --cpus $cpus --boots 1 --samples 2 \
		--kernel knockout-pt-reclaim-bug --json
	t_expect_exit 1
	t_expect_json '.cells | length > 0 and all(.kernels[0].wrong > 0)'
done
t_run "$FB" run pt-reclaim folio=4K threads=2 span=64M --boots 1 --samples 2 --kernel stock --json
t_expect_exit 0
t_end

t_begin "stock takes no fault in vain and copies just the shared pages, whatever the share"
t_run "$FB" run mprotect folio=64K exclusive=none,half,last-half,alternate,first,rest call=40K \
	offset=1 to=ro,none --kernel stock --boots 1 --samples 1 --json
t_expect_exit 0
t_expect_json '[.cells[] | select(.metric == "needless_faults")] |
	length == 12 and all(.kernels[0].value == 0)'
t_expect_json '.cells[] | select(.metric == "write_faults") | .kernels[0].value ==
	{none: 4096, half: 2048, "last-half": 2048, alternate: 2048, first: 3840, rest: 256}[.params.exclusive]'
t_end

echo "# $(($(date +%s) - started)) s"
t_done

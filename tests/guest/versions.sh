#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Debian's kernels from 6.12 on: what each of them is seen to do changes at the versions
# where the patches landed, and nowhere else. Figures are reduced to what they prove; the
# table below says what that has to be, for every kernel.
. "$T_SRC/tests/lib.sh"
. "$T_SRC/tests/guest/lib.inc"

# One row for each piece of evidence, one column for each kernel; "a|b" is either. Kernels of
# which Debian still has new versions may get the bug fixed that the row bit-56 shows.
cat >"$T_TMP/expected" <<'END'
evidence            6.12    6.16    6.17    6.18    6.19    7.0     7.1     7.2     7.3
reuse-4K            all     all     all     all     all     all     all     all     all
reuse-64K           none    all     all     all     all     all     all     all     all
deferred-split-64K  each    none    none    none    none    none    none    none    none
faults-64K          page    page    page    page    page    page    page    page    page
page-tables         stay    freed   freed   freed   freed   freed   freed   freed   freed
mprotect-64K        single  single  batch   batch   batch   batch   batch   batch   batch
mprotect-upgrade-4K slow    slow    slow    slow    slow    slow    quick   quick   quick
mprotect-2M-pmd     dirty   clean   clean   clean   clean   clean   clean   dirty   dirty
write-faults        none    none    none    none    none    none    none    none    none
fork-64K            batch   batch   batch   batch   batch   batch   batch   batch   batch
munmap-64K          batch   batch   batch   batch   batch   batch   batch   batch   batch
smaps-4K            exact   exact   exact   exact   exact   exact   exact   exact   exact
smaps-64K           exact   exact   exact   exact   exact   exact   exact   exact   exact
bit-56-2M-pmd       exact   first   first   first   first   first   first   first|exact first|exact
stats-anon          yes     yes     yes     yes     yes     yes     yes     yes     yes
stats-swap-in       no      yes     yes     yes     yes     yes     yes     yes     yes
stats-zswap         no      yes     yes     yes     yes     yes     yes     yes     yes
stats-collapse      no      no      no      no      no      no      no      yes     yes
END

title_of() {
	case $1 in
	reuse-4K) echo "single pages are reused by all of them" ;;
	reuse-64K) echo "64K folios: reused from 6.16 on, and copied before" ;;
	deferred-split-64K) echo "64K folios: queued to be split before 6.16, as many as there are" ;;
	faults-64K) echo "one fault a page in all of them, reused or not" ;;
	page-tables) echo "empty page tables are given back from 6.16 on" ;;
	mprotect-64K) echo "mprotect of 64K folios: in batches from 6.17 on" ;;
	mprotect-upgrade-4K) echo "mprotect of single pages: upgrades are cheaper from 7.1 on" ;;
	mprotect-2M-pmd) echo "mprotect of PMD mappings makes dirty memory clean from 6.16 to 7.1" ;;
	write-faults) echo "no write fault after mprotect in any of them" ;;
	fork-64K) echo "fork of 64K folios: in batches in all of them" ;;
	munmap-64K) echo "munmap of 64K folios: in batches in all of them" ;;
	smaps-4K) echo "accounting of single pages is exact in all of them" ;;
	smaps-64K) echo "accounting of 64K folios shared in part is exact in all of them" ;;
	bit-56-2M-pmd) echo "PMD-mapped folios shared in part: bit 56 is of the first page from 6.16 on" ;;
	stats-anon) echo "per-size statistics of anonymous folios in all of them" ;;
	stats-swap-in) echo "per-size statistics of swap-in from 6.16 on" ;;
	stats-zswap) echo "per-size statistics of zswap from 6.16 on" ;;
	stats-collapse) echo "per-size statistics of collapse from 7.2 on" ;;
	*) echo "$1" ;;
	esac
}

# What the figures of one run prove. "?" and the figure where they are in no man's land.
cat >"$T_TMP/evidence.jq" <<'END'
def v($case; $metric; $folio): [.cells[] | select(.case == $case and .metric == $metric and
	.params.folio == $folio) | .kernels[0].value] |
	if length == 1 and .[0] != null then .[0] else error("\($case) \($metric) \($folio): \(.)") end;
def class($low; $below; $high; $above):
	if . <= $low then $below elif . >= $high then $above else "?\(.)" end;
def ratio($case): v($case; "per_page"; "64K") / v($case; "per_page"; "4K");
def row($name; $figure; $class): "\($name) \($figure | . * 1000 | round / 1000) \($class)";
def classed($name; $figure; $low; $below; $high; $above):
	row($name; $figure; $figure | class($low; $below; $high; $above));
def extra: v("mprotect"; "to_rw"; "4K") - v("mprotect"; "to_ro"; "4K");
def kept: (v("pt-reclaim"; "vmpte_after"; "64K") - v("pt-reclaim"; "vmpte_before"; "64K")) /
	(64 / 2 * 4); # of the tables that the walk needs, 4 kB for each 2 MiB
classed("reuse-4K"; v("cow-reuse"; "reused"; "4K"); 0; "none"; 1; "all"),
classed("reuse-64K"; v("cow-reuse"; "reused"; "64K"); 0; "none"; 1; "all"),
classed("deferred-split-64K"; v("cow-reuse"; "split_deferred_per_folio"; "64K");
	0; "none"; 0.99; "each"),
classed("faults-64K"; v("cow-reuse"; "faults_per_page"; "64K"); 0.1; "folio"; 0.99; "page"),
classed("page-tables"; kept; 0.05; "freed"; 1; "stay"),
classed("mprotect-64K"; ratio("mprotect"); 0.6; "batch"; 0.9; "single"),
classed("mprotect-upgrade-4K"; extra; 87; "quick"; 95; "slow"),
([.cells[] | select(.case == "mprotect" and .metric == "per_page" and .params.folio == "2M-pmd")] |
	if length == 1 then .[0] else error("mprotect 2M-pmd: \(length) cells") end |
	row("mprotect-2M-pmd"; .kernels[0].wrong; if (.note | test("LOST DIRTINESS")) then "clean"
		elif .kernels[0].value != null then "dirty" else "?" end)),
classed("write-faults"; v("mprotect"; "write_faults"; "64K"); 0; "none"; 1; "some"),
classed("fork-64K"; ratio("fork"); 0.75; "batch"; 0.95; "single"),
classed("munmap-64K"; ratio("munmap"); 0.3; "batch"; 0.45; "single"),
classed("smaps-4K"; v("accounting"; "errors"; "4K"); 0; "exact"; 1; "wrong"),
classed("smaps-64K"; v("accounting"; "errors"; "64K"); 0; "exact"; 1; "wrong"),
classed("bit-56-2M-pmd"; v("accounting"; "exclusive_wrong"; "2M-pmd"); 0; "exact"; 0.5; "first")
END
cat >"$T_TMP/statistics.jq" <<'END'
def has($name): if index($name) then "1 yes" else "0 no" end;
select(.t == "hello") | .facts.thp.statistics |
"stats-anon \(if contains(["anon_fault_alloc", "nr_anon", "nr_anon_partially_mapped", "split",
	"split_deferred", "swpout"]) then "1 yes" else "0 no" end)",
"stats-swap-in \(has("swpin"))",
"stats-zswap \(has("zswpout"))",
"stats-collapse \(has("collapse_alloc"))"
END

# measure SERIES: boots that kernel, adds "SERIES evidence figure class" lines to seen.
measure() {
	runs=$T_TMP/runs-$1
	t_run env FOLIOBENCH_HOME="$runs" "$FB" run cow-reuse mprotect fork munmap pt-reclaim \
		accounting folio=4K,64K,2M-pmd size=8M span=64M share=half part=all \
		exclusive=all to=ro \
		--kernel "debian-image:$1" --boots 1 --json
	if [ "$T_RC" -ne 0 ] && grep -q "archive has no cloud kernel $1" "$T_ERR"; then
		t_skip "Debian's archive does not have it any more"
		return
	fi
	# wrong samples (1) are what the row mprotect-2M-pmd is about, and allowed nowhere else
	[ "$T_RC" -eq 0 ] || t_expect_exit 1
	t_expect_json ".kernels[0] | .boots.ok == 1 and (.release | startswith(\"$1.\"))"
	t_expect_json '[.cells[] | select(.case != "mprotect" or .params.folio != "2M-pmd") |
		.kernels[0] | .refused + .wrong] | add == 0'
	release=$(jq -r '.kernels[0].release' "$T_OUT")
	config=$FOLIOBENCH_CACHE/kernels/$(jq -r '.kernels[0].hash' "$T_OUT")/config
	jq -r -f "$T_TMP/evidence.jq" "$T_OUT" >"$T_TMP/rows" 2>"$T_TMP/jq" ||
		t_fail "no evidence: $(cat "$T_TMP/jq")"
	jq -r -f "$T_TMP/statistics.jq" "$runs"/runs/*/boot-*.jsonl >>"$T_TMP/rows" 2>"$T_TMP/jq" ||
		t_fail "no facts: $(cat "$T_TMP/jq")"
	sed "s/^/$1 /" "$T_TMP/rows" >>"$T_TMP/seen"
	echo "# $1 is $release"
	# where the archive has the configuration, the page tables must say the same
	if [ -e "$config" ]; then
		want=stay
		! grep -q '^CONFIG_PT_RECLAIM=y' "$config" || want=freed
		grep -q "^page-tables .* $want$" "$T_TMP/rows" ||
			t_fail "$(grep page-tables "$T_TMP/rows"), its configuration says: $want"
	fi
	t_end
}

: >"$T_TMP/seen"
sed -n '1s/^evidence *//p' "$T_TMP/expected" | tr -s ' ' '\n' >"$T_TMP/kernels"
while read -r series; do
	t_begin "Debian's $series boots and is measured"
	measure "$series"
done <"$T_TMP/kernels"

# The matrix, for the log.
awk 'NR == FNR { seen[$1, $2] = $3; next }
FNR == 1 { n = split($0, col); printf "# %-20s", "evidence"
	for (i = 2; i <= n; i++) printf "%9s", col[i]; print ""; next }
{ printf "# %-20s", $1
	for (i = 2; i <= n; i++) printf "%9s", ($0 && ((col[i], $1) in seen)) ? seen[col[i], $1] : "-"
	print "" }' "$T_TMP/seen" "$T_TMP/expected"

# Each row: what was seen is what is expected, of every kernel that there is; and if it
# changes somewhere, kernels on both sides were there.
sed '1d; s/ .*//' "$T_TMP/expected" >"$T_TMP/rows-expected"
while read -r row; do
	t_begin "$(title_of "$row")"
	T_CMD="row $row of the table"
	awk -v row="$row" 'NR == FNR { if ($2 == row) { seen[$1] = $4; figure[$1] = $3 } next }
	FNR == 1 { n = split($0, col); next }
	$1 == row { for (i = 2; i <= n; i++) {
		if (!(i == 2 || $i == $2)) changes = 1
		if (!(col[i] in seen)) continue
		there++; sides[$i] = 1
		if (!index("|" $i "|", "|" seen[col[i]] "|"))
			printf "%s: %s (%s), expected %s\n", col[i], seen[col[i]], figure[col[i]], $i
	} }
	END { for (s in sides) kinds++
		if (there < 2 || (changes && kinds < 2))
			print "kernels on both sides of the change are not there: " there + 0
	}' "$T_TMP/seen" "$T_TMP/expected" >"$T_TMP/bad"
	: >"$T_OUT"
	: >"$T_ERR"
	[ ! -s "$T_TMP/bad" ] || t_fail "$(tr '\n' ';' <"$T_TMP/bad")"
	t_end
done <"$T_TMP/rows-expected"

t_done

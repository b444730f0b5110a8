#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Boots that differ, of two made-up kernels: intervals, verdicts, --margin and --headline, in all
# formats. The streams are made here, the same each time.
. "$T_SRC/tests/lib.sh"
expected=$T_SRC/tests/cli/expected

# stream KERNEL BOOT: a boot of "old" or "new" as an agent sends it, in nanoseconds. Boots differ by
# a share of their own, samples of a boot hardly.
stream() {
	awk -v new="$([ "$1" = new ] && echo 1 || echo 0)" -v boot="$2" '
	function noise() { state = (state * 16807) % 2147483647; return 2 * state / 2147483647 - 1 }
	function cell(name, folio, value, amount, refused,   n, v) {
		v = value * (1 + amount * noise())
		printf "{\"t\":\"cell\",\"cell\":%d,\"case\":\"%s\",\"params\":{\"folio\":\"%s\"},", cells, name, folio
		printf "\"metrics\":[{\"name\":\"per_page\",\"unit\":\"ticks\",\"better\":\"lower\","
		printf "\"headline\":true}]}\n"
		for (n = 0; n < 3; n++) {
			printf "{\"t\":\"sample\",\"cell\":%d,\"n\":%d,\"state\":\"%s\",\"why\":\"%s\",", cells, n,
				refused ? "refused" : "ok", refused ? "no folios" : ""
			printf "\"ops\":4096,\"ticks\":8192,\"values\":{\"per_page\":%.6g},\"evidence\":{}}\n",
				v * (1 + 0.001 * (n - 1))
		}
		cells++
	}
	BEGIN {
		state = 12345 + 1000 * boot + new
		for (i = 0; i < 10; i++)
			noise()
		printf "{\"t\":\"hello\",\"v\":1,\"agent\":\"0.1.0\",\"kernel\":\"%s\",", new ? "6.13.0" : "6.12.0"
		printf "\"unit\":\"ns\",\"facts\":{}}\n"
		cell("fork", "4K", 200, 0.002)
		cell("fork", "64K", new ? 70 : 200, 0.01)
		cell("munmap", "4K", new ? 130 : 100, 0.01)
		cell("munmap", "64K", new ? 250 : 100, 0.01)
		cell("cow", "64K", 1000, 0.06)
		cell("cow", "2M", 1000, 0.01, new)
		printf "{\"t\":\"end\",\"cells\":%d,\"samples\":%d}\n", cells, 3 * cells
	}'
}

# same FILE: what was printed, the date aside, is expected/FILE
same() {
	sed 's/20[0-9][0-9]-[01][0-9]-[0-3][0-9]T[0-9:]*Z/DATE/' "$T_OUT" >"$T_TMP/undated"
	t_expect_same "$T_TMP/undated" "$expected/$1"
}

cd "$T_TMP" || exit 2
for i in 1 2 3 4 5 6 7 8; do
	stream old $i >o$i
	stream new $i >n$i
	old=${old:+$old,}o$i
	new=${new:+$new,}n$i
done

t_begin "eight boots of each kernel are stored"
t_run "$FB" replay "old=$old" "new=$new"
t_expect_exit 0
t_end

for format in table cover-letter; do
	t_begin "compare --format $format of boots that differ"
	t_run "$FB" compare old new --format $format
	t_expect_exit 1 # munmap became slower
	t_expect_no_err
	same judged.$format
	awk -v most="$([ $format = table ] && echo 100 || echo 75)" 'length > most { exit 1 }' "$T_OUT" ||
		t_fail "a line is too long"
	t_end
done

t_begin "times are faster or slower, by no more than they are"
t_run "$FB" compare old new
t_expect_out '^ +64K +199\.9 +69\.9 +-65\.0% .* improved, 2\.9x faster$'
t_expect_out ' \+150% .* regressed, 2\.5x slower$'
! grep -E '[0-9]x (less|more)' "$T_OUT" || t_fail "a time that is less or more"
! grep -E -- '-[0-9]{3,}' "$T_OUT" || t_fail "a decrease of more than there is"
t_end

t_begin "JSON and CSV have what the verdicts stand on"
t_run "$FB" compare old new --format json
t_expect_json '.version == 2 and .judged_by.margin == 0.01 and (.judged_by.named_after | not)'
t_expect_json '[.cells[].verdict] == ["equivalent", "improved", "regressed", "regressed", "inconclusive", "not comparable"]'
t_expect_json '.cells[:5] | all(.judged | .over == "unpaired" and .n == 8 and .lo <= .hi and .p <= .p_adjusted)'
t_expect_json '.cells[:5] | all(.judged.lo < .change and .change < .judged.hi)'
t_expect_json '.cells[4].judged | .detectable > 0.03 and .needed > 100'
t_expect_json '.cells[5] | .change == null and .judged.over == null and .judged.lo == null'
t_run "$FB" compare old new --format csv
head -n 1 "$T_OUT" | tr , '\n' | grep -n . >"$T_TMP/columns"
for column in over n change_lo change_hi p p_adjusted p_flip fragile conditional floor detectable needed; do
	grep -q ":$column\$" "$T_TMP/columns" || t_fail "no column $column"
done
t_expect_out ',unpaired,8,0,'
t_end

t_begin "--margin decides what is equivalent, and says when it was chosen"
t_run "$FB" compare old new --margin 5%
t_expect_out 'cow +64K .* equivalent$'
t_expect_out 'within \+-5%, chosen after it was$|within \+-5%, chosen after it was measured'
t_run "$FB" compare old new --margin 0.1% --format json
t_expect_json '.cells[0].verdict == "inconclusive" and .judged_by.named_after'
t_end

t_begin "--headline takes a cell out of the table's correction"
t_run "$FB" compare old new --headline 'cow folio=64K' --headline 'fork folio=64K per_page'
t_expect_out 'Benjamini and Hochberg over 3 cells, Holm over 2'
t_expect_out '^Named after it was measured'
t_expect_out 'cow 64K per_page adjusted p 0\.'
t_run "$FB" compare old new --headline cow --format json
t_expect_json '[.cells[] | select(.named) | .params.folio] == ["64K", "2M"]'
t_end

t_begin "one boot of each decides nothing, and the table says so"
t_run "$FB" replay once=o1 again=n1
t_run "$FB" compare once again
t_expect_out '^5 cells are inconclusive for want of boots'
t_expect_out '-65\.3% +inconclusive$'
! grep -E '% .*(improved|regressed)$|[0-9]x (faster|slower)' "$T_OUT" || t_fail "a claim from one boot"
t_end

t_begin "two boots of each are fragile where they find something"
t_run "$FB" replay two=o1,o2 twain=n1,n2
t_run "$FB" compare two twain
t_expect_out 'improved, 2\.9x faster, fragile$'
t_expect_out 'over 2 boots of each kernel, unpaired'
t_end

# usage_error REGEX ARGUMENT...: 129 and one line of an error that matches
usage_error() {
	regex=$1
	shift
	t_begin "refused: compare $*"
	t_run "$FB" compare "$@"
	t_expect_exit 129
	t_expect_no_out
	t_expect_one_error "$regex"
	t_end
}
usage_error "no such cell; there are: fork, munmap, cow" old new --headline mremap
usage_error "no such cell" old new --headline 'fork folio=2M'
for margin in 0.01 1 0% -1% 51% x 1,5% ''; do
	usage_error "margin $margin: wants a percentage above 0% and at most 50%, as in 1%" old new "--margin=$margin"
done
usage_error "each-patch: a series is judged as it was laid down" --each-patch --margin 2%

t_begin "plot draws them with intervals"
t_run "$FB" plot old new --margin 2% --out "$T_TMP/plots"
t_expect_exit 0
t_expect_no_err
grep -q '95 % interval; grey: within ±2%' "$T_TMP/plots/figures/summary.svg" || t_fail "no interval in the summary"
grep -q 'inconclusive' "$T_TMP/plots/figures/cow.svg" || t_fail "no verdict below the bars"
t_end

t_done

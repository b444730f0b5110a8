#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Exact counts against another counter: the agent's own functions, as the plugin counts them in a
# guest, are what valgrind's callgrind counts of the same functions of the same program here. An
# instruction that faults is begun again and counts each time in a guest: one a page fault.
. "$T_SRC/tests/lib.sh"
. "$T_SRC/tests/guest/lib.inc"
t_machine
agent=$T_BUILD/foliobench-agent
cow='folio=4K size=2M'

t_begin "functions of the agent, counted in a guest"
# shellcheck disable=SC2086 # params
t_run "$FB" cost "$OLD" null cow $cow --boots 1 --samples 3 --json
t_expect_exit 0
cp "$T_OUT" "$T_TMP/guest.json"
t_expect_json '[.cells[].baseline | select(.windows == 3 and .lost == 0)] | length == 2'
t_end

t_begin "callgrind runs the same program on the same cells"
cat >"$T_TMP/plan" <<-'END'
	{"v":1,"unit":"ns","settle_s":0,"modules":[]}
	{"cell":0,"case":"null","params":{"ops":"1000"},"samples":3}
	{"cell":1,"case":"cow","params":{"folio":"4K","size":"2M","write":"byte","order":"seq"},"samples":3}
END
if ! command -v valgrind >/dev/null; then
	t_skip "no valgrind"
	t_done
	exit 0
fi
t_run valgrind --tool=callgrind --toggle-collect=null_run --toggle-collect=cow_run \
	--compress-strings=no --skip-plt=no --callgrind-out-file="$T_TMP/callgrind.%p" \
	"$agent" --plan="$T_TMP/plan" --records="$T_TMP/records" --journal="$FOLIOBENCH_JOURNAL"
t_expect_exit 0
# children of the case wrote what they had collected until then: the agent itself has most
best=0
for file in "$T_TMP"/callgrind.*; do
	calls=$(awk '/^cfn=cow_run$/ { getline; split($0, w, /[= ]/); print w[2] }' "$file")
	if [ "${calls:-0}" -gt "$best" ]; then
		best=$calls
		profile=$file
	fi
done
[ "$best" -ge 3 ] || t_fail "cow_run was called $best times"
callgrind_annotate --threshold=100 --auto=no "$profile" >"$T_TMP/annotated"
t_end

# callgrind FUNCTION CALLER: instructions in it alone, of one call of CALLER
callgrind() {
	awk -v fn="$1" -v caller="$2" '
	FNR == NR {
		if ($0 == "cfn=" caller) {
			getline
			split($0, w, /[= ]/)
			calls = w[2]
		}
		next
	}
	{
		name = $0
		sub(/ \[[^]]*\]$/, "", name)
		sub(/.*:/, "", name)
		if (name == fn) {
			n = $1
			gsub(/,/, "", n)
			sum += n
		}
	}
	END { if (calls && sum) print sum / calls; else print "nothing" }
	' "$profile" "$T_TMP/annotated"
}

# guest FUNCTION CASE: the same of a sample; faults CASE: page faults of one
guest() {
	jq -r ".cells[] | select(.case == \"$2\") | .baseline.ops as \$ops | .functions[] |
		select(.user and .name == \"$1\") | .baseline.instructions * \$ops | round" "$T_TMP/guest.json"
}
faults() {
	jq -r ".cells[] | select(.case == \"$1\") | .baseline | .page_faults * .ops | round" \
		"$T_TMP/guest.json"
}

# same FUNCTION CASE CALLER FAULTS: equal to the last instruction
same() {
	ours=$(guest "$1" "$2")
	theirs=$(callgrind "$1" "$3")
	echo "# $1: $ours in the guest, of which $4 faulted; $theirs by callgrind"
	[ "${ours:-none}" = "$((${theirs%%[!0-9]*} + $4))" ] ||
		t_fail "$1: $ours instructions in the guest, $theirs by callgrind, $4 faults"
}

t_begin "a loop, its caller and a look-up of params: not one instruction more or less"
same turn null null_run 0
same null_run null null_run 0
same param_num null null_run 0
t_end

t_begin "writes to pages that must be copied: one instruction more for each page fault"
[ "$(faults cow)" = 512 ] || t_fail "$(faults cow) page faults in 512 pages"
same shuffle_begin cow cow_run 0
same cow_run cow cow_run "$(faults cow)"
t_end

t_done

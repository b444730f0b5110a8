#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Recorded streams through the path that boots take, from record to cover letter,
# byte for byte. tests/data/replay has a boot each of Debian's 6.12 (old) and 7.3
# (new) kernels, recorded by `foliobench ab debian-image:6.12 debian-image:
# cow-reuse fork null folio=4K,64K --boots 2` on target qemu.
. "$T_SRC/tests/lib.sh"
expected=$T_SRC/tests/cli/expected
cd "$T_SRC/tests/data/replay" || exit 2

# same FILE: what was printed, the date aside, is expected/FILE
same() {
	sed 's/20[0-9][0-9]-[01][0-9]-[0-3][0-9]T[0-9:]*Z/DATE/' "$T_OUT" >"$T_TMP/undated"
	t_expect_same "$T_TMP/undated" "$expected/$1"
}

t_begin "four recorded boots are stored"
t_run "$FB" replay old=old.jsonl,old.jsonl new=new.jsonl,new.jsonl
t_expect_exit 0
t_expect_no_err
same replay.txt
t_end

for format in table cover-letter csv json; do
	t_begin "compare --format $format"
	t_run "$FB" compare old new --format $format
	t_expect_exit 1 # fork became slower from 6.12 to 7.3
	t_expect_no_err
	same compare.$format
	t_end
done

t_begin "the same by the kernels' hashes"
hash=$(jq -r .baseline.hash "$T_OUT")
t_run "$FB" compare "$(echo "$hash" | cut -c1-8)" new
t_expect_exit 1
same compare.table
t_end

t_begin "one kernel with itself: all equivalent, exit code 0"
t_run "$FB" replay one=old.jsonl two=old.jsonl
t_run "$FB" compare one two --format json
t_expect_exit 0
t_expect_json '.cells | length > 5 and all(.change == 0 or .change == null)'
t_expect_json '.cells | any(.verdict == "improved" or .verdict == "regressed") | not'
t_end

t_begin "plot writes figures and cover letter of it"
t_run "$FB" plot old new --out "$T_TMP/plots"
t_expect_exit 0
t_expect_no_err
while read -r file; do
	t_expect_file "$file"
done <"$T_OUT"
t_expect_out '\.svg$'
t_expect_out '\.png$'
t_expect_out '/cover-letter\.txt$'
for svg in "$T_TMP"/plots/figures/*.svg; do
	xmllint --noout "$svg" 2>"$T_TMP/xml" || t_fail "$svg: $(cat "$T_TMP/xml")"
done
t_end

t_begin "cost is never called time"
t_run "$FB" compare old new --format cover-letter
t_expect_out 'not time'
! grep -nE '[0-9] ?(ns|us|ms|seconds)\b' "$T_OUT" || t_fail "a unit of time in a comparison of costs"
! grep -nE '(faster|slower|quicker)' "$T_OUT" || t_fail "a word of speed in a comparison of costs"
t_end

# lost NAME WHY: stream $T_TMP/NAME.jsonl is stored as lost, with the reason
lost() {
	t_begin "a stream that is $1 is lost: $2"
	t_run "$FB" replay "$1=$T_TMP/$1.jsonl"
	t_expect_exit 2
	t_expect_err "^boot lost: .*$2"
	[ "$(wc -l <"$T_ERR")" -eq 1 ] || t_fail "more than one line"
	t_end
}
head -c 7000 old.jsonl >"$T_TMP/cut.jsonl"
lost cut 'record 7: cut off'
sed '4 s/^/garbage/' old.jsonl >"$T_TMP/garbled.jsonl"
lost garbled 'record 4: .*not JSON'
sed '1 s/"v":1/"v":9/' old.jsonl >"$T_TMP/newer.jsonl"
lost newer 'version 9, this program reads version 1'
grep -v '"t":"end"' old.jsonl >"$T_TMP/endless.jsonl"
lost endless 'no end record'
: >"$T_TMP/empty.jsonl"
lost empty 'no end record'
head -c 200000 /dev/urandom >"$T_TMP/random.jsonl"
lost random 'record 1: '

t_begin "a lost boot among good ones is shown and not averaged in"
sed 's/"per_page":[0-9.]*/"per_page":1/' "$T_TMP/endless.jsonl" >"$T_TMP/wrong.jsonl"
t_run "$FB" replay old=old.jsonl,"$T_TMP/wrong.jsonl" new=new.jsonl
t_expect_exit 0
t_run "$FB" compare old new --format json
t_expect_json '.baseline.boots == {"ok": 1, "tainted": 0, "lost": 1}'
t_expect_json '.cells[] | select(.case == "cow-reuse" and .metric == "per_page") |
	.baseline.value > 1000 and (.baseline.boots | length == 1)'
t_expect_json '.warnings | length > 0'
t_run "$FB" compare old new
t_expect_out 'lost'
t_end

t_begin "a sample that was refused is kept and not averaged in"
sed '/"t":"sample","cell":1,"n":0/ { s/"state":"ok"/"state":"refused","why":"for a test"/; s/"per_page":[0-9.]*/"per_page":1/ }' \
	old.jsonl >"$T_TMP/refused.jsonl"
! cmp -s old.jsonl "$T_TMP/refused.jsonl" || t_fail "the edit changed nothing"
t_run "$FB" replay "refused=$T_TMP/refused.jsonl" new=new.jsonl
t_expect_exit 0
t_run "$FB" compare refused new --format json
t_expect_json '.cells[] | select(.case == "cow-reuse" and .params.folio == "64K" and .metric == "per_page") |
	.baseline.refused == 1 and .baseline.samples == 2 and .baseline.value > 1000'
t_end

t_begin "kernels that were not measured together: which there are"
t_run "$FB" compare old cut
t_expect_exit 2
t_expect_one_error 'no run has measured both old and cut'
t_end

t_begin "a command is stored as a shell reads it"
mkdir "$T_TMP/else"
cp old.jsonl "$T_TMP/else/it's \$HOME"
t_run env -C "$T_TMP/else" FOLIOBENCH_HOME=rel "$FB" replay "a=it's \$HOME"
t_expect_exit 0
(cd "$T_TMP/else" && eval "set -- $(sqlite3 rel/foliobench.db 'SELECT command FROM run')" &&
	[ "$3" = "a=it's \$HOME" ]) || t_fail "the command does not read back"
t_end

t_begin "a home by a relative path is the same one in any folder"
t_run env -C "$T_TMP/else" FOLIOBENCH_HOME=none "$FB" doctor
t_expect_out " $T_TMP/else/none \\(home\\)"
t_end

t_begin "a replay that fails midway ends its run"
t_run "$FB" replay "half=old.jsonl,$T_TMP"
[ "$T_RC" -ne 0 ] || t_fail "it went well"
[ -z "$(sqlite3 "$FOLIOBENCH_HOME/foliobench.db" "SELECT id FROM run WHERE state = 'running'")" ] ||
	t_fail "the run is still running"
t_end

t_begin "the store survives all that"
[ "$(sqlite3 "$FOLIOBENCH_HOME/foliobench.db" 'PRAGMA integrity_check')" = ok ] || t_fail "broken"
[ "$(sqlite3 "$FOLIOBENCH_HOME/foliobench.db" 'PRAGMA journal_mode')" = wal ] || t_fail "no WAL"
t_end

t_done

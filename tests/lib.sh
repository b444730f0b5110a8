# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
# For test scripts: `. "$T_SRC/tests/lib.sh"` first, t_done last.
#
#	t_begin "what is shown"		starts a test
#	t_run COMMAND...		runs it; $T_RC, $T_OUT and $T_ERR (files)
#	t_expect_exit 0
#	t_expect_out 'regex'		a line of standard output matches (grep -E)
#	t_expect_err 'regex'		the same of standard error
#	t_expect_no_out, t_expect_no_err	nothing was printed there
#	t_expect_same FILE EXPECTED	byte for byte
#	t_expect_file PATH
#	t_expect_json 'jq filter'	of standard output; must yield true
#	t_fail "why"
#	t_skip "why"			ends this test as skipped
#	t_end				ends it: ok if nothing failed
#	t_machine			this script changes settings of the machine: one such
#					at a time, from here to its end
#
# Each script has $T_TMP to itself and a FOLIOBENCH_HOME, _CACHE and _JOURNAL in it.
# T_UPDATE=1 makes t_expect_same write what it should compare with.
set -u
: "${T_SRC:?run by tests/run}" "${T_BUILD:?run by tests/run}"

LC_ALL=C
TZ=UTC
export LC_ALL TZ
T_NAME=$(basename "$0" .sh)
T_TMP=$(mktemp -d "${TMPDIR:-/tmp}/foliobench-$T_NAME.XXXXXX") || exit 2
T_OUT=$T_TMP/out
T_ERR=$T_TMP/err
T_RC=0
t_count=0
t_title=
t_bad=0
t_finished=
# shellcheck disable=SC2034 # for the scripts
FB=$T_BUILD/foliobench
# guest and build tests share the person's cache: kernels are built once
# shellcheck disable=SC2034
T_SHARED_CACHE=${FOLIOBENCH_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/foliobench}
FOLIOBENCH_HOME=$T_TMP/home
FOLIOBENCH_CACHE=$T_TMP/cache
FOLIOBENCH_JOURNAL=$T_TMP/settings.journal
export FOLIOBENCH_HOME FOLIOBENCH_CACHE FOLIOBENCH_JOURNAL

t_cleanup() {
	t_status=$?
	trap '' INT TERM
	if command -v t_at_exit >/dev/null; then
		t_at_exit
	fi
	if [ -z "$t_finished" ]; then
		echo "not ok - ${t_title:-$T_NAME} (script ended early, status $t_status)"
	fi
	rm -rf "$T_TMP"
}
trap t_cleanup EXIT
trap 'exit 130' INT TERM

t_machine() {
	# by whoever: held by a descriptor, so that it ends with the script
	if { exec 9>>/tmp/foliobench-tests.lock; } 2>/dev/null; then
		flock -w 240 9 || echo "# another test changes this machine's settings, too"
	fi
	# ... nor while somebody measures in earnest: each would put back what the other has set
	if [ "$(id -u)" -eq 0 ] && mkdir -p /run/foliobench; then
		exec 8>>/run/foliobench/settings.journal.lock
		flock -w 240 8 || echo "# somebody measures on this machine"
	fi
}

t_begin() {
	[ -z "$t_title" ] || t_end
	t_title=$1
	t_bad=0
	t_count=$((t_count + 1))
}

t_end() {
	[ -n "$t_title" ] || return 0
	if [ "$t_bad" -eq 0 ]; then
		echo "ok - $t_title"
	else
		echo "not ok - $t_title"
	fi
	t_title=
}

t_skip() {
	echo "skip - $t_title: $1"
	t_title=
}

t_done() {
	t_end
	t_finished=1
	echo "1..$t_count"
}

# $cpu := CPU milliseconds of all that this shell has waited for.
# shellcheck disable=SC2034 # for its callers
t_cpu_ms() {
	times >"$T_TMP/times"
	cpu=$(awk 'NR == 2 { gsub(/[ms]/, " "); split($0, t, " ")
		printf "%d", 1000 * (60 * t[1] + t[2] + 60 * t[3] + t[4]) }' "$T_TMP/times")
}

t_run() {
	T_RC=0
	T_CMD="$*"
	"$@" >"$T_OUT" 2>"$T_ERR" </dev/null || T_RC=$?
}

t_fail() {
	[ "$t_bad" -ne 0 ] || {
		echo "# $t_title: ${T_CMD:-}"
		[ ! -s "$T_OUT" ] || tail -n 15 "$T_OUT" | sed 's/^/#   out: /'
		[ ! -s "$T_ERR" ] || tail -n 15 "$T_ERR" | sed 's/^/#   err: /'
	}
	t_bad=1
	echo "#   $1"
}

t_expect_exit() {
	[ "$T_RC" -eq "$1" ] || t_fail "exit status $T_RC, expected $1"
}

t_expect_out() {
	grep -Eq -- "$1" "$T_OUT" || t_fail "no line of its output matches: $1"
}

t_expect_err() {
	grep -Eq -- "$1" "$T_ERR" || t_fail "no line of its error output matches: $1"
}

t_expect_no_out() {
	[ ! -s "$T_OUT" ] || t_fail "something on standard output"
}

t_expect_no_err() {
	[ ! -s "$T_ERR" ] || t_fail "something on standard error"
}

# One line on standard error, "foliobench: ...", and nothing on standard output.
t_expect_one_error() {
	t_expect_no_out
	[ "$(wc -l <"$T_ERR")" -eq 1 ] || t_fail "$(wc -l <"$T_ERR") lines on standard error, expected 1"
	t_expect_err '^foliobench: '
	t_expect_err "$1"
}

t_expect_file() {
	[ -s "$1" ] || t_fail "no file or an empty one: $1"
}

t_expect_same() {
	if [ "${T_UPDATE:-}" = 1 ]; then
		cp "$1" "$2"
	fi
	diff -u "$2" "$1" >"$T_TMP/diff" 2>&1 || {
		sed 's/^/#   /' "$T_TMP/diff"
		t_fail "differs from $2"
	}
}

# The filter must yield something, and nothing but true: no output, no match, is a failure.
t_expect_json() {
	jq -es "[.[] | ($1)] | length > 0 and all(. == true)" "$T_OUT" >/dev/null 2>"$T_TMP/jq" ||
		t_fail "not true: $1 $(cat "$T_TMP/jq")"
}

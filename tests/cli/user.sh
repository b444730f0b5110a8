#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# A local run by a user without root: what the kernel permits is measured, what is lacking
# is said once for all cells that lack it, what may not be had is skipped with the reason, and
# the machine is left as it was. Root gives up its rights for this (setpriv) and sets the
# machine's THP sizes to what each test is about; a plain user takes the machine as it is.
. "$T_SRC/tests/lib.sh"
t_machine
thp=/sys/kernel/mm/transparent_hugepage

root=
[ "$(id -u)" -ne 0 ] || [ ! -w "$thp/enabled" ] || [ ! -d "$thp/hugepages-64kB" ] || root=1
home=$FOLIOBENCH_HOME
mkdir -p "$home" "$FOLIOBENCH_CACHE" "$T_TMP/nobody"
if [ -n "$root" ]; then
	chmod 755 "$T_TMP"
	chown -R 65534:65534 "$home" "$FOLIOBENCH_CACHE" "$T_TMP/nobody"
fi
unset FOLIOBENCH_JOURNAL

# as_user COMMAND...
as_user() {
	if [ -n "$root" ]; then
		t_run setpriv --reuid=65534 --regid=65534 --clear-groups env HOME="$T_TMP/nobody" "$@"
	else
		t_run "$@"
	fi
}

# measure CASE... PARAM... [--json]: by that user, briefly; again where somebody else on this machine
# took of the free folios that a case counts, as it then says
measure() {
	for _ in 1 2 3; do
		as_user "$FB" run "$@" size=2M --boots 1 --samples 2 --on local
		grep -q "or other processes have taken some" "$T_OUT" "$T_ERR" || break
	done
}

sizes() {
	grep -s . "$thp"/enabled "$thp"/hugepages-*/enabled | sed 's/:.*\[\(.*\)\].*/ \1/'
}

# set_sizes ALL [SIZE VALUE]...: all sizes to ALL, then those in kB that are named
set_sizes() {
	for file in "$thp"/hugepages-*/enabled; do
		[ ! -w "$file" ] || echo "$1" >"$file"
	done 2>/dev/null # a size that only files can have
	shift
	while [ $# -gt 1 ]; do
		echo "$2" >"$thp/hugepages-$1kB/enabled"
		shift 2
	done
}

sizes >"$T_TMP/sizes"
[ -z "$root" ] || defrag=$(cat "$thp/khugepaged/defrag")
t_at_exit() {
	[ -z "$root" ] || while read -r file value; do
		echo "$value" >"$file"
	done <"$T_TMP/sizes"
	[ -z "$root" ] || echo "$defrag" >"$thp/khugepaged/defrag"
}

# A user for whom this script cannot arrange the machine runs the same, less what it needs.
t_begin "a user measures what needs no rights: exit code 0, no skips"
if [ -n "$root" ]; then
	set_sizes never
	echo 1 >"$thp/khugepaged/defrag"
	measure null munmap folio=4K
	t_expect_exit 0
	t_expect_out '^munmap +4K '
	t_expect_out '^null '
	! grep -q '^warning' "$T_OUT" || t_fail "a warning"
	t_end
else
	t_skip "only root sets the machine up for this"
	t_done
	exit 0
fi

t_begin "what is lacking is said once per case, and how to have it"
t_expect_out '^lacks: munmap: not proven: frame numbers.*; not put out of the way: .*khugepaged.*; not arranged: real-time priority'
t_expect_out '^lacks: null: '
[ "$(grep -c '^lacks: ' "$T_OUT")" -eq 2 ] || t_fail "not a line each"
! grep '^lacks: null' "$T_OUT" | grep -q 'frame numbers' || t_fail "null needs no frame numbers"
[ "$(grep -c 'Root may do more: sudo foliobench run null munmap' "$T_OUT")" -eq 1 ] || t_fail "no advice, or twice"
t_end

t_begin "cases that lack the same share a line"
measure munmap mprotect folio=4K
t_expect_exit 0
t_expect_out '^lacks: munmap, mprotect: '
[ "$(grep -c '^lacks: ' "$T_OUT")" -eq 1 ] || t_fail "more than one line"
t_end

t_begin "the same in JSON, with the cells' figures"
measure munmap folio=4K --json
t_expect_json '.cells[] | select(.metric == "per_page") | .kernels[0].lacks |
	any(startswith("not proven: frame numbers")) and any(startswith("not arranged: real-time"))'
t_expect_json '.counters[] | select(.event == "instructions:k") | .kernels[0].unsupported | . == "EACCES" or . == "ENOENT" or . == null'
t_end

t_begin "nothing of the machine was changed, and no journal is left"
sizes | diff "$T_TMP/sizes" - >/dev/null || set_sizes never
[ ! -e "$home/settings.journal" ] || t_fail "a journal was left"
t_end

t_begin "a size that is off is skipped with the reason; the run has measured something: exit code 0"
measure munmap mprotect folio=4K,16K,64K
t_expect_exit 0
t_expect_out '^ +64K +-'
t_expect_out '^warning: folio=16K,64K of munmap, mprotect: skipped on running: folios of this size are off here, and this user may not change it'
[ "$(grep -c '^warning: ' "$T_OUT")" -eq 1 ] || t_fail "more than one line for one reason"
t_end

t_begin "nothing at all was measured: exit code 2"
measure munmap folio=64K
t_expect_exit 2
t_expect_out 'Root may do more'
t_end

t_begin "a size that is on is measured: madvise"
set_sizes never 64 madvise
measure munmap folio=64K --json
t_expect_exit 0
t_expect_json '.cells[] | select(.metric == "per_page") | .kernels[0].samples == 2'
t_end

t_begin "always"
set_sizes never 64 always
measure munmap folio=64K
t_expect_exit 0
t_end

t_begin "a larger size that is on comes first: skipped"
set_sizes never 64 madvise 1024 madvise
measure munmap folio=64K
t_expect_exit 2
t_expect_out 'skipped on running: larger folios are on here and come first'
t_end

t_begin "a smaller one that is on does no harm"
set_sizes never 16 always 64 madvise
measure munmap folio=64K
t_expect_exit 0
t_end

for top in always madvise; do
	t_begin "2M folios that inherit $top are measured"
	set_sizes never 2048 inherit
	echo $top >"$thp/enabled"
	measure munmap folio=2M
	t_expect_exit 0
	t_expect_out '^munmap +2M '
	t_end
done

t_begin "2M folios that inherit never are skipped"
echo never >"$thp/enabled"
measure munmap folio=2M
t_expect_exit 2
t_expect_out 'skipped on running: folios of this size are off here'
t_end

t_begin "single pages are single pages where all sizes are always on"
set_sizes always
measure munmap folio=4K --json
t_expect_exit 0
t_expect_json '.cells[] | select(.metric == "per_page") | .kernels[0].samples == 2'
t_end

t_begin "a size that this kernel does not have fails the run, for users as for root"
measure munmap folio=4K,8K
t_expect_exit 2
t_expect_out 'skipped on running: this kernel has no 8K folios'
t_end

t_begin "a tracepoint that the user may not count is said"
as_user "$FB" run null --events tlb:tlb_flush --boots 1 --samples 1 --on local
t_expect_exit 0
t_expect_out '^not counted \((EACCES|ENOENT)\): tlb:tlb_flush$'
t_end

t_begin "all cases: each is measured or says why not, none fails"
set_sizes never 64 madvise
as_user "$FB" run folio=4K,64K --boots 1 --samples 1 --on local --json
[ "$T_RC" -eq 0 ] || [ "$T_RC" -eq 2 ] || t_fail "exit status $T_RC"
t_expect_json '.state == "complete" and .kernels[0].boots.ok == 1'
t_expect_json '[.cells[] | select(.kernels[0].wrong > 0)] == []'
t_expect_json '[.cells[] | select(.note | test("failed"))] | map("\(.case) \(.params): \(.note)") == []'
t_end

t_done

#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Kernels that cannot be made: one clear line, exit code 2 (129 for what the
# person wrote), nothing that looks finished. Comes after 1_main_job: stock is built.
. "$T_SRC/tests/lib.sh"
FOLIOBENCH_CACHE=$T_SHARED_CACHE
mine=$T_TMP/mine
mkdir -p "$mine"

t_begin "the source is fetched and its folder printed"
t_run "$FB" kernel source debian:
t_expect_exit 0
[ "$(wc -l <"$T_OUT")" -eq 1 ] || t_fail "more than the folder on standard output"
source=$(cat "$T_OUT")
t_expect_file "$source/mm/memory.c"
t_end

# recipe NAME [LINE...]: mine/NAME.ini over the newest source
recipe() {
	name=$1
	shift
	printf '%s\n' "[kernel]" "description = for a test" "source = debian:" "$@" >"$mine/$name.ini"
}

# patch_file NAME FILE SED-SCRIPT: mine/NAME.patch, what the script does to FILE
patch_file() {
	mkdir -p "$T_TMP/a/$(dirname "$2")" "$T_TMP/b/$(dirname "$2")"
	cp "$source/$2" "$T_TMP/a/$2"
	sed "$3" "$source/$2" >"$T_TMP/b/$2"
	(cd "$T_TMP" && diff -u "a/$2" "b/$2") >"$mine/$1.patch"
	[ -s "$mine/$1.patch" ] || t_fail "the edit of $2 changed nothing"
}

# not_built NAME: nothing is left that looks finished
not_built() {
	"$FB" kernel show "$mine/$1.ini" --json >"$T_TMP/show" 2>&1 || return
	jq -e '.built == false' "$T_TMP/show" >/dev/null 2>&1 || t_fail "it counts as built"
}

t_begin "a patch that does not apply: which file, which hunk, where the reject is"
patch_file stale mm/memory.c 's/^static vm_fault_t do_wp_page/static vm_fault_t  do_wp_page/'
sed -i 's/^ .*$/ of another time/' "$mine/stale.patch"
recipe stale "series = stale.patch"
t_run "$FB" kernel build "$mine/stale.ini"
t_expect_exit 2
t_expect_no_out
t_expect_err '^foliobench: .*stale\.patch'
t_expect_err 'mm/memory\.c'
t_expect_err '[Hh]unk'
reject=$(grep -oE '/[^ ,:;)]*\.rej' "$T_ERR" | head -n 1)
[ -n "$reject" ] && [ -s "$reject" ] || t_fail "no reject is named, or it is not there: $reject"
not_built stale
t_end

t_begin "a build that fails: the first error and the log's name"
patch_file broken mm/memory.c '$ a int foliobench_test_syntax error;'
recipe broken "series = broken.patch"
t_run "$FB" ab stock "$mine/broken.ini" null --boots 1
t_expect_exit 2
t_expect_err 'foliobench: .*'
t_expect_err 'mm/memory\.c:[0-9]+.*error'
log=$(grep -oE '/[^ ,:;)]*\.log' "$T_ERR" | head -n 1)
[ -n "$log" ] && grep -q 'foliobench_test_syntax' "$log" || t_fail "no log is named, or it lacks the error: $log"
not_built broken
t_end

t_begin "a kernel whose code is that of its baseline is an error"
patch_file comment mm/memory.c '1 s|^|/* a comment and nothing else */ |'
recipe comment "series = comment.patch"
t_run "$FB" ab stock "$mine/comment.ini" null --boots 1
t_expect_exit 2
t_expect_err '^foliobench: .*(identical|same code)'
t_end

t_begin "a symbol that the final configuration does not have is named"
printf 'CONFIG_FOLIOBENCH_NO_SUCH_SYMBOL=y\nCONFIG_SWAP=y\n' >"$mine/odd.config"
recipe odd "config = odd.config"
t_run "$FB" kernel build "$mine/odd.ini"
t_expect_exit 129
t_expect_err 'CONFIG_FOLIOBENCH_NO_SUCH_SYMBOL'
! grep -q 'CONFIG_SWAP' "$T_ERR" || t_fail "it names a symbol that is there"
not_built odd
t_end

t_begin "a version that the archive does not have: those that are there are named"
t_run "$FB" kernel build debian:5.0
t_expect_exit 2
t_expect_err '^foliobench: .*5\.0'
t_expect_err '[67]\.[0-9]+'
t_run "$FB" kernel build debian-image:5.0
t_expect_exit 2
t_expect_err '[67]\.[0-9]+'
t_end

t_begin "a recipe with an error: file and line"
recipe typo "sorce = x"
t_run "$FB" kernel build "$mine/typo.ini"
t_expect_err "typo.ini:4: .*sorce"
[ "$T_RC" -eq 2 ] || [ "$T_RC" -eq 129 ] || t_fail "exit status $T_RC"
recipe lost "series = none.patch"
t_run "$FB" kernel build "$mine/lost.ini"
t_expect_err 'none\.patch'
[ "$T_RC" -ne 0 ] || t_fail "exit status 0"
t_end

t_begin "after all that stock is still built and in the cache"
t_run "$FB" kernel show stock --json
t_expect_exit 0
t_expect_json '.built == true'
t_end

t_done

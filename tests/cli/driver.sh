#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# tests/run itself: what must not pass does not pass.
. "$T_SRC/tests/lib.sh"

src=$T_TMP/src
mkdir -p "$src/tests/guest" "$src/build"
cp "$T_SRC/tests/run" "$T_SRC/tests/lib.sh" "$src/tests/"
echo "guest/a: allowed # reason" >"$src/tests/skips-allowed"

# with SCRIPT-TEXT [ENVIRONMENT...]: runs the driver over one test script
with() {
	printf '%s\n' "$1" >"$src/tests/guest/a.sh"
	shift
	t_run env -u T_BUILD -u CI "$@" "$src/tests/run" guest
}

t_begin "passing tests pass"
with 'echo "ok - one"; echo "ok - two"; echo 1..2'
t_expect_exit 0
[ "$(tail -n 1 "$T_OUT")" = "2 passed, 0 failed, 0 skipped" ] || t_fail "last line"
t_end

t_begin "a failing test fails"
with 'echo "ok - one"; echo "not ok - two"; echo 1..2'
t_expect_exit 1
t_expect_out '^1 passed, 1 failed, 0 skipped$'
t_expect_out '^  guest/a: two$'
t_end

t_begin "a script that ends early fails"
with 'echo "ok - one"'
t_expect_exit 1
t_expect_out '^1 passed, 1 failed, 0 skipped$'
t_end

t_begin "fewer tests than planned fail"
with 'echo "ok - one"; echo 1..2'
t_expect_exit 1
t_end

t_begin "a plan of none fails"
with 'echo 1..0'
t_expect_exit 1
t_end

t_begin "a bad exit status fails though all tests passed"
with 'echo "ok - one"; echo 1..1; exit 3'
t_expect_exit 1
t_end

t_begin "no tests at all fail"
rm "$src/tests/guest/a.sh"
t_run env -u T_BUILD "$src/tests/run" -k no-such-test guest
t_expect_exit 1
t_expect_out '^0 passed, 1 failed, 0 skipped$'
t_end

t_begin "a skip is counted and shows its reason"
with 'echo "skip - net: no network: really"; echo "ok - x"; echo 1..2'
t_expect_out '^skip guest/a: net: no network: really$'
t_expect_out '^1 passed, 0 failed, 1 skipped$'
t_end

t_begin "nothing but skips fails"
with 'echo "skip - net: no network"; echo 1..1'
t_expect_exit 1
t_end

t_begin "under CI a skip that is not on the list fails"
with 'echo "skip - net: no network"; echo "ok - x"; echo 1..2' CI=true
t_expect_exit 1
t_expect_out '^1 passed, 1 failed, 0 skipped$'
t_end

t_begin "under CI a skip on the list is fine"
with 'echo "skip - allowed: why"; echo "ok - x"; echo 1..2' CI=true
t_expect_exit 0
t_expect_out '^1 passed, 0 failed, 1 skipped$'
t_end

t_begin "cmocka's output is understood"
with 'printf "1..4\nok 1 - a\nnot ok 2 - b\nok 3 # SKIP c\nnot ok 4 # SKIP d\n"; exit 1'
t_expect_exit 1
t_expect_out '^1 passed, 1 failed, 2 skipped$'
t_expect_out '^ok guest/a: a$'
with 'printf "1..2\nok 1 - a\nnot ok 2 # SKIP b\n"'
t_expect_exit 0
t_expect_out '^1 passed, 0 failed, 1 skipped$'
with 'printf "1..2\nok 1 - a\nnot ok 2 # SKIP b\n"; exit 1'
t_expect_exit 1
t_expect_out 'exit status 1 though nothing failed'
t_end

t_begin "an assertion that fails makes its test fail"
with '. "$T_SRC/tests/lib.sh"; t_begin a; t_run false; t_expect_exit 0; t_begin b; t_run true; t_expect_exit 0; t_done'
t_expect_exit 1
t_expect_out '^1 passed, 1 failed, 0 skipped$'
t_end

# vacuous OUTPUT ASSERTION: a test that expects it of that output fails
vacuous() {
	t_begin "t_expect_json of '$1': $2 is $3"
	with ". \"\$T_SRC/tests/lib.sh\"; t_begin a; t_run printf '%s' '$1'; t_expect_json '$2'; t_done"
	t_expect_exit "$4"
	t_end
}
vacuous "" ".a" refused 1
vacuous "{\"a\":[]}" ".a[]" refused 1
vacuous "{\"a\":[]}" ".a[] == 1" refused 1
vacuous "{\"a\":[1,2]}" ".a[] == 1" refused 1
vacuous "{\"a\":1}" ".a" refused 1
vacuous "{\"a\":" "true" refused 1
vacuous "{\"a\":[1,1]}" ".a[] == 1" accepted 0

t_begin "an unknown tier is a usage error"
t_run "$src/tests/run" nonsense
t_expect_exit 129
t_end

t_done

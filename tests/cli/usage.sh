#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Help, usage errors and bad names: one clear line, the right exit code, nothing
# left behind.
. "$T_SRC/tests/lib.sh"

commands="list kernel run ab cost compare plot replay doctor"

t_begin "without arguments: usage on standard error, 129"
t_run "$FB"
t_expect_exit 129
t_expect_no_out
t_expect_err '^Usage: foliobench COMMAND'
t_end

t_begin "--help names every subcommand"
t_run "$FB" --help
t_expect_exit 0
t_expect_no_err
for c in $commands; do
	t_expect_out "^  $c +[a-z]"
done
t_end

t_begin "--version"
t_run "$FB" --version
t_expect_exit 0
t_expect_out '^foliobench [0-9]+\.[0-9]+\.[0-9]+$'
t_end

for c in $commands; do
	t_begin "$c --help"
	t_run "$FB" "$c" --help
	t_expect_exit 0
	t_expect_no_err
	t_expect_out "^Usage: foliobench $c"
	t_end

	t_begin "$c with an unknown option"
	t_run "$FB" "$c" --no-such-option
	t_expect_exit 129
	t_expect_no_out
	t_expect_err "no-such-option"
	t_end
done

t_begin "an unknown subcommand"
t_run "$FB" measure
t_expect_exit 129
t_expect_one_error "measure: no such command"
t_end

# usage_error REGEX ARGUMENT...: 129 and one line of an error that matches
usage_error() {
	regex=$1
	shift
	t_begin "refused: foliobench $*"
	t_run "$FB" "$@"
	t_expect_exit 129
	t_expect_no_out
	t_expect_err "$regex"
	[ "$(wc -l <"$T_ERR")" -eq 1 ] || t_fail "$(wc -l <"$T_ERR") lines of error"
	[ ! -e "$FOLIOBENCH_HOME" ] || t_fail "it made $FOLIOBENCH_HOME"
	[ ! -e "$FOLIOBENCH_CACHE" ] || t_fail "it made $FOLIOBENCH_CACHE"
	t_end
}
usage_error "no case 'cow-reus'; there are .*cow-reuse" ab knockouts stock cow-reus
usage_error "no case 'x'" run x
usage_error "folio=3K.*wants a size from 4K to 2M, a power of two" ab knockouts stock cow folio=3K
usage_error "folio=4M.*wants a size from 4K to 2M" run cow folio=4M
usage_error "folio=.*wants at least one value" run cow folio=
usage_error "size=3M.*multiple of 2M" ab knockouts stock cow size=3M
usage_error "none of the chosen cases has a param 'folios'" ab knockouts stock folios=4K
usage_error "wants two kernels" ab
usage_error "wants two kernels" ab stock
usage_error "two kernels" compare stock
usage_error "two kernels" compare a b c
usage_error "no such target" run cow --on moon
usage_error "memory 1: wants a size from 512M to 1T" run null --kernel stock --memory 1
usage_error "memory 2T: wants a size" ab knockouts stock --memory 2T
usage_error "memory is for guests" run null --memory 1G
usage_error "cpus 0: wants a number from 1 to 64" run null --kernel stock --cpus 0
usage_error "cpus 65: wants a number from 1 to 64" ab knockouts stock --cpus 65
usage_error "nodes 9: wants a number from 1 to 8" ab knockouts stock --nodes 9
usage_error "nodes 3: wants at least as many --cpus, not 2" run null --kernel stock --cpus 2 --nodes 3
usage_error "cpus 3: wants a multiple of --nodes 2" run null --kernel stock --nodes 2 --cpus 3
usage_error "cpus is for guests" run null --cpus 2
usage_error "nodes is for guests" run null --on local --nodes 2
usage_error "boots.*number from 1" ab knockouts stock --boots 0
usage_error "boots.*number from 1" ab knockouts stock --boots=-1
usage_error "samples.*number from 1" run cow --samples x
usage_error "seed" ab knockouts stock --seed 99999999999999999999
usage_error "format.*there are table" compare a b --format pdf
usage_error "KERNEL=FILE" replay nofile
usage_error "cases, kernels, targets, runs and floors" list machines
usage_error "local measures the running kernel only" run cow --on local --kernel stock

t_begin "comparing with nothing measured says so"
t_run "$FB" compare stock knockouts
t_expect_exit 2
t_expect_one_error 'nothing measured yet'
t_end

t_begin "a stream that is not there"
t_run "$FB" replay "a=$T_TMP/none"
t_expect_exit 2
t_expect_one_error 'none: No such file'
[ ! -e "$FOLIOBENCH_HOME/foliobench.db" ] || t_fail "it made a store"
t_end

t_begin "a home that cannot be written to"
if [ "$(id -u)" -eq 0 ]; then
	home=/proc/foliobench
else
	home=/foliobench-no-such
fi
printf '' >"$T_TMP/empty"
t_run env FOLIOBENCH_HOME=$home "$FB" replay "a=$T_TMP/empty"
t_expect_exit 2
t_expect_one_error "$home"
t_end

t_begin "an unknown kernel names those there are"
t_run "$FB" kernel show nosuch
t_expect_exit 129
t_expect_one_error 'nosuch.*knockouts.*stock'
t_end

t_begin "a full standard output is noticed"
if [ -w /dev/full ]; then
	T_RC=0
	"$FB" list cases >/dev/full 2>"$T_ERR" || T_RC=$?
	T_CMD="list cases >/dev/full"
	: >"$T_OUT"
	t_expect_exit 2
	t_expect_one_error 'standard output'
	t_end
else
	t_skip "no /dev/full"
fi

t_done

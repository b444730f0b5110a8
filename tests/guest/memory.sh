#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# --memory reaches the guest: a cell too large for the default is measured with more.
. "$T_SRC/tests/lib.sh"
. "$T_SRC/tests/guest/lib.inc"

t_begin "a cell too large for a guest's 1G is skipped, and the run says that it could not measure"
t_run "$FB" run fork folio=64K size=512M --kernel $OLD --boots 1 --samples 1 --json
t_expect_exit 2
[ "$(ask "SELECT json_extract(facts, '\$.memory_mib') FROM boot")" = 1024 ] || t_fail "not 1024 MiB"
t_end

t_begin "with --memory 2G it is measured, and the boot's facts say so"
rm -rf "${FOLIOBENCH_HOME:?}"
t_run "$FB" run fork folio=64K size=512M --kernel $OLD --boots 1 --samples 1 --memory 2G --json
t_expect_exit 0
[ "$(ask "SELECT json_extract(facts, '\$.memory_mib') FROM boot")" = 2048 ] || t_fail "not 2048 MiB"
[ "$(ask "SELECT count(*) FROM sample WHERE state = 'ok'")" -eq 1 ] || t_fail "no sample that counts"
t_end

t_begin "more memory than this machine has: refused in one line, nothing stored"
rm -rf "${FOLIOBENCH_HOME:?}"
t_run "$FB" run null --kernel $OLD --memory 1T
t_expect_exit 2
t_expect_one_error 'a guest with 1048576 MiB of memory needs .* are available$'
[ ! -e "$FOLIOBENCH_HOME" ] || t_fail "it made $FOLIOBENCH_HOME"
t_end

t_done

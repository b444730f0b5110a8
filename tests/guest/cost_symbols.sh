#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Counting in kernels that somebody else has built: they are asked for their symbols, once, the
# agent's proof holds, counting changes nothing of what is measured, and a boot that is lost keeps
# what it had counted.
. "$T_SRC/tests/lib.sh"
. "$T_SRC/tests/guest/lib.inc"
cells='null munmap folio=64K size=4M'

# Ticks of all samples of the newest run, in order.
figures() {
	ask "SELECT s.ticks FROM sample s JOIN boot b ON b.id = s.boot_id
		WHERE b.run_id = (SELECT max(id) FROM run) ORDER BY s.id"
}

t_begin "a kernel without a System.map is asked for its symbols"
t_run "$FB" kernel build $OLD
t_expect_exit 0
built=$(sed -n 's|^  *\(.*/vmlinuz\)$|\1|p' "$T_OUT" "$T_ERR" | tail -n 1)
t_expect_file "$built"
# alone: with its configuration beside it, it would want its modules, too
image=$T_TMP/vmlinuz
cp "$built" "$image"
FOLIOBENCH_CACHE=$T_TMP/cache
# shellcheck disable=SC2086 # several words
t_run "$FB" run $cells --kernel "image:$image" --cost --boots 1 --samples 3
t_expect_exit 0
t_expect_err 'reading the symbols of image:.* \(one boot\)'
! grep -q 'believed\|no counts' "$T_ERR" || t_fail "its counts are not believed"
figures >"$T_TMP/counted"
[ "$(grep -c . "$T_TMP/counted")" -eq 6 ] || t_fail "not 6 samples"
good="cost_by LIKE '%(plugin API%' AND cost_bad IS NULL"
[ "$(ask "SELECT count(*) FROM boot WHERE $good")" -eq 1 ] || t_fail "a boot's counts are bad"
[ "$(ask 'SELECT count(DISTINCT window) FROM cost WHERE bad IS NULL')" -eq 6 ] ||
	t_fail "not 6 windows"
t_end

t_begin "functions have the names that it told"
t_run ls "$T_TMP"/cache/kernels/*/kallsyms
t_expect_exit 0
# shellcheck disable=SC2086
t_run "$FB" cost "image:$image" munmap folio=64K size=4M
t_expect_exit 0
t_expect_out '^  (zap|unmap|folio|free|__).*% '
! grep -q ' 0xf' "$T_OUT" || t_fail "some have none"
t_end

t_begin "what is measured is the same without counting"
# shellcheck disable=SC2086
t_run "$FB" run $cells --kernel "image:$image" --boots 1 --samples 3
t_expect_exit 0
figures >"$T_TMP/plain"
t_run cmp "$T_TMP/counted" "$T_TMP/plain"
t_expect_exit 0
t_end

t_begin "a boot that is lost keeps its counts, and asks for no symbols again"
play panic
# shellcheck disable=SC2086
t_run "$FB" run $cells --kernel "image:$image" --cost --boots 1 --samples 3
! grep -q 'reading the symbols' "$T_ERR" || t_fail "it asked a second time"
[ "$(ask "SELECT count(*) FROM boot WHERE state = 'lost'")" -eq 1 ] || t_fail "no boot is lost"
of_lost="cost c JOIN boot b ON b.id = c.boot_id WHERE b.state = 'lost'"
[ "$(ask "SELECT count(*) FROM $of_lost")" -gt 0 ] || t_fail "what it had counted is not there"
[ "$(find "$FOLIOBENCH_HOME/runs" -name 'hooks-*' | wc -l)" -eq 0 ] || t_fail "hooks were left"
expect_no_qemu
t_end

t_done

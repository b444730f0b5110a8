#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# --layouts: what it refuses before anything is fetched or built.
. "$T_SRC/tests/lib.sh"
export HOME="$T_TMP"

t_begin "a count that is none"
for n in 0 101 -1 many; do
	t_run "$FB" kernel build stock --layouts $n
	t_expect_exit 129
	t_expect_err 'layouts'
done
t_end

t_begin "the running kernel is built already"
t_run "$FB" kernel build running --layouts 2
t_expect_exit 129
t_expect_one_error 'layouts: running is built already'
t_run "$FB" run null --kernel running --on local --layouts 3
t_expect_exit 129
t_expect_err 'layouts: running is built already'
t_end

t_begin "an image is built already"
# enough of a bzImage to be looked at: its magic, and where its version is
image=$T_TMP/vmlinuz-6.1.0-x
head -c 4096 /dev/zero >"$image"
printf 'U\252' | dd of="$image" bs=1 seek=510 conv=notrunc 2>/dev/null
printf 'HdrS' | dd of="$image" bs=1 seek=514 conv=notrunc 2>/dev/null
printf '\000\010' | dd of="$image" bs=1 seek=526 conv=notrunc 2>/dev/null
printf '6.1.0-x (me) #1' | dd of="$image" bs=1 seek=2560 conv=notrunc 2>/dev/null
t_run "$FB" kernel build "image:$image" --layouts 2
t_expect_exit 129
t_expect_one_error 'layouts: image:.* is built already; layouts are of kernels that are built here'
t_run "$FB" kernel build "image:$image" --layouts 1
t_expect_exit 0
t_end

t_done

#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# From QEMU's start to the first sample: at most 1.3 times what the same kernel
# needs, started the same way, to run an init that only powers off.
. "$T_SRC/tests/lib.sh"
. "$T_SRC/tests/guest/lib.inc"

# Milliseconds that boot 1's command line takes with the init that only powers off.
poweroff_ms() {
	set --
	previous=
	while IFS= read -r arg; do
		case $previous in
		-initrd) arg=$T_TMP/poweroff.cpio ;;
		esac
		previous=$arg
		# the records' file and the console's went with the boot
		set -- "$@" "$arg"
	done <"$QEMU_PLAY/boot-1/argv"
	begin=$(date +%s%3N)
	timeout 120 "$QEMU_REAL" "$@" >"$T_TMP/poweroff.log" 2>&1 </dev/null || return 1
	echo $(($(date +%s%3N) - begin))
}

t_begin "the first sample comes within 1.3 times a boot that does nothing"
mkdir "$T_TMP/root"
cp "$T_BUILD/foliobench-poweroff" "$T_TMP/root/init"
(cd "$T_TMP/root" && echo init | cpio -o -H newc --quiet) >"$T_TMP/poweroff.cpio"
best_first=''
best_off=''
for round in 1 2 3; do
	play none
	t_run "$FB" run null --kernel $OLD --boots 1 --samples 1
	t_expect_exit 0
	first=$(ask 'SELECT cast(first_sample_s * 1000 AS integer) FROM boot ORDER BY id DESC LIMIT 1')
	# where the boot's scratch files were
	sed -n 's/.*path=\(\/[^,]*\).*/\1/p; s/^file:\(\/.*\)/\1/p' "$QEMU_PLAY/boot-1/argv" |
		while read -r path; do mkdir -p "$(dirname "$path")"; done
	off=$(poweroff_ms) || t_fail "the yardstick did not power off: $(cat "$T_TMP/poweroff.log")"
	echo "# round $round: first sample ${first:-?} ms, power-off ${off:-?} ms"
	[ -n "$best_first" ] && [ "$best_first" -le "$first" ] || best_first=$first
	[ -n "$best_off" ] && [ "$best_off" -le "${off:-0}" ] || best_off=$off
done
[ "${best_off:-0}" -gt 100 ] || t_fail "the yardstick: ${best_off:-nothing} ms"
[ "$best_first" -gt 0 ] && [ $((best_first * 10)) -le $((best_off * 13)) ] ||
	t_fail "first sample after $best_first ms, power-off takes $best_off ms"
t_end

t_done

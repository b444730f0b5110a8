#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# From QEMU's start to the end of the first sample: at most 1.3 times what the same kernel
# needs, started the same way, to run an init that only powers off. In CPU time, so that what
# else this machine does matters less; foliobench's own is in the first of the two.
. "$T_SRC/tests/lib.sh"
. "$T_SRC/tests/guest/lib.inc"

# Runs boot 1's command line with the init that only powers off.
poweroff() {
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
	timeout 120 "$QEMU_REAL" "$@" >"$T_TMP/poweroff.log" 2>&1 </dev/null
}

t_begin "the first sample comes within 1.3 times a boot that does nothing"
mkdir "$T_TMP/root"
cp "$T_BUILD/foliobench-poweroff" "$T_TMP/root/init"
(cd "$T_TMP/root" && echo init | cpio -o -H newc --quiet) >"$T_TMP/poweroff.cpio"
best_first=''
best_off=''
for round in 1 2 3; do
	play none
	t_cpu_ms
	begin=$cpu
	# the agent powers off after its first sample, which is the warm-up's successor
	FOLIOBENCH_GUEST_APPEND=foliobench.test=exit t_run "$FB" run null --kernel $OLD --boots 1
	t_cpu_ms
	first=$((cpu - begin))
	grep -q '"t":"sample"' "$FOLIOBENCH_HOME"/runs/*/boot-*.jsonl || t_fail "no sample came"
	# where the boot's scratch files were
	sed -n 's/.*path=\(\/[^,]*\).*/\1/p; s/^file:\(\/.*\)/\1/p' "$QEMU_PLAY/boot-1/argv" |
		while read -r path; do mkdir -p "$(dirname "$path")"; done
	t_cpu_ms
	begin=$cpu
	poweroff || t_fail "the yardstick did not power off: $(cat "$T_TMP/poweroff.log")"
	t_cpu_ms
	off=$((cpu - begin))
	echo "# round $round: first sample $first ms, power-off $off ms"
	[ -n "$best_first" ] && [ "$best_first" -le "$first" ] || best_first=$first
	[ -n "$best_off" ] && [ "$best_off" -le "$off" ] || best_off=$off
done
[ "${best_off:-0}" -gt 100 ] || t_fail "the yardstick: ${best_off:-nothing} ms"
[ "$best_first" -gt 0 ] && [ $((best_first * 10)) -le $((best_off * 13)) ] ||
	t_fail "first sample after $best_first ms, power-off takes $best_off ms"
t_end

t_done

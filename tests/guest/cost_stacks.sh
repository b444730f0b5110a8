#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Call stacks of what is counted: all instructions are in them, exactly, in every window and
# context; and they are the ones that a kernel has.
. "$T_SRC/tests/lib.sh"
. "$T_SRC/tests/guest/lib.inc"

# Stands before QEMU and gives the plugin's file a second name: the first one goes when it is stored.
real=$(command -v qemu-system-x86_64)
mkdir "$T_TMP/path"
cat >"$T_TMP/path/qemu-system-x86_64" <<END
#!/bin/sh
for arg; do
	case \$arg in
	*foliobench-cost.so,*)
		out=\${arg#*,out=}
		out=\${out%%,*}
		: >"\$out" && ln -f "\$out" "$T_TMP/raw"
		;;
	esac
done
exec "$real" "\$@"
END
chmod +x "$T_TMP/path/qemu-system-x86_64"
PATH=$T_TMP/path:$PATH

t_begin "instructions by call stack and by block are the same, in every window and context"
t_run "$FB" run fork munmap folio=64K size=2M --kernel "$OLD" --on qemu --boots 1 --samples 3 --stacks
t_expect_exit 0
# "b ID ADDR SIZES:BYTES": how many instructions a block has; p counts blocks, s instructions
awk '
$1 == "b" { split($4, part, ":"); size[$2] = length(part[1]) }
$1 == "p" || $1 == "s" {
	bar = index($0, "|")
	key = substr($0, 3, bar - 3)
	n = split(substr($0, bar + 1), entry, " ")
	for (i = 1; i <= n; i++) {
		split(entry[i], part, ":")
		if ($1 == "p")
			blocks[key] += size[part[1]] * part[2]
		else
			stacks[key] += part[2]
	}
}
$1 == "w" { windows++ }
END {
	for (key in blocks)
		if (blocks[key] != stacks[key])
			print "DIFFERENT " key ": " blocks[key] " in blocks, " stacks[key] + 0 " in stacks"
	for (key in stacks)
		if (!(key in blocks))
			print "DIFFERENT " key ": only stacks"
	for (key in blocks) {
		keys++
		total += blocks[key]
	}
	printf "%d windows, %d sums, %.0f instructions\n", windows, keys, total
}' "$T_TMP/raw" >"$T_OUT"
grep DIFFERENT "$T_OUT" && t_fail "not the same"
# the proof and three samples of each case
t_expect_out '^([7-9]|[1-9][0-9]) windows, [0-9]+ sums, [0-9]{6,} instructions$'
t_end

t_begin "stacks are the way from the system call to the function"
t_run "$FB" cost --stored "$OLD" munmap folio=64K size=2M --stacks
t_expect_exit 0
grep -qE ";do_syscall_64;(.*;)?__x64_sys_munmap;.*;unmap_vmas;[^ ]* [0-9]+" "$FOLIOBENCH_HOME"/runs/*/flames/*.folded ||
	t_fail "no way from the system call to unmap_vmas and below"
t_end

t_done

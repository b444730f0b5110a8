#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Builds that are stopped, killed, out of room or side by side, and caches that were changed
# behind the program's back: nothing that looks finished is wrong, and the next build works.
# The "kernel" is a small source of its own, whose make answers what the builder asks and
# links a real ELF file: seconds instead of minutes, so every step can be stopped. Claims
# about Linux are the other tests'.
. "$T_SRC/tests/lib.sh"

linux=$T_TMP/linux
gate=$T_TMP/gate
mkdir -p "$gate"
cd "$T_TMP" || exit 2

t_at_exit() {
	rm -f "$gate"/*
	[ -z "${builder:-}" ] || kill -9 "$builder" 2>/dev/null
	[ -z "${mounted:-}" ] || umount "$mounted"
}

# While $gate/hold is there, a build waits in the middle, and $gate/in says that it does so.
mkdir -p "$linux/mm" "$linux/scripts/kconfig" "$linux/usr" "$linux/virt/kvm"
touch "$linux/scripts/kconfig/conf.c" "$linux/usr/Makefile" "$linux/virt/kvm/Makefile.kvm"
cat >"$linux/Kconfig" <<'END'
config SWAP
	bool "swap"
END
cat >"$linux/mm/memory.c" <<'END'
int counter;
int fault(int x)
{
	counter += x;
	return counter * 3;
}
END
cat >"$linux/mm/mmap.c" <<'END'
int fault(int);
void _start(void)
{
	for (;;)
		fault(1);
}
END
cat >"$linux/Makefile" <<END
# SPDX-License-Identifier: GPL-2.0
VERSION = 7
PATCHLEVEL = 9
SUBLEVEL = 1
EXTRAVERSION =

kernelversion kernelrelease:
	@echo 7.9.1

allnoconfig:
	@mkdir -p \$(O)/include/config
	@grep -v '=n\$\$' "\$(KCONFIG_ALLCONFIG)" >\$(O)/.config
	@echo 7.9.1 >\$(O)/include/config/kernel.release

olddefconfig:
	@mkdir -p \$(O)/include/config
	@echo 7.9.1 >\$(O)/include/config/kernel.release

\$(O)/mm/%.o: mm/%.c
	@echo "  CC      \$@"
	@mkdir -p \$(O)/mm
	@gcc -O1 -ffreestanding -fno-stack-protector -c \$< -o \$@
	@[ ! -e $gate/hold ] || { echo \$\$\$\$ >$gate/in; exec $gate/../waiter; }
	@[ ! -e $gate/full ] || head -c 2G /dev/zero >\$(O)/big.o

vmlinux: \$(O)/mm/memory.o \$(O)/mm/mmap.o
	@echo "  LD      vmlinux"
	@ld -static -nostdlib -o \$(O)/vmlinux \$(O)/mm/mmap.o \$(O)/mm/memory.o
	@nm -n \$(O)/vmlinux >\$(O)/System.map
END
printf '#!/bin/sh\nwhile [ -e %s ]; do sleep 0.1; done\n' "$gate/hold" >"$T_TMP/waiter"
chmod +x "$T_TMP/waiter"

cat >"$T_TMP/faster.patch" <<'END'
--- a/mm/memory.c
+++ b/mm/memory.c
@@ -2,5 +2,5 @@
 int fault(int x)
 {
 	counter += x;
-	return counter * 3;
+	return counter << 2;
 }
END
tar -C "$T_TMP" -czf "$T_TMP/linux.tar.gz" linux
kernel=tarball:$T_TMP/linux.tar.gz

# begin_build WORD...: in the background; returns when it waits in its middle
begin_build() {
	: >"$gate/hold"
	rm -f "$gate/in"
	T_CMD="kernel build $*"
	"$FB" kernel build "$@" >"$T_OUT" 2>"$T_ERR" </dev/null &
	builder=$!
	wait_for "$gate/in"
	# that this sees what runs is what makes nobody_left worth something
	of_builds | grep -q waiter || t_fail "the build that waits is not seen"
}

wait_for() {
	waited=0
	while [ ! -e "$1" ] && [ "$waited" -lt 300 ]; do
		kill -0 "$builder" 2>/dev/null || break
		waited=$((waited + 1))
		sleep 0.1
	done
	[ -e "$1" ] || t_fail "the build never came to its middle"
}

end_build() {
	T_RC=0
	wait "$builder" || T_RC=$?
	builder=
}

# what runs of a build: make and the shells that it starts
of_builds() {
	for proc in /proc/[0-9]*; do
		{ tr '\0' ' ' <"$proc/cmdline"; } 2>/dev/null | grep -E "$T_TMP/(gate|cache)" |
			sed "s|^|${proc#/proc/} |"
	done | grep -v ' kernel build '
}

# nothing that a build has started is alive, within the moment that dying takes
nobody_left() {
	waited=0
	while of_builds >"$T_TMP/left" && [ "$waited" -lt 30 ]; do
		waited=$((waited + 1))
		sleep 0.1
	done
	[ ! -s "$T_TMP/left" ] || t_fail "still runs: $(cat "$T_TMP/left")"
}

# After a kill -9 make is gone at once; the one command that it was at comes to its end (the
# tree is locked for so long), and nothing comes after it.
make_has_died() {
	waited=0
	while of_builds | grep -v waiter >"$T_TMP/left" && [ "$waited" -lt 30 ]; do
		waited=$((waited + 1))
		sleep 0.1
	done
	[ ! -s "$T_TMP/left" ] || t_fail "still runs: $(cat "$T_TMP/left")"
	rm -f "$gate/hold"
	nobody_left
}

# is_built WORD...: what the program thinks
is_built() {
	"$FB" kernel show "$@" --json >"$T_TMP/show" 2>&1 || t_fail "show: $(cat "$T_TMP/show")"
	jq -r .built "$T_TMP/show"
}

nothing_finished() {
	[ "$(is_built "$kernel")" = false ] || t_fail "it counts as built"
	found=$(find "$FOLIOBENCH_CACHE/kernels" -mindepth 1 -maxdepth 1 -name '[0-9a-f]*' 2>/dev/null)
	[ -z "$found" ] || t_fail "there is $found"
}

# builds_now WORD...: and the result is what it should be
builds_now() {
	rm -f "$gate"/*
	t_run "$FB" kernel build "$@"
	t_expect_exit 0
	t_expect_out '^  /.*/vmlinux$'
	image=$(sed -n 's|^  \(/.*/vmlinux\)$|\1|p' "$T_OUT")
	nm "$image" >"$T_TMP/nm" 2>&1 && grep -q ' T fault$' "$T_TMP/nm" || t_fail "that is no kernel: $image"
}

t_begin "^C in the middle of a build: exit code 2, one line, nothing runs on, nothing looks finished"
begin_build "$kernel"
begin=$(date +%s)
kill -INT "$builder"
end_build
t_expect_exit 2
t_expect_err '^foliobench: kernel: interrupted'
[ $(($(date +%s) - begin)) -le 5 ] || t_fail "it took more than 5 s to stop"
nobody_left
nothing_finished
t_end

t_begin "the next build works, and gc has nothing of the stopped one to remove"
builds_now "$kernel"
cp "$image" "$T_TMP/good"
t_run "$FB" kernel gc --json
t_expect_json '[.items[] | select(.kind == "scratch")] | length == 0'
t_end

t_begin "kill -9 in the middle: make dies, too; nothing looks finished; the next one works"
rm -rf "$FOLIOBENCH_CACHE"
begin_build "$kernel"
kill -9 "$builder"
end_build
make_has_died
nothing_finished
builds_now "$kernel"
cmp -s "$image" "$T_TMP/good" || t_fail "the image is another one than without the kill"
t_end

t_begin "kill -9 while a series is built on whole objects: these stay whole"
begin_build "$kernel" --series "$T_TMP/faster.patch"
kill -9 "$builder"
end_build
make_has_died
[ "$(is_built "$kernel" --series "$T_TMP/faster.patch")" = false ] || t_fail "it counts as built"
builds_now "$kernel" --series "$T_TMP/faster.patch"
! cmp -s "$image" "$T_TMP/good" || t_fail "the patched kernel is the unpatched one"
cp "$image" "$T_TMP/patched"
t_run "$FB" kernel build "$kernel"
t_expect_out 'from the cache'
# without the kernel, from the objects: they have nothing of the patch in them
rm -rf "${image%/vmlinux}" "$(dirname "$(sed -n 's|^  \(/.*\)$|\1|p' "$T_OUT")")"
builds_now "$kernel"
cmp -s "$image" "$T_TMP/good" || t_fail "the unpatched kernel has something of the patch"
t_end

t_begin "disk full in the middle of a build: one line that says so and what makes room"
small=$T_TMP/small
mkdir "$small"
if [ "$(id -u)" -eq 0 ] && mount -t tmpfs -o size=900m none "$small" 2>"$T_TMP/why"; then
	mounted=$small
	rm -f "$gate"/*
	: >"$gate/full"
	FOLIOBENCH_CACHE=$small/cache
	t_run "$FB" kernel build "$kernel"
	t_expect_exit 2
	t_expect_no_out
	t_expect_err '^foliobench: .*([Nn]o space|full).*kernel gc'
	nothing_finished
	[ "$(df --output=avail -k "$small" | tail -n 1)" -gt 850000 ] || t_fail "what filled the disk is still there"
	builds_now "$kernel"
	cmp -s "$image" "$T_TMP/good" || t_fail "the image is another one than with room"
	# and before its middle: too little to begin with
	head -c 400M /dev/zero >"$small/filler"
	t_run "$FB" kernel build "$kernel" --series "$T_TMP/faster.patch"
	t_expect_exit 2
	t_expect_one_error 'needs [0-9.]+ GiB here.*kernel gc'
	FOLIOBENCH_CACHE=$T_TMP/cache
	umount "$small" && mounted=
	t_end
else
	t_skip "no tmpfs can be mounted here"
fi

t_begin "two builds of one kernel at once: one builds, the other waits and takes it"
rm -rf "$FOLIOBENCH_CACHE"
begin_build "$kernel"
"$FB" kernel build "$kernel" >"$T_TMP/out2" 2>"$T_TMP/err2" </dev/null &
second=$!
sleep 1
kill -0 "$second" 2>/dev/null || t_fail "the second one did not wait: $(cat "$T_TMP/err2")"
grep -q 'another foliobench' "$T_TMP/err2" || t_fail "the second one does not say what it waits for"
rm -f "$gate/hold"
end_build
t_expect_exit 0
wait "$second" || t_fail "the second one: $(cat "$T_TMP/err2")"
cmp -s "$(sed -n 's|^  ||p' "$T_OUT")" "$T_TMP/good" || t_fail "the first one's image"
cmp -s "$(sed -n 's|^  ||p' "$T_TMP/out2")" "$T_TMP/good" || t_fail "the second one's image"
[ "$(grep -l '  CC      ' "$FOLIOBENCH_HOME"/runs/*/build-*.log | wc -l)" -ge 1 ] || t_fail "no log"
t_end

t_begin "two builds of different kernels at once: both are right"
rm -rf "$FOLIOBENCH_CACHE"
begin_build "$kernel"
"$FB" kernel build "$kernel" --series "$T_TMP/faster.patch" >"$T_TMP/out2" 2>"$T_TMP/err2" </dev/null &
second=$!
sleep 1
rm -f "$gate/hold"
end_build
t_expect_exit 0
wait "$second" || t_fail "the second one: $(cat "$T_TMP/err2")"
cmp -s "$(sed -n 's|^  ||p' "$T_OUT")" "$T_TMP/good" || t_fail "the unpatched one is wrong"
cmp -s "$(sed -n 's|^  ||p' "$T_TMP/out2")" "$T_TMP/patched" || [ ! -e "$T_TMP/patched" ] ||
	t_fail "the patched one is wrong"
t_end

t_begin "gc while a build runs takes nothing from it"
rm -rf "$FOLIOBENCH_CACHE"
begin_build "$kernel"
t_run "$FB" kernel gc --all
[ "$T_RC" -eq 2 ] || t_fail "gc: exit status $T_RC"
t_expect_err 'in use$'
rm -f "$gate/hold"
end_build
[ "$T_RC" -eq 0 ] || t_fail "the build failed"
t_run "$FB" kernel gc --all
t_expect_exit 0
builds_now "$kernel"
cmp -s "$image" "$T_TMP/good" || t_fail "the image is another one than without gc"
t_end

t_begin "no compiler: one line that names it"
mkdir "$T_TMP/bin"
for tool in sh make ld nm sed grep head mkdir cp rm patch tar git cat echo sleep; do
	path=$(command -v "$tool") && ln -sf "$path" "$T_TMP/bin/$tool"
done
rm -rf "$FOLIOBENCH_CACHE"
PATH=$T_TMP/bin t_run "$FB" kernel build "$kernel"
t_expect_exit 2
t_expect_one_error 'gcc'
t_end

# damage WHAT...: one line names it, and the kernel is made again as it was
mended() {
	builds_now "$kernel"
	[ "$(wc -l <"$T_ERR")" -ge 1 ] || t_fail "not a word about it"
	t_expect_err "$1"
	cmp -s "$image" "$T_TMP/good" || t_fail "the image is another one than before"
	t_run "$FB" kernel build "$kernel"
	t_expect_out 'from the cache'
}

t_begin "an image with a flipped byte: said, and built again"
builds_now "$kernel"
printf '\377' | dd of="$image" bs=1 seek=200 conv=notrunc status=none
mended 'vmlinux'
t_end

t_begin "a System.map that was cut off: said, and built again"
truncate -s 10 "${image%vmlinux}System.map"
mended 'System\.map'
t_end

t_begin "a file of the kernel that is gone: said, and built again"
rm "${image%vmlinux}config"
mended 'config'
t_end

t_begin "an object tree that lacks a file: nothing is built on it"
objects=$(find "$FOLIOBENCH_CACHE/build" -mindepth 2 -maxdepth 2 -name obj)
rm -rf "${image%/vmlinux}" "$FOLIOBENCH_CACHE/build/work"
rm "$objects/mm/memory.o"
builds_now "$kernel"
t_expect_err 'objects|obj'
cmp -s "$image" "$T_TMP/good" || t_fail "the image is another one than before"
t_end

t_begin "a source tree with a changed file: nothing is built from it"
tree=$(find "$FOLIOBENCH_CACHE/src" -mindepth 1 -maxdepth 1 -type d ! -name '.*' | head -n 1)
rm -rf "${image%/vmlinux}" "$FOLIOBENCH_CACHE/build"
# a file of its own: the links of builds would change as well
sed 's/counter \* 3/counter * 5/' "$tree/mm/memory.c" >"$T_TMP/memory.c"
rm "$tree/mm/memory.c"
cp "$T_TMP/memory.c" "$tree/mm/memory.c"
builds_now "$kernel"
cmp -s "$image" "$T_TMP/good" || t_fail "the changed file is in the kernel"
t_end

# revision N: one that multiplies by N
revision() {
	sed -i "s/counter \* [0-9]*/counter * $1/" "$T_TMP/repo/mm/memory.c"
	git -C "$T_TMP/repo" -c user.name=t -c user.email=t@example.org commit -q -a -m "times $1" --allow-empty
}

# of_rev IMAGE HEX: its code multiplies by that
of_rev() {
	objdump -d "$1" | grep -Eq "imul +\\\$0x$2," || t_fail "that is not the code of revision $2"
}

t_begin "two revisions of a repository: the second tree is a linked copy of the first, and right"
rm -rf "$FOLIOBENCH_CACHE"
cp -r "$linux" "$T_TMP/repo"
git -C "$T_TMP/repo" init -q
git -C "$T_TMP/repo" add -A
for n in 67 6b 6d; do
	revision "$(printf %d "0x$n")"
	git -C "$T_TMP/repo" tag "v$n"
done
builds_now "git:$T_TMP/repo@v67"
of_rev "$image" 67
builds_now "git:$T_TMP/repo@v6b"
of_rev "$image" 6b
! grep -q 'fetched again' "$T_ERR" || t_fail "a tree that was just made counts as damaged"
t_end

t_begin "a tree that was changed is no tree to copy from"
for tree in "$FOLIOBENCH_CACHE"/src/git-*; do
	rm "$tree/mm/mmap.c"
	printf 'int fault(int);\nvoid _start(void)\n{\n\tfor (;;)\n\t\tfault(99);\n}\n' >"$tree/mm/mmap.c"
done
builds_now "git:$T_TMP/repo@v6d"
of_rev "$image" 6d
! objdump -d "$image" | grep -q '\$0x63,' || t_fail "the change is in it"
t_end

t_done

#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# How builds are made from one another, by a source that is no kernel: three files, whose
# objects are copies of them. make and the times of files are real; what kernels make of
# it is in tests/build/9_reproducible.sh. And compilers that are not there or too old.
. "$T_SRC/tests/lib.sh"
cd "$T_TMP" || exit 2
# no ground that these sources would have to hold
FOLIOBENCH_KERNELS=$T_TMP/kernels
export FOLIOBENCH_KERNELS
mkdir -p kernels/config
for name in base x86_64 boot boot-x86_64; do
	: >"kernels/config/$name.config"
done

# source FOLDER: one that builds
source_tree() {
	mkdir -p "$1/mm" "$1/include/linux" "$1/include/uapi/linux" "$1/scripts" "$1/kernel"
	cat >"$1/Makefile" <<-'END'
		VERSION = 6
		PATCHLEVEL = 14
		SUBLEVEL = 0
		.RECIPEPREFIX = >
		objs := $(patsubst %.c,$(O)/%.o,$(wildcard mm/*.c))
		allnoconfig:
		>@mkdir -p $(O) && cp $(KCONFIG_ALLCONFIG) $(O)/.config
		vmlinux: $(objs)
		>@mkdir -p $(O)/include/config && echo 6.14.0 >$(O)/include/config/kernel.release
		>@cat $(objs) >$(O)/vmlinux && cp $(O)/vmlinux $(O)/System.map
		$(O)/%.o: %.c $(wildcard include/linux/*.h include/uapi/linux/*.h)
		>@mkdir -p $(@D) && echo "  CC      $<" && cat $< >$@ && sleep $${T_SLOW:-0}
	END
	for file in memory mmap rmap; do
		echo "int $file = 1;" >"$1/mm/$file.c"
	done
	echo '#define A 1' >"$1/include/uapi/linux/a.h"
	echo 'echo 4.9.0' >"$1/scripts/min-tool-version.sh"
	touch "$1/Kconfig" "$1/kernel/fork.c"
	# what git archive gives files: the time of a commit
	find "$1" -type f -exec touch -d 2020-01-01 {} +
}

# patch_of FOLDER FILE TEXT NAME: adds TEXT as the last line
patch_of() {
	mkdir -p "a/$(dirname "$2")" "b/$(dirname "$2")"
	cp "$1/$2" "a/$2"
	{ cat "$1/$2" && echo "$3"; } >"b/$2"
	diff -u "a/$2" "b/$2" >"$4"
	rm -r a b
}

# build WORD...: in $compiled the names of the files that were compiled, in $dir its folder
build() {
	t_run "$FB" kernel build "$@"
	t_expect_exit 0
	dir=$(dirname "$(sed -n 's/^  //p' "$T_OUT")")
	log=$(sed -n 's/^build: details in //p' "$T_ERR" | tail -n 1)
	compiled=$(sed -n 's/^  CC *mm\/\(.*\)\.c$/\1/p' "${log:-/dev/null}" | sort | tr '\n' ' ')
}

compiled() {
	[ "$compiled" = "$1" ] || t_fail "compiled: $compiled, expected: $1"
}

source_tree one
patch_of one mm/mmap.c 'int first;' first.patch
patch_of one mm/rmap.c 'int second;' second.patch

t_begin "from nothing: all of it is compiled"
build dir:one
compiled "memory mmap rmap "
t_end

t_begin "with a patch: what it touches, on the tree of the kernel before"
build dir:one --series first.patch
compiled "mmap "
grep -q 'int first' "$dir/vmlinux" || t_fail "the patch is not in it"
grep -q "^.int first" "$dir"/series/0001-* || t_fail "the patch is not kept with the kernel"
[ "$(stat -c %Y one/mm/mmap.c)" -eq "$(date -d 2020-01-01 +%s)" ] || t_fail "the source was touched"
t_end

t_begin "with another on top: that one's file alone"
build dir:one --series first.patch --series second.patch
compiled "rmap "
grep -q 'int first' "$dir/vmlinux" && grep -q 'int first' "$dir/vmlinux" || t_fail "a patch is missing"
t_end

t_begin "with the second alone: from the objects, and the first is gone"
build dir:one --series second.patch
compiled "rmap "
if grep -q 'int first' "$dir/vmlinux"; then
	t_fail "a patch of another kernel is in it"
fi
t_end

t_begin "another source, files of the same size and older than the objects: what is different"
cp -a one two
echo 'int rmap = 2;' >two/mm/rmap.c
touch -d 2019-01-01 two/mm/rmap.c
build dir:two
compiled "rmap "
grep -q 'int rmap = 2' "$dir/vmlinux" || t_fail "it is the other source's object"
t_end

t_begin "a header that is new may hide another: what uses one of its name is compiled"
cp -a two three
echo '#define A 2' >three/include/linux/a.h
touch -d 2019-01-01 three/include/linux/a.h
build dir:three
compiled "memory mmap rmap "
t_end

t_begin "another configuration, from the objects of the first"
build dir:two +CONFIG_SWAP=n
compiled ""
t_end

t_begin "nothing has changed: nothing is done"
build dir:one --series first.patch
compiled ""
t_expect_out 'from the cache'
t_expect_no_err
t_end

t_begin "a finished kernel written over: said in one line, and made again"
cp "$dir/vmlinux" good
printf X | dd of="$dir/vmlinux" bs=1 conv=notrunc 2>/dev/null
build dir:one --series first.patch
t_expect_err 'damaged, made again: .*vmlinux'
cmp -s "$dir/vmlinux" good || t_fail "it is not what it was"
: >"$dir/kernel.json"
build dir:one --series first.patch
cmp -s "$dir/vmlinux" good || t_fail "without its kernel.json: it is not what it was"
rm "$dir/System.map"
build dir:one --series first.patch
t_expect_err 'damaged, made again: .*System.map'
t_expect_file "$dir/System.map"
t_end

# key_of FOLDER: its objects
objects_of() {
	grep -l '"tree":"'"$(basename "$("$FB" kernel source "dir:$1" 2>/dev/null)")"'"' "$FOLIOBENCH_CACHE"/build/*/obj/.foliobench.json |
		head -n 1 | xargs dirname
}

t_begin "an object cut off: said, and all of its tree made again"
objects=$(objects_of one)
truncate -s 3 "$objects/mm/memory.o" || t_fail "no object"
rm -rf "$FOLIOBENCH_CACHE/build/work" "$dir"
build dir:one --series first.patch
t_expect_err 'removed, and made again'
cmp -s "$dir/vmlinux" good || t_fail "it is not what it was"
t_end

t_begin "the tree of the kernel before, changed by somebody: said, and laid out anew"
rm -rf "$dir"
echo 'int third;' >"$FOLIOBENCH_CACHE/build/work/src/mm/third.c"
build dir:one --series first.patch
t_expect_err 'laid out anew'
cmp -s "$dir/vmlinux" good || t_fail "it is not what it was"
t_end

t_begin "a source of the cache, edited: said, and fetched again"
source=$("$FB" kernel source dir:one 2>/dev/null)
echo 'int third;' >>"$source/mm/memory.c"
rm -rf "$dir"
build dir:one --series first.patch
t_expect_err 'removed, and fetched again'
cmp -s "$dir/vmlinux" good || t_fail "it is not what it was"
[ "$(cat "$source/mm/memory.c")" = "$(cat one/mm/memory.c)" ] || t_fail "the source is still edited"
t_end

t_begin "who waits for another's build says so"
mkfifo held
flock "$FOLIOBENCH_CACHE/locks/build-work" cat held &
sleep 0.3
rm -rf "$dir"
"$FB" kernel build dir:one --series first.patch >waiter.out 2>waiter.err &
waiter=$!
n=0
until grep -qs 'another foliobench builds a kernel in this cache' waiter.err || [ $((n += 1)) -gt 100 ]; do
	sleep 0.1
done
grep -q 'another foliobench builds' waiter.err || t_fail "it does not say so: $(cat waiter.err)"
echo >held
wait "$waiter" || t_fail "it did not build afterwards: $(cat waiter.err)"
t_end

t_begin "two kernels of one cache at once: both are right"
"$FB" kernel build dir:one +CONFIG_A=n >a.out 2>a.err &
first=$!
build dir:three +CONFIG_A=n --series first.patch
wait "$first" || t_fail "the other one: $(cat a.err)"
grep -q 'int first' "$dir/vmlinux" || t_fail "a patch is missing"
dir=$(dirname "$(sed -n 's/^  //p' a.out)")
if grep -q 'int first' "$dir/vmlinux"; then
	t_fail "the other one has a patch of this one"
fi
t_end

t_begin "killed while it compiles: nothing that looks finished, and the next one is right"
T_SLOW=5 "$FB" kernel build dir:one +CONFIG_B=n --series second.patch >killed.out 2>killed.err &
victim=$!
n=0
until grep -q '^  CC' "$(sed -n 's/^build: details in //p' killed.err | tail -n 1)" 2>/dev/null ||
	[ $((n += 1)) -gt 100 ]; do
	sleep 0.1
done
kill -9 "$victim"
wait "$victim" 2>/dev/null
[ ! -e "$FOLIOBENCH_CACHE/build/work/state.json" ] || t_fail "its tree looks whole"
build dir:one +CONFIG_B=n --series second.patch
grep -q 'int second' "$dir/vmlinux" && grep -q 'int memory' "$dir/vmlinux" || t_fail "something is missing"
t_end

t_begin "a folder that the kernel's make cannot build in: one line"
FOLIOBENCH_CACHE="$T_TMP/with a blank" t_run "$FB" kernel build dir:one
t_expect_exit 129
t_expect_err '^foliobench: .*FOLIOBENCH_CACHE'
t_end

t_begin "no such compiler"
t_run "$FB" kernel build dir:one --cc icc
t_expect_exit 129
t_expect_one_error "no compiler 'icc' .*gcc, clang"
t_end

t_begin "a compiler that is not installed: what to install"
t_run "$FB" kernel build dir:one --cc clang-97
t_expect_exit 2
t_expect_one_error 'clang-97.*apt install clang-97 lld-97 llvm-97'
t_run "$FB" kernel build dir:one --cc gcc-97
t_expect_exit 2
t_expect_one_error 'gcc-97.*apt install gcc-97'
t_end

t_begin "a compiler that the source finds too old: which it has, which it wants"
cp -a one four
echo 'echo 97.0.1' >four/scripts/min-tool-version.sh
t_run "$FB" kernel build dir:four
t_expect_exit 2
t_expect_err '^foliobench: .*gcc is version [0-9.]+, this source wants 97\.0\.1 or newer: .*--cc gcc-97'
[ "$(grep -c '^foliobench:' "$T_ERR")" -eq 1 ] || t_fail "more than one line"
t_end

t_done

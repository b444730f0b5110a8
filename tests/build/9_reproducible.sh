#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The same inputs give the same bytes: in another folder, from nothing, on the tree of the
# kernel before, from the objects of another source. A small kernel with debugging
# information, which is what would name folders. Two full builds of it, three short ones.
. "$T_SRC/tests/lib.sh"
shared=$T_SHARED_CACHE

FOLIOBENCH_CACHE=$shared
t_begin "a source and a small configuration of its own"
t_run "$FB" kernel source debian:
t_expect_exit 0
source=$(cat "$T_OUT")
version=$(basename "$source" | sed 's/.*_//')
make -s -C "$source" O="$T_TMP/obj" ARCH=x86_64 tinyconfig >"$T_TMP/make" 2>&1 || t_fail "no tinyconfig"
tiny=$T_TMP/tiny.config
# nothing but that: no ground under it, as this kernel is not booted
FOLIOBENCH_KERNELS=$T_TMP/kernels
export FOLIOBENCH_KERNELS
mkdir -p "$FOLIOBENCH_KERNELS/config"
for name in base x86_64 boot boot-x86_64; do
	: >"$FOLIOBENCH_KERNELS/config/$name.config"
done
grep -v DEBUG_INFO_NONE "$T_TMP/obj/.config" >"$tiny"
cat >>"$tiny" <<-END
	CONFIG_64BIT=y
	CONFIG_TRANSPARENT_HUGEPAGE=y
	CONFIG_DEBUG_KERNEL=y
	CONFIG_DEBUG_INFO_DWARF_TOOLCHAIN_DEFAULT=y
END
t_end

# cache NAME: an empty one with the source in it
cache() {
	FOLIOBENCH_CACHE=$T_TMP/$1
	mkdir -p "$FOLIOBENCH_CACHE/src"
	cp -al "$source" "$FOLIOBENCH_CACHE/src/" 2>/dev/null || {
		rm -rf "$FOLIOBENCH_CACHE/src"
		mkdir "$FOLIOBENCH_CACHE/src"
		cp -a "$source" "$FOLIOBENCH_CACHE/src/"
	}
	cp -a "$shared/apt" "$FOLIOBENCH_CACHE/"
}

# made AS WORD...: builds it, keeps image, symbols and configuration as $T_TMP/AS, counts in $compiled
made() {
	as=$T_TMP/$1
	shift
	t_run "$FB" kernel build "$@" --config "$tiny"
	t_expect_exit 0
	dir=$(dirname "$(sed -n 's/^  //p' "$T_OUT")")
	mkdir -p "$as"
	cp "$dir/vmlinux" "$dir/System.map" "$dir/config" "$as/" || t_fail "not all of it is there"
	log=$(sed -n 's/^build: details in //p' "$T_ERR" | tail -n 1)
	compiled=$(grep -c '^  CC ' "$log")
	echo "# $(basename "$as"): $compiled files compiled"
}

same() {
	for file in vmlinux System.map config; do
		cmp "$T_TMP/$1/$file" "$T_TMP/$2/$file" >"$T_TMP/cmp" 2>&1 ||
			t_fail "$1 and $2: $(cat "$T_TMP/cmp")"
	done
}

# a change that a function and a structure in debugging information show
mkdir -p "$T_TMP/patched/mm" "$T_TMP/a/mm" "$T_TMP/b/mm"
for file in mm/mmap.c mm/internal.h; do
	cp "$source/$file" "$T_TMP/a/$file"
	cp "$source/$file" "$T_TMP/b/$file"
done
echo 'int foliobench_reproduced(int x); int foliobench_reproduced(int x) { return x * 7 + 3; }' >>"$T_TMP/b/mm/mmap.c"
sed -i '$ i struct foliobench_reproduced { int a, b; };' "$T_TMP/b/mm/internal.h"
(cd "$T_TMP" && diff -ur a b >change.patch)
rm -rf "$T_TMP/patched"
cp -al "$source" "$T_TMP/patched" 2>/dev/null || cp -a "$source" "$T_TMP/patched"
for file in mm/mmap.c mm/internal.h; do
	rm "$T_TMP/patched/$file"
	cp "$T_TMP/b/$file" "$T_TMP/patched/$file"
done

cache one
t_begin "from nothing"
made scratch "debian:$version"
full=$compiled
[ "$full" -gt 200 ] || t_fail "only $full files were compiled"
readelf -SW "$T_TMP/scratch/vmlinux" >"$T_TMP/sections"
grep -q debug_info "$T_TMP/sections" || t_fail "it has no debugging information"
t_end

t_begin "with a patch, on the tree of the kernel before: what it touches is compiled"
made warm "debian:$version" --series "$T_TMP/change.patch"
[ "$compiled" -gt 0 ] && [ "$compiled" -lt $((full / 3)) ] || t_fail "$compiled files were compiled"
if cmp -s "$T_TMP/warm/vmlinux" "$T_TMP/scratch/vmlinux"; then
	t_fail "the patch changed nothing"
fi
grep -q "^.int foliobench_reproduced" "$dir"/series/0001-* || t_fail "the patch is not kept with the kernel"
t_end

t_begin "the same source as a folder, from objects of the one without it: the same bytes"
made near "dir:$T_TMP/patched"
[ "$compiled" -gt 0 ] && [ "$compiled" -lt $((full / 3)) ] || t_fail "$compiled files were compiled"
same near warm
t_end

cache two/at/another/path
t_begin "that folder from nothing, in another cache: the same bytes"
made elsewhere "dir:$T_TMP/patched"
[ "$compiled" -ge "$full" ] || t_fail "only $compiled files were compiled"
same elsewhere warm
strings -a "$T_TMP/elsewhere/vmlinux" >"$T_TMP/strings"
if grep -F "$T_TMP" "$T_TMP/strings" >"$T_TMP/found"; then
	t_fail "it names a folder: $(head -n 1 "$T_TMP/found")"
fi
t_end

t_begin "and back, from objects of the folder: the first kernel's bytes"
made back "debian:$version"
[ "$compiled" -gt 0 ] && [ "$compiled" -lt $((full / 3)) ] || t_fail "$compiled files were compiled"
same back scratch
t_end

t_begin "a file of a finished kernel, written over: said, and made again"
printf x | dd of="$dir/vmlinux" bs=1 seek=1000000 conv=notrunc 2>/dev/null
if cmp -s "$dir/vmlinux" "$T_TMP/back/vmlinux"; then
	t_fail "the damage is none"
fi
made again "debian:$version"
t_expect_err 'damaged.*vmlinux'
same again scratch
t_end

t_begin "an object cut off: said, and compiled again"
object=$(find "$FOLIOBENCH_CACHE"/build/debian*/obj "$FOLIOBENCH_CACHE"/build/linux*/obj -name mmap.o 2>/dev/null | head -n 1)
truncate -s 100 "$object" || t_fail "no object to cut off"
rm -rf "$dir" "$FOLIOBENCH_CACHE/build/work"
made objects "debian:$version"
t_expect_err 'removed, and made again'
same objects scratch
t_end

t_done

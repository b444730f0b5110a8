#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# --each-patch: which kernels a series makes and in which order, what is refused and how. The
# sources are a few lines that a make of our own builds into a program: what it says of
# kernels is not meant, tests/build/8_each_patch.sh has real ones.
. "$T_SRC/tests/lib.sh"
GIT_CONFIG_GLOBAL=/dev/null
GIT_CONFIG_NOSYSTEM=1
export GIT_CONFIG_GLOBAL GIT_CONFIG_NOSYSTEM
cd "$T_TMP" || exit 2

g() {
	git -C linux -c user.name='A Developer' -c user.email=dev@example.org -c commit.gpgsign=false "$@" >>git.log 2>&1
}

# edit FILE SED-SCRIPT SUBJECT
edit() {
	sed -i "$2" "linux/$1" && g add -A && g commit -m "$3"
}

make_source() {
	mkdir -p linux/mm
	git init -q -b main linux
	cat >linux/Makefile <<'END'
.RECIPEPREFIX = >
# SPDX-License-Identifier: GPL-2.0
VERSION = 6
PATCHLEVEL = 14
SUBLEVEL = 0
EXTRAVERSION =

kernelversion:
>@echo 6.14.0
allnoconfig olddefconfig:
>mkdir -p $(O)/include/config
>if [ -n "$(KCONFIG_ALLCONFIG)" ]; then cp "$(KCONFIG_ALLCONFIG)" $(O)/.config; fi
>echo 6.14.0 >$(O)/include/config/kernel.release
vmlinux:
>for f in mm/a mm/b; do mkdir -p $(O)/mm; gcc -O1 -c -o $(O)/$$f.o $$f.c || exit 1; done
>ld -static --build-id=none -e start -o $(O)/vmlinux $(O)/mm/a.o $(O)/mm/b.o
>nm $(O)/vmlinux >$(O)/System.map
END
	printf 'int start(void)\n{\n\treturn 1;\n}\n' >linux/mm/a.c
	printf 'int other(void)\n{\n\treturn 10;\n}\n' >linux/mm/b.c
	g add -A && g commit -m base && g tag base
	edit mm/a.c '1i/* A comment. */' 'mm: a comment'
	edit mm/a.c 's/return 1;/return 2;/' 'mm: return two'
	edit mm/b.c '$a/* The end. */' 'mm: another comment'
	edit mm/b.c 's/return 10;/return 20;/' 'mm: return twenty'
	g tag v2
	git -C linux format-patch -q --cover-letter --stdout base..v2 >v2.mbox 2>>git.log
}

# build WORD...: all kernels of the series
build() {
	t_run "$FB" kernel build "$@" --each-patch
}

# usage REGEX: refused as something that cannot be
usage() {
	t_expect_exit 129
	t_expect_one_error "$1"
}

make_source
g checkout -q base

t_begin "a kernel for each patch, in order; those without a change of the code are marked"
build dir:linux --series v2.mbox
t_expect_exit 0
grep -v '^  /' "$T_OUT" | sed 's/ready in [0-9ms]*/ready/' >rows
cat >wanted <<-'END'
	dir:linux: 6.14.0, ready
	dir:linux+v2.mbox[1]: mm: a comment, ready, no change in the code (as dir:linux)
	dir:linux+v2.mbox[2]: mm: return two, ready
	dir:linux+v2.mbox[3]: mm: another comment, ready, no change in the code (as patch 2)
	dir:linux+v2.mbox[4]: mm: return twenty, ready
END
cmp -s rows wanted || t_fail "$(diff wanted rows)"
t_expect_err '^patch 3 of 4: ready in .*, no change in the code \(as patch 2\), mm: another comment$'
t_end

t_begin "again: from the cache"
build dir:linux --series v2.mbox
t_expect_exit 0
[ "$(grep -c 'from the cache' "$T_OUT")" -eq 5 ] || t_fail "not all from the cache"
t_end

t_begin "two revisions of a repository: the commits between them are the series"
build git:linux@base git:linux@v2
t_expect_exit 0
t_expect_out '^git:linux@base: 6.14.0'
t_expect_out '\[4\]: mm: return twenty'
g checkout -q -b side base
edit mm/b.c 's/other/another/' 'mm: beside'
build git:linux@side git:linux@v2
usage 'side is no ancestor of v2'
g merge -q v2 -m merge
build git:linux@base git:linux@side
usage 'merge'
g checkout -q base
t_end

t_begin "recipes: the base is a recipe without the patches, or what has the first ones of them"
mkdir recipes
for n in 0 2 4; do
	printf '[kernel]\ndescription = test\nsource = dir:%s\n' "$T_TMP/linux" >"recipes/r$n.ini"
	[ $n -eq 0 ] || echo "series = p$n" >>"recipes/r$n.ini"
	git -C linux format-patch -q -o "$T_TMP/recipes/p$n" "base..v2~$((4 - n))" >/dev/null
done
for base in "" recipes/r0.ini; do
	# shellcheck disable=SC2086 # none or one word
	build $base recipes/r4.ini
	t_expect_exit 0
	[ "$(grep -vc '^  /' "$T_OUT")" -eq 5 ] || t_fail "not five kernels"
done
build recipes/r2.ini recipes/r4.ini
t_expect_exit 0
[ "$(grep -vc '^  /' "$T_OUT")" -eq 3 ] || t_fail "not three kernels"
t_expect_out '\[4\]: mm: return twenty'
t_end

t_begin "what is no series on a base is refused in one line"
build dir:linux
usage 'dir:linux has no patches: wants a series'
build recipes/r4.ini recipes/r2.ini
usage 'has no more patches \(2\) than .*\(4\)'
build dir:linux +CONFIG_MEMCG=y recipes/r4.ini
usage 'wants kernels that differ in patches only'
build dir:linux recipes/r2.ini recipes/r4.ini
usage 'wants one series, not 3 kernels'
build dir:linux --series v2.mbox --layouts 2
usage '--each-patch and --layouts do not go together'
t_run "$FB" kernel list --each-patch
usage '--each-patch is for build'
t_run "$FB" compare --each-patch a b
usage 'a: --each-patch is about all kernels of a run'
t_run "$FB" compare --each-patch
t_expect_exit 2
t_expect_one_error 'nothing measured yet'
t_end

t_begin "a patch that does not apply: which, before anything is built"
sed 's/^-\treturn 10;/-\treturn 11;/' v2.mbox >bad.mbox
build dir:linux --series bad.mbox +CONFIG_MEMCG=y
[ "$T_RC" -ne 0 ] || t_fail "exit status 0"
t_expect_no_out
t_expect_err '^foliobench: kernel: patch 4 of 4\W.*mm: return twenty.*does not apply'
grep -q '^base\|^patch 1' "$T_ERR" && t_fail "something was built before"
t_end

t_begin "a patch that does not compile: which, and what the compiler says; those before it stay"
g checkout -q -b broken base
edit mm/a.c 's/return 1;/return 3;/' 'mm: return three'
edit mm/b.c '$aint no C;' 'mm: a mistake'
git -C linux format-patch -q --stdout base..broken >broken.mbox
g checkout -q base
build dir:linux --series broken.mbox
t_expect_exit 2
t_expect_err '^foliobench: kernel: patch 2 of 2 \(mm: a mistake\): .*error'
build dir:linux --series broken.mbox
t_expect_err '^patch 1 of 2: from the cache'
t_end

t_begin "a series that changes no code is an error"
git -C linux format-patch -q --stdout base..v2~3 >comment.mbox
build dir:linux --series comment.mbox
t_expect_exit 2
t_expect_err 'the same code as dir:linux: none of the 1 patches changes anything that is built'
t_end

t_done

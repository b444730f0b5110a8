#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Sources that are on this machine, in earnest: a whole Linux tree as a folder and as a commit,
# a prebuilt kernel as an image that lies about; and one kernel by three sources, of a source
# small enough to be built in a second, so that what is compared are images.
. "$T_SRC/tests/lib.sh"
cd "$T_TMP" || exit 2
GIT_AUTHOR_NAME=t GIT_AUTHOR_EMAIL=t@example.org GIT_COMMITTER_NAME=t
GIT_COMMITTER_EMAIL=t@example.org
export GIT_AUTHOR_NAME GIT_AUTHOR_EMAIL GIT_COMMITTER_NAME GIT_COMMITTER_EMAIL
# a cache of its own on the disk of the shared one: trees are linked from there, and go again
FOLIOBENCH_CACHE=$T_SHARED_CACHE/.test-sources
rm -rf "$FOLIOBENCH_CACHE"
mkdir -p "$FOLIOBENCH_CACHE/src" "$T_SHARED_CACHE/apt"
ln -s "$T_SHARED_CACHE/apt" "$FOLIOBENCH_CACHE/apt"
for dir in "$T_SHARED_CACHE"/src/linux-source-*; do
	[ ! -d "$dir" ] || ln -s "$dir" "$FOLIOBENCH_CACHE/src/"
done
t_at_exit() {
	rm -rf "$T_SHARED_CACHE/.test-sources"
}
linux=$FOLIOBENCH_CACHE/linux

# took COMMAND...: runs it; seconds in $took
took() {
	start=$(date +%s.%N)
	t_run "$@"
	took=$(echo "$(date +%s.%N) - $start" | bc)
}

t_begin "a whole Linux source as a folder: every file as it is, at once when nothing changed"
t_run "$FB" kernel source debian:
t_expect_exit 0
debian=$(cat "$T_OUT")
# its folders and links are the copy's own, its files are not to be written to
cp -al "$debian/." "$linux"
took "$FB" kernel source "dir:$linux"
t_expect_exit 0
tree=$(cat "$T_OUT")
echo "# the first time: $took s"
first=$took
diff -rq --no-dereference "$linux" "$tree" >differ 2>&1
# its .gitignore names files of its own that have a dot in front, and nothing else
grep -v "^Only in $linux.*: \\..*\$" differ >rest
[ ! -s rest ] || t_fail "$(head -n 5 rest)"
took "$FB" kernel source "dir:$linux"
echo "# unchanged: $took s"
t_expect_exit 0
[ "$(cat "$T_OUT")" = "$tree" ] || t_fail "another tree"
[ "$(echo "$took * 5 < $first" | bc)" = 1 ] || t_fail "$took s to say that nothing changed"
t_end

t_begin "one edit: a linked copy with that file anew"
{
	cat "$debian/mm/memory.c"
	echo "/* edited */"
} >edited
rm "$linux/mm/memory.c"
mv edited "$linux/mm/memory.c"
took "$FB" kernel source "dir:$linux"
echo "# one edit: $took s"
t_expect_exit 0
edited=$(cat "$T_OUT")
diff -rq --no-dereference "$tree" "$edited" >differ 2>&1
[ "$(cat differ)" = "Files $tree/mm/memory.c and $edited/mm/memory.c differ" ] || t_fail "$(head -n 5 differ)"
cmp -s "$debian/mm/memory.c" "$tree/mm/memory.c" || t_fail "the copy that was there was written to"
[ "$(stat -c %i "$tree/mm/mmap.c")" = "$(stat -c %i "$edited/mm/mmap.c")" ] || t_fail "nothing is linked"
t_end

t_begin "the same content as a commit is the same folder"
git init -q repo
echo "$FOLIOBENCH_CACHE/git/sha1.git/objects" >repo/.git/objects/info/alternates
commit=$(git -C repo commit-tree -m "as the folder was" "${tree##*/git-}")
took "$FB" kernel source "git:repo@$commit"
echo "# a commit that is there: $took s"
t_expect_exit 0
[ "$(cat "$T_OUT")" = "$tree" ] || t_fail "another folder"
t_end
rm -rf "$tree" "$edited" "$linux"

# What make does in this one: compile and link, nothing else.
mkdir -p tiny/mm
cat >tiny/Makefile <<'END'
.RECIPEPREFIX = >
VERSION = 6
PATCHLEVEL = 14
SUBLEVEL = 0
kernelversion:
>@echo 6.14.0
allnoconfig olddefconfig:
>@mkdir -p $(O)/include/config
>@if [ -n "$(KCONFIG_ALLCONFIG)" ]; then cp "$(KCONFIG_ALLCONFIG)" $(O)/.config; fi
>@echo 6.14.0 >$(O)/include/config/kernel.release
vmlinux:
>@mkdir -p $(O)/mm $(O)/include/config && echo 6.14.0 >$(O)/include/config/kernel.release
>@gcc -O1 -ffreestanding -fno-stack-protector -c -o $(O)/mm/memory.o mm/memory.c
>@ld -static --build-id=none -e start -o $(O)/vmlinux $(O)/mm/memory.o
>@nm $(O)/vmlinux >$(O)/System.map
END
printf 'int start(void)\n{\n\treturn 1;\n}\n' >tiny/mm/memory.c
git init -q -b master tiny
git -C tiny add -A
git -C tiny commit -qm "one"
git -C tiny commit -q --allow-empty -m "the same again"
tar -czf tiny.tgz --exclude=.git tiny

# made NAME SOURCE: its hash and that of its code, in NAME.hash and NAME.code
made() {
	t_run "$FB" kernel build "$2"
	t_expect_exit 0
	t_run "$FB" kernel show "$2" --json
	t_expect_exit 0
	jq -r .hash "$T_OUT" >"$1.hash"
	jq -r .code_hash "$(dirname "$(jq -r .image "$T_OUT")")/kernel.json" >"$1.code"
	[ -s "$1.code" ] || t_fail "$2: no image"
}

t_begin "git:, dir:, tarball: of one content: the same image; with an edit: another"
made git git:tiny
made older git:tiny@HEAD~1
made dir dir:tiny
made tar tarball:tiny.tgz
for same in older dir; do
	cmp -s git.hash $same.hash || t_fail "$same: another kernel"
done
cmp -s git.hash tar.hash && t_fail "a tarball's identity is its own"
cmp -s git.code tar.code || t_fail "the tarball's image is another one"
sed -i 's/return 1/return 2/' tiny/mm/memory.c
made edited dir:tiny
cmp -s git.hash edited.hash && t_fail "the same kernel in spite of an edit"
cmp -s git.code edited.code && t_fail "the edit is not in its image"
t_run "$FB" kernel build git:tiny
t_expect_exit 0
t_expect_out 'from the cache'
t_expect_err '1 uncommitted change in .* is not in git:'
t_end

t_begin "image: a prebuilt kernel with its configuration and modules gives the figures it gives otherwise"
t_run "$FB" run null --kernel debian-image:6.12 --boots 1 --samples 1 --json
t_expect_exit 0
jq -S '[.cells[] | {metric, values: [.kernels[].boots]}]' "$T_OUT" >want
t_run "$FB" kernel show debian-image:6.12 --json
release=$(jq -r .release "$T_OUT")
made_in=$(dirname "$(jq -r .image "$T_OUT")")
mkdir -p root/boot "root/lib/modules/$release/kernel"
cp "$made_in/vmlinuz" "root/boot/vmlinuz-$release"
cp "$made_in/config" "root/boot/config-$release"
for ko in "$made_in"/*.ko; do
	[ ! -e "$ko" ] || cp "$ko" "root/lib/modules/$release/kernel/"
done
find root -type f -exec sha256sum {} + | sort >before
took "$FB" run null --kernel "image:root/boot/vmlinuz-$release" --boots 1 --samples 1 --json
echo "# an image, to the end of its run: $took s"
t_expect_exit 0
jq -S '[.cells[] | {metric, values: [.kernels[].boots]}]' "$T_OUT" >got
jq -e "length > 0" got >/dev/null || t_fail "no figures"
cmp -s want got || t_fail "other figures: $(diff want got)"
find root -type f -exec sha256sum {} + | sort >after
cmp -s before after || t_fail "what lay about was changed"
t_run "$FB" kernel show "image:root/boot/vmlinuz-$release" --json
t_expect_json ".built and .release == \"$release\" and (.config | length) > 0"
t_end

t_done

#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Sources of kernels that are on this machine: git:, dir:, tarball:, image:. The kernels here
# are small folders that look like one; what is done with real ones is in tests/build.
. "$T_SRC/tests/lib.sh"
cd "$T_TMP" || exit 2
GIT_AUTHOR_NAME=t GIT_AUTHOR_EMAIL=t@example.org GIT_COMMITTER_NAME=t
GIT_COMMITTER_EMAIL=t@example.org GIT_CONFIG_NOSYSTEM=1 HOME=$T_TMP
export GIT_AUTHOR_NAME GIT_AUTHOR_EMAIL GIT_COMMITTER_NAME GIT_COMMITTER_EMAIL \
	GIT_CONFIG_NOSYSTEM HOME
mkdir -p "$FOLIOBENCH_CACHE"

# looks_like_linux FOLDER
looks_like_linux() {
	mkdir -p "$1/mm" "$1/scripts"
	printf 'VERSION = 6\nPATCHLEVEL = 14\nSUBLEVEL = 0\nEXTRAVERSION = -rc3\n' >"$1/Makefile"
	echo 'int memory;' >"$1/mm/memory.c"
	echo 'int mmap;' >"$1/mm/mmap.c"
	ln -s memory.c "$1/mm/link.c"
	printf '#!/bin/sh\n' >"$1/scripts/run.sh"
	chmod 755 "$1/scripts/run.sh"
	printf '*.o\n/vmlinux\n' >"$1/.gitignore"
	printf '*.c ident export-subst\nscripts export-ignore\n*.txt text eol=crlf\n' \
		>"$1/.gitattributes"
	# shellcheck disable=SC2016 # nobody is to expand these
	printf '$Id$ $Format:%%H$\n' >"$1/mm/keywords.c"
	printf 'a\nb\n' >"$1/lines.txt"
}

# commit FOLDER MESSAGE
commit() {
	git -C "$1" add -A 2>/dev/null && git -C "$1" commit -qm "$2"
}

# tree SOURCE: fetches it; its folder in $tree
tree() {
	t_run "$FB" kernel source "$1"
	t_expect_exit 0
	tree=$(cat "$T_OUT")
	[ -d "$tree" ] || t_fail "$1: no folder"
}

# refused EXIT REGEX SOURCE: one line, and nothing that looks finished is left
refused() {
	ls "$FOLIOBENCH_CACHE/src" >"$T_TMP/before" 2>&1
	t_run "$FB" kernel source "$3"
	t_expect_exit "$1"
	t_expect_no_out
	t_expect_err "^foliobench: .*$2"
	[ "$(grep -c '^foliobench: ' "$T_ERR")" -eq 1 ] || t_fail "not one line of error"
	ls -A "$FOLIOBENCH_CACHE/src" >"$T_TMP/after" 2>&1
	cmp -s "$T_TMP/before" "$T_TMP/after" || t_fail "left behind: $(cat "$T_TMP/after")"
}

# state FOLDER: everything in it and how it looks, but when it was last read
state() {
	(cd "$1" && find . -printf '%p %m %s %T@ %i %u %l\n' | sort &&
		find . -type f -exec sha256sum {} + | sort)
}

looks_like_linux linux
git init -q -b master linux
commit linux "Linux 6.14-rc3"
git -C linux tag v6.14-rc3
echo 'int more;' >>linux/mm/memory.c
echo 'int new;' >linux/mm/new.c
git -C linux rm -q mm/mmap.c
chmod 644 linux/scripts/run.sh
commit linux "mm: more memory"
git -C linux branch topic/more
git -C linux commit -q --allow-empty -m "nothing at all"
git -C linux pack-refs --all
mkdir -p src && mkdir -p "$FOLIOBENCH_CACHE/src"

t_begin "git: the bytes of a tree, whatever its attributes say"
tree git:linux@v6.14-rc3
git -C linux ls-tree -r v6.14-rc3 >want
(cd "$tree" && git init -q . && git -c core.attributesFile=/dev/null config core.autocrlf false &&
	printf '* -text -ident -filter\n' >.git/info/attributes && git add -A -f . &&
	git ls-files -s | sed 's/ 0\t/\t/; s/^\([0-9]*\) /\1 blob /' && rm -rf .git) >got
diff want got >/dev/null || t_fail "differs: $(diff want got)"
first=$tree
t_end

t_begin "git: another commit is a linked copy with the difference; the first one stays as it was"
state "$first" >before
tree git:linux@topic/more
[ "$tree" != "$first" ] || t_fail "the same folder"
[ ! -e "$tree/mm/mmap.c" ] || t_fail "a removed file is there"
[ -s "$tree/mm/new.c" ] || t_fail "a new file is not there"
[ ! -x "$tree/scripts/run.sh" ] || t_fail "its mode is the old one"
grep -q more "$tree/mm/memory.c" || t_fail "a changed file is the old one"
[ "$(stat -c %i "$tree/Makefile")" = "$(stat -c %i "$first/Makefile")" ] || t_fail "nothing is linked"
state "$first" >after
cmp -s before after || t_fail "the first one changed: $(diff before after)"
t_run env FOLIOBENCH_CACHE="$T_TMP/cache2" "$FB" kernel source git:linux@topic/more
diff -r --no-dereference "$tree" "$(cat "$T_OUT")" >differ 2>&1 || t_fail "not what a whole copy has: $(cat differ)"
t_end

t_begin "git: commits with one tree are one kernel; branches, tags, hashes, reflog, worktrees, subfolders, bare"
more=$tree
git clone -q --bare linux bare.git
git -C linux worktree add -q "$T_TMP/wt" topic/more 2>/dev/null
short=$(git -C linux rev-parse --short HEAD)
for s in git:linux git:linux@HEAD "git:linux@$short" git:linux@topic/more~0 "git:linux@HEAD@{0}" \
	"git:linux@{0}" git:linux/mm git:bare.git git:bare.git@topic/more git:wt "git:$T_TMP/linux@master" \
	'git:~/linux@master'; do
	tree "$s"
	[ "$tree" = "$more" ] || t_fail "$s: $tree"
done
git -C linux worktree remove wt
t_end

t_begin "git: paths with blanks, commas, '@', quotes and colons"
for name in 'a b,c' 'x@y' 'q"u:o' 'back\slash'; do
	cp -a linux "$name"
	tree "git:$name@v6.14-rc3"
	[ "$tree" = "$first" ] || t_fail "$name: $tree"
	tree "dir:$name"
	[ "$tree" = "$more" ] || t_fail "dir:$name: $tree"
	rm -rf "./$name"
done
t_end

t_begin "git: and dir: leave the user's repository alone, to the last byte and time"
rm -rf "$FOLIOBENCH_CACHE"
mkdir -p "$FOLIOBENCH_CACHE/src"
cp -a linux quiet
echo 'int dirty;' >>quiet/mm/memory.c
touch quiet/mm/new.c # what git status would write into the index
state quiet >before
for s in git:quiet@v6.14-rc3 git:quiet dir:quiet dir:quiet; do
	t_run "$FB" kernel source "$s"
	t_expect_exit 0
done
state quiet >after
cmp -s before after || t_fail "changed: $(diff before after)"
t_end

t_begin "git: uncommitted changes are not in it, and it says so once"
t_run "$FB" kernel source git:quiet
t_expect_exit 0
[ "$(grep -c '1 uncommitted change in .*/quiet is not in git:, dir:.*/quiet takes it' "$T_ERR")" -eq 1 ] ||
	t_fail "said $(grep -c uncommitted "$T_ERR") times"
t_run "$FB" kernel source git:quiet@v6.14-rc3
if grep -q uncommitted "$T_ERR"; then t_fail "said of another commit"; fi
t_end

t_begin "git: a caller's GIT_DIR and configuration do not matter"
tree git:quiet
want=$tree
GIT_DIR=$T_TMP/bare.git GIT_INDEX_FILE=$T_TMP/nowhere tree git:quiet
[ "$tree" = "$want" ] || t_fail "$tree"
t_end

t_begin "dir: uncommitted and new files are in it, ignored ones are not"
echo 'int untracked;' >quiet/mm/untracked.c
echo x >quiet/mm/memory.o
echo x >quiet/vmlinux
tree dir:quiet
grep -q dirty "$tree/mm/memory.c" || t_fail "an uncommitted change is not in it"
[ -s "$tree/mm/untracked.c" ] || t_fail "a new file is not in it"
[ ! -e "$tree/mm/memory.o" ] && [ ! -e "$tree/vmlinux" ] || t_fail "what was built is in it"
[ ! -e "$tree/.git" ] || t_fail ".git is in it"
dirty=$tree
t_end

t_begin "dir: the same content committed is the same tree"
git -C quiet add -A 2>/dev/null
git -C quiet commit -qm "now it is in"
tree git:quiet
[ "$tree" = "$dirty" ] || t_fail "$tree is not $dirty"
t_end

t_begin "dir: edits of the same length, removals, modes, files that become folders and links"
echo 'int dirtY;' >quiet/mm/memory.c
rm quiet/mm/untracked.c
chmod 755 quiet/mm/new.c
rm quiet/lines.txt
mkdir quiet/lines.txt
echo x >quiet/lines.txt/x
rm quiet/scripts/run.sh
ln -s ../Makefile quiet/scripts/run.sh
tree dir:quiet
diff -r --no-dereference -x .git -x '*.o' -x vmlinux quiet "$tree" >differ || t_fail "$(cat differ)"
[ -x "$tree/mm/new.c" ] || t_fail "its mode is the old one"
t_end

t_begin "dir: without a repository, the same content is the same tree"
mkdir plain
(cd quiet && tar -cf - --exclude=.git .) | tar -xf - -C plain
tree dir:quiet
want=$tree
tree dir:plain
[ "$tree" = "$want" ] || t_fail "$tree is not $want"
echo 'int plainly;' >plain/mm/plain.c
tree dir:plain/
[ -s "$tree/mm/plain.c" ] || t_fail "a new file is not in it"
t_end

t_begin "dir: a .gitignore that leaves out everything, as Debian's sources have, does not"
printf '*.o\n/vmlinux\n/*\n!/debian/\n' >plain/.gitignore
printf '/made.h\nmade-too.h\n' >plain/mm/.gitignore
touch plain/mm/made.h plain/mm/made-too.h plain/scripts/made.h
tree dir:plain
[ -s "$tree/mm/plain.c" ] && [ -e "$tree/scripts/made.h" ] || t_fail "something is missing"
for f in mm/memory.o vmlinux mm/made.h mm/made-too.h; do
	[ ! -e "$tree/$f" ] || t_fail "$f was built and is in it"
done
t_end

t_begin "dir: what .git/info/exclude names is left out"
mkdir quiet/build
echo x >quiet/build/x
echo /build/ >>quiet/.git/info/exclude
tree dir:quiet
[ ! -e "$tree/build" ] || t_fail "it is in it"
t_end

t_begin "dir: what it was can be asked for by its tree, as long as the cache knows it"
tree dir:quiet
want=$tree
echo 'int later;' >>quiet/mm/memory.c
tree "dir:quiet@${want##*/git-}"
[ "$tree" = "$want" ] || t_fail "$tree"
refused 129 "no longer known" dir:quiet@0123456789012345678901234567890123456789
t_end

t_begin "tarball: every way of packing, with and without a leading folder"
for how in "tar cf" "gz czf" "xz cJf" "bz2 cjf" "zst --zstd -cf"; do
	file=linux.${how%% *}
	# shellcheck disable=SC2086 # tar's options
	tar ${how#* } "$file" --exclude=.git linux 2>/dev/null || continue
	tree "tarball:$file"
	cmp -s "$tree/mm/memory.c" linux/mm/memory.c || t_fail "$file: not what went in"
	echo "$tree"
done >trees
[ "$(sort -u trees | wc -l)" -ge 3 ] || t_fail "only $(sort -u trees | wc -l) tarballs were packed"
(cd linux && tar -czf ../flat:,.tgz Makefile mm)
tree "tarball:flat:,.tgz"
[ -s "$tree/mm/memory.c" ] || t_fail "without a leading folder"
t_end

t_begin "tarball: by content: a copy is the same, another file by its name is not"
tree tarball:linux.gz
want=$tree
cp linux.gz again.tgz
tree tarball:again.tgz
[ "$tree" = "$want" ] || t_fail "a copy is another"
tar -czf again.tgz --exclude=.git quiet
tree tarball:again.tgz
[ "$tree" != "$want" ] || t_fail "other content is the same"
t_end

t_begin "tarball: damaged, hostile and wrong ones"
head -c 300 linux.gz >cut.tgz
refused 129 "cut.tgz: is damaged or cut off" tarball:cut.tgz
echo "not packed" >text.tar
refused 129 "text.tar: is no tarball" tarball:text.tar
mkdir -p evil/linux && looks_like_linux evil/linux
(cd evil && tar -cf ../up.tar --transform='s,mm/mmap.c,../../../outside,' linux)
refused 129 "up.tar: has names in it that lead out" tarball:up.tar
tar -P -cf abs.tar "$T_TMP/evil/linux"
refused 129 "abs.tar: has names in it that lead out" tarball:abs.tar
[ ! -e "$FOLIOBENCH_CACHE/outside" ] && [ ! -e "$FOLIOBENCH_CACHE/src/outside" ] || t_fail "written outside"
tar -cf other.tar evil/linux/mm
refused 129 "other.tar: is no kernel source" tarball:other.tar
touch evil/linux/.config
tar -cf built.tar -C evil linux
refused 129 "built.tar: was built in .*mrproper" tarball:built.tar
refused 129 "no file 'none.tar'" tarball:none.tar
refused 129 "linux is no file" tarball:linux
t_end

t_begin "git: revisions that are not there"
refused 129 "no revision 'v6.14-rc4' .there is v6.14-rc3.*fetch" git:linux@v6.14-rc4
refused 129 "no revision 'more' .there is topic/more" git:linux@more
refused 129 "no revision 'zzzzzzz'.*fetch may bring it" git:linux@zzzzzzz
refused 129 "no revision behind" git:linux@
refused 129 "'--all' is no revision" git:linux@--all
refused 129 "is a range.*--series git:.*@v6.14-rc3..HEAD" git:linux@v6.14-rc3..HEAD
t_end

t_begin "git: folders that are none, or no kernel"
refused 129 "no folder 'nosuch'" git:nosuch@v6.14
refused 129 "no folder 'nosuch'" dir:nosuch
refused 129 "is not in a git repository .dir:" git:plain
refused 129 "git clone it first" git:https://example.org/linux.git@v6.14
refused 129 "wants a repository and a revision" git:
refused 129 "wants a folder" dir:
refused 129 "wants a file" tarball:
git init -q -b master other
echo hello >other/README
commit other "no kernel"
refused 129 "other@HEAD is no kernel source: no Makefile" git:other
refused 129 "other is no kernel source: no Makefile" dir:other
refused 129 "linux.gz is no folder" dir:linux.gz
git init -q -b master empty
refused 129 "no revision 'HEAD'" git:empty
t_end

t_begin "git: a shallow clone has what it has"
git clone -q --depth 1 "file://$T_TMP/linux" shallow
tree git:shallow
[ "$tree" = "$FOLIOBENCH_CACHE/src/git-$(git -C linux rev-parse 'HEAD^{tree}')" ] || t_fail "$tree"
refused 129 "no revision 'v6.14-rc3' in this shallow clone: .*fetch --unshallow" git:shallow@v6.14-rc3
t_end

t_begin "git: a partial clone that lacks files says so and asks nobody"
git -C linux config uploadpack.allowFilter true
git clone -q --no-checkout --filter=blob:none "file://$T_TMP/linux" partial
rm -rf "$FOLIOBENCH_CACHE"
mkdir -p "$FOLIOBENCH_CACHE/src"
refused 2 "partial clone" git:partial@v6.14-rc3
git clone -q --no-checkout --filter=tree:0 "file://$T_TMP/linux" treeless
refused 2 "partial clone" git:treeless@v6.14-rc3
t_end

t_begin "git: a repository of somebody else's is only read"
if [ "$(id -u)" -eq 0 ]; then
	cp -a linux theirs
	chown -R 65534:65534 theirs
	tree git:theirs@v6.14-rc3
	tree dir:theirs
	chmod -R a-w theirs
	tree git:theirs
	t_end
else
	t_skip "only root can give files away"
fi

t_begin "dir: files that cannot be read, repositories within"
if [ "$(id -u)" -eq 0 ]; then
	cp -a plain closed
	chmod 000 closed/mm/plain.c
	chmod 755 "$T_TMP"
	mkdir -m 777 nobody
	t_run setpriv --reuid=65534 --regid=65534 --clear-groups env HOME="$T_TMP/nobody" \
		FOLIOBENCH_CACHE="$T_TMP/nobody/cache" FOLIOBENCH_HOME="$T_TMP/nobody/home" \
		"$FB" kernel source dir:closed
	t_expect_exit 2
	t_expect_err '^foliobench: .*closed: .*mm/plain.c.*Permission denied'
fi
cp -a other quiet/inner
refused 129 "inner/ is a git repository of its own" dir:quiet
rm -rf quiet/inner
t_end

t_begin "without git"
mkdir bin
for p in sh env tar gzip; do ln -s "$(command -v $p)" bin/; done
t_run env PATH="$T_TMP/bin" "$FB" kernel source git:linux
t_expect_exit 2
t_expect_one_error 'git: not installed .apt-get install git'
t_end

t_begin "a recipe's source is relative to the recipe"
mkdir -p recipes/sub
printf '[kernel]\nsource = git:../linux@v6.14-rc3\n' >recipes/here.ini
cd recipes/sub || exit 2
t_run "$FB" kernel show ../here.ini --json
cd "$T_TMP" || exit 2
t_expect_exit 0
t_expect_json ".source_version == \"$T_TMP/linux@$(git -C linux rev-parse v6.14-rc3)\""
t_end

looks_like_linux even
rm even/.gitattributes
git init -q -b master even
commit even "no attributes"
git -C even tag v6.14-rc3
echo x >>even/Makefile
commit even "another"
t_begin "the hash is the content's: git: and dir: agree where their trees do"
git -C even worktree add -q "$T_TMP/wt" v6.14-rc3 2>/dev/null
hash() {
	"$FB" kernel show "$1" --json 2>/dev/null | jq -r .hash
}
a=$(hash git:even@v6.14-rc3) b=$(hash dir:wt) c=$(hash git:even) d=$(hash tarball:linux.gz)
[ -n "$a" ] && [ "$a" = "$b" ] || t_fail "git: $a, dir: $b"
[ "$a" != "$c" ] && [ "$c" != "$d" ] && [ "$a" != "$d" ] || t_fail "$a $c $d"
echo 'int x;' >>wt/mm/memory.c
[ "$(hash dir:wt)" != "$b" ] || t_fail "an edit changes nothing"
git -C even worktree remove --force wt
t_end

t_begin "unknown sources name all there are"
t_run "$FB" kernel source svn:linux
t_expect_exit 129
t_expect_one_error 'known: git:, dir:, tarball:, debian:, debian-image:, image:, running'
t_end

t_begin "image: what is no kernel image"
# no_image REGEX FILE
no_image() {
	t_run "$FB" kernel show "image:$2"
	t_expect_exit 129
	t_expect_one_error "$1"
}
no_image "wants a file" ""
no_image "no file .none." none
no_image "Makefile is no kernel image .wanted: vmlinuz" linux/Makefile
no_image "linux is no file" linux
no_image "no Linux version in it" "$FB"
no_image "damaged or cut off|no arm64 Image" linux.gz
head -c 30 linux.gz >cut.gz
no_image "damaged or cut off" cut.gz
t_run "$FB" kernel show debian-image:6.12:sparc
t_expect_exit 129
t_expect_one_error "no architecture 'sparc'"
t_end

t_begin "image: release and architecture are read from it"
# bz RELEASE FILE: enough of a bzImage to be looked at
bz() {
	head -c 32768 /dev/zero >"$2"
	printf '\125\252' | dd of="$2" bs=1 seek=510 conv=notrunc 2>/dev/null
	printf 'HdrS' | dd of="$2" bs=1 seek=514 conv=notrunc 2>/dev/null
	printf '\000\004' | dd of="$2" bs=1 seek=526 conv=notrunc 2>/dev/null
	printf '%s (t@example) #1' "$1" | dd of="$2" bs=1 seek=1536 conv=notrunc 2>/dev/null
}
mkdir boot
bz 6.14.0-rc3+ boot/vmlinuz-6.14.0-rc3+
printf '# Linux/x86 6.14.0-rc3 Kernel Configuration\nCONFIG_VIRTIO_CONSOLE=m\n' >boot/config-6.14.0-rc3+
t_run "$FB" kernel show "image:boot/vmlinuz-6.14.0-rc3+" --json
t_expect_exit 0
t_expect_json '.arch == "x86_64" and .built == false and (.source_version | endswith("boot/vmlinuz-6.14.0-rc3+"))'
t_run "$FB" kernel show "image:boot/vmlinuz-6.14.0-rc3+" --arch arm64
t_expect_exit 129
t_expect_one_error 'is for x86_64, not for arm64'
h=$(hash image:boot/vmlinuz-6.14.0-rc3+)
cp boot/vmlinuz-6.14.0-rc3+ copy
[ "$(hash image:copy)" != "$h" ] || t_fail "the configuration does not count"
echo CONFIG_X=y >>boot/config-6.14.0-rc3+
[ "$(hash image:boot/vmlinuz-6.14.0-rc3+)" != "$h" ] || t_fail "another configuration is the same"
head -c 64 /dev/zero >Image
printf 'ARM\144' | dd of=Image bs=1 seek=56 conv=notrunc 2>/dev/null
printf 'xx Linux version 6.14.0-arm (t@example) yy' >>Image
gzip -k Image
for f in Image Image.gz; do
	t_run "$FB" kernel show image:$f --json
	t_expect_exit 0
	t_expect_json '.arch == "arm64"'
done
t_end

t_begin "image: a kernel whose modules are not here says so"
t_run "$FB" kernel build "image:boot/vmlinuz-6.14.0-rc3+"
t_expect_exit 2
t_expect_err 'needs modules that are not here: no /lib/modules/6.14.0-rc3\+'
[ -z "$(ls "$FOLIOBENCH_CACHE/kernels" 2>/dev/null)" ] || t_fail "something was left"
t_end

t_begin "running, where kernels are booted: its image, or that there is none"
t_run setarch --uname-2.6 "$FB" run null --on qemu --kernel running
t_expect_exit 2
t_expect_one_error 'the image of the running kernel, 2\.6\..*, is not in /boot.*image:FILE.*--on local'
t_end

t_begin "a full disk: said, and nothing looks finished"
if [ "$(id -u)" -eq 0 ] && mkdir small && mount -t tmpfs -o size=3m none small 2>/dev/null; then
	cp -a linux big
	head -c 4000000 /dev/urandom >big/mm/data.c
	commit big "big"
	tar -czf big.tgz --exclude=.git big
	for s in git:big dir:big tarball:big.tgz; do
		rm -rf small/*
		t_run env FOLIOBENCH_CACHE="$T_TMP/small" "$FB" kernel source "$s"
		t_expect_exit 2
		t_expect_no_out
		t_expect_err '^foliobench: .*(no space left|needs .* free|MiB)'
		[ -z "$(ls -A small/src 2>/dev/null)" ] || t_fail "$s: left $(ls -A small/src)"
	done
	umount small
	t_end
else
	t_skip "no tmpfs can be mounted here"
fi

t_begin "^C in the middle leaves nothing that looks finished, and the next one does it"
rm -rf "$FOLIOBENCH_CACHE"
printf '#!/bin/sh\nfor a; do [ "$a" != checkout-index ] || sleep 20; done\nexec %s "$@"\n' \
	"$(command -v git)" >bin/git
chmod 755 bin/git
PATH=$T_TMP/bin:$PATH "$FB" kernel source git:linux >"$T_OUT" 2>"$T_ERR" &
pid=$!
n=0
while ! ls -d "$FOLIOBENCH_CACHE"/src/.tmp-git-*/tree >/dev/null 2>&1 && [ $n -lt 100 ]; do
	sleep 0.1
	n=$((n + 1))
done
kill -INT $pid
T_RC=0
wait $pid || T_RC=$?
[ "$T_RC" -ne 0 ] || t_fail "it ended well"
[ -z "$(ls "$FOLIOBENCH_CACHE/src" 2>/dev/null)" ] || t_fail "left $(ls "$FOLIOBENCH_CACHE/src")"
tree git:linux
t_end

t_done

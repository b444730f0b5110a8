#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# kernel gc and what kernel list says of the cache, on a cache made by hand.
. "$T_SRC/tests/lib.sh"

cache=$FOLIOBENCH_CACHE
h1=1111111111111111111111111111111111111111111111111111111111111111
h2=1111111222222222222222222222222222222222222222222222222222222222
h3=3333333333333333333333333333333333333333333333333333333333333333

# mib PATH N: N MiB that take room on the disk
mib() {
	mkdir -p "$(dirname "$1")"
	head -c "${2}M" /dev/urandom >"$1"
}

# used PATH DAYS: when it was last used
used() {
	touch -d "$2 days ago" "$1"
}

# kernel HASH NAME DAYS
kernel() {
	mib "$cache/kernels/$1/vmlinux" 2
	printf '{"name":"%s","release":"7.3.4","image":"vmlinux","arch":"x86_64","cc":"gcc","patches":4,
"code_hash":"%s","build_s":1,"files":{"vmlinux":"%s"},"spec":{"name":"%s","config":[],"series":[],"patches":0,"layout":3}}\n' \
		"$2" "$1" "$(sha256sum <"$cache/kernels/$1/vmlinux" | cut -d ' ' -f 1)" "$2" >"$cache/kernels/$1/kernel.json"
	used "$cache/kernels/$1" "$3"
}

# A source tree that a build has linked, as builds do; its objects; two kernels; scratch.
fill() {
	rm -rf "$cache"
	kernel $h1 stock 9
	kernel $h2 'stock+v2.mbox[3]' 1
	mib "$cache/src/linux-source-7.3_7.3.4-1/mm/memory.c" 4
	mib "$cache/build/linux-source-7.3_7.3.4-1_x86_64_abc/obj/vmlinux.o" 3
	used "$cache/src/linux-source-7.3_7.3.4-1" 20
	used "$cache/build/linux-source-7.3_7.3.4-1_x86_64_abc" 5
	mib "$cache/src/linux-source-6.1_6.1.1-1/mm/memory.c" 4
	used "$cache/src/linux-source-6.1_6.1.1-1" 7
	mib "$cache/build/work/src/obj/vmlinux.o" 1
	echo '{"key":"linux-source-7.3_7.3.4-1_x86_64_abc"}' >"$cache/build/work/state.json"
	used "$cache/build/work" 4
	mkdir -p "$cache/apt" && echo "index" >"$cache/apt/index-amd64"
	mib "$cache/git/sha1.git/objects/pack" 1
	used "$cache/git" 8
	used "$cache/apt" 0
}

# What a killed build leaves.
scratch() {
	work=$cache/build/linux-source-7.3_7.3.4-1_x86_64_abc/work
	mkdir -p "$work"
	cp -al "$cache/src/linux-source-7.3_7.3.4-1" "$work/src"
	mib "$work/src/obj/mm.o" 1
	mib "$cache/kernels/.tmp-$h3/vmlinux" 1
	mib "$cache/src/.tmp-linux-source-9.9_9.9-1/deb" 1
	mib "$cache/build/linux-source-8.8_x86_64_def/work/obj/mm.o" 1
	used "$cache/build/linux-source-7.3_7.3.4-1_x86_64_abc" 5
}

# left KIND...: what of the cache is there, one letter each: kernels 1 and 2,
# sources 7 and 6, objects, the tree of the last build
left() {
	text=
	[ ! -e "$cache/kernels/$h1/vmlinux" ] || text=${text}1
	[ ! -e "$cache/kernels/$h2/vmlinux" ] || text=${text}2
	[ ! -e "$cache/src/linux-source-7.3_7.3.4-1/mm/memory.c" ] || text=${text}7
	[ ! -e "$cache/src/linux-source-6.1_6.1.1-1/mm/memory.c" ] || text=${text}6
	[ ! -e "$cache/build/linux-source-7.3_7.3.4-1_x86_64_abc/obj/vmlinux.o" ] || text=${text}o
	[ ! -e "$cache/build/work/src/obj/vmlinux.o" ] || text=${text}w
	[ "$text" = "$1" ] || t_fail "there are '$text', expected '$1'"
}

no_scratch() {
	found=$(find "$cache" -name '.tmp-*' -o -name '.gc-*' -o -path '*/build/*/work')
	[ -z "$found" ] || t_fail "left: $found"
}

# bytes: what the disk says of the cache
bytes() {
	du -s -B1 "$cache" | cut -f1
}

t_begin "no cache: nothing to remove, and none is made"
t_run "$FB" kernel gc
t_expect_exit 0
t_expect_out '^nothing to remove'
[ ! -e "$cache" ] || t_fail "a cache was made"
t_end

t_begin "below the limit only what killed builds left goes"
fill
scratch
t_run "$FB" kernel gc
t_expect_exit 0
t_expect_out '^removed 4 of '
left 1276ow
no_scratch
[ ! -e "$cache/build/linux-source-8.8_x86_64_def" ] || t_fail "a build without objects is left"
t_run "$FB" kernel gc
t_expect_out '^nothing to remove'
t_end

t_begin "the sum is what the disk says, blocks of hard links once"
fill
scratch
t_run "$FB" kernel gc --dry-run --json
t_expect_exit 0
disk=$(bytes)
# the lock files that the call itself has made are new
t_expect_json "(.before_bytes - $disk) | fabs <= 65536"
t_expect_json '.dry_run and .freed_bytes >= 4194304 and .freed_bytes < 5242880'
t_expect_json '[.items[] | select(.fate == "goes")] | length == 4 and all(.kind == "scratch")'
# the linked tree counts 4 MiB in the scratch, and gives nothing back there
t_expect_json '.items[] | select(.path | endswith("abc/work")) | .bytes > 5000000 and .freed_bytes < 2000000'
left 1276ow
[ -d "$work" ] || t_fail "the dry run has removed something"
t_end

t_begin "then what was used longest ago; a tree is used when its objects are"
before=$(bytes)
t_run "$FB" kernel gc --size 13M
t_expect_exit 0
# 4 KiB blocks and folders come on top of 17 MiB: the oldest kernel, git's and the tree of 6.1 go
left 27ow
no_scratch
t_expect_out '^kernel +111111111111 stock .*goes$'
t_expect_out '^git +git .*goes$'
[ ! -e "$cache/git" ] || t_fail "git's is left"
t_expect_out '^source +src/linux-source-6\.1_6\.1\.1-1 .*goes$'
! grep -q 'source-7\.3_7\.3\.4-1 ' "$T_OUT" || t_fail "it names what stays"
freed=$(sed -n 's/^removed .* freed \([0-9.]*\) MiB.*/\1/p' "$T_OUT")
awk -v a="$before" -v b="$(bytes)" -v f="$freed" 'BEGIN { d = (a - b) / 1048576 - f; exit d > 0.3 || d < -0.3 }' ||
	t_fail "it says $freed MiB, the disk $before - $(bytes)"
t_end

t_begin "tree and objects go before the kernel that was used yesterday"
t_run "$FB" kernel gc --size 3M
t_expect_exit 0
left 2
t_end

t_begin "files that somebody else has too are no room that is won"
fill
cp -al "$cache/src/linux-source-6.1_6.1.1-1" "$T_TMP/mine"
t_run "$FB" kernel gc --all --dry-run
t_expect_out '^4\.0 MiB of what goes has names outside'
t_run "$FB" kernel gc --all --json
t_expect_exit 0
t_expect_json '.items[] | select(.path | endswith("6.1.1-1")) | .bytes > 4000000 and .freed_bytes < 100000'
t_expect_json '.after_bytes < 100000'
left ''
[ -s "$T_TMP/mine/mm/memory.c" ] || t_fail "another's file has gone"
t_end

t_begin "what is in use stays: a kernel that boots, a build, a tree that is copied"
fill
exec 7<"$cache/kernels/$h1"
flock -s 7
mkdir -p "$cache/locks"
exec 6>"$cache/locks/build-linux-source-7.3_7.3.4-1_x86_64_abc"
flock 6
exec 5<"$cache/src/linux-source-7.3_7.3.4-1"
flock -s 5
scratch
t_run "$FB" kernel gc --all
t_expect_exit 2
t_expect_err '^foliobench: kernel: .*in use$'
t_expect_out '^kernel +111111111111 stock .*in use$'
left 17o
[ -d "$work/src" ] || t_fail "the folder of a build that runs has gone"
exec 5>&- 6>&- 7>&-
t_run "$FB" kernel gc --all
t_expect_exit 0
left ''
no_scratch
t_end

t_begin "two at once: the second one says so"
fill
mkdir -p "$cache/locks"
exec 6>"$cache/locks/gc"
flock 6
t_run "$FB" kernel gc --all
t_expect_exit 2
t_expect_one_error 'another'
exec 6>&-
left 1276ow
t_end

t_begin "what a killed gc left goes"
fill
mv "$cache/kernels/$h1" "$cache/kernels/.gc-$h1"
mv "$cache/src/linux-source-6.1_6.1.1-1" "$cache/src/.gc-linux-source-6.1_6.1.1-1"
t_run "$FB" kernel gc
t_expect_exit 0
t_expect_out '^removed 2 of '
left 27ow
no_scratch
t_end

t_begin "the size may come from the environment; results are never touched"
fill
mib "$FOLIOBENCH_HOME/runs/20260101-000000/console.log" 1
FOLIOBENCH_CACHE_SIZE=13M t_run "$FB" kernel gc
t_expect_exit 0
left 27ow
t_expect_file "$FOLIOBENCH_HOME/runs/20260101-000000/console.log"
t_end

t_begin "sizes that are none, options of another verb"
t_run "$FB" kernel gc --size much
t_expect_exit 129
t_expect_one_error "'much'"
FOLIOBENCH_CACHE_SIZE=x t_run "$FB" kernel gc
t_expect_exit 129
t_expect_one_error "FOLIOBENCH_CACHE_SIZE: 'x'"
t_run "$FB" kernel gc --all --size 1G
t_expect_exit 129
t_run "$FB" kernel list --dry-run
t_expect_exit 129
t_run "$FB" kernel gc stock
t_expect_exit 129
t_end

t_begin "kernel list has what is finished in the cache, the latest first"
fill
scratch
t_run "$FB" kernel list
t_expect_exit 0
t_expect_out '^ *111111111111 +stock +7\.3\.4 +x86_64 +gcc +4 +3 '
[ "$(sed -n '/^In the cache/,$p' "$T_OUT" | sed -n '3s/ .*//p')" = 111111122222 ] || t_fail "the latest is not first"
! grep -q 333333333333 "$T_OUT" || t_fail "what is not finished is in the list"
t_run "$FB" kernel list --json
t_expect_json ".cached | length == 2 and .[0].hash == \"$h2\" and .[1].bytes > 2000000 and .[1].layout == 3"
t_expect_json '.cached[0].name == "stock+v2.mbox[3]"'
now=$(stat -c %Y "$cache/kernels/$h1")
[ "$now" -lt $(($(date +%s) - 86400)) ] || t_fail "listing counts as a use"
t_end

t_begin "a kernel by its hash: shown, and refused where there are two or none"
t_run "$FB" kernel show 11111111 --json
t_expect_exit 0
t_expect_json ".name == \"stock\" and .hash == \"$h1\" and .built"
t_run "$FB" kernel show 1111111
t_expect_exit 129
t_expect_one_error '2 kernels'
t_run "$FB" kernel show 4444444
t_expect_exit 129
t_expect_one_error 'no kernel in the cache'
t_run "$FB" kernel build 11111111 +CONFIG_SWAP=n
t_expect_exit 129
t_expect_one_error 'built already'
t_end

t_begin "building one that is there is a use"
t_run "$FB" kernel build 11111111
t_expect_exit 0
t_expect_out 'from the cache'
[ "$(stat -c %Y "$cache/kernels/$h1")" -gt $(($(date +%s) - 60)) ] || t_fail "its time is not new"
t_end

t_done

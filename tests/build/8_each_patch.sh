#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# A series of twenty patches, made here as commits on the kernel's source, measured patch by
# patch: five of them are the knock-outs, one optimisation each, the others change comments,
# names, places, documentation. The five must be told, each for its own case, and no other.
# Comes after 1_main_job: the source's objects are there, so each kernel takes an incremental build.
. "$T_SRC/tests/lib.sh"
FOLIOBENCH_CACHE=$T_SHARED_CACHE
started=$(date +%s)
repo=$T_TMP/linux
mbox=$T_TMP/v2.mbox
knockouts=$T_SRC/kernels/knockouts

git_() {
	git -C "$repo" -c user.name='A Developer' -c user.email=dev@example.org -c commit.gpgsign=false "$@"
}

# Files of the source as they are, so that commits can change them.
take() {
	for file; do
		mkdir -p "$repo/$(dirname "$file")"
		cp "$source/$file" "$repo/$file" || return 1
	done
}

# commit SUBJECT: what was changed; there must be something.
commit() {
	git_ add -A && git_ commit -q -m "$1" -m "For a test." || t_fail "$1: changes nothing"
}

# edit FILE SED-SCRIPT SUBJECT
edit() {
	sed -i "$2" "$repo/$1" && commit "$3"
}

# knockout NAME SUBJECT
knockout() {
	patch -s -p1 -d "$repo" --no-backup-if-mismatch <"$knockouts/$1.patch" && commit "$2"
}

# The order is a shuffled one: knock-outs first, in between, side by side, not last.
make_series() {
	knockout zap "mm: unmap the PTEs of large folios one by one"
	edit Documentation/mm/index.rst '$a\
.. A comment at the end.' "docs/mm: add a comment to the index"
	edit mm/mincore.c '/^static unsigned char mincore_swap/,/^}/s/\bpresent\b/is_present/g' \
		"mm/mincore: rename a variable"
	edit mm/memory.c "/Let's just free up a large folio/i\\
	/* A comment that moves all lines below. */" "mm/memory: add a comment"
	knockout fork "mm: copy the PTEs of large folios one by one on fork()"
	knockout mprotect "mm/mprotect: change the PTEs of large folios one by one"
	edit MAINTAINERS '$a\
# A comment at the end.' "MAINTAINERS: add a comment"
	edit mm/oom_kill.c 's/Out of memory and no killable/Out of all memory and no killable/' \
		"mm/oom_kill: say that all memory is gone"
	printf '// SPDX-License-Identifier: GPL-2.0\nint not_built(void)\n{\n\treturn 1;\n}\n' >"$repo/mm/not_built.c"
	commit "mm: add a file that is not built yet"
	sed -n '/^bool can_do_mlock(void)/,/^EXPORT_SYMBOL(can_do_mlock)/p' "$repo/mm/mlock.c" >"$T_TMP/moved"
	sed -i '/^bool can_do_mlock(void)/,/^EXPORT_SYMBOL(can_do_mlock)/d' "$repo/mm/mlock.c"
	{
		echo
		cat "$T_TMP/moved"
	} >>"$repo/mm/mlock.c"
	commit "mm/mlock: move can_do_mlock() down"
	edit mm/Kconfig 's/for so called swap devices or swap files/for so-called swap devices or files/' \
		"mm/Kconfig: reword the help of SWAP"
	knockout pt-reclaim "mm: keep empty page tables"
	edit mm/mlock.c '/^struct mlock_fbatch {/i\
static int __maybe_unused mlock_nothing(void)\
{\
	return 0;\
}\
' "mm/mlock: add a function that nobody calls"
	edit arch/arm64/mm/mmap.c 's/EXECONLY if Enhanced PAN/EXECONLY where there is Enhanced PAN/' \
		"arm64/mm: reword a comment"
	edit mm/memory.c '/^static inline void init_rss_vec/,/^}/s/\brss\b/counters/g' \
		"mm/memory: rename a parameter of init_rss_vec()"
	edit mm/mincore.c '$a\
\
int mincore_nothing(void);\
int mincore_nothing(void)\
{\
	return 1;\
}' "mm/mincore: add a function that is not used yet"
	knockout reuse "mm: never reuse large folios on a write fault"
	edit tools/mm/page-types.c 's/^ \* Copyright/ * (C) Copyright/' "tools/mm: reword a comment"
	edit fs/ext4/super.c 's/^static int ext4_load_journal/static int  ext4_load_journal/' \
		"ext4: add a blank"
	edit mm/mincore.c '$a\
/* The end. */' "mm/mincore: add a comment at the end"
}

# told CASE METRIC: the subjects of the patches that are told for that headline
told() {
	jq -r --arg case "$1" --arg metric "$2" '.patches[] |
		select(.effects | any(.case == $case and .metric == $metric)) | .subject' "$T_TMP/steps.json"
}

t_begin "twenty commits on the kernel's source make an mbox"
source=$("$FB" kernel source debian: 2>"$T_ERR") || t_fail "no source"
mkdir -p "$repo"
git_ init -q
take mm/memory.c mm/mprotect.c mm/mincore.c mm/mlock.c mm/oom_kill.c mm/Kconfig MAINTAINERS \
	Documentation/mm/index.rst arch/arm64/mm/mmap.c tools/mm/page-types.c fs/ext4/super.c ||
	t_fail "files are missing"
git_ add -A
git_ commit -q -m base
make_series
git_ format-patch -q --cover-letter --stdout -20 >"$mbox"
[ "$(grep -c '^From [0-9a-f]\{40\} ' "$mbox")" -eq 21 ] || t_fail "not 20 patches and a cover letter"
t_end

t_begin "ab --each-patch builds and measures a kernel for each patch"
t_run "$FB" ab debian: --series "$mbox" --each-patch fork munmap mprotect pt-reclaim cow-reuse \
	folio=64K exclusive=all span=64M --boots 1 --samples 1 --json
cp "$T_OUT" "$T_TMP/steps.json"
grep -E '^foliobench: (base|patch)|ready in' "$T_ERR" | sed 's/^/# /'
t_expect_exit 1
t_expect_json '.version == 2 and .format == "steps" and .unit == "insn"'
t_expect_json '.patches | length == 21 and .[0].number == 0 and .[20].number == 20'
t_expect_json '.warnings == []'
t_expect_json '.patches | map(select(.booted)) | all(.kernel.boots == {ok: 1, tainted: 0, lost: 0})'
t_expect_json '[.cells[] | select(.headline)] | length >= 6 and all(.steps | length == 21 and all(.value != null and .wrong == 0))'
t_end

t_begin "patches that change no code are not booted, and have the figures of the one before"
for subject in "docs/mm: add a comment to the index" "mm/mincore: rename a variable" \
	"MAINTAINERS: add a comment" "mm: add a file that is not built yet" \
	"mm/Kconfig: reword the help of SWAP" "mm/mlock: add a function that nobody calls" \
	"arm64/mm: reword a comment" "tools/mm: reword a comment" "ext4: add a blank" \
	"mm/mincore: add a comment at the end"; do
	t_expect_json ".patches[] | select(.subject == \"$subject\") | .booted == false and .code_of < .number"
done
t_expect_json '. as $all | .cells | all(.steps as $s | [range(1; 21)] |
	all(. as $i | $all.patches[$i].code_of as $c | $c == $i or $s[$i].value == $s[$c].value))'
t_end

t_begin "patches that change code are booted, also without an effect"
# (gcc puts the moved function where it was: nothing is said of that one)
for subject in "mm/oom_kill: say that all memory is gone" "mm/mincore: add a function that is not used yet"; do
	t_expect_json ".patches[] | select(.subject == \"$subject\") | .booted and .effects == []"
done
t_end

t_begin "the five knock-outs are told, each for its own case, and no other patch"
cp "$T_TMP/steps.json" "$T_OUT"
t_expect_json '[.patches[] | select(.effects != []) | .number] == [1, 5, 6, 12, 17]'
jq -r '.patches[] | . as $p | .effects[] | "# patch \($p.number) \"\($p.subject)\": \(.case) \(.metric) \(.verdict) \(.change)"' "$T_TMP/steps.json"
expect_told() {
	[ "$(told "$1" "$2")" = "$3" ] || t_fail "$1 $2: told is '$(told "$1" "$2")', not '$3'"
}
expect_told munmap per_page "mm: unmap the PTEs of large folios one by one"
expect_told fork per_page "mm: copy the PTEs of large folios one by one on fork()"
# the exit of the child unmaps its memory
expect_told fork exit_per_page "mm: unmap the PTEs of large folios one by one"
expect_told mprotect per_page "mm/mprotect: change the PTEs of large folios one by one"
expect_told cow-reuse per_page "mm: never reuse large folios on a write fault"
# the walk of pt-reclaim drops memory: its cost has zapping in it, its page tables have not
t_expect_json '[.patches[] | select(.effects | any(.case == "pt-reclaim" and .metric == "vmpte_after")) | .subject] ==
	["mm: keep empty page tables"]'
t_expect_json '[.patches[] | select(.effects | any(.case == "pt-reclaim" and .metric != "vmpte_after")) | .number] | all(. == 1 or . == 12)'
t_expect_json '[.patches[].effects[] | select(.case != "pt-reclaim" and (.metric | test("per_page"))) | .verdict] | length == 5 and all(. == "regressed")'
t_end

t_begin "the store has it all again, and comparisons of two kernels of the run work"
t_run "$FB" compare --each-patch --format json
t_expect_exit 1
t_expect_same "$T_OUT" "$T_TMP/steps.json"
t_run "$FB" compare --each-patch
t_expect_exit 1
t_expect_out '^Which patch brought or cost what'
t_expect_out '^  patch 5/20 "mm: copy the PTEs of large folios one by one on fork\(\)": fork 64K'
t_expect_out 'not booted: 2-'
t_run "$FB" compare debian: 'debian:+v2.mbox[17]'
t_expect_exit 1
t_expect_out '^cow-reuse +64K .*regressed'
t_end

t_begin "letter, CSV, JSON and the figure are in the session's folder"
dir=$(find "$FOLIOBENCH_HOME/runs" -name steps.json -exec dirname {} + | head -n 1)
t_expect_file "$dir/steps.csv"
t_expect_file "$dir/cover-letter.txt"
grep -q '^Patch by patch' "$dir/cover-letter.txt" || t_fail "no section of the patches in the letter"
awk 'length > 75' "$dir/cover-letter.txt" >"$T_TMP/long"
[ ! -s "$T_TMP/long" ] || t_fail "lines of the letter are too long: $(head -n 2 "$T_TMP/long")"
t_expect_file "$dir/figures/steps.svg"
grep -q 'one by one on fork' "$dir/figures/steps.svg" || t_fail "the figure does not name the patch"
t_end

t_begin "again, without building or booting what is there: all kernels come from the cache"
t_run "$FB" kernel build debian: --series "$mbox" --each-patch
t_expect_exit 0
[ "$(grep -c 'from the cache' "$T_OUT")" -eq 21 ] || t_fail "not all from the cache"
[ "$(grep -c 'no change in the code' "$T_OUT")" -ge 10 ] || t_fail "what changes nothing is not marked"
t_end

t_begin "a patch that does not apply is named before anything is built"
sed 's/^-EXPORT_SYMBOL(can_do_mlock);/-EXPORT_SYMBOL(cannot_do_mlock);/' "$mbox" >"$T_TMP/broken.mbox"
t_run "$FB" kernel build debian: --series "$T_TMP/broken.mbox" --each-patch
t_expect_err '^foliobench: kernel: patch 10 of 20\W.*mm/mlock: move can_do_mlock\(\) down.*does not apply'
[ "$T_RC" -ne 0 ] || t_fail "exit status 0"
t_end

t_begin "a patch that does not compile is named, with the compiler's error; those before it are kept"
git_ checkout -q -b bad "HEAD~20"
edit mm/mincore.c '$a\
/* Fine. */' "mm/mincore: a comment"
edit mm/mincore.c '$a\
int this is no C;' "mm/mincore: a mistake"
git_ format-patch -q --stdout -2 >"$T_TMP/bad.mbox"
t_run "$FB" kernel build debian: --series "$T_TMP/bad.mbox" --each-patch
t_expect_exit 2
t_expect_err '^foliobench: kernel: patch 2 of 2 \(mm/mincore: a mistake\): .*mincore\.c:.*error'
t_end

t_begin "a series that changes no code is an error"
git_ format-patch -q --stdout -1 HEAD~1 >"$T_TMP/nothing.mbox"
t_run "$FB" ab debian: --series "$T_TMP/nothing.mbox" --each-patch fork folio=64K
t_expect_exit 2
t_expect_err '^foliobench: ab: the same code as debian:.*none of the 1 patch'
t_end

echo "# $(($(date +%s) - started)) s"
t_done

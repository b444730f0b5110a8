#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# A kernel with six bugs, none of which makes it slower: each case whose path it is on says
# so, in a run without further params. Comes after 1_main_job: one incremental build.
. "$T_SRC/tests/lib.sh"
FOLIOBENCH_CACHE=$T_SHARED_CACHE
mine=$T_TMP/mine
mkdir -p "$mine"

# edit FILE: a copy of the kernel's FILE, changed by the sed script on standard input, which
# must change something; added to bugs.patch
edit() {
	mkdir -p "$mine/a/$(dirname "$1")" "$mine/b/$(dirname "$1")"
	cp "$source/$1" "$mine/a/$1"
	sed -f - "$source/$1" >"$mine/b/$1"
	(cd "$mine" && diff -u "a/$1" "b/$1") >>"$mine/bugs.patch"
	[ "$(grep -c '^@@' "$mine/bugs.patch")" -eq "$2" ] || t_fail "not $2 places were changed: $1"
}

# says CASE FOLIO REGEX: all cells of the case with this folio are wrong, and why
says() {
	t_expect_json "[.cells[] | select(.case == \"$1\" and .params.folio == \"$2\")] |
		length > 0 and all(.kernels[0].wrong > 0 and (.note | test(\"$3\")))"
}

t_begin "the kernel is built"
t_run "$FB" kernel source debian:
source=$(cat "$T_OUT")
# A child's PTEs stay writable; the middle of pages of large folios is not copied; single pages at one
# place in 2 MiB are never given back; emptied page tables are not given back either.
edit mm/memory.c 4 <<'SED'
/wrprotect_ptes(src_mm, addr, src_pte, nr);/,/}/s/pte = pte_wrprotect(pte);/if (nr == 1)\n\t\t\tpte = pte_wrprotect(pte);/
/^static inline int __wp_page_copy_user/,/^}/s/^\(\t*\)if (copy_mc_user_highpage(dst, src, addr, vma))/&\n\1\treturn -EHWPOISON;\n\1if (folio_test_large(page_folio(src)))\n\1\tmemset(page_address(dst) + 1024, 0, 512);\n\1if (0)/
s/^\tif (unlikely(__tlb_remove_folio_pages(tlb, page, nr, delay_rmap))) {/\tif (folio_test_anon(folio) \&\& !folio_test_large(folio) \&\&\n\t    ((addr >> PAGE_SHIFT) \& 511) == 37)\n\t\treturn;\n&/
/zap_pte_table_if_empty(mm, pmd, start, &pmdval)/,/}/s/pte_free_tlb(tlb, pmd_pgtable(pmdval), start);/;/
SED
# What a batch of PTEs was is left in the TLB.
edit mm/mprotect.c 5 <<'SED'
s/if (pte_needs_flush(oldpte, ptent))/if (nr_ptes == 1 \&\& pte_needs_flush(oldpte, ptent))/
SED
# Nor is what moved taken out of it where it was.
edit mm/mremap.c 6 <<'SED'
s/flush_tlb_range(vma, old_end - len, old_end);/;/
SED
printf '%s\n' "[kernel]" "description = for a test" "source = debian:" "series = bugs.patch" >"$mine/bugs.ini"
t_run "$FB" kernel build "$mine/bugs.ini"
t_expect_exit 0
t_end

t_begin "what is wrong is said"
t_run "$FB" run fork cow munmap zap mremap mprotect pt-reclaim folio=4K,64K size=4M exclusive=all span=256M \
	--kernel "$mine/bugs.ini" --boots 1 --samples 1 --json
t_expect_exit 1
says fork 64K 'after writes in both'
says cow 64K 'WRONG CONTENTS in 1024 of 1024 pages of the parent'
says mprotect 64K 'had just been written could still be written'
says mremap 4K 'at the addresses that they were moved from'
says mremap 64K 'at the addresses that they were moved from'
says pt-reclaim 4K 'not freed, only counted down'
says pt-reclaim 64K 'not freed, only counted down'
t_expect_json '[.cells[] | select((.case == "munmap" or .case == "zap") and .params.folio == "4K")] |
	length > 0 and all(.kernels[0].refused > 0 and (.note | test("2 of 1024 dropped frames")))'
t_end

t_begin "and nothing else is"
t_expect_json '[.cells[] | select(.params.folio == "4K" and (.case | IN("fork", "cow", "mprotect")) or
	.params.folio == "64K" and (.case | IN("munmap", "zap")))] |
	length > 0 and all(.kernels[0] | .wrong == 0 and .refused == 0)'
t_end

t_done

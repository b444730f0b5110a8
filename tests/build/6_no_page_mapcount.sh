#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# CONFIG_NO_PAGE_MAPCOUNT: what it costs users (figures of shared memory) and what it buys. Comes
# after 1_main_job, which built stock; another configuration is a full build of its own.
. "$T_SRC/tests/lib.sh"
FOLIOBENCH_CACHE=$T_SHARED_CACHE

t_begin "stock and no-page-mapcount build, boot and are measured"
t_run "$FB" ab stock no-page-mapcount accounting fork munmap cow-reuse share=shared,half,one \
	folio=4K,64K,2M part=all --boots 1 --json
case $T_RC in
0 | 1 | 2) ;; # wrong figures are regressions (1); folio=4K share=one is skipped (2)
*) t_expect_exit 0 ;;
esac
t_expect_json '[.baseline, .patched] | all(.boots.ok == 1)'
t_expect_json '[.cells[] | .baseline, .patched | .refused // 0, .wrong // 0] | add == 0'
cp "$T_OUT" "$T_TMP/ab.json"
t_end

# figures METRIC FOLIO SHARE STOCK OTHER
figures() {
	t_expect_json ".cells[] | select(.case == \"accounting\" and .metric == \"$1\" and
		.params.folio == \"$2\" and .params.share == \"$3\") |
		.baseline.value == $4 and .patched.value == $5"
}

t_begin "its figures are averages of folios that are shared in part, and exact otherwise"
for share in shared half; do
	figures errors 4K $share 0 0
done
for folio in 64K 2M; do
	figures errors $folio shared 0 0
	figures rss $folio half 4096 4096
	figures pss $folio half 3072 2048
	figures uss $folio half 2048 0
	figures exclusive_wrong $folio half 0 0.5
	figures kpagecount_wrong $folio half 0 0.5
	figures mapmax $folio one 2 1
done
figures pss 64K one 3968 4096
figures uss 64K one 3840 0
t_end

t_begin "munmap gets cheaper with larger folios, single pages and reuse stay as they were"
# change CASE FOLIO: how the cost of a page moved, as a share
change="def change(\$case; \$folio): .cells[] | select(.case == \$case and .metric == \"per_page\" and
	.params.folio == \$folio) | .patched.value / .baseline.value - 1;"
t_expect_json "$change change(\"munmap\"; \"64K\") < -0.03"
t_expect_json "$change change(\"munmap\"; \"2M\") < change(\"munmap\"; \"64K\")"
t_expect_json "$change change(\"fork\"; \"2M\") < 0"
t_expect_json "$change [change(\"munmap\"; \"4K\"), change(\"fork\"; \"4K\"),
	change(\"cow-reuse\"; \"4K\"), change(\"cow-reuse\"; \"64K\")] | map(fabs) | all(. < 0.01)"
t_expect_json '[.cells[] | select(.case == "cow-reuse" and .metric == "reused") |
	.baseline.value, .patched.value] | length == 6 and all(. == 1)'
t_end

t_done

#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Kernels with a mapcount for each page say exactly how memory is shared; what is so
# is worked out from two processes' page frames, without and with root.
. "$T_SRC/tests/lib.sh"
. "$T_SRC/tests/guest/lib.inc"

t_begin "6.12: no figure is wrong, whatever is shared"
t_run "$FB" run accounting share=private,shared,half,one folio=4K,64K,2M-pmd \
	--kernel $OLD --boots 2 --json
t_expect_exit 2 # folio=4K share=one makes no sense: skipped with the reason
t_expect_json '[.cells[] | select(.metric == "errors") | .kernels[0].value] |
	length == 12 and (map(select(. == 0)) | length) == 11 and (map(select(. == null)) | length) == 1'
t_expect_json '.warnings | length == 1 and (.[0] | test("folio=4K share=one: skipped .*shared as a whole"))'
t_expect_json '[.cells[].kernels[0] | .refused + .wrong] | add == 0'
cp "$T_OUT" "$T_TMP/run.json"
t_end

# is METRIC FOLIO SHARE VALUE: what the run above has
is() {
	t_expect_json ".cells[] | select(.metric == \"$1\" and .params.folio == \"$2\" and
		.params.share == \"$3\") | .kernels[0].value == $4"
}

t_begin "the figures are those of 4 MiB that are shared so"
for folio in 64K 2M-pmd; do
	is pss $folio private 4096
	is uss $folio private 4096
	is mapmax $folio private 1
	is pss $folio shared 2048
	is uss $folio shared 0
	is mapmax $folio shared 2
	is pss $folio half 3072
	is uss $folio half 2048
	is mapmax $folio half 2
done
is pss 64K one 3968
is uss 64K one 3840
is pss 2M-pmd one 4092
is uss 2M-pmd one 4088
is huge 64K half 0
is huge 2M-pmd half 4096
is kpagecount_wrong 64K half 0
is exclusive_wrong 2M-pmd half 0
t_end

t_begin "two boots are identical in every figure"
t_expect_json '[.cells[] | .kernels[0].boots | select(length == 2) | .[0] == .[1]] | length > 140 and all'
t_expect_json '[.cells[] | select(.metric == "per_page") | .kernels[0].value | select(. != null)] |
	all(. > 5 and . < 400)'
t_end

t_begin "a user without root gets the same answers, and is told what is left out"
if [ "$(id -u)" -eq 0 ]; then
	chmod 711 "$T_TMP"
	mkdir "$T_TMP/nobody"
	chown 65534:65534 "$T_TMP/nobody"
	t_run setpriv --reuid=65534 --regid=65534 --clear-groups env HOME="$T_TMP/nobody" \
		FOLIOBENCH_HOME="$T_TMP/nobody/fb" FOLIOBENCH_CACHE="$T_TMP/nobody/cache" \
		FOLIOBENCH_JOURNAL="$T_TMP/nobody/journal" \
		"$FB" run accounting folio=4K share=private,half --on local --boots 1 --json
else
	t_run "$FB" run accounting folio=4K share=private,half --on local --boots 1 --json
fi
t_expect_exit 0
t_expect_json '[.cells[] | select(.metric == "errors") | .kernels[0].value] == [0, 0]'
t_expect_json '[.cells[] | select(.metric == "pss") | .kernels[0].value] == [4096, 3072]'
t_expect_json '[.cells[] | select(.metric == "kpagecount_wrong") | .kernels[0].value] == [null, null]'
grep -q "not compared: /proc/kpagecount" "$T_OUT" "$T_ERR" || t_fail "it does not say what is left out"
t_end

t_done

#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The same commands with --arch arm64: stock is cross-built and boots, cow-reuse, mprotect and
# pt-reclaim give their evidence there, two boots are identical, the knock-outs flip what they
# are for. One full build, one incremental one.
. "$T_SRC/tests/lib.sh"
FOLIOBENCH_CACHE=$T_SHARED_CACHE
started=$(date +%s)

t_begin "stock is cross-built for arm64: 4K pages, folios mapped by contiguous entries"
t_run "$FB" kernel build stock --arch arm64
t_expect_exit 0
echo "# built after $(($(date +%s) - started)) s"
t_run "$FB" kernel show stock --arch arm64 --json
t_expect_exit 0
t_expect_json '.arch == "arm64" and .built and (.image | endswith("/Image"))'
config=$(jq -r .config "$T_OUT")
for symbol in ARM64 ARM64_4K_PAGES ARM64_CONTPTE PT_RECLAIM; do
	grep -qx "CONFIG_$symbol=y" "$config" || t_fail "no CONFIG_$symbol=y in $config"
done
t_end

t_begin "it boots, and no sample of any case is refused"
t_run "$FB" run null cow-reuse mprotect pt-reclaim folio=4K,16K,64K,2M span=64M \
	--kernel stock --arch arm64 --boots 2 --samples 2 --json
t_expect_exit 0
cp "$T_OUT" "$T_TMP/stock"
t_expect_json '.unit == "insn" and .warnings == [] and (.kernels | length == 1)'
t_expect_json '.kernels[0] | .arch == "arm64" and .boots.ok == 2 and .boots.tainted == 0 and
	.boots.lost == 0'
t_expect_json '[.cells[] | select(.headline) | .kernels[0]] | length > 10 and
	all(.samples > 0 and .refused == 0 and .wrong == 0)'
t_end

# cell CASE FOLIO METRIC [EXCLUSIVE]: its figure
cell() {
	echo "([.cells[] | select(.case == \"$1\" and .params.folio == \"$2\" and .metric == \"$3\" and
		(.params.exclusive // \"\") == \"${4:-}\")] | if length == 1 then .[0] else
		error(\"no single $1 $2 $3\") end | .kernels[0].value)"
}

t_begin "its clock counts single instructions: an empty loop of 3 takes 3 a turn"
t_expect_json '[.cells[] | select(.case == "null" and .metric == "per_op") | .kernels[0].value] |
	length == 1 and all(. >= 3 and . < 3.2)'
t_end

t_begin "cow-reuse: every page is reused, at each size, that of the contiguous bit (64K) too"
for folio in 4K 16K 64K 2M; do
	t_expect_json "$(cell cow-reuse $folio reused) == 1"
done
t_end

t_begin "mprotect: no write faults on a page that is exclusive, one on each that is not"
for folio in 4K 16K 64K 2M; do
	t_expect_json "$(cell mprotect $folio write_faults all) == 0"
	t_expect_json "$(cell mprotect $folio write_faults half) == 2048"
done
t_expect_json "$(cell mprotect 64K per_page all) * 2 < $(cell mprotect 4K per_page all)"
t_end

t_begin "pt-reclaim: of 32 page tables nearly none is left"
for folio in 4K 64K 2M; do
	t_expect_json "$(cell pt-reclaim $folio vmpte_after) | . > 0 and . <= 40"
done
t_end

t_begin "two boots are identical in every cell"
t_expect_json '[.cells[] | select(.varies == "") | .kernels[0].boots | select(length > 0)] |
	length > 20 and all(length == 2 and .[0] == .[1])'
t_end

t_begin "the knock-outs flip what they are for, as on x86_64"
t_run "$FB" ab knockouts stock cow-reuse mprotect pt-reclaim folio=64K span=64M exclusive=all \
	--arch arm64 --boots 1 --samples 1 --json
t_expect_exit 0
# both CASE METRIC FILTER: of .baseline.value and .patched.value
both() {
	t_expect_json "[.cells[] | select(.case == \"$1\" and .metric == \"$2\")] | length == 1 and
		all($3)"
}
both cow-reuse reused '.baseline.value == 0 and .patched.value == 1'
both cow-reuse per_page '.verdict == "improved" and .patched.value * 2 < .baseline.value'
both mprotect per_page '.verdict == "improved" and .patched.value * 2 < .baseline.value'
both pt-reclaim vmpte_after '.baseline.value >= 128 and .patched.value <= 40'
t_end

echo "# all of it: $(($(date +%s) - started)) s"
t_done

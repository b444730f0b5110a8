#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# --layouts: the same functions with the same code, at other addresses. Linked anew from the
# objects of stock, which this tier has; nothing is compiled.
. "$T_SRC/tests/lib.sh"
FOLIOBENCH_CACHE=$T_SHARED_CACHE
same=$T_BUILD/tests/layout/same_code

# same_code IMAGE IMAGE: its last line is JSON
same_code() {
	t_run "$same" "$1" "$2"
	grep -v '^{' "$T_OUT" | sed 's/^/#   /'
	sed -i '/^{/!d' "$T_OUT"
}

t_begin "three layouts of stock are built"
start=$(date +%s)
t_run "$FB" kernel build stock --layouts 3
took=$(($(date +%s) - start))
t_expect_exit 0
echo "# $took s"
plain=$(sed -n '/^stock: /{n;s/^ *//p;}' "$T_OUT")
one=$(sed -n '/^stock, layout 1: /{n;s/^ *//p;}' "$T_OUT")
two=$(sed -n '/^stock, layout 2: /{n;s/^ *//p;}' "$T_OUT")
for image in "$plain" "$one" "$two"; do
	[ -n "$image" ] || t_fail "no image named"
	t_expect_file "$image"
done
grep '^  CC ' "$FOLIOBENCH_HOME"/runs/*/build-stock.log >"$T_TMP/compiled" 2>/dev/null
# what a link makes and compiles itself: the version's time stamp
! grep -v 'init/version-timestamp.o$\|\.vmlinux\.export\.o$' "$T_TMP/compiled" >"$T_TMP/more" ||
	[ "$(wc -l <"$T_TMP/more")" -gt 500 ] || t_fail "compiled again: $(head -n 3 "$T_TMP/more")"
t_end

t_begin "every function is there with the same code, nearly all at other addresses"
for pair in "$plain $one" "$plain $two" "$one $two"; do
	# shellcheck disable=SC2086 # two words
	same_code $pair
	t_expect_exit 0
	t_expect_json '.differ == 0 and .missing == 0 and .functions > 10000 and
		.moved > 0.9 * .functions and .aligned_otherwise > 0.5 * .functions'
	echo "# $(cat "$T_OUT")"
done
t_end

t_begin "an image compared with itself has moved nothing"
same_code "$one" "$one"
t_expect_json '.moved == 0 and .aligned_otherwise == 0 and .fields == 0'
t_end

t_begin "other code is told: a byte of handle_mm_fault, and the knock-outs"
[ -n "$one" ] && cp "$one" "$T_TMP/flipped"
at=$(readelf -WS "$one" | sed 's/\[ *//' |
	awk '$2 == ".text" { print substr($4, 9), $5 }')
# the lower halves of addresses: a shell counts to 2^63
addr=$(awk '$3 == "handle_mm_fault" { print substr($1, 9) }' "$(dirname "$one")/System.map")
offset=$((0x$addr - 0x${at% *} + 0x${at#* }))
byte=$(od -An -tu1 -j $offset -N 1 "$one")
# shellcheck disable=SC2059 # an octal escape
printf "\\$(printf %03o $((byte ^ 1)))" |
	dd of="$T_TMP/flipped" bs=1 seek=$offset conv=notrunc 2>/dev/null
same_code "$plain" "$T_TMP/flipped"
t_expect_exit 1
t_expect_json '.differ == 1'
t_run "$FB" kernel build knockouts
t_expect_exit 0
same_code "$one" "$(sed -n '2s/^ *//p' "$T_OUT")"
t_expect_exit 1
t_expect_json '.differ + .missing >= 3'
t_end

t_begin "the same seed is the same image, built again"
before=$(sha256sum <"$one")
rm -rf "$(dirname "$one")"
t_run "$FB" kernel build stock --layouts 2
t_expect_exit 0
t_expect_out '^stock, layout 1: .*ready in'
[ "$before" = "$(sha256sum <"$one")" ] || t_fail "another image"
t_end

t_begin "a run boots each layout, and says so; they cost the same instructions"
t_run "$FB" run munmap folio=64K --kernel stock --layouts 3 --samples 1
t_expect_exit 0
t_expect_out '3 boots of 3 layouts'
sqlite3 "$FOLIOBENCH_HOME/foliobench.db" \
	"SELECT group_concat(layout || ' ' || ifnull(json_extract(facts, '\$.layout'), 0)) FROM
	 (SELECT layout, facts FROM boot ORDER BY layout)" >"$T_OUT"
t_expect_out '^0 0,1 1,2 2$'
t_run "$FB" run munmap folio=64K --kernel stock --layouts 3 --boots 2 --samples 1 --json
t_expect_exit 0
t_expect_err '3 boots of each kernel'
t_expect_json '.kernels[0].boots.layouts == 3 and ([.cells[] | select(.headline) |
	.kernels[0].boots | length == 3 and (max - min) <= 0.001 * max] | length > 0 and all)'
t_end

t_done

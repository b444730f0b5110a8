#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# All that a window counted, in whatever context, is what the guest's own clock says, for each
# case; and counts that are not are no figures: an emulator that loses some of them, or counts
# a straight line of known length wrongly, is found out.
. "$T_SRC/tests/lib.sh"
. "$T_SRC/tests/guest/lib.inc"

t_begin "every case: counts of all contexts are the clock's to 0.1 %, but for one instruction a fault"
t_run "$FB" cost "$OLD" null fork cow cow-reuse munmap zap fault mremap mprotect pt-reclaim \
	folio=4K,64K size=2M span=8M exclusive=all --boots 1 --samples 2 --json
t_expect_exit 0
t_expect_json '[.cells[] | .baseline | select(.windows == 2 and .lost == 0)] | length >= 18'
jq -r '.cells[] | .baseline as $b | "\(.case) \(.params.folio // "-") \(.metric) \($b.ops) " +
	"\($b.kernel.instructions + $b.user.instructions - $b.page_faults) \($b.clock) " +
	"\([$b.apart[].instructions] | add // 0)"' "$T_OUT" >"$T_TMP/sums"
# the clock's own reading, marks and rounding: a few dozen instructions of a window
awk '{
	n++
	counted = $4 * $5 + $7
	clock = $4 * $6
	off = counted - clock
	if (off < 0)
		off = -off
	if (clock == 0 || off > clock / 1000 + 40) {
		print "# " $0 ": " counted " counted, the clock says " clock
		bad = 1
	}
} END { exit !(n >= 18 && !bad) }' "$T_TMP/sums" || t_fail "counts and clock disagree"
t_end

# A QEMU whose plugin's file is changed behind its back, by the awk program $T_TMP/change.
mkdir "$T_TMP/path"
cat >"$T_TMP/path/qemu-system-x86_64" <<END
#!/bin/sh
$(command -v qemu-system-x86_64) "\$@"
status=\$?
for word in "\$@"; do
	case \$word in
	*,out=*)
		out=\${word##*,out=}
		out=\${out%%,*}
		awk -f "$T_TMP/change" "\$out" >"\$out.new" && mv "\$out.new" "\$out"
		;;
	esac
done
exit \$status
END
chmod +x "$T_TMP/path/qemu-system-x86_64"
real_path=$PATH
PATH=$T_TMP/path:$PATH

count() {
	t_run "$FB" cost "$OLD" munmap folio=64K size=2M --boots 1 --samples 2
}

t_begin "a plugin that changes nothing: figures"
echo '{ print }' >"$T_TMP/change"
count
t_expect_exit 0
t_expect_out '^instructions \(kernel\) +[1-9]'
t_end

t_begin "samples of which 1 % of the counts is lost: no figures, and why"
cat >"$T_TMP/change" <<'END'
/^p / && $2 > 1 {
	line = $1
	for (i = 2; i <= NF; i++) {
		word = $i
		# contexts are in front of the bar, the first count may follow it at once
		if (match(word, /:[0-9]+$/)) {
			n = substr(word, RSTART + 1) + 0
			word = substr(word, 1, RSTART) (n > 100 ? int(n * 0.99) : n)
		}
		line = line " " word
	}
	print line
	next
}
{ print }
END
count
t_expect_err 'not believed .*instructions were counted where the guest.s clock says'
grep -Eq '^instructions \(kernel\) +[1-9]' "$T_OUT" && t_fail "figures in spite of it"
t_end

t_begin "one instruction too many in the straight line of 1000: nothing of the boot is believed"
cat >"$T_TMP/change" <<'END'
/^p 1 / && !done && match($0, /:[0-9]+$/) {
	print substr($0, 1, RSTART) substr($0, RSTART + 1) + 1
	done = 1
	next
}
{ print }
END
count
t_expect_err 'straight line|not believed'
grep -Eq '^instructions \(kernel\) +[1-9]' "$T_OUT" && t_fail "figures in spite of it"
t_end
PATH=$real_path

t_done

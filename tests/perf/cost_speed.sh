#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# What counting costs: CPU time of the emulator with --cost and with --stacks, each against the
# same guest without, in turn, so that a machine that is busy is so for all three. Prints the
# ratios; exit status 1 if the median is above 1.15 (counts) or 2.0 (counts and call stacks).
#
#	tests/perf/cost_speed.sh [BUILD [KERNEL [ROUNDS [RUN-ARGUMENT...]]]]
#
# KERNEL is built or taken from the cache first; default "stock". By default the cases are those
# that are in the kernel most of the time.
set -u
build=$(cd "${1:-build}" && pwd) || exit 2
kernel=${2:-stock}
rounds=${3:-5}
shift $(($# < 3 ? $# : 3))
[ $# -gt 0 ] || set -- cow-reuse fork munmap folio=64K size=64M --samples 10
tmp=$(mktemp -d "${TMPDIR:-/tmp}/foliobench-cost-speed.XXXXXX") || exit 2
trap 'rm -rf "$tmp"' EXIT
trap 'exit 130' INT TERM
FOLIOBENCH_HOME=$tmp/home
export FOLIOBENCH_HOME

# Stands in front of the emulators, and writes down the CPU time of each guest.
mkdir "$tmp/bin" || exit 2
cat >"$tmp/bin/wrapper" <<'END'
#!/bin/sh
PATH=${PATH#*:}
"${0##*/}" "$@"
rc=$?
case " $* " in *" -kernel "*) times >>"$CPU_TIMES" ;; esac
exit $rc
END
chmod +x "$tmp/bin/wrapper"
for arch in x86_64 aarch64; do
	ln -s wrapper "$tmp/bin/qemu-system-$arch"
done
CPU_TIMES=$tmp/times
export CPU_TIMES

# One boot; seconds of CPU time of the emulator.
boot() {
	: >"$CPU_TIMES"
	PATH=$tmp/bin:$PATH "$build/foliobench" run "$@" --kernel "$kernel" --on qemu --boots 1 \
		>"$tmp/out" 2>"$tmp/err" || { cat "$tmp/err" >&2; exit 2; }
	# the second line is that of the children
	awk 'NR % 2 == 0 { for (i = 1; i <= 2; i++) { split($i, t, /[ms]/); s += t[1] * 60 + t[2] } }
		END { if (!s) exit 1; print s }' "$CPU_TIMES" || { echo "no guest was timed" >&2; exit 2; }
}

boot "$@" --stacks >/dev/null || exit 2 # what is only done once: the kernel, its symbols
i=0
while [ $i -lt "$rounds" ]; do
	plain=$(boot "$@") && counts=$(boot "$@" --cost) && stacks=$(boot "$@" --stacks) || exit 2
	i=$((i + 1))
	echo "$plain $counts $stacks" | tee -a "$tmp/rounds" |
		awk -v n=$i '{ printf "round %d: plain %.2f s, counts %.2f s (%.3f), stacks %.2f s (%.3f)\n",
			n, $1, $2, $2 / $1, $3, $3 / $1 }'
done
awk '
function median(v, n, i, j, t)
{
	for (i = 1; i <= n; i++)
		for (j = i + 1; j <= n; j++)
			if (v[j] < v[i]) {
				t = v[i]
				v[i] = v[j]
				v[j] = t
			}
	return n % 2 ? v[(n + 1) / 2] : (v[n / 2] + v[n / 2 + 1]) / 2
}
{ c[NR] = $2 / $1; s[NR] = $3 / $1 }
END {
	m = median(c, NR)
	n = median(s, NR)
	printf "counts: %.3f times plain, median of %d (limit 1.15)\n", m, NR
	printf "stacks: %.3f times plain, median of %d (limit 2.0)\n", n, NR
	exit m > 1.15 || n > 2
}' "$tmp/rounds"

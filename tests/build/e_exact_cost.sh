#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Exact cost must show one atomic operation that a patch adds to mm/rmap.c, with its function and
# its count, in fork and munmap and in no other case; windows of three boots are the same or say
# what varies; a gate stops it; patch by patch, the one that adds it and the one that takes it away
# are told apart. Comes after 1_main_job: stock is built. 4 minutes on two cores.
. "$T_SRC/tests/lib.sh"
FOLIOBENCH_CACHE=$T_SHARED_CACHE
started=$(date +%s)
atomic=knockout-rmap-atomic
patch=$T_SRC/kernels/knockouts/rmap-atomic.patch
cases='fork munmap cow cow-reuse mprotect pt-reclaim zap fault mremap'

t_begin "all main cases of stock and of a kernel with one atomic operation more"
# shellcheck disable=SC2086 # words
t_run "$FB" cost stock $atomic $cases folio=64K size=2M span=8M exclusive=all --boots 3 --samples 7 \
	--all-metrics --json
t_expect_exit 0
cp "$T_OUT" "$T_TMP/cost.json"
t_expect_json '[.cells[].case] | unique | length == 9'
t_end
echo "# after $(($(date +%s) - started)) s"

t_begin "21 windows over 3 boots: identical, or the functions that vary have names"
t_expect_json '[.cells[] | .baseline, .patched] | all(.windows + .lost == 21 and .lost == 0 and .boots == 3)'
t_expect_json '[.cells[] | .baseline, .patched] | all(.identical == .windows or (.varies | length > 0))'
t_expect_json '[.cells[] | .baseline, .patched | select(.identical == .windows)] | length > 8'
jq -r '.cells[] | "# \(.case) \(.metric): \(.baseline.identical) of \(.baseline.windows) identical; \(.baseline.varies | join(" "))"' \
	"$T_TMP/cost.json" | cut -c1-140
t_end

# The cell of a CASE and a METRIC, and how often F is called in it on the patched kernel's side.
def='def cell(c; m): .cells[] | select(.case == c and .metric == m);
	def ops: .patched.ops;
	def of(f): .functions[] | select(.name == f);
	def near(a; b): (a - b) | fabs < 1e-6;'

t_begin "the function is found in fork and munmap, as new, with as many atomics as calls"
for at in fork/per_page fork/exit_per_page munmap/per_page; do
	t_expect_json "$def"' cell("'"${at%/*}"'"; "'"${at#*/}"'") | ops as $ops |
		of("anon_vma_count_turnover") | .note == "new" and .baseline == null and
		near(.patched.atomics; .patched.calls) and .patched.calls * $ops > 0.999 and
		near(.patched.calls * $ops; (.patched.calls * $ops | round))'
	t_expect_json "$def"' cell("'"${at%/*}"'"; "'"${at#*/}"'") |
		near(.delta.atomics; of("anon_vma_count_turnover").patched.atomics)'
done
t_end

t_begin "it is called once for each anon_vma: as often as what makes one, and what frees one"
t_expect_json "$def"' cell("munmap"; "per_page") | ops as $ops |
	near(of("anon_vma_count_turnover").patched.calls; of("__put_anon_vma").patched.calls) and
	near(of("anon_vma_count_turnover").patched.calls * $ops; 1)'
t_expect_json "$def"' cell("fork"; "exit_per_page") |
	near(of("anon_vma_count_turnover").patched.calls; of("__put_anon_vma").patched.calls)'
t_expect_json "$def"' cell("fork"; "per_page") |
	near(of("anon_vma_count_turnover").patched.calls; of("anon_vma_clone").patched.calls)'
jq -r '.cells[] | .patched.ops as $ops | .case + " " + .metric + ": " + (.functions[] |
	select(.name == "anon_vma_count_turnover") | "# \(.patched.calls * $ops | round) calls")' "$T_TMP/cost.json"
t_end

t_begin "no other case has an atomic operation more or less, in any function"
t_expect_json '[.cells[] | select(.case != "fork" and .case != "munmap")] | length >= 7 and
	all((.delta.atomics | fabs) < 1e-9 and
		([.functions[] | select(.name == "anon_vma_count_turnover")] | length == 0))'
t_end

t_begin "all of the difference is in the functions"
t_expect_json '[.cells[] | (.delta.instructions -
	([.functions[] | select(.user | not) | .delta.instructions] | add)) | fabs] | all(. < 1e-6)'
t_end

t_begin "the gate: 1 where anything grew by more than it may, 0 where not, of what it was asked"
t_run "$FB" cost --stored stock $atomic --gate atomics --max-increase 0%
t_expect_exit 1
t_run "$FB" cost --stored stock $atomic --gate atomics --max-increase 0% --json
t_expect_exit 1
t_expect_json '.gate.exceeded | length > 0 and all(.case == "fork" or .case == "munmap")'
t_run "$FB" cost --stored stock $atomic cow mprotect --gate atomics --max-increase 0%
t_expect_exit 0
t_run "$FB" cost --stored $atomic stock --gate atomics --max-increase 0%
t_expect_exit 0
t_run "$FB" cost --stored stock $atomic --gate atomics --max-increase 50%
t_expect_exit 0
t_end

t_begin "--inline of kernels without debug information: refused before anything boots"
t_run "$FB" cost stock $atomic munmap folio=64K --inline --boots 1
t_expect_exit 129
t_expect_err 'no debug information .*\+debug-info'
grep -q 'boot: 1 of' "$T_ERR" && t_fail "a boot for nothing"
t_end

t_begin "patch by patch: one adds it, one after that takes it away"
mkdir "$T_TMP/series"
cp "$patch" "$T_TMP/series/0001-add.patch"
# the same the other way round
awk '/^--- / { hunks = 1; print; next }
	/^\+\+\+ / { print; next }
	!hunks { next }
	/^@@ / { print "@@ -" substr($3, 2) " +" substr($2, 2) " @@"; next }
	/^\+/ { print "-" substr($0, 2); next }
	/^-/ { print "+" substr($0, 2); next }
	{ print }' "$patch" >"$T_TMP/series/0003-remove.patch"
cat >"$T_TMP/series/0002-other.patch" <<'END'
--- a/mm/util.c
+++ b/mm/util.c
@@ -1,3 +1,4 @@
 // SPDX-License-Identifier: GPL-2.0-only
+
 #include <linux/mm.h>
 #include <linux/slab.h>
END
t_run "$FB" cost stock --series "$T_TMP/series" --each-patch fork munmap folio=64K size=2M \
	--boots 1 --samples 3 --json
t_expect_exit 0
step='def atomics(n; c): .steps[] | select(.number == n) | .cost.cells[]? |
	select(.case == c and .metric == "per_page") | .delta.atomics * .patched.ops | round;'
for case in fork munmap; do
	t_expect_json "$step"' atomics(1; "'$case'") > 0'
	t_expect_json "$step"' atomics(3; "'$case'") < 0'
	t_expect_json "$step"' atomics(1; "'$case'") + atomics(3; "'$case'") == 0'
done
# (a line more in a file changes no function, but the numbers of lines in its warnings)
t_expect_json '[.steps[] | select(.number == 2)] | length == 1 and
	all(.cost == null or all(.cost.cells[]; .delta.atomics == 0))'
t_end

echo "# all of it: $(($(date +%s) - started)) s"
t_done

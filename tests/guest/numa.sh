#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Guests with several CPUs and NUMA nodes: where cells run, where their memory is, tasks side
# by side.
. "$T_SRC/tests/lib.sh"
. "$T_SRC/tests/guest/lib.inc"

# share NODE MEMORY: the share of pages on that node, one line for each distinct one
share() {
	ask "SELECT DISTINCT coalesce(json_extract(s.evidence, '\$.share_on_node$1'), 'none')
		FROM sample s JOIN cell c ON c.id = s.cell_id
		WHERE json_extract(c.params, '\$.memory') = '$2'"
}

# expect_shares MEMORY ON_NODE_0 ON_NODE_1
expect_shares() {
	[ "$(share 0 "$1")" = "$2" ] || t_fail "memory=$1: $(share 0 "$1") on node 0, not $2"
	[ "$(share 1 "$1")" = "$3" ] || t_fail "memory=$1: $(share 1 "$1") on node 1, not $3"
}

for kernel in $OLD debian-image:; do
	rm -rf "${FOLIOBENCH_HOME:?}"
	t_begin "${kernel}: two nodes, memory of a cell on node 1 is where it was asked for"
	t_run "$FB" run cow folio=4K,64K,2M-pmd size=4M node=1 memory=local,remote,interleave \
		--kernel "$kernel" --cpus 2 --nodes 2 --boots 1 --samples 1 --json
	t_expect_exit 0
	t_expect_json '.kernels[0].boots.ok == 1 and (.cells | length > 0)'
	[ "$(ask "SELECT count(*) FROM sample WHERE state = 'ok'")" -ge 6 ] || t_fail "samples are missing"
	expect_shares local none 1.0
	expect_shares remote 1.0 none
	expect_shares interleave 0.5 0.5
	t_end
done

t_begin "the cells ran on a CPU of that node, and time was measured"
[ "$(ask "SELECT DISTINCT json_extract(evidence, '\$.cpu') FROM sample")" = 1 ] || t_fail "not on cpu 1"
t_expect_json '.unit == "ns" and .exact == false'
t_end

rm -rf "${FOLIOBENCH_HOME:?}"
t_begin "two tasks on two CPUs copy all of the memory, and are named as varying"
t_run "$FB" run anon-cow-seq anon-cow-rand folio=64K size=2M tasks=1,2 --kernel $OLD --cpus 2 \
	--boots 2 --samples 1 --json
# (once, on an overloaded machine, a guest of QEMU 7.2 with two CPUs panicked in an interrupt)
grep "boot lost" "$T_ERR" | sed 's/^/# /'
t_expect_exit 0
t_expect_json '[.cells[] | select(.metric == "copied")] | length == 4 and all(.kernels[0].value == 1)'
t_expect_json '.cells[] | (.params.tasks == "2") == (.varies != "")'
t_expect_json '[.cells[] | select(.metric == "kb_per_s")] | length == 4 and all(.kernels[0].value > 0)'
t_end

rm -rf "${FOLIOBENCH_HOME:?}"
t_begin "one task on one CPU: two boots give identical counts, and no rate is claimed"
t_run "$FB" run anon-cow-seq anon-cow-rand folio=4K,64K size=2M --kernel $OLD --boots 2 --samples 2 \
	--json
t_expect_exit 0
t_expect_json '.unit == "insn" and .exact'
t_expect_json '.cells | length > 8 and all(.kernels[0].boots | length == 2 and .[0] == .[1])'
t_expect_json '.cells | all(.metric | startswith("kb_per_s") | not)'
t_end

rm -rf "${FOLIOBENCH_HOME:?}"
t_begin "what this guest has not is skipped with the reason"
t_run "$FB" run null node=5 --kernel $OLD --cpus 2 --nodes 2 --boots 1 --samples 1
t_expect_exit 2
t_expect_out 'no NUMA node 5 \(it has 0, 1\)'
t_run "$FB" run null memory=remote --kernel $OLD --boots 1 --samples 1
t_expect_exit 2
t_expect_out 'memory=remote wants a second NUMA node'
t_run "$FB" run anon-cow-seq folio=4K tasks=2 --kernel $OLD --boots 1 --samples 1
t_expect_exit 2
t_expect_out 'tasks=2 wants a CPU for each, 1 may be used here'
t_end

rm -rf "${FOLIOBENCH_HOME:?}"
t_begin "more nodes than CPUs: refused before anything is done"
t_run "$FB" run null --kernel $OLD --cpus 2 --nodes 3
t_expect_exit 129
t_expect_one_error 'nodes 3: wants at least as many --cpus, not 2'
[ ! -e "$FOLIOBENCH_HOME" ] || t_fail "it made $FOLIOBENCH_HOME"
t_end

t_done

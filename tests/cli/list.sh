#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# list: the tables and their JSON; the cases and the file that defines them agree.
. "$T_SRC/tests/lib.sh"

t_begin "list cases, as a table"
t_run "$FB" list cases
t_expect_exit 0
t_expect_no_err
t_expect_same "$T_OUT" "$T_SRC/tests/cli/expected/list-cases.txt"
t_end

t_begin "list cases --json has every case of cases.def"
t_run "$FB" list cases --json
t_expect_exit 0
sed -n 's/^CASE(\(.*\))$/\1/p' "$T_SRC/bench/cases.def" | tr _ - >"$T_TMP/def"
jq -r '.cases[].name' "$T_OUT" >"$T_TMP/listed" 2>&1
cmp -s "$T_TMP/def" "$T_TMP/listed" || t_fail "$(diff "$T_TMP/def" "$T_TMP/listed")"
t_expect_json '.cases | all(.summary != "" and (.metrics | length > 0))'
t_expect_json '.cases | all(.[].metrics[]; .name and .unit and (.better | IN("lower", "higher", "neither")))'
t_end

t_begin "cases about folios run over sizes up to 2M unless told otherwise, most also over PMD mappings"
t_expect_json '[.cases[] | select(.name | IN("fork", "cow", "cow-reuse", "munmap", "zap", "mremap")) |
	.params[] | select(.name == "folio") | .default] | length == 6 and all(. == "4K,16K,64K,512K,2M,2M-pmd")'
t_expect_json '[.cases[].params[] | select(.name == "folio") | .default] |
	length > 10 and all(startswith("4K"))'
t_end

t_begin "list kernels"
t_run "$FB" list kernels --json
t_expect_exit 0
t_expect_json '[.kernels[].name] | contains(["stock", "knockouts"])'
t_run "$FB" list kernels
t_expect_exit 0
t_expect_out '^ *stock '
t_expect_out '^ *knockouts '
for source in 'git:PATH@REV' dir:PATH tarball:FILE debian:VERSION 'debian-image:VERSION\[:ARCH\]' image:FILE running; do
	t_expect_out "^  $source, "
done
t_end

t_begin "list targets says which can be used and why not"
t_run "$FB" list targets --json
t_expect_exit 0
t_expect_json '[.targets[].name] | contains(["local", "qemu", "kvm"])'
t_expect_json '.targets | all(.usable or .why_not != "")'
t_expect_json '.targets[] | select(.name == "qemu") | .unit == "insn"'
t_expect_json '.targets[] | select(.name == "local") | .unit == "ns"'
t_end

t_begin "list lists all three"
t_run "$FB" list
t_expect_exit 0
t_expect_out 'cow-reuse'
t_expect_out 'knockouts'
t_expect_out 'qemu'
t_end

t_done

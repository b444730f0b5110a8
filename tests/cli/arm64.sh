#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# --arch: what is said where an architecture is unknown, or what it takes is missing. Nothing
# is fetched or built for either.
. "$T_SRC/tests/lib.sh"

case $(uname -m) in
aarch64) other=x86_64 package=qemu-system-x86 ;;
*) other=arm64 package=qemu-system-arm ;;
esac
other_qemu=qemu-system-$([ $other = arm64 ] && echo aarch64 || echo x86_64)

# this program, the host's agent, an emulator that is never started
bin=$T_TMP/bin
mkdir -p "$bin"
cp "$FB" "$bin/"
: >"$bin/foliobench-agent"
ln -s "$(command -v true)" "$bin/$other_qemu"
FOLIOBENCH_KERNELS=$T_SRC/kernels
export FOLIOBENCH_KERNELS

t_begin "an architecture that nobody knows is named, with those that are"
for command in "run null --kernel stock" "ab stock knockouts" "kernel show stock"; do
	# shellcheck disable=SC2086 # words
	t_run "$FB" $command --arch mips
	t_expect_exit 129
	t_expect_one_error "unknown architecture 'mips' \(known: x86_64, arm64\)"
done
t_end

t_begin "without an agent for it: one line that says how to get one"
t_run env PATH="$bin:$PATH" "$bin/foliobench" run null --kernel stock --arch $other
t_expect_exit 2
t_expect_one_error "$other kernels cannot be run here, the agent for them is missing: ./quickstart setup $other, or apt install $package "
[ ! -e "$FOLIOBENCH_CACHE/src" ] || t_fail "something was fetched"
t_end

t_begin "without its emulator: the same"
rm "$bin/$other_qemu"
: >"$bin/foliobench-agent-$other"
t_run env PATH="$bin" "$bin/foliobench" ab stock knockouts --arch $other
t_expect_exit 2
t_expect_one_error "$other kernels cannot be run here, $other_qemu is missing: .* apt install $package "
t_end

t_begin "a guest on the real CPU is of this machine's architecture"
t_run "$FB" run null --kernel stock --arch $other --on kvm
t_expect_exit 129
t_expect_one_error "$other kernels do not run on this .* machine: use --on qemu"
t_end

t_done

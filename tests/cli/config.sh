#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Words of --config and +WORD, why they cannot be as asked, and kernel diff; by a source that
# is no kernel: a script plays kconfig over five symbols.
. "$T_SRC/tests/lib.sh"
cd "$T_TMP" || exit 2
FOLIOBENCH_KERNELS=$T_TMP/kernels
export FOLIOBENCH_KERNELS
mkdir -p kernels/config one/scripts one/arch/arm64 one/kernel one/mm
echo 'CONFIG_BASE=y' >kernels/config/base.config
echo 'CONFIG_BASE=y' >kernels/config/boot.config
: >kernels/config/x86_64.config
: >kernels/config/boot-x86_64.config
printf 'CONFIG_DEBUG_KERNEL=y\nCONFIG_DEBUG_VM=y\n' >kernels/config/debug-vm.config
printf '[kernel]\nsource = dir:one\n' >plain.ini
printf '[kernel]\nsource = dir:one\nconfig = debug-vm\n' >debug.ini

cat >one/Makefile <<'END'
VERSION = 6
PATCHLEVEL = 14
SUBLEVEL = 0
.RECIPEPREFIX = >
allnoconfig:
>@sh scripts/conf.sh $(KCONFIG_ALLCONFIG) $(O)/.config
olddefconfig:
>@sh scripts/conf.sh $(O)/.config $(O)/.config
END
# what depends on others goes, what follows comes, what is unknown is not heard
cat >one/scripts/conf.sh <<'END'
on() { grep -q "^CONFIG_$1=y" "$in"; }
in=$2.in && { cp "$1" "$in" || exit 1; }
{
	echo "# Automatically generated file; DO NOT EDIT."
	for s in BASE DEBUG_KERNEL USB; do
		on $s && echo "CONFIG_$s=y" || echo "# CONFIG_$s is not set"
	done
	if on DEBUG_VM && on DEBUG_KERNEL; then
		printf 'CONFIG_DEBUG_VM=y\nCONFIG_DEBUG_VM_HELPER=y\n'
	fi
	sed -n 's/^CONFIG_NAME=/&/p' "$in"
} >"$2"
END
cat >one/Kconfig <<'END'
config BASE
	bool "base"
config DEBUG_KERNEL
	bool "debugging"
config DEBUG_VM
	bool "of memory management"
	depends on DEBUG_KERNEL
config DEBUG_VM_HELPER
	bool
config USB
	bool "usb"
config NAME
	string "a text"
END
printf 'config ARM64_64K_PAGES\n\tbool "64K"\n' >one/arch/arm64/Kconfig
echo 'echo 4.9.0' >one/scripts/min-tool-version.sh
touch one/mm/memory.c one/kernel/fork.c

diff_of() {
	t_run "$FB" kernel diff "$@"
}

# refused CODE REGEX WORD...: one line, which says so
refused() {
	code=$1 says=$2
	shift 2
	t_begin "refused: $*"
	diff_of "$@"
	t_expect_exit "$code"
	t_expect_no_out
	t_expect_err "^foliobench: kernel: .*$says"
	[ "$(grep -c '^foliobench:' "$T_ERR")" -eq 1 ] || t_fail "not one line: $(cat "$T_ERR")"
	t_end
}

t_begin "two recipes: symbols that differ, neither of them built"
diff_of ./plain.ini ./debug.ini
t_expect_exit 0
t_expect_same "$T_OUT" "$T_SRC/tests/cli/expected/kernel-diff.txt"
[ -e "$FOLIOBENCH_CACHE/kernels" ] && t_fail "a kernel was built"
t_end

t_begin "the same as JSON"
diff_of ./plain.ini ./debug.ini --json
t_expect_exit 0
t_expect_json '.a.name == "plain" and .b.name == "debug" and .inputs == []'
t_expect_json '.config == [{"symbol": "CONFIG_DEBUG_KERNEL", "a": "n", "b": "y"},
	{"symbol": "CONFIG_DEBUG_VM", "a": "n", "b": "y"},
	{"symbol": "CONFIG_DEBUG_VM_HELPER", "a": "n", "b": "y"}]'
t_end

t_begin "one kernel and what changes it: without and with"
diff_of ./plain.ini +CONFIG_USB=y
t_expect_exit 0
t_expect_out '^CONFIG_USB +n +y$'
t_expect_out '^1 of [0-9]+ symbols differ$'
t_end

t_begin "--config is of both"
diff_of ./plain.ini ./debug.ini --config +CONFIG_DEBUG_KERNEL=y --config CONFIG_NAME=lz4
t_expect_exit 0
t_expect_out '^2 of '
if grep -qE '^CONFIG_(DEBUG_KERNEL|NAME) ' "$T_OUT"; then
	t_fail "differs in what both have: $(cat "$T_OUT")"
fi
t_end

t_begin "nothing differs"
diff_of ./plain.ini ./plain.ini
t_expect_exit 0
t_expect_out '^no difference$'
t_end

t_begin "other sources and patches, by what they change"
cp -a one two
echo 'int two;' >two/mm/memory.c
printf '[kernel]\nsource = dir:two\n' >two.ini
cat >first.patch <<'END'
--- a/kernel/fork.c
+++ b/kernel/fork.c
@@ -0,0 +1 @@
+int first;
END
cp first.patch again.patch
diff_of ./plain.ini ./two.ini --series first.patch
t_expect_exit 0
t_expect_out '^source: dir:.*one, dir:.*two$'
t_expect_out '^only in two.first.patch: first.patch \([0-9a-f]{12}\)$'
sed 's/^series.*//; $a series = again.patch' plain.ini >again.ini
diff_of ./again.ini ./plain.ini --series first.patch
t_expect_out '^no difference$'
t_end

t_begin "a patch that adds a symbol is in what is compared"
cp -a one a && cp -a one b
printf 'config NEW\n\tbool "new"\n' >>b/Kconfig
sed -i 's/KERNEL USB/& NEW/' b/scripts/conf.sh
diff -ru a b >symbol.patch
diff_of ./plain.ini ./plain.ini +CONFIG_NEW=y --series symbol.patch
t_expect_exit 0
t_expect_out '^CONFIG_NEW +n +y$'
if grep -q NEW one/Kconfig one/scripts/conf.sh; then
	t_fail "the source was written to"
fi
t_end

t_begin "a whole .config is the ground: no base, what is on top of it holds"
printf '# Automatically generated file; DO NOT EDIT.\nCONFIG_USB=y\nCONFIG_DEBUG_KERNEL=y\n' >distro
diff_of ./plain.ini +./distro +CONFIG_DEBUG_KERNEL=n
t_expect_exit 0
t_expect_out '^CONFIG_USB +n +y$'
t_expect_out '^1 of [0-9]+ symbols differ$'
t_end

t_begin "what of it cannot hold is remarked"
echo CONFIG_GONE=y >>distro
diff_of ./plain.ini +./distro
t_expect_exit 0
t_expect_err '1 of the 3 lines of .*distro cannot hold in this version: CONFIG_GONE y, now n'
t_end

refused 129 'no symbol CONFIG_DEBUG_VMM in this version \(did you mean CONFIG_DEBUG_VM\?\)' \
	./plain.ini +CONFIG_DEBUG_VMM=y
refused 129 'did you mean CONFIG_DEBUG_VM\?' ./plain.ini +CONFIG_DEBUG_VMM=n
refused 129 'CONFIG_ARM64_64K_PAGES is no symbol of x86 \(arm64 has it\)' \
	./plain.ini +CONFIG_ARM64_64K_PAGES=y
refused 129 'CONFIG_DEBUG_VM=y does not hold, it is off: depends on DEBUG_KERNEL, but DEBUG_KERNEL is off' \
	./plain.ini +CONFIG_DEBUG_VM=y
refused 129 'CONFIG_DEBUG_VM_HELPER=y does not hold, .*nobody can set it' \
	./plain.ini +CONFIG_DEBUG_VM_HELPER=y
refused 129 'CONFIG_USB: wants a value' ./plain.ini +CONFIG_USB
refused 129 'modules are not built' ./plain.ini +CONFIG_USB=m
refused 129 'in capitals' ./plain.ini +CONFIG_usb=y
refused 129 'wants \+CONFIG_X=y' ./plain.ini +config_usb=y
refused 129 'no such fragment \(there are base, .*debug-vm' ./plain.ini +debugvm
cp distro other
refused 129 'two whole configurations, .*distro and .*other' ./plain.ini +./distro +./other
gzip -k distro
refused 129 'distro.gz: is compressed: zcat' ./plain.ini +./distro.gz
refused 129 'diff wants two kernels' ./plain.ini
refused 129 'diff wants two kernels' ./plain.ini ./debug.ini ./plain.ini
refused 129 "no kernel 'nothing'" ./plain.ini nothing

t_done

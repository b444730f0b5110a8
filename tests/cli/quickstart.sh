#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# quickstart with apt-get, dpkg-query, cmake and id played by stand-ins: what it
# installs, what it does twice, what it says when something fails.
. "$T_SRC/tests/lib.sh"

tree="$T_TMP/a tree"
bin=$T_TMP/bin
PLAY=$T_TMP/play
export PLAY
mkdir -p "$tree/scripts" "$tree/tests" "$bin"
cp "$T_SRC/quickstart" "$tree/"
cp "$T_SRC/scripts/packages" "$tree/scripts/"
printf '#!/bin/sh\necho "tests ran: $*"\n' >"$tree/tests/run"
chmod +x "$tree/tests/run"
for tool in sh env cat sed awk grep date wc tail mkdir rm readlink dirname nproc chmod; do
	ln -s "$(command -v $tool)" "$bin/$tool"
done

# stand_in NAME: its script on standard input
stand_in() {
	cat >"$bin/$1"
	chmod +x "$bin/$1"
}
stand_in id <<'EOF'
#!/bin/sh
cat "$PLAY/uid"
EOF
stand_in dpkg-query <<'EOF'
#!/bin/sh
for p; do
	case $p in -* | '${'*) continue ;; esac
	grep -qxF -- "$p" "$PLAY/absent" || echo "installed $p"
done
EOF
stand_in apt-get <<'EOF'
#!/bin/sh
echo "$*" >>"$PLAY/apt-calls"
case " $* " in
*" update "*) [ ! -e "$PLAY/update-fails" ] ;;
*" install "*) [ ! -e "$PLAY/install-fails" ] || { echo "E: Unable to locate package"; exit 100; } ;;
esac
EOF
stand_in cmake <<'EOF'
#!/bin/sh
echo "$*" >>"$PLAY/cmake-calls"
case $1 in
--build)
	[ ! -e "$PLAY/build-fails" ] || { echo "x.c:1: error: no"; exit 1; }
	printf '#!/bin/sh\necho "foliobench $*"\nexit %d\n' "$(cat "$PLAY/exit")" >"$2/foliobench"
	chmod +x "$2/foliobench"
	;;
*)
	src=
	while [ "$1" != -B ]; do
		[ "$1" != -S ] || src=$2
		shift
	done
	echo "CMAKE_HOME_DIRECTORY:INTERNAL=$src" >"$2/CMakeCache.txt"
	: >"$2/Makefile"
	;;
esac
EOF

# scene [ABSENT-PACKAGE...]: a machine that has all other packages
scene() {
	rm -rf "${PLAY:?}"
	mkdir "$PLAY"
	echo 0 >"$PLAY/uid"
	echo 0 >"$PLAY/exit"
	printf '%s\n' "" "$@" >"$PLAY/absent"
}
go() {
	t_run env PATH="$bin" "$tree/quickstart" "$@"
}

t_begin "--help says what it does"
scene
go --help
t_expect_exit 0
t_expect_out '^Usage: ./quickstart'
[ ! -e "$tree/build" ] || t_fail "it made build/"
t_end

t_begin "installs what is missing, and nothing else"
scene gnuplot-nox libcmocka-dev
go setup
t_expect_exit 0
t_expect_no_out
grep -q ' install gnuplot-nox$' "$PLAY/apt-calls" || t_fail "$(cat "$PLAY/apt-calls")"
[ "$(grep -c update "$PLAY/apt-calls")" -eq 1 ] || t_fail "more than one update"
t_end

t_begin "the second run calls neither apt-get nor configure"
scene
go setup
t_expect_exit 0
[ ! -e "$PLAY/apt-calls" ] || t_fail "apt-get was called"
[ "$(wc -l <"$PLAY/cmake-calls")" -eq 1 ] || t_fail "cmake was called $(cat "$PLAY/cmake-calls")"
t_end

t_begin "a tree that was moved is configured afresh"
scene
mv "$tree" "$tree moved"
t_run env PATH="$bin" "$tree moved/quickstart" setup
t_expect_exit 0
grep -q -- '--fresh' "$PLAY/cmake-calls" || t_fail "$(cat "$PLAY/cmake-calls")"
mv "$tree moved" "$tree"
go setup
t_end

t_begin "the main job gets the arguments, and its output comes through"
scene
go cow-reuse folio=64K --json
t_expect_exit 0
t_expect_out '^foliobench ab knockouts stock cow-reuse folio=64K --json$'
[ "$(wc -l <"$T_OUT")" -eq 1 ] || t_fail "more than that on standard output"
t_end

t_begin "a regression is a finding: said, and no failure of the main job"
scene
echo 1 >"$PLAY/exit"
go
t_expect_exit 0
t_expect_err 'foliobench ab exits 1'
t_end

t_begin "what could not be measured or was mistyped is a failure"
for code in 2 129; do
	scene
	echo $code >"$PLAY/exit"
	go
	t_expect_exit $code
done
t_end

t_begin "test installs the tests' packages too and runs the tests"
scene libcmocka-dev
go test fast
t_expect_exit 0
grep -q ' install libcmocka-dev$' "$PLAY/apt-calls" || t_fail "not installed"
t_expect_out '^tests ran: fast$'
t_end

t_begin "setup arm64 installs the cross compiler and asks for the agent; setup alone does not"
scene gcc-aarch64-linux-gnu
go setup
t_expect_exit 0
[ ! -e "$PLAY/apt-calls" ] || t_fail "setup: $(cat "$PLAY/apt-calls")"
go setup arm64
t_expect_exit 0
grep -q ' install gcc-aarch64-linux-gnu$' "$PLAY/apt-calls" || t_fail "not installed"
grep -q -- '-DBUILD_AGENT_CROSS=ON' "$PLAY/cmake-calls" || t_fail "$(cat "$PLAY/cmake-calls")"
t_end

t_begin "a source that cannot be updated is no reason to stop"
scene bc
: >"$PLAY/update-fails"
go setup
t_expect_exit 0
t_expect_err 'update had errors'
t_end

t_begin "a failed install shows the reason and names the log"
scene bc
: >"$PLAY/install-fails"
go setup
t_expect_exit 2
t_expect_err 'E: Unable to locate package'
t_expect_err "whole log: $tree/build/quickstart.log"
t_end

t_begin "a failed build shows the error and names the log"
scene
: >"$PLAY/build-fails"
go
t_expect_exit 2
t_expect_no_out
t_expect_err 'x.c:1: error: no'
t_expect_err 'whole log: '
t_end

t_begin "without root and sudo it names the command"
scene bc
echo 1000 >"$PLAY/uid"
go setup
t_expect_exit 2
t_expect_err 'as root: apt-get update && apt-get install .* bc '
t_end

t_begin "with nothing missing it needs neither root nor sudo"
scene
echo 1000 >"$PLAY/uid"
go setup
t_expect_exit 0
t_end

t_begin "setup takes no arguments"
scene
go setup now
t_expect_exit 129
t_end

t_begin "the package list names each package once, in a known group"
awk '/^#/ || !NF { next } { print ($1 ~ /^(build|test|arm64)$/) ? $2 : "bad group: " $0 }' \
	"$T_SRC/scripts/packages" | sort >"$T_TMP/names"
[ -z "$(uniq -d "$T_TMP/names")" ] || t_fail "twice: $(uniq -d "$T_TMP/names")"
! grep -q bad "$T_TMP/names" || t_fail "$(grep bad "$T_TMP/names")"
t_end

t_done

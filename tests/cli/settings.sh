#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Settings of the machine around a local run: whatever ends it, they are as before
# once it has ended; two runs at a time are refused, whatever their homes.
. "$T_SRC/tests/lib.sh"
t_machine

snapshot() {
	for file in /proc/sys/kernel/sched_rt_runtime_us /sys/kernel/mm/ksm/run \
		/proc/sys/kernel/numa_balancing /proc/sys/vm/swappiness \
		/proc/sys/vm/compaction_proactiveness /proc/sys/vm/min_free_kbytes \
		/sys/kernel/mm/numa/demotion_enabled /sys/kernel/mm/lru_gen/min_ttl_ms \
		/sys/kernel/mm/transparent_hugepage/enabled \
		/sys/kernel/mm/transparent_hugepage/shrink_underused \
		/sys/module/damon_*/parameters/enabled \
		/sys/kernel/mm/damon/admin/kdamonds/*/state \
		/sys/kernel/mm/transparent_hugepage/defrag \
		/sys/kernel/mm/transparent_hugepage/khugepaged/* \
		/sys/kernel/mm/transparent_hugepage/hugepages-*/enabled; do
		case $file in */pages_collapsed | */full_scans) continue ;; esac
		[ ! -r "$file" ] || echo "$file: $(cat "$file" 2>/dev/null)"
	done
}

# The agent is told from others by the journal on its command line.
agents() {
	for dir in /proc/[0-9]*; do
		{ tr '\0' ' ' <"$dir/cmdline"; } 2>/dev/null | grep -q -- "--journal=$FOLIOBENCH_JOURNAL " &&
			echo "${dir#/proc/}"
	done
}

# Starts a run that changes settings; returns once it has.
start_run() {
	: >"$T_OUT"
	: >"$T_ERR"
	T_CMD="run cow cow-reuse folio=64K,2M --samples 3000"
	"$FB" run cow cow-reuse folio=64K,2M --samples 3000 >"$T_OUT" 2>"$T_ERR" </dev/null &
	runner=$!
	tries=0
	while snapshot | cmp -s - "$T_TMP/before" || ! grep -q '"sample"' "$FOLIOBENCH_HOME"/runs/*/*.jsonl; do
		tries=$((tries + 1))
		if [ "$tries" -ge 300 ] || ! kill -0 $runner; then
			t_fail "the run has changed no setting"
			break
		fi
		sleep 0.1
	done 2>/dev/null
}

# end_run: waits for it; sets T_RC
end_run() {
	begin=$(date +%s)
	wait $runner
	T_RC=$?
	runner=
	[ $(($(date +%s) - begin)) -le 12 ] || t_fail "it took $(($(date +%s) - begin)) s to stop"
}

expect_as_before() {
	snapshot | diff "$T_TMP/before" - >"$T_TMP/changed" || t_fail "settings left changed: $(cat "$T_TMP/changed")"
	[ ! -e "$FOLIOBENCH_JOURNAL" ] || t_fail "a journal was left"
	[ -z "$(agents)" ] || t_fail "an agent was left"
}

t_at_exit() {
	[ -z "${runner:-}" ] || { kill -9 "$runner"; wait "$runner"; sleep 1; } 2>/dev/null
	"$FB" doctor >/dev/null 2>&1 # puts settings back after a test that failed
}

snapshot >"$T_TMP/before"
changes=1
[ "$(id -u)" -eq 0 ] || changes=
[ -w /proc/sys/kernel/sched_rt_runtime_us ] || changes=

# interrupted TITLE SIGNAL...: signals one after the other; a number is a pause in seconds
interrupted() {
	t_begin "$1"
	shift
	if [ -z "$changes" ]; then
		t_skip "only root changes settings"
		return
	fi
	rm -rf "${FOLIOBENCH_HOME:?}"
	start_run
	for word; do
		case $word in
		[0-9]*) sleep "$word" ;;
		*) kill -"$word" $runner 2>/dev/null ;;
		esac
	done
	end_run
	t_expect_exit 2
	t_expect_err '^foliobench: run: interrupted; what was measured is in the store$'
	[ "$(sqlite3 "$FOLIOBENCH_HOME/foliobench.db" 'SELECT state FROM run')" = interrupted ] ||
		t_fail "the run is not marked interrupted"
	expect_as_before
	t_end
}

interrupted "^C leaves no setting changed" INT
interrupted "^C again, impatiently" INT 0.02 INT 0.02 INT INT INT
interrupted "two signals at the same time" INT TERM
interrupted "the terminal is closed" HUP
interrupted "SIGTERM" TERM

t_begin "an agent that does not end is killed, what it changed is put back at once"
if [ -n "$changes" ]; then
	rm -rf "${FOLIOBENCH_HOME:?}"
	start_run
	for pid in $(agents); do
		kill -STOP "$pid"
	done
	kill -INT $runner
	sleep 0.3
	kill -INT $runner
	end_run
	t_expect_exit 2
	t_expect_err '^put back [0-9]+ machine settings'
	expect_as_before
	t_end
else
	t_skip "only root changes settings"
fi

t_begin "an agent that is killed: put back when the run ends"
if [ -n "$changes" ]; then
	rm -rf "${FOLIOBENCH_HOME:?}"
	"$FB" run cow folio=64K --boots 1 --samples 3000 >"$T_OUT" 2>"$T_ERR" </dev/null &
	runner=$!
	while [ -z "$(agents)" ] || snapshot | cmp -s - "$T_TMP/before"; do
		kill -0 $runner || break
		sleep 0.1
	done
	for pid in $(agents); do
		kill -9 "$pid"
	done
	end_run
	t_expect_exit 2
	expect_as_before
	t_end
else
	t_skip "only root changes settings"
fi

t_begin "kill -9 of foliobench: the agent puts them back itself"
if [ -n "$changes" ]; then
	rm -rf "${FOLIOBENCH_HOME:?}"
	start_run
	kill -9 $runner
	wait $runner 2>/dev/null
	runner=
	tries=0
	while [ -n "$(agents)" ] && [ "$tries" -lt 100 ]; do
		tries=$((tries + 1))
		sleep 0.1
	done
	expect_as_before
	t_end
else
	t_skip "only root changes settings"
fi

t_begin "what the kernel recomputes when THP sizes change is put back too"
min_free=/proc/sys/vm/min_free_kbytes
if [ -n "$changes" ] && [ -w $min_free ]; then
	was=$(cat $min_free)
	odd=$((was - 12)) # less than the kernel wants once a PMD size is on, and no round number
	echo $odd >$min_free
	t_run "$FB" run munmap folio=4K,64K,2M size=2M --boots 1 --samples 1
	t_expect_exit 0
	[ "$(cat $min_free)" -eq $odd ] || t_fail "it is $(cat $min_free), and was $odd"
	echo "$was" >$min_free
	expect_as_before
	t_end
else
	t_skip "only root changes settings"
fi

t_begin "a second run at the same time is refused, also with another home; nothing is stored"
rm -rf "${FOLIOBENCH_HOME:?}"
"$FB" run null --boots 3 --samples 10 >"$T_TMP/first" 2>&1 </dev/null &
runner=$!
tries=0
until [ -e "$FOLIOBENCH_HOME/foliobench.db" ] || [ "$tries" -ge 100 ]; do
	tries=$((tries + 1))
	sleep 0.1
done
t_run env FOLIOBENCH_HOME="$T_TMP/other" "$FB" run null
t_expect_exit 2
t_expect_one_error 'run: another run is measuring on this machine; wait for it$'
[ ! -e "$T_TMP/other" ] || t_fail "it made $T_TMP/other"
wait $runner || t_fail "the first one failed: $(cat "$T_TMP/first")"
runner=
t_end

t_begin "once that has ended the next one may"
t_run env FOLIOBENCH_HOME="$T_TMP/other" "$FB" run null --boots 1 --samples 1
t_expect_exit 0
t_end

t_begin "without a word from the user the journal is the machine's for root, the home's for others"
t_run env -u FOLIOBENCH_JOURNAL "$T_BUILD/foliobench-agent" --help
t_expect_out "/run/foliobench/settings.journal"
t_end

t_done

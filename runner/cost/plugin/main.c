// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * foliobench-cost.so: counts what a guest executes, for QEMU (docs/cost-plugin.md). Loading it,
 * and what happens when QEMU translates a block: it is cut where somebody may want to know what
 * was executed until there, and each piece gets a counter that QEMU's code adds to by itself.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runner/cost/plugin/api.h"
#include "runner/cost/plugin/blocks.h"
#include "runner/cost/plugin/context.h"
#include "runner/cost/plugin/devices.h"
#include "runner/cost/plugin/hooks.h"
#include "runner/cost/plugin/insn.h"
#include "runner/cost/plugin/output.h"
#include "runner/cost/plugin/plugin.h"
#include "runner/cost/plugin/stacks.h"
#include "runner/cost/plugin/uaccess.h"
#include "runner/cost/plugin/window.h"
#include "runner/cost/shown.h"

struct plugin_options plugin_options;
pthread_mutex_t plugin_lock = PTHREAD_MUTEX_INITIALIZER;

/* The block that is being translated. */
static struct insn *insns;
static unsigned int *tells;
static bool *cut; /* behind each instruction */
static size_t insns_room;

static counter_t loads, stores;
static bool loaded; /* else QEMU ends because it could not be */

static void *must_have(void *p)
{
	if (!p) {
		dprintf(STDERR_FILENO, "foliobench-cost: no memory left\n");
		abort();
	}
	return p;
}

void *plugin_alloc(size_t n, size_t size)
{
	return must_have(calloc(n ? n : 1, size));
}

void *plugin_grow(void *p, size_t n, size_t size)
{
	return must_have(reallocarray(p, n, size));
}

static void read_insns(struct api_tb *tb, size_t n)
{
	if (n > insns_room) {
		insns = plugin_grow(insns, n, sizeof(*insns));
		tells = plugin_grow(tells, n, sizeof(*tells));
		cut = plugin_grow(cut, n, sizeof(*cut));
		insns_room = n;
	}
	for (size_t i = 0; i < n; i++) {
		struct api_insn *from = api_tb_insn(tb, i);
		struct insn *in = &insns[i];

		memset(in->bytes, 0, sizeof(in->bytes));
		in->addr = api_insn_addr(from);
		in->size = (uint8_t)api_insn_bytes(from, in->bytes, sizeof(in->bytes));
		insn_decode(in);
		tells[i] = context_tells(in, hooks_at(in->addr));
	}
}

/* Without a last instruction that is none; how many are left. */
static size_t whole(size_t n)
{
	return n > 1 && !insn_is_whole(&insns[n - 1]) ? n - 1 : n;
}

static void not_verified(unsigned int vcpu, uint64_t vaddr, bool is_store, void *data)
{
	(void)vcpu;
	(void)vaddr;
	(void)is_store;
	(void)data;
}

/*
 * What is not to be verified is looked at, too, and forgotten: QEMU 7.2 shows the accesses of an
 * instruction that nobody asked for as those of an earlier one.
 */
static void count_accesses(struct api_tb *tb, size_t n)
{
	for (size_t i = 0; plugin_options.verify && i < n; i++) {
		const struct insn *in = &insns[i];
		struct api_insn *of = api_tb_insn(tb, i);
		bool shown = insn_is_arm64() ? cost_is_shown_arm64(in->bytes, in->size)
					     : cost_is_shown_x86(in->bytes, in->size);

		if (!shown) {
			api_call_access(of, not_verified, NULL);
		} else if (in->is & INSN_FAULTS) {
			api_count_loads(of, loads);
			api_count_stores(of, stores);
		}
	}
}

/* Adds N to C whenever the block that begins with instruction FIRST is executed, behind its calls.
 */
static void count(struct api_tb *tb, size_t first, bool called, counter_t c, uint64_t n)
{
	if (!first && !called)
		api_count_tb(tb, c, n);
	else
		api_count_insn(api_tb_insn(tb, first), c, n);
}

/* One block: instructions FIRST to BEHIND of the translated one. */
static void count_block(struct api_tb *tb, size_t first, size_t behind)
{
	bool called = false, counted = !(tells[first] & TELLS_MARK);
	counter_t c = 0;

	/* marks are nobody's: a span is what is executed behind its begin and before its end */
	if (counted)
		c = block_counter(insns + first, behind - first);
	for (size_t i = first; i < behind; i++) {
		struct api_insn *insn = api_tb_insn(tb, i);

		if (tells[i]) {
			context_watch(insn, &insns[i], hooks_at(insns[i].addr), tells[i], c);
			called |= tells[i] & TELLS_BEFORE;
		}
		if (plugin_options.stacks && !(tells[i] & TELLS_MARK))
			called |= stacks_watch(insn, &insns[i], !i, i == first);
	}
	if (!counted)
		return;
	count(tb, first, called, c, 1);
	if (plugin_options.stacks)
		count(tb, first, called, stacks_total(), behind - first);
}

static void translate(struct api_tb *tb)
{
	size_t n = api_tb_insns(tb), first = 0;

	if (!n)
		return;
	pthread_mutex_lock(&plugin_lock);
	read_insns(tb, n);
	n = whole(n);
	uaccess_cut(insns, n, cut);
	for (size_t i = 0; i < n; i++) {
		bool ends = cut[i] || tells[i] & (TELLS_MARK | TELLS_ACCESS | TELLS_ALONE);

		if (i + 1 < n && !ends && !(tells[i + 1] & TELLS_BEFORE))
			continue;
		count_block(tb, first, i + 1);
		first = i + 1;
	}
	count_accesses(tb, n);
	if (n == 1 && !tells[0] && !insn_is_user(insns[0].addr))
		devices_watch(api_tb_insn(tb, 0), insns, block_counter(insns, 1));
	pthread_mutex_unlock(&plugin_lock);
}

static void at_exit(void)
{
	if (!loaded)
		return;
	pthread_mutex_lock(&plugin_lock);
	window_end();
	pthread_mutex_unlock(&plugin_lock);
}

static bool parse_switch(const char *arg, size_t name, bool *value)
{
	*value = !strcmp(arg + name, "on") || !strcmp(arg + name, "true");
	return *value || !strcmp(arg + name, "off") || !strcmp(arg + name, "false");
}

static bool parse_arg(const char *arg)
{
	struct plugin_options *o = &plugin_options;

	if (!strncmp(arg, "hooks=", 6) && arg[6])
		o->hooks = must_have(strdup(arg + 6));
	else if (!strncmp(arg, "out=", 4) && arg[4])
		o->out = must_have(strdup(arg + 4));
	else if (!strncmp(arg, "stacks=", 7))
		return parse_switch(arg, 7, &o->stacks);
	else if (!strncmp(arg, "verify=", 7))
		return parse_switch(arg, 7, &o->verify);
	else
		return false;
	return true;
}

static int parse_args(int argc, char **argv)
{
	for (int i = 0; i < argc; i++) {
		if (parse_arg(argv[i]))
			continue;
		dprintf(STDERR_FILENO,
			"foliobench-cost: '%s' is no argument: hooks=FILE, out=FILE, stacks=on, "
			"verify=on\n",
			argv[i]);
		return -1;
	}
	if (plugin_options.hooks && plugin_options.out)
		return 0;
	dprintf(STDERR_FILENO, "foliobench-cost: %s=FILE is needed\n",
		plugin_options.hooks ? "out" : "hooks");
	return -1;
}

__attribute__((visibility("default"))) int qemu_plugin_install(uint64_t id, const void *info,
							       int argc, char **argv);

int qemu_plugin_install(uint64_t id, const void *info, int argc, char **argv)
{
	static const struct api_events events = { translate, at_exit };

	if (parse_args(argc, argv) ||
	    hooks_read(plugin_options.hooks, plugin_options.stacks ? stacks_func : NULL) ||
	    api_start(id, info, &events))
		return -1;
	if (!insn_choose(api_target())) {
		dprintf(STDERR_FILENO, "foliobench-cost: instructions of %s are not known\n",
			api_target());
		return -1;
	}
	if (output_open(plugin_options.out))
		return -1;
	context_start(api_vcpus());
	window_start();
	if (plugin_options.verify) {
		loads = api_counter_new();
		stores = api_counter_new();
		window_verify(loads, stores);
	}
	if (plugin_options.stacks && stacks_start())
		return -1;
	loaded = true;
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * From symbols to what the plugin watches; see hooks.h. Kernels from 6.1 on; a row more is
 * all that a new name needs.
 */
#define _GNU_SOURCE
#include <ctype.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cleanup.h"
#include "runner/cost/hooks.h"

/* A function of the table; the name lies in the table's text. */
struct place {
	uint64_t addr;
	const char *name;
	size_t len;
};

struct places {
	struct place *v;
	size_t n;
};

/*
 * One function to watch. Rows with the same group are other names of the same thing in other
 * versions: the first that a kernel has is taken, the rest left out.
 */
struct row {
	const char *kind;
	const char *symbol;	 /* ends in *: all that begin so */
	const char *shown;	 /* NULL: the symbol's own name */
	const char *group;	 /* NULL: stands alone */
	unsigned int from, size; /* SIZE is not 0: only that many bytes from FROM on */
};

#define IRQ(symbol, shown)                                                                         \
	{                                                                                          \
		"irq", symbol, shown, NULL                                                         \
	}
/* Where the CPU begins to execute by itself; for stacks alone, which are else left by calls. */
#define TRAP(symbol)                                                                               \
	{                                                                                          \
		"trap", symbol, NULL, NULL                                                         \
	}
#define IRQ_PART(symbol, from, size, shown)                                                        \
	{                                                                                          \
		"irq", symbol, shown, NULL, from, size                                             \
	}
#define RETURN(symbol)                                                                             \
	{                                                                                          \
		"return", symbol, NULL, NULL                                                       \
	}
#define PREEMPT(symbol)                                                                            \
	{                                                                                          \
		"preempt", symbol, NULL, NULL                                                      \
	}
#define SCHEDULE(symbol)                                                                           \
	{                                                                                          \
		"schedule", symbol, NULL, NULL                                                     \
	}
#define KTHREAD(symbol, shown)                                                                     \
	{                                                                                          \
		"kthread", symbol, shown, NULL                                                     \
	}

/*
 * Kernel threads, the same everywhere. Of several that one task executes the last line counts,
 * so that what all threads go through comes first.
 */
#define KTHREADS                                                                                   \
	KTHREAD("kthread", "other"), KTHREAD("kthreadd", "kthreadd"),                              \
		KTHREAD("smpboot_thread_fn", "smpboot"), KTHREAD("kthread_worker_fn", "worker"),   \
		KTHREAD("irq_thread", "irq"), KTHREAD("cpuhp_thread_fun", "cpuhp"),                \
		KTHREAD("run_ksoftirqd", "ksoftirqd"), KTHREAD("run_ktimerd", "ktimers"),          \
		KTHREAD("cpu_stopper_thread", "migration"), KTHREAD("rcu_cpu_kthread", "rcuc"),    \
		KTHREAD("worker_thread", "kworker"), KTHREAD("rescuer_thread", "kworker"),         \
		KTHREAD("rcu_gp_kthread", "rcu_gp"), KTHREAD("rcu_boost_kthread", "rcub"),         \
		KTHREAD("rcu_nocb_gp_kthread", "rcuog"), KTHREAD("rcu_nocb_cb_kthread", "rcuop"),  \
		KTHREAD("rcu_tasks_kthread", "rcu_tasks"), KTHREAD("kswapd", "kswapd"),            \
		KTHREAD("khugepaged", "khugepaged"), KTHREAD("kcompactd", "kcompactd"),            \
		KTHREAD("ksm_scan_thread", "ksmd"), KTHREAD("oom_reaper", "oom_reaper"),           \
		KTHREAD("kdamond_fn", "kdamond"), KTHREAD("kauditd_thread", "kauditd"),            \
		KTHREAD("hwrng_fillfn", "hwrng"), KTHREAD("watchdog", "khungtaskd"),               \
		KTHREAD("devtmpfsd", "devtmpfs"), KTHREAD("cpu_startup_entry", "idle"),            \
		KTHREAD("do_idle", "idle")

/*
 * Where a task that should let another one run does so: on its way back to user space, and wherever
 * preemption is allowed again.
 */
#define PREEMPTS                                                                                   \
	PREEMPT("exit_to_user_mode_loop"), PREEMPT("exit_to_user_mode_prepare"),                   \
		PREEMPT("syscall_exit_to_user_mode"), PREEMPT("irqentry_exit_to_user_mode"),       \
		PREEMPT("irqentry_exit"), PREEMPT("do_syscall_64"), PREEMPT("do_notify_resume"),   \
		PREEMPT("preempt_schedule"), PREEMPT("preempt_schedule_common"),                   \
		PREEMPT("preempt_schedule_notrace"), PREEMPT("__cond_resched"),                    \
		PREEMPT("dynamic_cond_resched"), SCHEDULE("schedule"), SCHEDULE("__schedule"),     \
		SCHEDULE("preempt_schedule_irq")

/*
 * Device interrupts come in through a table of stubs, each of which pushes its number. An NMI
 * returns by a frame that it has copied, so that its end cannot be told; emulated guests have
 * none.
 */
static const struct row x86_rows[] = {
	{ "switch", "__switch_to_asm", NULL, NULL },
	{ "fork", "ret_from_fork_asm", NULL, "fork" }, /* 6.5 and later */
	{ "fork", "ret_from_fork", NULL, "fork" },
	IRQ("asm_sysvec_*", NULL),
	IRQ("irq_entries_start", "asm_common_interrupt"),
	IRQ("spurious_entries_start", "asm_spurious_interrupt"),
	IRQ("asm_exc_xen_hypervisor_callback", NULL),
	{ "softirq", "handle_softirqs", NULL, "softirq" }, /* 6.11 and later */
	{ "softirq", "__do_softirq", NULL, "softirq" },
	{ "return", "common_interrupt_return", NULL, "to user" },
	{ "return", "swapgs_restore_regs_and_return_to_usermode", NULL, "to user" },
	RETURN("restore_regs_and_return_to_kernel"),
	RETURN("native_irq_return_iret"),
	RETURN("native_irq_return_ldt"),
	RETURN("entry_SYSCALL_64_after_hwframe"),
	PREEMPTS,
	TRAP("entry_SYSCALL_64"),
	TRAP("entry_SYSCALL_compat"),
	TRAP("entry_SYSENTER_compat"),
	TRAP("entry_INT80_compat"),
	TRAP("asm_int80_emulation"),
	TRAP("asm_exc_*"),
	KTHREADS,
};

/*
 * The CPU begins in its table of vectors, 128 bytes each, which make room on the stack and go on in
 * the functions.
 */
static const struct row arm64_rows[] = {
	{ "switch", "cpu_switch_to", NULL, NULL },
	{ "fork", "ret_from_fork", NULL, NULL },
	IRQ("el1h_64_irq", NULL),
	IRQ("el1h_64_fiq", NULL),
	IRQ("el0t_64_irq", NULL),
	IRQ("el0t_64_fiq", NULL),
	IRQ("el0t_32_irq", NULL),
	IRQ("el0t_32_fiq", NULL),
	IRQ_PART("vectors", 0x280, 0x80, "el1h_64_irq"),
	IRQ_PART("vectors", 0x300, 0x80, "el1h_64_fiq"),
	IRQ_PART("vectors", 0x480, 0x80, "el0t_64_irq"),
	IRQ_PART("vectors", 0x500, 0x80, "el0t_64_fiq"),
	{ "softirq", "handle_softirqs", NULL, "softirq" },
	{ "softirq", "__do_softirq", NULL, "softirq" },
	RETURN("ret_to_kernel"),
	RETURN("ret_to_user"),
	PREEMPTS,
	TRAP("vectors"), /* where they branch to the others */
	TRAP("el1h_64_sync"),
	TRAP("el1h_64_error"),
	TRAP("el0t_64_sync"),
	TRAP("el0t_64_error"),
	TRAP("el0t_32_sync"),
	TRAP("el0t_32_error"),
	KTHREADS,
};

static const struct {
	const char *arch;
	const struct row *rows;
	size_t n;
} tables[] = {
	{ "x86_64", x86_rows, ARRAY_SIZE(x86_rows) },
	{ "arm64", arm64_rows, ARRAY_SIZE(arm64_rows) },
};

/* Without these accidents are not told apart from the case. */
static const char *const needed[] = { "switch", "irq", "return" };

static int by_address(const void *a, const void *b)
{
	const struct place *x = a, *y = b;

	return x->addr < y->addr ? -1 : x->addr > y->addr;
}

/* One line of the table; false for what is no function. */
static bool parse_line(const char *line, const char *end, struct place *p)
{
	char *at = NULL;

	p->addr = strtoull(line, &at, 16);
	if (at == line || end - at < 4 || at[0] != ' ' || !strchr("tTwWu", at[1]) || at[2] != ' ')
		return false;
	p->name = at + 3;
	p->len = 0;
	while (p->name + p->len < end && !isspace((unsigned char)p->name[p->len]))
		p->len++;
	return p->len;
}

/* All names of all functions: several may be at one address. TEXT ends with a NUL. */
static void read_places(const char *text, size_t size, struct places *all)
{
	const char *end = text + size;
	size_t room = 0;

	*all = (struct places){ 0 };
	for (const char *line = text; line < end;) {
		const char *nl = memchr(line, '\n', (size_t)(end - line));
		const char *stop = nl ? nl : end;
		struct place p;

		if (parse_line(line, stop, &p)) {
			if (all->n == room) {
				room = room ? 2 * room : 4096;
				all->v = xrealloc(all->v, room * sizeof(*all->v));
			}
			all->v[all->n++] = p;
		}
		line = stop + 1;
	}
	if (all->n)
		qsort(all->v, all->n, sizeof(*all->v), by_address);
}

/* Where the next function begins. */
static uint64_t end_of(const struct places *all, size_t i)
{
	uint64_t addr = all->v[i].addr;

	while (i < all->n && all->v[i].addr == addr)
		i++;
	return i < all->n ? all->v[i].addr : addr + 1;
}

/*
 * Whether a function is what the row means: that name, or what the compiler makes of it
 * ("kswapd.constprop.0"); not the part of it that it has moved away as unlikely.
 */
static bool is_meant(const struct place *p, const char *symbol)
{
	static const char cold[] = ".cold";
	size_t len = strlen(symbol);

	if (!(p->addr >> 63)) /* a function of a program */
		return false;
	if (len && symbol[len - 1] == '*')
		return p->len >= len && !strncmp(p->name, symbol, len - 1) &&
		       !memmem(p->name, p->len, cold, sizeof(cold) - 1);
	if (p->len < len || strncmp(p->name, symbol, len))
		return false;
	return p->len == len ||
	       (p->name[len] == '.' && !memmem(p->name, p->len, cold, sizeof(cold) - 1));
}

/* Writes the row's lines; how many. */
static size_t write_row(const struct row *row, const struct places *all, struct strbuf *out)
{
	size_t n = 0;

	for (size_t i = 0; i < all->n; i++) {
		const struct place *p = &all->v[i];
		uint64_t from, end;

		if (!is_meant(p, row->symbol))
			continue;
		from = p->addr + row->from;
		end = row->size ? from + row->size : end_of(all, i);
		strbuf_addf(out, "%s %llx %llx ", row->kind, (unsigned long long)from,
			    (unsigned long long)end);
		if (row->shown)
			strbuf_addstr(out, row->shown);
		else
			strbuf_add(out, p->name, p->len);
		strbuf_addch(out, '\n');
		n++;
	}
	return n;
}

static void write_funcs(const struct places *all, struct strbuf *out)
{
	for (size_t i = 0; i < all->n; i++) {
		if (!i || all->v[i].addr != all->v[i - 1].addr)
			strbuf_addf(out, "func %llx\n", (unsigned long long)all->v[i].addr);
	}
}

/* The kinds in HAVE that are needed and not there, as words; "" if none. */
static void lacking(const char *have, struct strbuf *lacks)
{
	for (size_t i = 0; i < ARRAY_SIZE(needed); i++) {
		char *line __free = xasprintf("\n%s ", needed[i]);

		if (!strstr(have, line))
			strbuf_addf(lacks, "%s%s", lacks->len ? ", " : "", needed[i]);
	}
}

int cost_hooks(const char *arch, const char *text, size_t size, bool funcs, struct strbuf *out,
	       struct error *e)
{
	struct strbuf lines __strbuf = { 0 };
	struct strbuf lacks __strbuf = { 0 };
	struct places all = { 0 };
	const char *group = NULL;
	size_t t = 0;

	while (t < ARRAY_SIZE(tables) && strcmp(tables[t].arch, arch))
		t++;
	if (t == ARRAY_SIZE(tables))
		return error_set(e, EINVAL, "instructions of %s kernels cannot be counted", arch);
	read_places(text, size, &all);
	strbuf_addch(&lines, '\n');
	for (size_t i = 0; i < tables[t].n; i++) {
		const struct row *row = &tables[t].rows[i];

		if (row->group && group && !strcmp(group, row->group))
			continue;
		if (!funcs && !strcmp(row->kind, "trap"))
			continue;
		if (write_row(row, &all, &lines))
			group = row->group;
	}
	if (funcs)
		write_funcs(&all, &lines);
	free(all.v);
	strbuf_add(out, lines.buf + 1, lines.len - 1);
	lacking(strbuf_str(&lines), &lacks);
	if (!lacks.len)
		return 0;
	return error_set(e, ENOENT,
			 "the kernel's symbols have nothing to tell accidents apart by: no %s",
			 strbuf_str(&lacks));
}

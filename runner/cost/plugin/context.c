// SPDX-License-Identifier: GPL-2.0-or-later
/* Who executes on each vCPU; see context.h. */
#include <stdbool.h>
#include <string.h>

#include "runner/cost/plugin/context.h"
#include "runner/cost/plugin/plugin.h"
#include "runner/cost/plugin/stacks.h"
#include "runner/cost/plugin/window.h"

const struct who who_task = { "task" };

/* An interrupt or a softirq on top of a task. */
struct level {
	const struct hook *hook;
	uint64_t frame; /* what is accessed first on return; 0: not known yet; unused by softirqs */
};

enum { LEVELS_MAX = 16 };

struct task {
	struct task *next; /* of one hash */
	uint64_t addr;	   /* where its stack pointer is kept; 0: it never went */
	/*
	 * &held as long as it is not known what it is: its counts are kept apart until then, or
	 * until the window closes. Most likely it is a task of user space.
	 */
	const struct who *who;
	struct who held;
	unsigned int line; /* of the hook that says which kernel thread it is, or 0 */
	bool interrupted;  /* since it was in user space, in the kernel */
	unsigned int depth;
	struct level levels[LEVELS_MAX];
};

struct cpu {
	struct task *task;
	bool to_user; /* the return that was begun is to user space */
	bool leaving; /* contexts down to LEAVE_TO end at the next INSN_ERET */
	unsigned int leave_to;
	bool merged; /* what is not settled yet is of the task before, too */
};

/* What a call is given: where it was made from. */
struct site {
	const struct hook *hook;
	counter_t counter;
	uint8_t op, arg; /* of a mark */
	bool to_user;	 /* where one returns to user space alone */
};

enum { TASKS = 1 << 12 };

static struct task *tasks[TASKS];
static struct cpu *cpus;
static unsigned int n_cpus;

static struct task *task_new(uint64_t addr)
{
	struct task *t = plugin_alloc(1, sizeof(*t));

	t->held = who_task;
	t->who = &t->held;
	t->addr = addr;
	return t;
}

static void task_keep(struct task *t)
{
	size_t at = (t->addr >> 6) * 0x9e3779b97f4a7c15ULL >> 52;

	t->next = tasks[at];
	tasks[at] = t;
}

static struct task *task_at(uint64_t addr)
{
	struct task *t = tasks[(addr >> 6) * 0x9e3779b97f4a7c15ULL >> 52];

	while (t && t->addr != addr)
		t = t->next;
	if (!t) {
		t = task_new(addr);
		task_keep(t);
	}
	return t;
}

/* From now on the task is known to be that; what was counted of it until now, too. */
static void task_is(struct task *t, const struct who *who)
{
	if (t->who == &t->held)
		window_merge(&t->held, who);
	t->who = who;
}

void context_start(unsigned int vcpus)
{
	n_cpus = vcpus;
	cpus = plugin_alloc(vcpus, sizeof(*cpus));
	for (unsigned int v = 0; v < vcpus; v++)
		cpus[v].task = task_new(0);
}

static struct level *top_of(const struct cpu *c)
{
	return c->task->depth ? &c->task->levels[c->task->depth - 1] : NULL;
}

static const struct who *who_of(const struct task *t)
{
	return t->depth ? &t->levels[t->depth - 1].hook->who : t->who;
}

static const struct who *who_on(const struct cpu *c)
{
	return who_of(c->task);
}

static void settle(unsigned int vcpu)
{
	window_settle(vcpu, who_on(&cpus[vcpu]));
}

/* What all vCPUs executed. */
static void settle_all(void)
{
	for (unsigned int v = 0; v < n_cpus; v++)
		settle(v);
}

static void enter(unsigned int vcpu, const struct hook *hook, uint64_t frame)
{
	struct task *t = cpus[vcpu].task;

	if (t->depth == LEVELS_MAX) { /* ends that were missed: the oldest are over */
		memmove(t->levels, t->levels + 1, sizeof(t->levels) - sizeof(t->levels[0]));
		t->depth--;
	}
	t->levels[t->depth++] = (struct level){ hook, frame };
	if (plugin_options.stacks)
		stacks_enter(vcpu, t->depth);
}

static void leave(unsigned int vcpu, unsigned int depth)
{
	struct task *t = cpus[vcpu].task;

	if (t->depth <= depth)
		return;
	t->depth = depth;
	if (plugin_options.stacks)
		stacks_leave(vcpu, depth);
}

static void on_mark(unsigned int vcpu, void *data)
{
	const struct site *s = data;

	pthread_mutex_lock(&plugin_lock);
	settle_all();
	task_is(cpus[vcpu].task, &who_task);
	window_mark(s->op, s->arg);
	pthread_mutex_unlock(&plugin_lock);
}

static void on_irq(unsigned int vcpu, void *data)
{
	const struct site *s = data;
	struct level *top;

	pthread_mutex_lock(&plugin_lock);
	top = top_of(&cpus[vcpu]);
	if (top && top->hook->kind == HOOK_IRQ && !top->frame) {
		/* still the same entry, which may have a name of its own for its first part */
		if (top->hook != s->hook) {
			settle(vcpu);
			top->hook = s->hook;
		}
	} else {
		settle(vcpu);
		enter(vcpu, s->hook, 0);
	}
	pthread_mutex_unlock(&plugin_lock);
}

/* The frame of the interrupt that was just entered. */
static void on_frame(unsigned int vcpu, uint64_t vaddr, bool is_store, void *data)
{
	struct task *t = cpus[vcpu].task;
	uint64_t frame = vaddr + insn_frame_offset();
	struct level *top;

	(void)is_store;
	(void)data;
	pthread_mutex_lock(&plugin_lock);
	top = top_of(&cpus[vcpu]);
	if (top && top->hook->kind == HOOK_IRQ && !top->frame) {
		top->frame = frame;
		/* one below with the same frame has ended unseen, and all above it */
		for (unsigned int i = 0; i + 1 < t->depth; i++) {
			if (t->levels[i].frame == frame) {
				t->levels[i] = *top;
				leave(vcpu, i + 1);
				break;
			}
		}
	}
	pthread_mutex_unlock(&plugin_lock);
}

static void on_to_user(unsigned int vcpu, void *data)
{
	(void)data;
	cpus[vcpu].to_user = true;
}

/* A system call returns, by an instruction that does nothing else. */
static void on_at_user(unsigned int vcpu, void *data)
{
	(void)data;
	cpus[vcpu].task->interrupted = false;
}

/*
 * Mostly there is nothing to do on the way back, and it is not worth a lock: no interrupt is left,
 * and what the task is is known.
 */
static bool is_plain(const struct cpu *c)
{
	return !c->task->depth && !c->task->interrupted && c->task->who != &c->task->held;
}

/* The way back is over. */
static void back(struct cpu *c)
{
	if (c->to_user) {
		c->task->interrupted = false;
		if (c->task->who == &c->task->held)
			task_is(c->task, &who_task);
	}
	c->to_user = false;
}

/* On the way back the saved registers are accessed: of which interrupt? */
static void on_return(unsigned int vcpu, uint64_t vaddr, bool is_store, void *data)
{
	const struct site *s = data;
	struct cpu *c = &cpus[vcpu];
	struct task *t = c->task;
	bool by_eret = !insn_frame_offset();
	unsigned int depth = t->depth;

	(void)is_store;
	if (s->to_user)
		c->to_user = true;
	if (is_plain(c)) {
		c->to_user = false;
		return;
	}
	pthread_mutex_lock(&plugin_lock);
	for (unsigned int i = depth; i-- > 0;) {
		if (t->levels[i].frame == vaddr && t->levels[i].hook->kind == HOOK_IRQ)
			depth = i;
	}
	if (c->to_user)
		depth = 0;
	if (by_eret) {
		if (depth < t->depth || c->to_user) {
			c->leaving = true;
			c->leave_to = depth;
		}
	} else {
		if (depth < t->depth) {
			settle(vcpu);
			leave(vcpu, depth);
			t->interrupted = true;
		}
		back(c);
	}
	pthread_mutex_unlock(&plugin_lock);
}

static void on_left_irq(unsigned int vcpu, void *data)
{
	const struct site *s = data;
	struct cpu *c = &cpus[vcpu];

	if (!c->leaving)
		return;
	pthread_mutex_lock(&plugin_lock);
	if (c->leaving) {
		if (c->leave_to < c->task->depth) {
			settle(vcpu);
			window_ahead(vcpu, who_on(c), s->counter);
			leave(vcpu, c->leave_to);
			c->task->interrupted = true;
		}
		back(c);
	}
	c->leaving = c->to_user = false;
	pthread_mutex_unlock(&plugin_lock);
}

static void on_softirq(unsigned int vcpu, void *data)
{
	const struct site *s = data;
	const struct level *top;

	pthread_mutex_lock(&plugin_lock);
	top = top_of(&cpus[vcpu]);
	if (!top || top->hook->kind != HOOK_SOFTIRQ) {
		settle(vcpu);
		enter(vcpu, s->hook, 1);
	}
	pthread_mutex_unlock(&plugin_lock);
}

static void on_left_softirq(unsigned int vcpu, void *data)
{
	const struct site *s = data;
	struct cpu *c = &cpus[vcpu];
	const struct level *top;

	pthread_mutex_lock(&plugin_lock);
	top = top_of(c);
	if (top && top->hook->kind == HOOK_SOFTIRQ) {
		settle(vcpu);
		window_ahead(vcpu, who_on(c), s->counter);
		leave(vcpu, c->task->depth - 1);
	}
	pthread_mutex_unlock(&plugin_lock);
}

/*
 * The kernel lets another task run because one should. If an interrupt came since the task was last
 * in user space, then it is its doing.
 */
static void on_preempt(unsigned int vcpu, void *data)
{
	const struct site *s = data;
	struct task *t = cpus[vcpu].task;

	if (!t->interrupted || t->depth)
		return;
	pthread_mutex_lock(&plugin_lock);
	settle(vcpu);
	enter(vcpu, s->hook, 1);
	t->interrupted = false;
	pthread_mutex_unlock(&plugin_lock);
}

static void on_resumed(unsigned int vcpu, void *data)
{
	const struct level *top = top_of(&cpus[vcpu]);

	(void)data;
	if (!top || top->hook->kind != HOOK_PREEMPT)
		return;
	pthread_mutex_lock(&plugin_lock);
	settle(vcpu);
	leave(vcpu, cpus[vcpu].task->depth - 1);
	pthread_mutex_unlock(&plugin_lock);
}

/*
 * A new task, where perhaps another one was. What was executed since the switch to it is its own:
 * so nothing is settled here (unless more than that is not).
 */
static void on_fork(unsigned int vcpu, void *data)
{
	struct task *t = cpus[vcpu].task;

	(void)data;
	pthread_mutex_lock(&plugin_lock);
	if (cpus[vcpu].merged)
		settle(vcpu);
	cpus[vcpu].merged = false;
	if (t->who == &t->held)
		window_merge(&t->held, &who_task);
	t->who = &t->held;
	t->line = 0;
	t->depth = 0;
	t->interrupted = false;
	if (plugin_options.stacks)
		stacks_begin(vcpu);
	pthread_mutex_unlock(&plugin_lock);
}

/* Nor here: the thread was this one before it got to what tells. */
static void on_kthread(unsigned int vcpu, void *data)
{
	const struct site *s = data;
	struct task *t = cpus[vcpu].task;

	pthread_mutex_lock(&plugin_lock);
	if (t->who != &who_task) {
		if (t->depth) { /* threads do this by themselves: an end was missed */
			settle(vcpu);
			leave(vcpu, 0);
		}
		if (s->hook->line > t->line) {
			t->line = s->hook->line;
			task_is(t, &s->hook->who);
		}
	}
	pthread_mutex_unlock(&plugin_lock);
}

/* A pair of registers may be two accesses. */
static bool is_second_half(const struct task *t, uint64_t vaddr)
{
	return t->addr && vaddr == t->addr + 8;
}

static void on_goes(unsigned int vcpu, uint64_t vaddr, bool is_store, void *data)
{
	struct cpu *c = &cpus[vcpu];

	(void)data;
	if (!is_store || is_second_half(c->task, vaddr))
		return;
	pthread_mutex_lock(&plugin_lock);
	if (!c->task->addr) {
		c->task->addr = vaddr;
		task_keep(c->task);
	} else if (c->task->addr != vaddr) { /* a switch was missed */
		settle(vcpu);
		c->task = task_at(vaddr);
		if (plugin_options.stacks)
			stacks_switch(vcpu, vaddr, c->task->depth);
	}
	pthread_mutex_unlock(&plugin_lock);
}

static void on_comes(unsigned int vcpu, uint64_t vaddr, bool is_store, void *data)
{
	struct cpu *c = &cpus[vcpu];
	struct task *next;

	(void)data;
	if (is_store || is_second_half(c->task, vaddr))
		return;
	pthread_mutex_lock(&plugin_lock);
	next = task_at(vaddr);
	/* between two tasks of the case nothing is to be told apart */
	c->merged = !plugin_options.stacks && who_on(c) == who_of(next);
	if (!c->merged)
		settle(vcpu);
	c->task = next;
	c->leaving = c->to_user = false;
	if (plugin_options.stacks)
		stacks_switch(vcpu, vaddr, c->task->depth);
	pthread_mutex_unlock(&plugin_lock);
}

/* In an interrupt's entry: its beginning, a stub's, or the push that they all have. */
static unsigned int irq_tells(const struct insn *in, const struct hook *hook)
{
	unsigned int tells = 0;

	if (in->addr == hook->addr || in->is & INSN_LANDING)
		tells |= TELLS_IRQ;
	if (in->is & INSN_SAVE)
		tells |= TELLS_IRQ | TELLS_FRAME;
	return tells;
}

static unsigned int softirq_tells(const struct insn *in, const struct hook *hook)
{
	bool away = in->target < hook->addr || in->target >= hook->end;

	if (in->addr == hook->addr)
		return TELLS_SOFTIRQ;
	return in->is & INSN_RET || (in->is & INSN_JUMP && away) ? TELLS_LEFT_SOFTIRQ : 0;
}

/* Behind calls that may let another task run: these are few. */
static uint64_t resumes[64];
static size_t n_resumes;

static unsigned int preempt_tells(const struct insn *in)
{
	const struct hook *to = in->is & INSN_CALL ? hooks_at(in->target) : NULL;
	unsigned int tells = 0;

	for (size_t i = 0; i < n_resumes; i++) {
		if (resumes[i] == in->addr)
			tells = TELLS_RESUMED;
	}
	if (!to || to->kind != HOOK_SCHEDULE || to->addr != in->target)
		return tells;
	for (size_t i = 0; i < n_resumes; i++) {
		if (resumes[i] == in->addr + in->size)
			return tells | TELLS_PREEMPT;
	}
	if (n_resumes == sizeof(resumes) / sizeof(resumes[0]))
		return tells;
	resumes[n_resumes++] = in->addr + in->size;
	return tells | TELLS_PREEMPT;
}

static unsigned int return_tells(const struct insn *in, const struct hook *hook)
{
	if (in->is & INSN_RESTORE)
		return TELLS_RETURN;
	if (in->is & INSN_ERET)
		return TELLS_LEFT_IRQ;
	if (in->is & INSN_SYSRET)
		return TELLS_AT_USER;
	/* system calls that return by sysret have their swapgs at their beginning and end */
	return in->is & INSN_SWAPGS && strncmp(hook->name, "entry_", 6) ? TELLS_TO_USER : 0;
}

unsigned int context_tells(const struct insn *in, const struct hook *hook)
{
	if (in->is & INSN_MARK)
		return TELLS_MARK;
	if (!hook)
		return 0;
	switch (hook->kind) {
	case HOOK_IRQ:
		return irq_tells(in, hook);
	case HOOK_SOFTIRQ:
		return softirq_tells(in, hook);
	case HOOK_SWITCH:
		return in->is & INSN_TASK_GOES	  ? TELLS_GOES
		       : in->is & INSN_TASK_COMES ? TELLS_COMES
						  : 0;
	case HOOK_TRAP:
		return 0;
	case HOOK_FORK:
		return in->addr == hook->addr ? TELLS_FORK : 0;
	case HOOK_KTHREAD:
		return in->addr == hook->addr ? TELLS_KTHREAD : 0;
	case HOOK_RETURN:
		return return_tells(in, hook);
	case HOOK_PREEMPT:
		return preempt_tells(in);
	case HOOK_SCHEDULE:
		return 0;
	}
	return 0;
}

static const struct {
	unsigned int tells;
	api_call_t call;
	api_access_t access;
} watches[] = {
	{ TELLS_MARK, on_mark, NULL },	       { TELLS_IRQ, on_irq, NULL },
	{ TELLS_SOFTIRQ, on_softirq, NULL },   { TELLS_FORK, on_fork, NULL },
	{ TELLS_KTHREAD, on_kthread, NULL },   { TELLS_TO_USER, on_to_user, NULL },
	{ TELLS_AT_USER, on_at_user, NULL },   { TELLS_RESUMED, on_resumed, NULL },
	{ TELLS_PREEMPT, on_preempt, NULL },   { TELLS_LEFT_SOFTIRQ, on_left_softirq, NULL },
	{ TELLS_LEFT_IRQ, on_left_irq, NULL }, { TELLS_FRAME, NULL, on_frame },
	{ TELLS_RETURN, NULL, on_return },     { TELLS_GOES, NULL, on_goes },
	{ TELLS_COMES, NULL, on_comes },
};

void context_watch(struct api_insn *insn, const struct insn *in, const struct hook *hook,
		   unsigned int tells, counter_t c)
{
	/* lives as long as the translated code may, which nobody tells us */
	struct site *s = plugin_alloc(1, sizeof(*s));

	*s = (struct site){ hook, c, in->mark_op, in->mark_arg, false };
	s->to_user = hook && !strcmp(hook->name, "ret_to_user");
	for (size_t i = 0; i < sizeof(watches) / sizeof(watches[0]); i++) {
		if (!(tells & watches[i].tells))
			continue;
		if (watches[i].call)
			api_call_insn(insn, watches[i].call, s);
		else
			api_call_access(insn, watches[i].access, s);
	}
}

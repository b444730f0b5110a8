// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Shadow stacks; see stacks.h. A task has one for user space, one for the kernel, and one for each
 * context on top of that. What moves them:
 *
 *	call		something is called: what, is said by the next function that begins
 *	function	its first block is executed: it was called (a frame more), or jumped to
 *			(a tail call: the topmost frame is its from now on)
 *	return		a frame less
 *	trap		the CPU enters the kernel by itself: a frame that only a return from
 *			exception takes away, with all above it
 *
 * Nothing is read of the guest's memory or registers, so that what strays from calls and returns
 * (a stack that is thrown away, code without symbols) would go unseen. But each of these events
 * knows from its address in which function it happens: where the topmost frame is of another one,
 * the nearest frame of it is the topmost, or the frame is renamed. Errors heal at the next event.
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "runner/cost/plugin/calls.h"
#include "runner/cost/plugin/hooks.h"
#include "runner/cost/plugin/insn.h"
#include "runner/cost/plugin/paths.h"
#include "runner/cost/plugin/plugin.h"
#include "runner/cost/plugin/stacks.h"
#include "runner/cost/plugin/who.h"

enum {
	DEPTH_MAX = 256, /* frames of a stack; of deeper ones only how many there are */
	CONTEXTS_MAX = 8,
};

struct frame {
	path_t path;
	bool trap;
	bool calling; /* the one below was about to call when it was interrupted */
};

struct stack {
	unsigned int n, over; /* over: frames above DEPTH_MAX */
	bool calling;	      /* a call was executed, nothing of what was called yet */
	bool inner;	      /* a call within a function: the next return is a jump */
	struct frame frames[DEPTH_MAX];
};

struct task {
	struct task *next;
	uint64_t id;
	struct stack *user;
	struct stack *contexts[CONTEXTS_MAX]; /* 0: of the task itself, in the kernel */
};

struct cpu {
	pthread_mutex_t lock;
	struct task *task;
	struct task *first; /* that it began with */
	unsigned int depth;
	uint64_t last; /* the counter of all instructions, when it was read last */
	bool left;     /* a context was left, and its last instruction is still to come */
	bool leaving;  /* the other way round */
};

static uint64_t *funcs; /* by address */
static size_t n_funcs, funcs_room;
static struct cpu *cpus;
static struct task *tasks[256];
static counter_t total;
/* arm64: where exceptions arrive, to branch to a function each; 0: not seen */
static uint64_t vectors;

void stacks_func(uint64_t addr)
{
	if (n_funcs == funcs_room) {
		funcs_room = funcs_room ? 2 * funcs_room : 1 << 16;
		funcs = plugin_grow(funcs, funcs_room, sizeof(*funcs));
	}
	funcs[n_funcs++] = addr;
}

static int by_value(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

/* The function that ADDR is in, or NULL. */
static uint64_t *func_at(uint64_t addr)
{
	size_t lo = 0, hi = n_funcs;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (funcs[mid] <= addr)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo && insn_is_user(funcs[lo - 1]) == insn_is_user(addr) ? &funcs[lo - 1] : NULL;
}

static struct stack *stack_new(void)
{
	return plugin_alloc(1, sizeof(struct stack));
}

static struct task *task_new(uint64_t id)
{
	struct task *t = plugin_alloc(1, sizeof(*t));

	t->id = id;
	t->user = stack_new();
	for (size_t i = 0; i < CONTEXTS_MAX; i++)
		t->contexts[i] = stack_new();
	return t;
}

int stacks_start(void)
{
	if (n_funcs)
		qsort(funcs, n_funcs, sizeof(*funcs), by_value);
	paths_start(api_vcpus());
	total = api_counter_new();
	cpus = plugin_alloc(api_vcpus(), sizeof(*cpus));
	for (unsigned int i = 0; i < api_vcpus(); i++) {
		pthread_mutex_init(&cpus[i].lock, NULL);
		cpus[i].task = cpus[i].first = task_new(0);
	}
	return 0;
}

counter_t stacks_total(void)
{
	return total;
}

/* At a mark one vCPU settles what all of them executed. */
static struct cpu *lock_cpu(unsigned int vcpu)
{
	if (api_vcpus() > 1)
		pthread_mutex_lock(&cpus[vcpu].lock);
	return &cpus[vcpu];
}

static void unlock_cpu(struct cpu *c)
{
	if (api_vcpus() > 1)
		pthread_mutex_unlock(&c->lock);
}

static struct stack *kernel_stack(const struct cpu *c)
{
	return c->task->contexts[c->depth];
}

/* The one that is executed on; in user space the kernel's is empty. */
static struct stack *current(const struct cpu *c)
{
	struct stack *k = kernel_stack(c);

	return c->depth || k->n ? k : c->task->user;
}

static void empty(struct stack *s)
{
	s->n = s->over = 0;
	s->calling = s->inner = false;
}

/* The stack that FUNC belongs on. What is executed in user space has left the kernel. */
static struct stack *stack_for(struct cpu *c, uint64_t func)
{
	if (!insn_is_user(func))
		return kernel_stack(c);
	if (!c->depth)
		empty(kernel_stack(c));
	return c->task->user;
}

static path_t top(const struct stack *s)
{
	return s->n ? s->frames[s->n - 1].path : 0;
}

/* Counts what was executed since the last time for the stack as it is now. */
static void count(struct cpu *c)
{
	unsigned int vcpu = (unsigned int)(c - cpus);
	uint64_t now = api_counter_read(total, vcpu);

	if (now <= c->last) /* less: counted ahead, and not executed yet */
		return;
	paths_add(vcpu, top(current(c)), now - c->last);
	c->last = now;
}

/* The instruction that is about to be executed is of the stack as it is now. */
static void count_ahead(struct cpu *c)
{
	paths_add((unsigned int)(c - cpus), top(current(c)), 1);
	c->last++;
}

static void push(struct stack *s, uint64_t func, bool trap)
{
	if (s->over || s->n == DEPTH_MAX) {
		s->over++;
		return;
	}
	s->frames[s->n] = (struct frame){ path_child(top(s), func), trap, trap && s->calling };
	s->n++;
	s->calling = false;
}

/* The lowest frame stays: what is below it is not known, and it is not user space. */
static void pop(struct stack *s)
{
	if (s->over)
		s->over--;
	else if (s->n > 1 && !s->frames[s->n - 1].trap)
		s->n--;
}

static void rename_top(struct stack *s, uint64_t func)
{
	struct frame *f = &s->frames[s->n - 1];

	if (!s->over)
		f->path = path_child(path_parent(f->path), func);
}

/* The nearest frame of FUNC, not below a trap; N of none. */
static unsigned int frame_of(const struct stack *s, uint64_t func)
{
	for (unsigned int i = s->n; i > 0; i--) {
		if (path_func(s->frames[i - 1].path) == func)
			return i - 1;
		if (s->frames[i - 1].trap)
			break;
	}
	return s->n;
}

/*
 * FUNC executes, not from its beginning: makes the stack one that has it on top. After a call
 * that is what was called, unless a frame waits for it: then nothing was seen of what was called.
 */
static void heal(struct stack *s, uint64_t func)
{
	bool called = s->calling || !s->n;
	unsigned int i;

	s->calling = false;
	if (s->over || (!called && path_func(top(s)) == func))
		return;
	i = frame_of(s, func);
	if (i < s->n)
		s->n = i + 1;
	else if (called)
		push(s, func, false);
	else
		rename_top(s, func);
}

static void on_call(unsigned int vcpu, void *func)
{
	struct cpu *c = lock_cpu(vcpu);
	struct stack *s = stack_for(c, *(uint64_t *)func);

	heal(s, *(uint64_t *)func);
	s->calling = true;
	s->inner = false;
	c->left = false;
	unlock_cpu(c);
}

static void on_inner_call(unsigned int vcpu, void *func)
{
	struct cpu *c = lock_cpu(vcpu);
	struct stack *s = stack_for(c, *(uint64_t *)func);

	heal(s, *(uint64_t *)func);
	s->inner = true;
	unlock_cpu(c);
}

static void on_func(unsigned int vcpu, void *func)
{
	struct cpu *c = lock_cpu(vcpu);
	struct stack *s;

	if (current(c)->n)
		count(c);
	s = stack_for(c, *(uint64_t *)func);
	if (s->calling || !s->n)
		push(s, *(uint64_t *)func, false);
	else
		rename_top(s, *(uint64_t *)func);
	s->calling = s->inner = c->left = false;
	unlock_cpu(c);
}

/* PAST: the topmost frame is none that returns, but what it was called from. */
static void go_back(unsigned int vcpu, uint64_t func, bool ahead, bool past)
{
	struct cpu *c = lock_cpu(vcpu);
	struct stack *s = stack_for(c, func);

	heal(s, func);
	count(c);
	if (ahead && !c->left) /* else it was counted for the context */
		count_ahead(c);
	if (past)
		pop(s);
	if (!s->inner)
		pop(s);
	s->inner = c->left = false;
	unlock_cpu(c);
}

static void on_return(unsigned int vcpu, void *func)
{
	go_back(vcpu, *(uint64_t *)func, false, false);
}

/* A return thunk calls itself, and returns to where its own caller was called from. */
static void on_return_past(unsigned int vcpu, void *func)
{
	go_back(vcpu, *(uint64_t *)func, false, true);
}

/* The return is a block of its own, and not counted yet. */
static void on_lone_return(unsigned int vcpu, void *func)
{
	go_back(vcpu, *(uint64_t *)func, true, false);
}

static void trap(unsigned int vcpu, uint64_t func, bool from_user)
{
	struct cpu *c = lock_cpu(vcpu);
	struct stack *s = kernel_stack(c);

	count(c);
	if (s->n && s->frames[s->n - 1].trap && path_func(top(s)) == vectors) {
		rename_top(s, func);
	} else {
		if (from_user && !c->depth)
			empty(s);
		push(s, func, true);
	}
	s->inner = c->left = false;
	unlock_cpu(c);
}

static void on_trap(unsigned int vcpu, void *func)
{
	trap(vcpu, *(uint64_t *)func, false);
}

static void on_user_trap(unsigned int vcpu, void *func)
{
	trap(vcpu, *(uint64_t *)func, true);
}

/* Leaves the last trap; where there was none, for user space. */
static void leave_trap(unsigned int vcpu, bool ahead)
{
	struct cpu *c = lock_cpu(vcpu);
	struct stack *s = kernel_stack(c);
	unsigned int i = s->n;

	if (c->left) { /* it was of the context */
		c->left = false;
	} else {
		count(c);
		if (ahead)
			count_ahead(c);
		s->over = 0;
		while (i && !s->frames[i - 1].trap)
			i--;
		c->leaving = c->depth && !i;
		s->n = i ? i - 1 : 0;
		s->calling = i && s->frames[i - 1].calling;
		s->inner = false;
	}
	unlock_cpu(c);
}

static void on_trap_return(unsigned int vcpu, void *func)
{
	(void)func;
	leave_trap(vcpu, false);
}

static void on_lone_trap_return(unsigned int vcpu, void *func)
{
	(void)func;
	leave_trap(vcpu, true);
}

/* What is called at the first instruction of a block; NULL: nothing. */
static api_call_t at_first(const struct insn *in, const uint64_t *func)
{
	const struct hook *hook = hooks_at(in->addr);

	if (!hook || hook->kind != HOOK_TRAP)
		return *func == in->addr ? on_func : NULL;
	if (!strcmp(hook->name, "vectors")) {
		vectors = *func;
		if (in->addr & 0x7f) /* each has 32 instructions */
			return NULL;
		return in->addr - *func < 0x400 ? on_trap : on_user_trap;
	}
	if (hook->addr != in->addr)
		return NULL;
	/* system calls, and what arm64 names by where it comes from */
	if (!strncmp(hook->name, "entry_", 6) || !strncmp(hook->name, "el0", 3))
		return on_user_trap;
	return on_trap;
}

static api_call_t at_last(const struct insn *in, const uint64_t *func, bool begins, bool past)
{
	uint64_t target;

	switch (insn_leaves(in, &target)) {
	case LEAVES_CALL:
		/* to a place of its own function that is not its beginning: a jump with a value */
		return target && target != *func && func_at(target) == func ? on_inner_call
									    : on_call;
	case LEAVES_RETURN:
		return past ? on_return_past : begins ? on_lone_return : on_return;
	case LEAVES_TRAP:
		return begins ? on_lone_trap_return : on_trap_return;
	case LEAVES_NOT:
		break;
	}
	return NULL;
}

bool stacks_watch(struct api_insn *insn, const struct insn *in, bool first, bool begins)
{
	uint64_t *func = func_at(in->addr);
	api_call_t before, then;
	static uint64_t past; /* behind an instruction that drops where a function returns to */

	if (!func)
		return false;
	before = first ? at_first(in, func) : NULL;
	then = at_last(in, func, begins, past == in->addr);
	if (insn_drops_return(in) && in->addr == *func)
		past = in->addr + in->size;
	if (before)
		api_call_insn(insn, before, func);
	if (then)
		api_call_insn(insn, then, func);
	return before || then;
}

void stacks_settle(unsigned int vcpu, uint32_t spans, const struct who *who)
{
	struct cpu *c = lock_cpu(vcpu);

	count(c);
	if (!spans) /* what was counted ahead, perhaps where nothing is counted, is dropped too */
		c->last = api_counter_read(total, vcpu);
	paths_settle(vcpu, spans, who);
	unlock_cpu(c);
}

void stacks_ahead(unsigned int vcpu, uint32_t spans, const struct who *who)
{
	struct cpu *c = lock_cpu(vcpu);

	count_ahead(c);
	paths_settle(vcpu, spans, who);
	unlock_cpu(c);
}

static struct task *task_of(struct cpu *c, uint64_t id)
{
	struct task **list = &tasks[(id >> 12 ^ id >> 20) % 256], *t = *list;

	if (!id)
		return c->first;
	while (t && t->id != id)
		t = t->next;
	if (!t) {
		t = task_new(id);
		t->next = *list;
		*list = t;
	}
	return t;
}

static unsigned int depth_of(unsigned int depth)
{
	return depth < CONTEXTS_MAX ? depth : CONTEXTS_MAX - 1;
}

void stacks_switch(unsigned int vcpu, uint64_t task, unsigned int depth)
{
	struct cpu *c = lock_cpu(vcpu);

	c->task = task_of(c, task);
	c->depth = depth_of(depth);
	unlock_cpu(c);
}

void stacks_enter(unsigned int vcpu, unsigned int depth)
{
	struct cpu *c = lock_cpu(vcpu);

	c->depth = depth_of(depth);
	empty(kernel_stack(c));
	c->left = c->leaving = false;
	unlock_cpu(c);
}

void stacks_leave(unsigned int vcpu, unsigned int depth)
{
	struct cpu *c = lock_cpu(vcpu);

	c->depth = depth_of(depth);
	c->left = !c->leaving;
	c->leaving = false;
	unlock_cpu(c);
}

void stacks_begin(unsigned int vcpu)
{
	struct cpu *c = lock_cpu(vcpu);

	empty(c->task->user);
	for (size_t i = 0; i < CONTEXTS_MAX; i++)
		empty(c->task->contexts[i]);
	unlock_cpu(c);
}

void stacks_correct(unsigned int vcpu, uint32_t spans, const struct who *who, uint64_t addr,
		    uint64_t n)
{
	const uint64_t *func = func_at(addr);

	paths_correct(vcpu, spans, who, func ? *func : 0, n);
}

void stacks_merge(const struct who *from, const struct who *to)
{
	paths_merge(from, to);
}

void stacks_write(uint32_t window)
{
	paths_write(window);
}

void stacks_forget(void)
{
	paths_forget();
}

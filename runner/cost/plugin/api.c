// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * QEMU's plugin interface, of whichever version the emulator has that loads us; see api.h.
 *
 *	API 1		QEMU up to 8.2	inline counters are plain numbers, one for all vCPUs
 *	API 2		9.0		inline counters are in "scoreboards", an element a vCPU
 *	API 3		9.1		an instruction's bytes are copied, not pointed to
 *	API 4, 5, 6	9.2 to 11.0	nothing that is used here
 *	API 7		11.1		callbacks have no plugin id any more; older ones are refused
 *
 * The emulator reads qemu_plugin_version right after loading, before anything of ours is called
 * but constructors. So a constructor chooses it, from the functions that this emulator has.
 * All of them are looked up: an emulator that lacks one, of another version, would otherwise
 * not load the plugin at all.
 */
#include <dlfcn.h>
#include <link.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runner/cost/plugin/api.h"

__attribute__((visibility("default"))) int qemu_plugin_version = 1;

enum { NO_REGS = 0, INLINE_ADD = 0, MEM_READ = 1, MEM_WRITE = 2 };

/* What qemu_plugin_install() gets, as far as it is the same in all versions. */
struct info {
	const char *target;
	struct {
		int min, cur;
	} version;
	bool system;
	struct {
		int vcpus, max_vcpus;
	} smp;
};

struct score; /* a scoreboard */
/* A number in each element of a scoreboard; given by value. */
struct slot {
	struct score *score;
	size_t offset;
};

typedef void (*mem_fn)(unsigned int vcpu, uint32_t access, uint64_t vaddr, void *data);
typedef void (*trans_id_fn)(uint64_t id, struct api_tb *tb);
typedef void (*trans_fn)(struct api_tb *tb, void *data);
typedef void (*exit_id_fn)(uint64_t id, void *data);
typedef void (*exit_fn)(void *data);

/* QEMU's functions; NULL where this one has none. */
static struct {
	union {
		void (*id)(uint64_t id, trans_id_fn fn);
		void (*data)(uint64_t id, trans_fn fn, void *data);
	} on_translate;
	union {
		void (*id)(uint64_t id, exit_id_fn fn, void *data);
		void (*data)(uint64_t id, exit_fn fn, void *data);
	} on_exit;
	size_t (*tb_n_insns)(const struct api_tb *tb);
	struct api_insn *(*tb_get_insn)(const struct api_tb *tb, size_t i);
	uint64_t (*insn_vaddr)(const struct api_insn *insn);
	size_t (*insn_size)(const struct api_insn *insn);
	union {
		const void *(*at)(const struct api_insn *insn);
		size_t (*copy)(const struct api_insn *insn, void *to, size_t room);
	} insn_data;
	void (*tb_call)(struct api_tb *tb, api_call_t fn, int flags, void *data);
	void (*insn_call)(struct api_insn *insn, api_call_t fn, int flags, void *data);
	void (*mem_call)(struct api_insn *insn, mem_fn fn, int flags, int rw, void *data);
	bool (*mem_is_store)(uint32_t access);
	/* API 1 */
	void (*tb_add)(struct api_tb *tb, int op, void *number, uint64_t n);
	void (*insn_add)(struct api_insn *insn, int op, void *number, uint64_t n);
	void (*mem_add)(struct api_insn *insn, int rw, int op, void *number, uint64_t n);
	/* API 2 and later */
	struct score *(*score_new)(size_t element_size);
	void *(*score_find)(struct score *score, unsigned int vcpu);
	void (*tb_add_slot)(struct api_tb *tb, int op, struct slot slot, uint64_t n);
	void (*insn_add_slot)(struct api_insn *insn, int op, struct slot slot, uint64_t n);
	void (*mem_add_slot)(struct api_insn *insn, int rw, int op, struct slot slot, uint64_t n);
} qemu;

/* What is looked up, and in which versions it has to be there. */
static const struct wanted {
	const char *name; /* behind "qemu_plugin_" */
	void *to;
	int from, until;
} wanted[] = {
	{ "register_vcpu_tb_trans_cb", &qemu.on_translate, 1, 999 },
	{ "register_atexit_cb", &qemu.on_exit, 1, 999 },
	{ "tb_n_insns", &qemu.tb_n_insns, 1, 999 },
	{ "tb_get_insn", &qemu.tb_get_insn, 1, 999 },
	{ "insn_vaddr", &qemu.insn_vaddr, 1, 999 },
	{ "insn_size", &qemu.insn_size, 1, 999 },
	{ "insn_data", &qemu.insn_data, 1, 999 },
	{ "register_vcpu_tb_exec_cb", &qemu.tb_call, 1, 999 },
	{ "register_vcpu_insn_exec_cb", &qemu.insn_call, 1, 999 },
	{ "register_vcpu_mem_cb", &qemu.mem_call, 1, 999 },
	{ "mem_is_store", &qemu.mem_is_store, 1, 999 },
	{ "register_vcpu_tb_exec_inline", &qemu.tb_add, 1, 1 },
	{ "register_vcpu_insn_exec_inline", &qemu.insn_add, 1, 1 },
	{ "register_vcpu_mem_inline", &qemu.mem_add, 1, 1 },
	{ "scoreboard_new", &qemu.score_new, 2, 999 },
	{ "scoreboard_find", &qemu.score_find, 2, 999 },
	{ "register_vcpu_tb_exec_inline_per_vcpu", &qemu.tb_add_slot, 2, 999 },
	{ "register_vcpu_insn_exec_inline_per_vcpu", &qemu.insn_add_slot, 2, 999 },
	{ "register_vcpu_mem_inline_per_vcpu", &qemu.mem_add_slot, 2, 999 },
};

static const struct api_events *events;
static char target[32];
static unsigned int vcpus = 1;
static int level = 1;

static void *find(const char *name)
{
	char symbol[80];

	snprintf(symbol, sizeof(symbol), "qemu_plugin_%s", name);
	return dlsym(RTLD_DEFAULT, symbol);
}

/* The emulator's release, 1101 for 11.1, from the line that its --version prints; 0: not found. */
static int find_release(struct dl_phdr_info *program, size_t size, void *release)
{
	static const char says[] = "QEMU emulator version ";

	(void)size;
	for (int i = 0; i < program->dlpi_phnum; i++) {
		const ElfW(Phdr) *ph = &program->dlpi_phdr[i];
		const char *at = (const char *)(program->dlpi_addr + ph->p_vaddr), *hit;
		unsigned long major, minor = 0;
		char *end;

		if (ph->p_type != PT_LOAD || !(ph->p_flags & PF_R))
			continue;
		hit = memmem(at, ph->p_memsz, says, sizeof(says) - 1);
		if (!hit)
			continue;
		major = strtoul(hit + sizeof(says) - 1, &end, 10);
		if (*end == '.')
			minor = strtoul(end + 1, NULL, 10);
		*(int *)release = (int)(major * 100 + minor);
		break;
	}
	return 1; /* the first one is the program itself, and enough */
}

/*
 * The version to claim. Emulators of API 2 to 6 take any from 2 on; the highest that is proven by
 * a function is the one that stays in the range longest. No function tells 7 from 6, and one
 * that has 7 takes nothing else: there the emulator's own release decides.
 */
__attribute__((constructor)) static void choose_version(void)
{
	int release = 0;

	if (!find("register_vcpu_tb_exec_inline_per_vcpu")) {
		qemu_plugin_version = 1;
	} else if (!find("read_memory_vaddr")) {
		qemu_plugin_version = 2;
	} else if (!find("write_memory_hwaddr")) {
		qemu_plugin_version = 4;
	} else if (!find("set_pc")) {
		qemu_plugin_version = 5;
	} else {
		dl_iterate_phdr(find_release, &release);
		qemu_plugin_version = release && release < 1101 ? 6 : 7;
	}
}

static bool look_up(void)
{
	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		const struct wanted *w = &wanted[i];
		void *fn;

		if (qemu_plugin_version < w->from || qemu_plugin_version > w->until)
			continue;
		fn = find(w->name);
		if (!fn) {
			dprintf(STDERR_FILENO,
				"foliobench-cost: this QEMU has no qemu_plugin_%s: it is too old "
				"to "
				"count with; 7.2 or later is needed\n",
				w->name);
			return false;
		}
		memcpy(w->to, &fn, sizeof(fn));
	}
	return true;
}

static void translate_id(uint64_t id, struct api_tb *tb)
{
	(void)id;
	events->translate(tb);
}

static void translate(struct api_tb *tb, void *data)
{
	(void)data;
	events->translate(tb);
}

static void leave_id(uint64_t id, void *data)
{
	(void)id;
	(void)data;
	events->at_exit();
}

static void leave(void *data)
{
	(void)data;
	events->at_exit();
}

static void listen(uint64_t id)
{
	if (qemu_plugin_version < 7) {
		qemu.on_translate.id(id, translate_id);
		qemu.on_exit.id(id, leave_id, NULL);
	} else {
		qemu.on_translate.data(id, translate, NULL);
		qemu.on_exit.data(id, leave, NULL);
	}
}

int api_start(uint64_t plugin_id, const void *info, const struct api_events *on)
{
	const struct info *i = info;

	if (!look_up())
		return -1;
	if (!i->system) {
		dprintf(STDERR_FILENO, "foliobench-cost: only whole machines are counted, not "
				       "programs: use qemu-system-*\n");
		return -1;
	}
	events = on;
	level = i->version.cur;
	vcpus = i->smp.max_vcpus > 1 ? (unsigned int)i->smp.max_vcpus : 1;
	snprintf(target, sizeof(target), "%s", i->target);
	listen(plugin_id);
	return 0;
}

const char *api_target(void)
{
	return target;
}

unsigned int api_vcpus(void)
{
	return vcpus;
}

int api_level(void)
{
	return level;
}

size_t api_tb_insns(const struct api_tb *tb)
{
	return qemu.tb_n_insns(tb);
}

struct api_insn *api_tb_insn(const struct api_tb *tb, size_t i)
{
	return qemu.tb_get_insn(tb, i);
}

uint64_t api_insn_addr(const struct api_insn *insn)
{
	return qemu.insn_vaddr(insn);
}

size_t api_insn_bytes(const struct api_insn *insn, uint8_t *to, size_t room)
{
	size_t n = qemu.insn_size(insn);

	if (n > room)
		n = room;
	if (level >= 3)
		return qemu.insn_data.copy(insn, to, n);
	memcpy(to, qemu.insn_data.at(insn), n);
	return n;
}

/*
 * Counters are in chunks that never move: translated code holds their addresses. A chunk is a
 * scoreboard, or, with API 1, CHUNK numbers for each vCPU in turn. Blocks may be translated by
 * several threads at once: the lock is for making counters, reading needs none.
 */
enum { CHUNK_BITS = 14, CHUNK = 1 << CHUNK_BITS, CHUNKS_MAX = 1 << 14 };

static union chunk {
	struct score *score;
	uint64_t *numbers;
} chunks[CHUNKS_MAX];
static atomic_size_t counters;
static pthread_mutex_t making = PTHREAD_MUTEX_INITIALIZER;

/* With API 1 and several vCPUs, what an inline addition cannot tell apart is added by calls. */
static bool by_call(void)
{
	return qemu_plugin_version < 2 && vcpus > 1;
}

static void *must_have(void *p)
{
	if (!p) {
		dprintf(STDERR_FILENO, "foliobench-cost: no memory left for counters\n");
		abort();
	}
	return p;
}

counter_t api_counter_new(void)
{
	size_t c;

	pthread_mutex_lock(&making);
	c = atomic_load_explicit(&counters, memory_order_relaxed);
	if (c % CHUNK == 0) {
		union chunk *k = &chunks[c >> CHUNK_BITS];

		if (c >> CHUNK_BITS == CHUNKS_MAX)
			must_have(NULL);
		if (qemu_plugin_version >= 2)
			k->score = must_have(qemu.score_new(CHUNK * sizeof(uint64_t)));
		else
			k->numbers = must_have(calloc(vcpus, CHUNK * sizeof(uint64_t)));
	}
	atomic_store_explicit(&counters, c + 1, memory_order_release);
	pthread_mutex_unlock(&making);
	return (counter_t)c;
}

size_t api_counters(void)
{
	return atomic_load_explicit(&counters, memory_order_acquire);
}

static uint64_t *numbers_of(counter_t c, unsigned int vcpu)
{
	const union chunk *k = &chunks[c >> CHUNK_BITS];

	if (qemu_plugin_version >= 2)
		return qemu.score_find(k->score, vcpu);
	return k->numbers + (size_t)vcpu * CHUNK;
}

uint64_t api_counter_read(counter_t c, unsigned int vcpu)
{
	return numbers_of(c, vcpu)[c % CHUNK];
}

const uint64_t *api_counter_row(counter_t first, unsigned int vcpu, size_t *n)
{
	size_t there = api_counters() - first, room = CHUNK - first % CHUNK;

	*n = there < room ? there : room;
	return *n ? numbers_of(first, vcpu) + first % CHUNK : NULL;
}

static struct slot slot_of(counter_t c)
{
	return (struct slot){ chunks[c >> CHUNK_BITS].score, c % CHUNK * sizeof(uint64_t) };
}

struct addition {
	counter_t c;
	uint64_t n;
};

/* Lives as long as the translated code may, which nobody tells us: for good. */
static struct addition *addition_new(counter_t c, uint64_t n)
{
	struct addition *a = must_have(malloc(sizeof(*a)));

	*a = (struct addition){ c, n };
	return a;
}

static void add(unsigned int vcpu, void *data)
{
	const struct addition *a = data;

	numbers_of(a->c, vcpu)[a->c % CHUNK] += a->n;
}

static void add_access(unsigned int vcpu, uint32_t access, uint64_t vaddr, void *data)
{
	(void)access;
	(void)vaddr;
	add(vcpu, data);
}

static void add_load(unsigned int vcpu, uint32_t access, uint64_t vaddr, void *data)
{
	(void)vaddr;
	if (!qemu.mem_is_store(access))
		add(vcpu, data);
}

static void add_store(unsigned int vcpu, uint32_t access, uint64_t vaddr, void *data)
{
	(void)vaddr;
	if (qemu.mem_is_store(access))
		add(vcpu, data);
}

void api_count_tb(struct api_tb *tb, counter_t c, uint64_t n)
{
	if (by_call())
		qemu.tb_call(tb, add, NO_REGS, addition_new(c, n));
	else if (qemu_plugin_version < 2)
		qemu.tb_add(tb, INLINE_ADD, numbers_of(c, 0) + c % CHUNK, n);
	else
		qemu.tb_add_slot(tb, INLINE_ADD, slot_of(c), n);
}

void api_count_insn(struct api_insn *insn, counter_t c, uint64_t n)
{
	if (by_call())
		qemu.insn_call(insn, add, NO_REGS, addition_new(c, n));
	else if (qemu_plugin_version < 2)
		qemu.insn_add(insn, INLINE_ADD, numbers_of(c, 0) + c % CHUNK, n);
	else
		qemu.insn_add_slot(insn, INLINE_ADD, slot_of(c), n);
}

/*
 * QEMU 7.2, asked for what reads or for what writes, tells of others (of all that access memory,
 * asked for stores; of stores, asked for loads): there both are asked for, and told apart here.
 */
static void count_accesses(struct api_insn *insn, counter_t c, int rw)
{
	if (qemu_plugin_version < 2)
		qemu.mem_call(insn, rw == MEM_READ ? add_load : add_store, NO_REGS,
			      MEM_READ | MEM_WRITE, addition_new(c, 1));
	else
		qemu.mem_add_slot(insn, rw, INLINE_ADD, slot_of(c), 1);
}

void api_count_loads(struct api_insn *insn, counter_t c)
{
	count_accesses(insn, c, MEM_READ);
}

void api_count_stores(struct api_insn *insn, counter_t c)
{
	count_accesses(insn, c, MEM_WRITE);
}

void api_count_accesses(struct api_insn *insn, counter_t c)
{
	if (by_call())
		qemu.mem_call(insn, add_access, NO_REGS, MEM_READ | MEM_WRITE, addition_new(c, 1));
	else if (qemu_plugin_version < 2)
		qemu.mem_add(insn, MEM_READ | MEM_WRITE, INLINE_ADD, numbers_of(c, 0) + c % CHUNK,
			     1);
	else
		qemu.mem_add_slot(insn, MEM_READ | MEM_WRITE, INLINE_ADD, slot_of(c), 1);
}

void api_call_insn(struct api_insn *insn, api_call_t fn, void *data)
{
	qemu.insn_call(insn, fn, NO_REGS, data);
}

struct access_call {
	api_access_t fn;
	void *data;
};

static void access_one(unsigned int vcpu, uint32_t access, uint64_t vaddr, void *data)
{
	const struct access_call *call = data;

	call->fn(vcpu, vaddr, qemu.mem_is_store(access), call->data);
}

void api_call_access(struct api_insn *insn, api_access_t fn, void *data)
{
	struct access_call *call = must_have(malloc(sizeof(*call)));

	*call = (struct access_call){ fn, data };
	qemu.mem_call(insn, access_one, NO_REGS, MEM_READ | MEM_WRITE, call);
}

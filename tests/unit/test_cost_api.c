// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * runner/cost/plugin/api.c on emulators that are made up of what releases of QEMU export: which
 * version of the interface is claimed, and how is counted with it. The file is included, so that
 * what it looks up comes from here.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <link.h>

#include "lib/cleanup.h"
#include "tests/unit/unit.h"

static void *fake_dlsym(void *handle, const char *name);
static int fake_iterate(int (*fn)(struct dl_phdr_info *, size_t, void *), void *data);

#define dlsym		fake_dlsym
#define dl_iterate_phdr fake_iterate
#include "runner/cost/plugin/api.c" /* NOLINT(bugprone-suspicious-include): see above */
#undef dlsym
#undef dl_iterate_phdr

/* Functions that not all releases have, behind "qemu_plugin_", with a space on each side. */
#define OLD " register_vcpu_tb_exec_inline register_vcpu_insn_exec_inline register_vcpu_mem_inline "
#define NEW                                                                                        \
	" scoreboard_new scoreboard_find register_vcpu_tb_exec_inline_per_vcpu "                   \
	"register_vcpu_insn_exec_inline_per_vcpu register_vcpu_mem_inline_per_vcpu "
#define API4 NEW "read_memory_vaddr "
#define API5 API4 "write_memory_vaddr write_memory_hwaddr register_vcpu_discon_cb "
#define API6 API5 "set_pc register_vcpu_syscall_filter_cb "

static const struct release {
	const char *says; /* what its --version prints */
	const char *functions;
	int min, cur; /* the range of plugins that it takes */
	int claimed;
} releases[] = {
	{ "QEMU emulator version 7.2.22 (Debian 1:7.2+dfsg-7)\n", OLD, 0, 1, 1 },
	{ "QEMU emulator version 9.0.2\n", NEW, 2, 2, 2 },
	{ "QEMU emulator version 9.1.0\n", NEW, 2, 3, 2 },
	{ "QEMU emulator version 10.0.13 (Debian)\n", API4, 2, 4, 4 },
	{ "QEMU emulator version 10.2.2\n", API5, 2, 5, 5 },
	{ "QEMU emulator version 11.0.0\n", API6, 2, 6, 6 },
	{ "QEMU emulator version 11.1.3 (Debian)\n", API6, 7, 7, 7 },
	{ "QEMU emulator version 12.0.0\n", API6, 7, 8, 7 },
	{ "something else\n", API6, 7, 7, 7 },
};

static const struct release *here;
static uint64_t storage[4][1 << CHUNK_BITS]; /* a scoreboard's, by vCPU */
static uint64_t *inline_at;
static uint64_t inline_n;
static struct slot slot_at;
static api_call_t called;
static void *called_data;
static unsigned int translated;
static const uint8_t bytes[] = { 0x0f, 0x1f, 0x40, 0x00 };

static void on_translate_id(uint64_t id, trans_id_fn fn)
{
	fn(id, NULL);
}

static void on_translate_data(uint64_t id, trans_fn fn, void *data)
{
	(void)id;
	fn(NULL, data);
}

static void nothing(void)
{
}

static size_t size_is_4(const struct api_insn *insn)
{
	(void)insn;
	return sizeof(bytes);
}

static const void *bytes_at(const struct api_insn *insn)
{
	(void)insn;
	return bytes;
}

static size_t bytes_copied(const struct api_insn *insn, void *to, size_t room)
{
	(void)insn;
	memcpy(to, bytes, room);
	return room;
}

static void tb_called(struct api_tb *tb, api_call_t fn, int flags, void *data)
{
	(void)tb;
	(void)flags;
	called = fn;
	called_data = data;
}

static void tb_inline(struct api_tb *tb, int op, void *number, uint64_t n)
{
	(void)tb;
	assert_int_equal(op, 0);
	inline_at = number;
	inline_n = n;
}

static void tb_slot(struct api_tb *tb, int op, struct slot slot, uint64_t n)
{
	(void)tb;
	assert_int_equal(op, 0);
	slot_at = slot;
	inline_n = n;
}

static struct score *a_score(size_t size)
{
	assert_int_equal(size, sizeof(storage[0]));
	return (struct score *)storage;
}

static void *in_score(struct score *score, unsigned int vcpu)
{
	return (char *)score + vcpu * sizeof(storage[0]);
}

static void *function(const char *name)
{
	bool ids = here->cur < 7;
	const struct {
		const char *name;
		void *fn;
	} known[] = {
		{ "register_vcpu_tb_trans_cb",
		  ids ? (void *)on_translate_id : (void *)on_translate_data },
		{ "insn_size", (void *)size_is_4 },
		{ "insn_data", here->cur < 3 ? (void *)bytes_at : (void *)bytes_copied },
		{ "register_vcpu_tb_exec_cb", (void *)tb_called },
		{ "register_vcpu_tb_exec_inline", (void *)tb_inline },
		{ "register_vcpu_tb_exec_inline_per_vcpu", (void *)tb_slot },
		{ "scoreboard_new", (void *)a_score },
		{ "scoreboard_find", (void *)in_score },
	};

	for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
		if (!strcmp(known[i].name, name))
			return known[i].fn;
	}
	return (void *)nothing;
}

static void *fake_dlsym(void *handle, const char *name)
{
	static const char all[] = OLD API6;
	char *word;
	bool there;

	(void)handle;
	if (!here)
		return NULL; /* the constructor, before main() */
	assert_memory_equal(name, "qemu_plugin_", 12);
	word = xasprintf(" %s ", name + 12);
	there = strstr(here->functions, word) || !strstr(all, word);
	free(word);
	return there ? function(name + 12) : NULL;
}

static int fake_iterate(int (*fn)(struct dl_phdr_info *, size_t, void *), void *data)
{
	/* the program: a part that cannot be read, and the text in one that can */
	ElfW(Phdr) ph[2] = {
		{ .p_type = PT_LOAD, .p_flags = 0, .p_vaddr = 8, .p_memsz = 1 << 30 },
		{ .p_type = PT_LOAD,
		  .p_flags = PF_R,
		  .p_vaddr = (uintptr_t)here->says,
		  .p_memsz = strlen(here->says) },
	};
	struct dl_phdr_info info = { .dlpi_phdr = ph, .dlpi_phnum = 2 };

	return fn(&info, sizeof(info), data);
}

static void on_tb(struct api_tb *tb)
{
	(void)tb;
	translated++;
}

static const struct api_events our_events = { on_tb, nothing };

static int start(const struct release *r, int n_vcpus)
{
	struct info info = { "x86_64", { r->min, r->cur }, true, { n_vcpus, n_vcpus } };

	here = r;
	memset(&qemu, 0, sizeof(qemu));
	/* numbers of our own; a scoreboard is the emulator's */
	for (size_t i = 0; i * CHUNK < counters && qemu_plugin_version < 2; i++)
		free(chunks[i].numbers);
	memset(chunks, 0, sizeof(chunks));
	memset(storage, 0, sizeof(storage));
	counters = 0;
	translated = 0;
	inline_at = NULL;
	slot_at = (struct slot){ NULL, 0 };
	called = NULL;
	choose_version();
	return api_start(1, &info, &our_events);
}

static void each_release_takes_what_is_claimed(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(releases); i++) {
		const struct release *r = &releases[i];
		uint8_t got[16] = { 0 };

		assert_int_equal(start(r, 1), 0);
		if (qemu_plugin_version != r->claimed || r->claimed < r->min || r->claimed > r->cur)
			fail_msg("%s: version %d is claimed", r->says, qemu_plugin_version);
		assert_int_equal(translated, 1); /* with its own kind of callback */
		assert_int_equal(api_insn_bytes(NULL, got, sizeof(got)), sizeof(bytes));
		assert_memory_equal(got, bytes, sizeof(bytes));
		assert_int_equal(api_level(), r->cur);
		assert_string_equal(api_target(), "x86_64");
	}
}

static void an_emulator_without_inline_counters_is_refused(void **state)
{
	static const struct release old = { "QEMU emulator version 4.2\n", "", 0, 0, 1 };

	(void)state;
	assert_int_equal(start(&old, 1), -1);
}

static void a_counter_of_one_cpu_is_added_to_in_place(void **state)
{
	counter_t c = 0;
	size_t n = 0;
	const uint64_t *row;

	(void)state;
	assert_int_equal(start(&releases[0], 1), 0);
	for (int i = 0; i < CHUNK + 3; i++) /* into the second chunk */
		c = api_counter_new();
	api_count_tb(NULL, c, 5);
	assert_non_null(inline_at);
	assert_int_equal(inline_n, 5);
	*inline_at += inline_n;
	assert_int_equal(api_counter_read(c, 0), 5);
	assert_int_equal(api_counters(), CHUNK + 3);
	assert_non_null(api_counter_row(10, 0, &n));
	assert_int_equal(n, CHUNK - 10);
	row = api_counter_row(CHUNK, 0, &n);
	assert_int_equal(n, 3);
	assert_int_equal(row[2], 5);
	assert_null(api_counter_row(CHUNK + 3, 0, &n));
}

static void several_cpus_of_an_old_emulator_are_told_apart_by_calls(void **state)
{
	counter_t c;

	(void)state;
	assert_int_equal(start(&releases[0], 4), 0);
	api_counter_new();
	c = api_counter_new();
	api_count_tb(NULL, c, 5);
	assert_null(inline_at);
	assert_non_null(called);
	called(2, called_data);
	called(2, called_data);
	called(0, called_data);
	assert_int_equal(api_counter_read(c, 2), 10);
	assert_int_equal(api_counter_read(c, 0), 5);
	assert_int_equal(api_counter_read(c, 1), 0);
	assert_int_equal(api_counter_read(c - 1, 2), 0);
}

static void several_cpus_of_a_new_one_have_an_element_each(void **state)
{
	counter_t c;

	(void)state;
	assert_int_equal(start(&releases[3], 4), 0);
	api_counter_new();
	c = api_counter_new();
	api_count_tb(NULL, c, 5);
	assert_null(called);
	assert_ptr_equal(slot_at.score, storage);
	assert_int_equal(slot_at.offset, sizeof(uint64_t));
	storage[3][1] = 77;
	assert_int_equal(api_counter_read(c, 3), 77);
	assert_int_equal(api_counter_read(c, 0), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_release_takes_what_is_claimed),
		cmocka_unit_test(an_emulator_without_inline_counters_is_refused),
		cmocka_unit_test(a_counter_of_one_cpu_is_added_to_in_place),
		cmocka_unit_test(several_cpus_of_an_old_emulator_are_told_apart_by_calls),
		cmocka_unit_test(several_cpus_of_a_new_one_have_an_element_each),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

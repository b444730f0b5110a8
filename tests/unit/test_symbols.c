// SPDX-License-Identifier: GPL-2.0-or-later
/* lib/symbols: which function an address is in, and which of its names it goes by. */
#include <errno.h>

#include "lib/cleanup.h"
#include "lib/symbols.h"
#include "tests/unit/unit.h"

static void parse(const char *text, struct symbols *s)
{
	struct error e = { "" };

	if (symbols_parse(text, strlen(text), s, &e))
		fail_msg("%s", e.msg);
}

static const char *name_at(const struct symbols *s, uint64_t addr)
{
	const struct symbol *f = symbols_at(s, addr);

	return f ? f->name : "none";
}

static const char map[] = "0000000000000000 D __per_cpu_start\n"
			  "0000000000001000 d pcpu_variable\n"
			  "0000000012345678 A __kcfi_typeid_one\n"
			  "ffffffff81000000 T _stext\n"
			  "ffffffff81000000 T _text\n"
			  "ffffffff81000000 T startup_64\n"
			  "ffffffff81000100 t __pfx_one\n"
			  "ffffffff81000110 t one\n"
			  "ffffffff81000128 t $d\n"
			  "ffffffff81000130 t .Linside\n"
			  "ffffffff81000180 r table\n"
			  "ffffffff81000190 W memcpy\n"
			  "ffffffff81000190 T __memcpy\n"
			  "ffffffff81000190 t __pi_memcpy\n"
			  "ffffffff81000190 t m\n"
			  "ffffffff810001a0 T __cfi_two\n"
			  "ffffffff810001b0 T two.llvm.4711\n"
			  "ffffffff81000200 T _etext\n"
			  "ffffffff81001000 D data\n"
			  "ffffffff81001000 B more\n";

static void functions_end_where_anything_begins(void **state)
{
	struct symbols s;

	(void)state;
	parse(map, &s);
	assert_string_equal(name_at(&s, 0xffffffff81000000), "startup_64");
	assert_string_equal(name_at(&s, 0xffffffff810000ff), "startup_64");
	assert_string_equal(name_at(&s, 0xffffffff81000100), "__pfx_one");
	assert_string_equal(name_at(&s, 0xffffffff81000110), "one");
	assert_string_equal(name_at(&s, 0xffffffff81000131), "one");
	assert_string_equal(name_at(&s, 0xffffffff8100017f), "one");
	assert_string_equal(name_at(&s, 0xffffffff81000180), "none");
	assert_string_equal(name_at(&s, 0xffffffff81000190), "memcpy");
	assert_string_equal(name_at(&s, 0xffffffff810001a0), "__cfi_two");
	assert_string_equal(name_at(&s, 0xffffffff810001ff), "two.llvm.4711");
	assert_string_equal(name_at(&s, 0xffffffff81000fff), "_etext");
	assert_string_equal(name_at(&s, 0xffffffff81001000), "none");
	assert_string_equal(name_at(&s, 0xffffffff80ffffff), "none");
	assert_string_equal(name_at(&s, 0x1000), "none");
	assert_string_equal(name_at(&s, UINT64_MAX), "none");
	assert_true(symbols_find(&s, "one")->end == 0xffffffff81000180);
	assert_null(symbols_find(&s, "data"));
	assert_null(symbols_find(&s, "__memcpy"));
	symbols_release(&s);
}

static void names_do_not_depend_on_the_order(void **state)
{
	__strbuf struct strbuf turned = { 0 };
	__strv struct strv lines = { 0 };
	struct symbols a, b;

	(void)state;
	strv_split(&lines, map, "\n");
	for (size_t i = lines.n; i--;) {
		strbuf_addstr(&turned, lines.v[i]);
		strbuf_addch(&turned, '\n');
	}
	parse(map, &a);
	parse(strbuf_str(&turned), &b);
	assert_int_equal(a.n, b.n);
	for (size_t i = 0; i < a.n; i++) {
		assert_string_equal(a.v[i].name, b.v[i].name);
		assert_true(a.v[i].addr == b.v[i].addr && a.v[i].end == b.v[i].end);
	}
	symbols_release(&a);
	symbols_release(&b);
}

/* kallsyms lists modules behind the kernel, wherever they are, with a tab before their names. */
static void modules_and_user_programs(void **state)
{
	struct symbols s;

	(void)state;
	parse("ffff800080010000 T _stext\n"
	      "ffff800080010000 T kernel_function\n"
	      "ffff800080010040 d ends_it\n"
	      "ffff800078001000 t zram_write\t[zram]\n"
	      "ffff800078001080 t zram_read.part.0\t[zram]\n"
	      "400300 u main 40\n"
	      "400320 u inner 10\n"
	      "400400 u last 8\n",
	      &s);
	assert_string_equal(name_at(&s, 0xffff800080010004), "kernel_function");
	assert_string_equal(name_at(&s, 0xffff80007800107f), "zram_write [zram]");
	assert_string_equal(name_at(&s, 0xffff800078001080), "zram_read.part.0 [zram]");
	assert_string_equal(name_at(&s, 0x400300), "main");
	assert_string_equal(name_at(&s, 0x40031f), "main");
	assert_string_equal(name_at(&s, 0x40032f), "inner");
	assert_string_equal(name_at(&s, 0x400330), "none");
	assert_string_equal(name_at(&s, 0x400407), "last");
	assert_string_equal(name_at(&s, 0x400408), "none");
	symbols_release(&s);
}

/* Nothing tells where the last one ends: not far behind. */
static void the_last_function(void **state)
{
	struct symbols s;

	(void)state;
	parse("ffffffffc0000010 t last\t[m]", &s);
	assert_string_equal(name_at(&s, 0xffffffffc0000fff), "last [m]");
	assert_string_equal(name_at(&s, 0xffffffffc0001000), "none");
	symbols_release(&s);
	parse("fffffffffffffff0 T last\n", &s);
	assert_string_equal(name_at(&s, 0xfffffffffffffffe), "last");
	symbols_release(&s);
}

static void encoded_and_back(void **state)
{
	__strbuf struct strbuf text = { 0 }, both = { 0 }, again = { 0 };
	struct symbols s, back;

	(void)state;
	strbuf_addstr(&both, map);
	strbuf_addstr(&both, "ffffffffc0000010 t f.isra.0\t[m]\n400300 u main 40\n400400 u g 8\n");
	parse(strbuf_str(&both), &s);
	symbols_encode(&s, &text);
	parse(strbuf_str(&text), &back);
	assert_int_equal(s.n, back.n);
	for (size_t i = 0; i < s.n; i++) {
		assert_string_equal(s.v[i].name, back.v[i].name);
		assert_true(s.v[i].addr == back.v[i].addr);
		assert_true(s.v[i].end == back.v[i].end);
	}
	symbols_encode(&back, &again);
	assert_string_equal(strbuf_str(&text), strbuf_str(&again));
	assert_null(strstr(strbuf_str(&text), "data"));
	assert_contains(strbuf_str(&text), "400300 u main 40\n");
	assert_contains(strbuf_str(&text), "ffffffff81000180 e -\n");
	symbols_release(&s);
	symbols_release(&back);
}

static void refused(void **state)
{
	static const struct {
		const char *text, *why;
	} bad[] = {
		{ "", "no functions among 0" },
		{ "ffffffff81000000 D data\n", "no functions among 1" },
		{ "0000000000000000 T one\n0000000000000000 t two\n", "kptr_restrict" },
		{ "ffffffff81000000 T one\nnonsense\n", "line 2 is no symbol: 'nonsense'" },
		{ "ffffffff81000000 T\n", "line 1" },
		{ "ffffffff81000000 T \n", "line 1" },
		{ "ffffffff81000000 TT one\n", "line 1" },
		{ "1ffffffff81000000 T one\n", "line 1" },
		{ "ffffffff81000000\n", "line 1" },
		{ "ffffffff81000000 T one two\n", "line 1" },
		{ "ffffffff81000000 T one [m\n", "line 1" },
		{ "ffffffff81000000 T one [m] [n]\n", "line 1" },
		{ "400000 u main\n", "line 1" },
		{ "400000 u main 0\n", "line 1" },
		{ "400000 u main x\n", "line 1" },
		{ "ffffffffffffff00 u main fff\n", "line 1" },
	};
	static const char zero[] = "ffffffff81000000 T o\0ne\n";
	struct symbols s;
	struct error e;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		e.msg[0] = '\0';
		if (symbols_parse(bad[i].text, strlen(bad[i].text), &s, &e) != -EPROTO)
			fail_msg("'%s' was not refused", bad[i].text);
		assert_contains(e.msg, bad[i].why);
		assert_null(s.text);
	}
	assert_int_equal(symbols_parse(zero, sizeof(zero) - 1, &s, &e), -EPROTO);
}

/* Any damage to a text is refused or read; ASan sees what goes beyond. */
static void damaged(void **state)
{
	uint64_t seed = 1;
	struct symbols s;

	(void)state;
	for (int i = 0; i < 5000; i++) {
		size_t n = sizeof(map) - 1;
		char *copy = memcpy(xcalloc(n, 1), map, n);

		for (int j = 0; j < 3; j++) {
			seed = seed * 6364136223846793005u + 1442695040888963407u;
			copy[(seed >> 33) % n] = "\n\t 0f[]tu\xff"[(seed >> 20) % 10];
		}
		n -= (seed >> 40) % n;
		if (!symbols_parse(copy, n, &s, NULL)) {
			for (size_t j = 0; j < s.n; j++)
				assert_true(s.v[j].end > s.v[j].addr);
			symbols_release(&s);
		}
		free(copy);
	}
}

static void bases(void **state)
{
	static const char *const names[][2] = {
		{ "zap_pte_range", "zap_pte_range" },
		{ "zap_pte_range.isra.0", "zap_pte_range" },
		{ "zap_pte_range.constprop.0.isra.12", "zap_pte_range" },
		{ "zap_pte_range.part.0.cold", "zap_pte_range" },
		{ "zap_pte_range.cold", "zap_pte_range" },
		{ "zap_pte_range.llvm.1234567890", "zap_pte_range" },
		{ "zap_pte_range.__uniq.12.llvm.3", "zap_pte_range" },
		{ "zram_write.part.0 [zram]", "zram_write [zram]" },
		{ "zram_write [zram]", "zram_write [zram]" },
		{ "folio_copy", "folio_copy" },
		{ "__pfx_one", "__pfx_one" },
		{ ".hidden", ".hidden" },
		{ "", "" },
	};
	char buf[64], small[5];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		assert_string_equal(symbol_base(names[i][0], buf, sizeof(buf)), names[i][1]);
	assert_string_equal(symbol_base("zap_pte_range.isra.0", small, sizeof(small)), "zap_");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(functions_end_where_anything_begins),
		cmocka_unit_test(names_do_not_depend_on_the_order),
		cmocka_unit_test(modules_and_user_programs),
		cmocka_unit_test(the_last_function),
		cmocka_unit_test(encoded_and_back),
		cmocka_unit_test(refused),
		cmocka_unit_test(damaged),
		cmocka_unit_test(bases),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

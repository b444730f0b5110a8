// SPDX-License-Identifier: GPL-2.0-or-later
/* results/floor.c: whose figures are of one machine, and the floors that the store has. */
#include <math.h>

#include "results/db.h"
#include "results/floor.h"
#include "tests/unit/fake_run.h"

/* What a run and its first boot say, as JSON; NULL: nothing. */
struct fake_machine {
	const char *target, *host, *hello, *facts;
};

static json_t *parse(const char *text)
{
	json_t *j = text ? json_parse(text, strlen(text), NULL) : NULL;

	if (text && !j)
		fail_msg("no JSON: %s", text);
	return j;
}

static char *key_of(const struct fake_machine *m)
{
	json_t *host __json = parse(m->host);
	json_t *hello __json = parse(m->hello);
	json_t *facts __json = parse(m->facts);

	return machine_key(m->target, host, hello, facts);
}

static void expect_key(const struct fake_machine *m, const char *expected)
{
	char *key __free = key_of(m);

	assert_string_equal(key, expected);
}

#define EPYC                                                                                       \
	"{\"cpu\":\"AMD EPYC\",\"cpu_family\":\"26\",\"cpu_model\":\"2\",\"cpu_stepping\":\"1\","  \
	"\"cpus\":2,\"numa\":[{\"node\":0}],\"microcode\":\"0x1000065\",\"host\":\"vm\","          \
	"\"memory_bytes\":25276510208}"
#define COUNTED "{\"unit\":\"insn\",\"facts\":{\"arch\":\"x86_64\",\"cpus\":1,\"nodes\":[{}]}}"
#define TIMED	"{\"unit\":\"ns\",\"facts\":{\"arch\":\"x86_64\",\"cpus\":2,\"nodes\":[{}]}}"
#define GUEST(accel, version, cpus, memory)                                                        \
	"{\"accel\":\"" accel "\",\"emulator_version\":\"" version "\",\"machine\":\"pc\","        \
	"\"cpu\":\"EPYC-Rome,-rdrand\",\"cpus\":" cpus ",\"nodes\":1,\"memory_mib\":" memory       \
	",\"image\":\"/x\"}"

static void test_keys(void **state)
{
	const struct fake_machine counted = { "qemu", EPYC, COUNTED,
					      GUEST("tcg", "7.2.22 (Debian 1:7.2)", "1", "1024") };
	const struct fake_machine timed = { "qemu", EPYC, TIMED,
					    GUEST("tcg", "7.2.22 (Debian 1:7.2)", "2", "1024") };
	const struct fake_machine kvm = { "kvm", EPYC, TIMED,
					  GUEST("kvm", "7.2.22 (Debian 1:7.2)", "2", "1024") };
	const struct fake_machine local = { "local", EPYC, TIMED, "{\"release\":\"6.18\"}" };
	const struct fake_machine replay = {
		"replay", NULL,
		"{\"unit\":\"ns\",\"facts\":{\"cpus\":8,\"cpu\":{\"implementer\":\"0x41\","
		"\"part\":\"0xd0c\"},\"nodes\":[{},{}]}}",
		NULL
	};
	const struct fake_machine nothing = { "local", NULL, NULL, NULL };

	(void)state;
	expect_key(&counted, "qemu 7.2.22 pc EPYC-Rome x86_64, 1 CPU, 1024M");
	expect_key(&timed, "qemu 7.2.22 pc EPYC-Rome AMD EPYC 26/2/1, 2 CPUs, 1024M");
	expect_key(&kvm, "kvm 7.2.22 pc AMD EPYC 26/2/1, 2 CPUs, 1024M");
	expect_key(&local, "local AMD EPYC 26/2/1, 2 CPUs");
	expect_key(&replay, "replay CPU 0x41/0xd0c, 8 CPUs, 2 nodes");
	expect_key(&nothing, "local");
}

#define BIG_HOST                                                                                   \
	"{\"cpu\":\"Intel Xeon\",\"cpu_family\":\"6\",\"cpu_model\":\"143\",\"cpu_stepping\":"     \
	"\"8\",\"cpus\":64,\"product\":\"R760\",\"numa\":[{\"node\":0},{\"node\":1}]}"

/* Pairs that are one machine, and pairs that are not. */
static void test_same_and_different(void **state)
{
	static const struct {
		bool same;
		struct fake_machine a, b;
	} pairs[] = {
		/* counts of one CPU are the emulator's, wherever it runs, and whoever packed it */
		{ true,
		  { "qemu", EPYC, COUNTED, GUEST("tcg", "7.2.22 (Debian 1)", "1", "1024") },
		  { "qemu", BIG_HOST, COUNTED, GUEST("tcg", "7.2.22 (Fedora)", "1", "1024") } },
		/* another time stamp, another file */
		{ true,
		  { "local", EPYC, TIMED, "{\"args\":[1]}" },
		  { "local", EPYC, TIMED, "{\"args\":[2],\"release\":\"6.19\"}" } },
		/* its times are the host's */
		{ false,
		  { "qemu", EPYC, TIMED, GUEST("tcg", "7.2.22", "2", "1024") },
		  { "qemu", BIG_HOST, TIMED, GUEST("tcg", "7.2.22", "2", "1024") } },
		{ false,
		  { "kvm", EPYC, TIMED, GUEST("kvm", "7.2.22", "2", "1024") },
		  { "kvm", BIG_HOST, TIMED, GUEST("kvm", "7.2.22", "2", "1024") } },
		{ false, { "local", EPYC, TIMED, NULL }, { "local", BIG_HOST, TIMED, NULL } },
		/* emulator, CPUs, memory, target */
		{ false,
		  { "qemu", EPYC, COUNTED, GUEST("tcg", "7.2.22", "1", "1024") },
		  { "qemu", EPYC, COUNTED, GUEST("tcg", "8.2.0", "1", "1024") } },
		{ false,
		  { "kvm", EPYC, TIMED, GUEST("kvm", "7.2.22", "2", "1024") },
		  { "kvm", EPYC, TIMED, GUEST("kvm", "7.2.22", "4", "1024") } },
		{ false,
		  { "qemu", EPYC, COUNTED, GUEST("tcg", "7.2.22", "1", "1024") },
		  { "qemu", EPYC, COUNTED, GUEST("tcg", "7.2.22", "1", "2048") } },
		{ false,
		  { "kvm", EPYC, TIMED, GUEST("kvm", "7.2.22", "2", "1024") },
		  { "qemu", EPYC, TIMED, GUEST("tcg", "7.2.22", "2", "1024") } },
		/* a machine with nodes switched off */
		{ false,
		  { "local", BIG_HOST, "{\"unit\":\"ns\",\"facts\":{\"nodes\":[{},{}]}}", NULL },
		  { "local", BIG_HOST, "{\"unit\":\"ns\",\"facts\":{\"nodes\":[{}]}}", NULL } },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(pairs); i++) {
		char *a __free = key_of(&pairs[i].a);
		char *b __free = key_of(&pairs[i].b);

		if (!strcmp(a, b) != pairs[i].same)
			fail_msg("pair %zu: \"%s\" and \"%s\"", i, a, b);
	}
}

/* A run of "stock" and "stock/again", one cell each, and floors by hand. */
static struct store *store_with_floors(const char *dir)
{
	struct store *s = fake_open(dir);
	int64_t run = fake_run(s, "local");
	struct fake_boot b = fake_boot(s, run, "stock/again", 'a', 0, "ns");
	struct error e = { "" };

	fake_cell(&b, 0, "fork", "{\"folio\":\"4K\",\"size\":\"16M\"}", "");
	fake_cell(&b, 1, "fork", "{\"folio\":\"64K\",\"size\":\"16M\"}", "");
	fake_end(&b, "ok", "");
	b = fake_boot(s, run, "stock", 'a', 0, "ns");
	fake_end(&b, "ok", "");
	if (db_exec(s,
		    "INSERT INTO floor VALUES('m1', 2, 'per_page', 'ns', 0.02, 0.03, 10, 4, 1),"
		    "('m1', 1, 'per_page', 'ns', 0.01, NULL, 10, 1, 1),"
		    "('m0', 1, 'per_page', 'ns', 0.5, NULL, 3, 1, 1)",
		    &e))
		fail_msg("%s", e.msg);
	return s;
}

static void test_load_and_find(void **state)
{
	char *dir = scratch_make();
	struct store *s = store_with_floors(dir);
	json_t *params __json = parse("{\"size\":\"16M\",\"folio\":\"64K\"}");
	const struct floor *f;
	struct floor *v;
	struct error e = { "" };
	size_t n;

	(void)state;
	assert_int_equal(floors_load(s, NULL, &v, &n, &e), 0);
	assert_int_equal(n, 3);
	assert_string_equal(v[0].machine, "m0");
	assert_true(v[0].reboot == 0.5 && v[0].rebuild < 0);
	floors_free(v, n);

	assert_int_equal(floors_load(s, "m1", &v, &n, &e), 0);
	assert_int_equal(n, 2);
	f = floor_find(v, n, "fork", params, "per_page", "ns");
	assert_non_null(f);
	assert_true(f->reboot == 0.02 && f->rebuild == 0.03);
	assert_int_equal(f->boots, 10);
	assert_int_equal(f->layouts, 4);
	assert_int_equal(f->run_id, 1);
	/* not its other arm */
	assert_string_equal(f->kernel, "stock");
	assert_int_equal(strlen(f->when), strlen("2026-11-21T19:30:00Z"));
	assert_null(floor_find(v, n, "fork", params, "per_page", "insn"));
	assert_null(floor_find(v, n, "fork", params, "reused", "ns"));
	assert_null(floor_find(v, n, "cow", params, "per_page", "ns"));
	json_object_set_new(params, "size", json_string("32M"));
	assert_null(floor_find(v, n, "fork", params, "per_page", "ns"));
	floors_free(v, n);

	assert_int_equal(floors_load(s, "m2", &v, &n, &e), 0);
	assert_true(!v && !n);
	floors_free(v, n);
	store_close(s);
	scratch_remove(dir);
}

/* Eight blocks of two kernels; the second one takes 3 % more, within 0.1 %. */
static int64_t run_of_two(struct store *s)
{
	int64_t run = fake_run(s, "local");
	struct error e = { "" };

	for (unsigned int i = 0; i < 16; i++) {
		const bool patched = i % 2;
		struct fake_boot b = fake_boot(s, run, patched ? "stock" : "knockouts",
					       patched ? 'b' : 'a', i / 2, "ns");
		double value = 100 * (patched ? 1.03 : 1) * (1 + 0.0005 * (i % 3));
		char *values __free = xasprintf("\"per_page\":%.10g", value);

		fake_cell(&b, 0, "fork", "{\"folio\":\"64K\",\"size\":\"16M\"}", "");
		fake_sample(&b, 0, 0, "ok", values);
		fake_end(&b, "ok", "");
	}
	assert_int_equal(store_run_end(s, run, "complete", &e), 0);
	return run;
}

static void expect_verdict(struct store *s, int64_t run, enum verdict v, double floor,
			   bool calibrated)
{
	const struct compare_query q = { .baseline = "knockouts",
					 .patched = "stock",
					 .run_id = run };
	struct comparison c;
	struct error e = { "" };

	if (compare_load(s, &q, &c, &e))
		fail_msg("%s", e.msg);
	assert_int_equal(c.n_cells, 1);
	assert_string_equal(verdict_name(c.cells[0].verdict), verdict_name(v));
	assert_true(fabs(c.cells[0].j.floor - floor) < 1e-12);
	assert_int_equal(c.cells[0].j.calibrated, calibrated);
	comparison_release(&c);
}

static void set_floor(struct store *s, const char *machine, const char *reboot, const char *rebuild)
{
	char *sql __free =
		xasprintf("DELETE FROM floor; INSERT INTO floor SELECT '%s', id, 'per_page', 'ns',"
			  " %s, %s, 8, 1, 1 FROM cell",
			  machine, reboot, rebuild);
	struct error e = { "" };

	if (db_exec(s, sql, &e))
		fail_msg("%s", e.msg);
}

/* From a row of the store to the verdict of a later comparison on the same machine. */
static void test_comparisons_use_floors(void **state)
{
	const struct run_rules calibration = { .calibration = true };
	char *dir = scratch_make();
	struct store *s = fake_open(dir);
	int64_t run = run_of_two(s);
	char *machine __free = machine_key("local", NULL, NULL, NULL);
	struct error e = { "" };

	(void)state;
	expect_verdict(s, run, VERDICT_REGRESSED, 0, false);
	set_floor(s, machine, "0.01", "NULL");
	expect_verdict(s, run, VERDICT_REGRESSED, 0.01, true);
	set_floor(s, machine, "0.05", "NULL");
	expect_verdict(s, run, VERDICT_INCONCLUSIVE, 0.05, true);
	/* one build of each: what another build could have done counts */
	set_floor(s, machine, "0.01", "0.04");
	expect_verdict(s, run, VERDICT_INCONCLUSIVE, 0.04, true);
	set_floor(s, "another machine", "0.05", "NULL");
	expect_verdict(s, run, VERDICT_REGRESSED, 0, false);
	/* a run that is to find floors is not judged by those that there are */
	set_floor(s, machine, "0.05", "NULL");
	assert_int_equal(rules_store(s, run, &calibration, &e), 0);
	expect_verdict(s, run, VERDICT_REGRESSED, 0, false);
	store_close(s);
	scratch_remove(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_keys),
		cmocka_unit_test(test_same_and_different),
		cmocka_unit_test(test_load_and_find),
		cmocka_unit_test(test_comparisons_use_floors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

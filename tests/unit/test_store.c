// SPDX-License-Identifier: GPL-2.0-or-later
/* results/store: what goes in comes out, raw; hostile files and records; two programs at once. */
#include <errno.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#include "results/db.h"
#include "results/summary.h"
#include "tests/unit/fake_run.h"

static void write_file(const char *dir, const char *text, size_t len)
{
	char *path __free = xasprintf("%s/store.db", dir);

	assert_int_equal(fs_write(path, text, len, NULL), 0);
}

static int open_in(const char *dir, struct error *e)
{
	char *path __free = xasprintf("%s/store.db", dir);
	struct store *s;
	int rc = store_open(path, &s, e);

	store_close(s);
	return rc;
}

/* The one number that SQL gives. */
static int64_t number(struct store *s, const char *sql)
{
	sqlite3_stmt *st __stmt = NULL;
	struct error e = { "" };

	if (db_prepare(s, sql, &st, &e) || db_step(s, st, &e) != 1)
		fail_msg("%s: %s", sql, e.msg);
	return sqlite3_column_int64(st, 0);
}

static void keeps_runs_and_boots(void **state)
{
	char *dir = scratch_make();
	struct store *s = fake_open(dir);
	struct store_run_row *runs;
	struct error e = { "" };
	size_t n;

	(void)state;
	fake_full_run(s, "insn");
	store_close(s);
	s = fake_open(dir);
	assert_int_equal(store_runs(s, &runs, &n, &e), 0);
	assert_int_equal(n, 1);
	assert_string_equal(runs[0].kernels, "knockouts, stock");
	assert_string_equal(runs[0].state, "complete");
	assert_int_equal(runs[0].boots_ok, 6);
	store_runs_free(runs, n);
	assert_int_equal(number(s, "SELECT count(*) FROM boot WHERE first_sample_s = 2.5"), 6);
	assert_int_equal(number(s, "SELECT count(*) FROM sample"), 6 * 7 * 5 * 5);
	assert_int_equal(number(s, "SELECT count(*) FROM kernel WHERE release = '7.3.4'"), 2);
	store_close(s);
	scratch_remove(dir);
}

/* Of what is known of a kernel later nothing earlier is lost; each boot has its own layout. */
static void keeps_configurations_and_layouts(void **state)
{
	static const char *const configs[] = { NULL, "CONFIG_A=y\n", NULL };
	char *dir = scratch_make();
	struct store *s = fake_open(dir);
	int64_t run = fake_run(s, "qemu"), id;
	struct error e = { "" };

	(void)state;
	for (unsigned int i = 0; i < ARRAY_SIZE(configs); i++) {
		struct store_boot sb = {
			.run_id = run,
			.kernel = { .name = "stock", .hash = "b", .config = configs[i] },
			.target = "qemu",
			.layout = i,
		};

		assert_int_equal(store_boot_begin(s, &sb, &id, &e), 0);
		assert_int_equal(store_boot_end(s, id, "ok", "", 1, 1, &e), 0);
	}
	assert_int_equal(number(s, "SELECT count(*) FROM kernel"), 1);
	assert_int_equal(number(s, "SELECT config = 'CONFIG_A=y\n' FROM kernel"), 1);
	assert_int_equal(number(s, "SELECT count(DISTINCT layout) FROM boot"), 3);
	assert_int_equal(number(s, "SELECT max(layout) FROM boot"), 2);
	store_close(s);
	scratch_remove(dir);
}

static int record(const struct fake_boot *b, const char *line, struct error *e)
{
	struct record rec;
	int rc;

	assert_int_equal(record_parse(line, strlen(line), &rec, e), 0);
	rc = store_record(b->s, b->id, &rec, e);
	record_release(&rec);
	return rc;
}

static void refuses_records_without_sense(void **state)
{
	char *dir = scratch_make();
	struct store *s = fake_open(dir);
	struct fake_boot b = fake_boot(s, fake_run(s, "qemu"), "stock", 'b', 0, "insn");
	struct error e = { "" };

	(void)state;
	assert_int_equal(
		record(&b,
		       "{\"t\":\"sample\",\"cell\":4,\"n\":0,\"state\":\"ok\",\"values\":{},"
		       "\"evidence\":{}}",
		       &e),
		-EPROTO);
	assert_contains(e.msg, "cell 4");
	assert_int_equal(record(&b,
				"{\"t\":\"cell\",\"cell\":-1,\"case\":\"x\",\"params\":{},"
				"\"metrics\":[]}",
				&e),
			 -EPROTO);
	fake_cell(&b, 0, "cow", "{}", "");
	assert_int_equal(record(&b,
				"{\"t\":\"cell\",\"cell\":0,\"case\":\"cow\",\"params\":{},"
				"\"metrics\":[]}",
				&e),
			 -EPROTO);
	fake_end(&b, "ok", "");
	assert_int_equal(record(&b, "{\"t\":\"end\",\"cells\":0,\"samples\":0}", &e), -EINVAL);
	store_close(s);
	scratch_remove(dir);
}

static void names_what_is_wrong_with_a_file(void **state)
{
	char text[8192];
	char *dir = scratch_make();
	struct error e = { "" };

	(void)state;
	memset(text, 'x', sizeof(text));
	write_file(dir, text, sizeof(text));
	assert_int_equal(open_in(dir, &e), -EUCLEAN);
	assert_contains(e.msg, "store.db: not a store");
	assert_null(strchr(e.msg, '\n'));
	scratch_remove(dir);
}

/* Overwrites bytes of an existing store at OFFSET. */
static void patch_file(const char *dir, long offset, const void *data, size_t len)
{
	char *path __free = xasprintf("%s/store.db", dir);
	FILE *f = fopen(path, "r+");

	assert_non_null(f);
	assert_int_equal(fseek(f, offset, SEEK_SET), 0);
	assert_int_equal(fwrite(data, 1, len, f), len);
	fclose(f);
}

/* As of a recorded stream: nobody knew the kernel before its hello. */
static void takes_the_release_from_hello(void **state)
{
	static const char hello[] =
		"{\"t\":\"hello\",\"v\":1,\"agent\":\"0.1.0\",\"kernel\":\"%s\","
		"\"unit\":\"insn\",\"facts\":{}}";
	static const char *const said[] = { "6.12.1-first", "6.12.2-second" };
	static const char *const known[] = { NULL, "7.3.4" };
	char *dir = scratch_make();
	struct store *s = fake_open(dir);
	int64_t run = fake_run(s, "replay");
	struct error e = { "" };

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		const char *name = i % 2 ? "known" : "unknown";
		struct store_boot sb = {
			.run_id = run,
			.kernel = { .name = name, .hash = name, .release = known[i % 2] },
			.target = "replay",
		};
		struct fake_boot b = { .s = s, .run = run };
		char *line __free = xasprintf(hello, said[i / 2]);

		assert_int_equal(store_boot_begin(s, &sb, &b.id, &e), 0);
		assert_int_equal(record(&b, line, &e), 0);
		fake_end(&b, "lost", "");
	}
	assert_int_equal(number(s, "SELECT count(*) FROM kernel"), 2);
	assert_int_equal(
		number(s, "SELECT release = '6.12.1-first' FROM kernel WHERE name = 'unknown'"), 1);
	assert_int_equal(number(s, "SELECT release = '7.3.4' FROM kernel WHERE name = 'known'"), 1);
	store_close(s);
	scratch_remove(dir);
}

static void refuses_newer_and_foreign_files(void **state)
{
	static const unsigned char newer[] = { 0, 0, 0, STORE_SCHEMA + 1 }, other[] = "cook";
	char *dir = scratch_make();
	struct error e = { "" };

	(void)state;
	store_close(fake_open(dir));
	patch_file(dir, 60, newer, 4); /* user_version, as the SQLite format has it */
	assert_int_equal(open_in(dir, &e), -EPROTO);
	assert_contains(e.msg, "newer foliobench (schema 10");
	patch_file(dir, 68, other, 4); /* application_id */
	assert_int_equal(open_in(dir, &e), -EUCLEAN);
	assert_contains(e.msg, "some other program's database");
	scratch_remove(dir);
}

/* What is too much for schema 8, 7, and 6. */
#define NO_PACKS                                                                                   \
	"DROP TABLE packed; DROP TABLE packed_time; DROP TABLE packed_count;"                      \
	"ALTER TABLE boot DROP COLUMN packed;"
#define NO_FLOORS "DROP TABLE floor; ALTER TABLE run DROP COLUMN rules;" NO_PACKS
#define NO_COUNTS                                                                                  \
	"DROP TABLE cost; DROP TABLE folded; DROP TABLE profile;"                                  \
	"ALTER TABLE boot DROP COLUMN symbols_id; DROP TABLE symbols;"                             \
	"ALTER TABLE boot DROP COLUMN cost_by; ALTER TABLE boot DROP COLUMN cost_bad;"             \
	"ALTER TABLE boot_metric DROP COLUMN span; ALTER TABLE sample DROP COLUMN "                \
	"window;" NO_FLOORS

/*
 * Schema 1 had no summary of a case, 2 no rule and no word on what varies, 3 nothing of what
 * users may not do, 4 neither configurations nor layouts, 5 no series patch by patch, 6 no counts,
 * 7 no rules and no floors, 8 no packed boots.
 */
static void brings_older_stores_up(void **state)
{
	char *dir = scratch_make();
	struct store *s = fake_open(dir);
	struct error e = { "" };
	struct summary sum;

	(void)state;
	fake_full_run(s, "insn");
	assert_int_equal(store_flush(s, &e), 0);
	assert_int_equal(
		db_exec(s,
			"ALTER TABLE cell DROP COLUMN summary; ALTER TABLE cell DROP COLUMN rule;"
			"ALTER TABLE cell DROP COLUMN varies;"
			"ALTER TABLE planned DROP COLUMN not_permitted;"
			"ALTER TABLE planned DROP COLUMN lacks;"
			"ALTER TABLE kernel DROP COLUMN config;"
			"ALTER TABLE boot DROP COLUMN layout;"
			"ALTER TABLE run DROP COLUMN steps;" NO_COUNTS "PRAGMA user_version=1",
			&e),
		0);
	store_close(s);
	s = fake_open(dir);
	assert_int_equal(number(s, "PRAGMA user_version"), STORE_SCHEMA);
	assert_int_equal(number(s, "SELECT count(*) FROM kernel WHERE config IS NULL"), 2);
	assert_int_equal(number(s, "SELECT count(*) FROM boot WHERE layout = 0"), 6);
	assert_int_equal(summary_load(s, NULL, 0, 0, &sum, &e), 0);
	assert_string_equal(sum.cells[0].case_summary, "");
	assert_string_equal(sum.cells[0].rule, "");
	assert_string_equal(sum.cells[0].varies, "");
	summary_release(&sum);
	fake_full_run(s, "insn");
	assert_int_equal(summary_load(s, NULL, 0, 0, &sum, &e), 0);
	assert_string_equal(sum.cells[0].case_summary, "what null does");
	summary_release(&sum);
	store_close(s);
	scratch_remove(dir);
}

/* One part of WINDOW; contents are told apart by the first digit of their id. */
static int cost_part(const struct fake_boot *b, unsigned int window, const char *profile,
		     const char *folded, struct error *e)
{
	const struct store_cost_part p = {
		.window = window,
		.context = "task",
		.profile_id = profile,
		.profile = "\0\1\2",
		.profile_size = 3,
		.folded_id = folded,
		.folded = folded ? "a;b 12\n" : NULL,
	};

	return store_cost_part(b->s, b->id, &p, e);
}

#define WINDOW_SAMPLE                                                                              \
	"{\"t\":\"sample\",\"cell\":0,\"n\":%d,\"state\":\"%s\",\"window\":%d,\"values\":{},"      \
	"\"evidence\":{}}"

static struct fake_boot counted_boot(struct store *s, int64_t run, unsigned int number)
{
	const struct store_cost_boot cb = { "5", "ffff80 T f\n", "7.2.22 (plugin API 1)", NULL };
	struct fake_boot b = fake_boot(s, run, "stock", 'b', number, "insn");
	struct error e = { "" };

	fake_cell(&b, 0, "cow", "{}",
		  ",{\"name\":\"to_ro\",\"unit\":\"ticks\",\"better\":\"lower\",\"span\":3}");
	fake_line(&b, WINDOW_SAMPLE, -1, "refused", 2);
	fake_line(&b, WINDOW_SAMPLE, 0, "ok", 4);
	fake_line(&b, WINDOW_SAMPLE, 1, "ok", 3);
	fake_line(&b, WINDOW_SAMPLE, 2, "refused", 5);
	assert_int_equal(store_cost_boot(s, b.id, &cb, &e), 0);
	for (unsigned int window = 0; window < 8; window++)
		assert_int_equal(cost_part(&b, window, window == 5 ? "8" : "7",
					   window == 4 ? "9" : NULL, &e),
				 0);
	assert_int_equal(cost_part(&b, 3, "7", NULL, &e), 0); /* the same again */
	fake_end(&b, "ok", "");
	assert_int_equal(cost_part(&b, 3, "7", NULL, &e), -EINVAL);
	assert_contains(e.msg, "no boot");
	return b;
}

/* Windows of samples, and nothing twice. */
static void keeps_counts_once(void **state)
{
	char *dir = scratch_make();
	struct store *s = fake_open(dir);
	int64_t run = fake_run(s, "qemu");

	(void)state;
	counted_boot(s, run, 0);
	counted_boot(s, run, 1);
	store_close(s);
	s = fake_open(dir);
	assert_int_equal(number(s, "SELECT count(*) FROM cost"), 2 * 3);
	assert_int_equal(number(s, "SELECT count(*) FROM cost WHERE window IN (3, 4, 5)"), 2 * 3);
	assert_int_equal(number(s, "SELECT count(*) FROM profile"), 2);
	assert_int_equal(number(s, "SELECT count(*) FROM symbols"), 1);
	assert_int_equal(number(s, "SELECT count(*) FROM folded"), 1);
	assert_int_equal(number(s, "SELECT count(*) FROM profile WHERE data = x'000102'"), 2);
	assert_int_equal(number(s, "SELECT count(*) FROM cost JOIN profile p ON p.id = profile_id"
				   " WHERE (p.sha256 = '8') = (window = 5)"),
			 2 * 3);
	assert_int_equal(number(s, "SELECT count(*) FROM cost WHERE folded_id IS NOT NULL"), 2);
	assert_int_equal(number(s, "SELECT count(*) FROM boot WHERE symbols_id = 1 AND cost_by LIKE"
				   " '7.2%' AND cost_bad IS NULL"),
			 2);
	assert_int_equal(number(s, "SELECT count(*) FROM sample WHERE n >= 0 AND window = 4 - n"
				   " + 3 * (n = 2)"),
			 2 * 3);
	assert_int_equal(number(s, "SELECT count(*) FROM boot_metric WHERE span = 3"), 2);
	assert_int_equal(number(s, "SELECT count(*) FROM boot_metric WHERE span IS NULL"), 2);
	store_close(s);
	scratch_remove(dir);
}

/* The newest of the older schemas: what was measured stays, and counts can be added. */
static void brings_stores_without_counts_up(void **state)
{
	char *dir = scratch_make();
	struct store *s = fake_open(dir);
	struct error e = { "" };

	(void)state;
	fake_full_run(s, "insn");
	assert_int_equal(store_flush(s, &e), 0);
	if (db_exec(s, NO_COUNTS "PRAGMA user_version=6", &e))
		fail_msg("%s", e.msg);
	store_close(s);
	s = fake_open(dir);
	assert_int_equal(number(s, "PRAGMA user_version"), STORE_SCHEMA);
	assert_int_equal(number(s, "SELECT count(*) FROM sample WHERE window IS NULL"),
			 6 * 7 * 5 * 5);
	counted_boot(s, fake_run(s, "qemu"), 0);
	assert_int_equal(number(s, "SELECT count(*) FROM cost"), 3);
	store_close(s);
	scratch_remove(dir);
}

static void notices_damage(void **state)
{
	char *dir = scratch_make(), junk[4096];
	struct store *s = fake_open(dir);
	struct error e = { "" };
	struct summary sum;
	int rc;

	(void)state;
	fake_full_run(s, "insn");
	store_close(s);
	memset(junk, 0x5a, sizeof(junk));
	for (long page = 1; page < 60; page++)
		patch_file(dir, page * 4096, junk, sizeof(junk));
	{
		char *path __free = xasprintf("%s/store.db", dir);

		rc = store_open(path, &s, &e);
	}
	if (!rc)
		rc = summary_load(s, NULL, 0, 0, &sum, &e);
	assert_int_equal(rc, -EUCLEAN);
	assert_contains(e.msg, "damaged");
	store_close(s);
	scratch_remove(dir);
}

/* A file size limit is how a full disk looks to SQLite's write, near enough. */
static void full_disk_child(const char *dir)
{
	struct rlimit lim = { 256 * 1024, 256 * 1024 };
	struct store *s = fake_open(dir);
	struct fake_boot b = fake_boot(s, fake_run(s, "qemu"), "stock", 'b', 0, "insn");
	struct error e = { "" };
	int rc = 0;

	signal(SIGXFSZ, SIG_IGN);
	setrlimit(RLIMIT_FSIZE, &lim);
	fake_cell(&b, 0, "cow", "{}", "");
	for (int n = 0; n < 200000 && !rc; n++)
		rc = record(
			&b,
			"{\"t\":\"sample\",\"cell\":0,\"n\":0,\"state\":\"ok\",\"values\":"
			"{\"per_page\":3},\"evidence\":{\"text\":\"a longer one, to fill it\"}}",
			&e);
	_exit(rc && strstr(e.msg, "store.db") ? 0 : 1);
}

static void survives_a_write_that_fails(void **state)
{
	char *dir = scratch_make();
	struct store_run_row *runs;
	struct error e = { "" };
	struct store *s;
	size_t n;
	int status;
	pid_t pid;

	(void)state;
	pid = fork();
	if (!pid)
		full_disk_child(dir);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	s = fake_open(dir);
	assert_int_equal(store_runs(s, &runs, &n, &e), 0);
	assert_int_equal(n, 1);
	assert_string_equal(runs[0].state, "running");
	store_runs_free(runs, n);
	store_close(s);
	scratch_remove(dir);
}

static int64_t samples(struct store *s)
{
	return number(s, "SELECT count(*) FROM sample");
}

/* Records are committed within a second, silence or not, and others can read them. */
static void commits_while_silent(void **state)
{
	const struct timespec tick = { .tv_nsec = 50 * 1000 * 1000 };
	char *dir = scratch_make();
	struct store *writer = fake_open(dir), *reader = fake_open(dir);
	struct fake_boot b = fake_boot(writer, fake_run(writer, "qemu"), "stock", 'b', 0, "insn");
	int ticks = 0;

	(void)state;
	fake_cell(&b, 0, "cow", "{}", "");
	fake_sample(&b, 0, 0, "ok", "\"per_page\":3");
	/* generous: the machine may be busy */
	while (!samples(reader) && ticks++ < 400)
		nanosleep(&tick, NULL);
	assert_int_equal(samples(reader), 1);
	/* and the reader could write now: nobody holds the lock */
	fake_run(reader, "local");
	store_close(reader);
	store_close(writer);
	scratch_remove(dir);
}

static void keeps_what_was_committed_when_killed(void **state)
{
	char *dir = scratch_make();
	struct store *s;
	int status;
	pid_t pid = fork();

	(void)state;
	if (!pid) {
		struct fake_boot b;
		struct error e;

		s = fake_open(dir);
		b = fake_boot(s, fake_run(s, "qemu"), "stock", 'b', 0, "insn");
		fake_cell(&b, 0, "cow", "{}", "");
		fake_sample(&b, 0, 0, "ok", "\"per_page\":3");
		store_flush(s, &e);
		kill(getpid(), SIGKILL);
	}
	waitpid(pid, &status, 0);
	assert_true(WIFSIGNALED(status));
	s = fake_open(dir);
	assert_int_equal(samples(s), 1);
	store_close(s);
	scratch_remove(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keeps_runs_and_boots),
		cmocka_unit_test(keeps_configurations_and_layouts),
		cmocka_unit_test(refuses_records_without_sense),
		cmocka_unit_test(names_what_is_wrong_with_a_file),
		cmocka_unit_test(takes_the_release_from_hello),
		cmocka_unit_test(refuses_newer_and_foreign_files),
		cmocka_unit_test(brings_older_stores_up),
		cmocka_unit_test(keeps_counts_once),
		cmocka_unit_test(brings_stores_without_counts_up),
		cmocka_unit_test(notices_damage),
		cmocka_unit_test(survives_a_write_that_fails),
		cmocka_unit_test(commits_while_silent),
		cmocka_unit_test(keeps_what_was_committed_when_killed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

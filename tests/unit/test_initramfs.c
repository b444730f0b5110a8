// SPDX-License-Identifier: GPL-2.0-or-later
/* runner/initramfs: the archive's bytes, read back by a parser of the test's own. */
#include <errno.h>
#include <sys/stat.h>

#include "lib/cleanup.h"
#include "runner/initramfs.h"
#include "tests/unit/unit.h"

static unsigned int hex(const char *at)
{
	char digits[9] = { 0 };

	memcpy(digits, at, 8);
	return (unsigned int)strtoul(digits, NULL, 16);
}

/* "mode name size content\n" an entry; fails on what the kernel would refuse. */
static void list(const struct initramfs *fs, struct strbuf *out)
{
	const char *p = fs->data.buf;
	const char *end = p + fs->data.len;

	for (;;) {
		unsigned int mode, size, name_size;
		const char *name;

		assert_true(p + 110 <= end);
		assert_int_equal((p - fs->data.buf) % 4, 0);
		assert_memory_equal(p, "070701", 6);
		mode = hex(p + 14);
		size = hex(p + 54);
		name_size = hex(p + 94);
		name = p + 110;
		assert_int_equal(strlen(name) + 1, name_size);
		p += (110 + name_size + 3) / 4 * 4;
		if (!strcmp(name, "TRAILER!!!"))
			break;
		strbuf_addf(out, "%o %s %u", mode, name, size);
		if (S_ISCHR(mode))
			strbuf_addf(out, " %u:%u", hex(name - 110 + 78), hex(name - 110 + 86));
		strbuf_addf(out, " %.*s\n", (int)size, p);
		p += (size + 3) / 4 * 4;
	}
	assert_ptr_equal(p, end);
}

static void fill(struct initramfs *fs)
{
	initramfs_add_dir(fs, "dev");
	initramfs_add_chrdev(fs, "dev/console", 0600, 5, 1);
	initramfs_add_data(fs, "init", 0755, "12345", 5);
	initramfs_add_data(fs, "empty", 0644, NULL, 0);
	initramfs_finish(fs);
}

static void archive_reads_back(void **state)
{
	struct initramfs fs __initramfs = { 0 };
	struct strbuf out __strbuf = { 0 };

	(void)state;
	fill(&fs);
	list(&fs, &out);
	assert_string_equal(strbuf_str(&out), "40755 dev 0 \n"
					      "20600 dev/console 0 5:1 \n"
					      "100755 init 5 12345\n"
					      "100644 empty 0 \n");
}

static void equal_contents_give_equal_bytes(void **state)
{
	struct initramfs a __initramfs = { 0 };
	struct initramfs b __initramfs = { 0 };

	(void)state;
	fill(&a);
	fill(&b);
	assert_int_equal(a.data.len, b.data.len);
	assert_memory_equal(a.data.buf, b.data.buf, a.data.len);
}

static void files_come_from_the_host(void **state)
{
	struct initramfs fs __initramfs = { 0 };
	struct strbuf out __strbuf = { 0 };
	char *dir = scratch_make();
	char *path __free = xasprintf("%s/file", dir);
	struct error e;

	(void)state;
	assert_int_equal(fs_write(path, "abc", 3, NULL), 0);
	assert_int_equal(initramfs_add_file(&fs, "m/x.ko", 0644, path, &e), 0);
	assert_int_equal(initramfs_add_file(&fs, "y", 0644, "/no/such", &e), -ENOENT);
	assert_contains(e.msg, "/no/such");
	initramfs_finish(&fs);
	list(&fs, &out);
	assert_string_equal(strbuf_str(&out), "100644 m/x.ko 3 abc\n");
	scratch_remove(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(archive_reads_back),
		cmocka_unit_test(equal_contents_give_equal_bytes),
		cmocka_unit_test(files_come_from_the_host),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* What is read from apt: version order, mirrors, the index. No network. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "lib/cleanup.h"
#include "runner/apt.h"

static void version_order(void **state)
{
	/* each smaller than the next, as dpkg --compare-versions says */
	static const char *const rising[] = {
		"6.1.192-2",
		"6.12.9-1",
		"6.12.94-1",
		"6.12.117-1~bpo12+1",
		"6.12.117-1~deb12u1",
		"6.12.117-1",
		"6.12.117-1+b1",
		"6.12.117-2",
		"7.2.13-1",
		"7.3~rc1-1~exp1",
		"7.3-1",
		"7.3.4-1~bpo13+1",
		"7.3.4-1",
		"7.10-1",
		"1:1.0-1",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rising); i++) {
		for (size_t j = 0; j < ARRAY_SIZE(rising); j++) {
			int got = apt_version_cmp(rising[i], rising[j]);

			if ((got > 0) - (got < 0) != (i > j) - (i < j))
				fail_msg("%s against %s: %d", rising[i], rising[j], got);
		}
	}
}

static void version_match(void **state)
{
	(void)state;
	assert_true(apt_version_matches("7.3.4-1~bpo13+1", ""));
	assert_true(apt_version_matches("7.3.4-1~bpo13+1", "7.3"));
	assert_true(apt_version_matches("7.3.4-1~bpo13+1", "7.3.4"));
	assert_true(apt_version_matches("7.3.4-1~bpo13+1", "7.3.4-1~bpo13+1"));
	assert_true(apt_version_matches("6.12.117+deb12-cloud-amd64", "6.12.117+deb12"));
	assert_false(apt_version_matches("7.30.4-1", "7.3"));
	assert_false(apt_version_matches("7.3.4-1", "7.3.40"));
	assert_false(apt_version_matches("7.3.4-1", "6"));
}

static void mirrors_of_targets(void **state)
{
	struct apt_mirrors m __cleanup(apt_mirrors_release) = { 0 };

	(void)state;
	/* other archives first, as files in sources.list.d sort */
	apt_mirrors_from_targets("https://packages.example/apt cloud-sdk-bookworm\n"
				 "https://node.example/node nodistro\n"
				 "cdrom:[Debian]/ bookworm\n"
				 "http://sec.example/debian-security/ bookworm-security\n"
				 "http://mirror.example/debian/ bookworm-updates\n"
				 "http://other.example/debian/ bookworm\n",
				 &m);
	assert_string_equal(m.main, "http://mirror.example/debian/");
	assert_string_equal(m.security, "http://sec.example/debian-security/");
}

static void mirrors_of_list(void **state)
{
	struct apt_mirrors m __cleanup(apt_mirrors_release) = { 0 };
	struct apt_mirrors none __cleanup(apt_mirrors_release) = { 0 };

	(void)state;
	apt_mirrors_from_list("# deb http://no.example/debian sid main\n"
			      "deb-src http://no.example/debian sid main\n"
			      "deb [arch=amd64 signed-by=/k] http://a.example/debian trixie main\n"
			      "deb http://s.example/s trixie-security main\n",
			      &m);
	assert_string_equal(m.main, "http://a.example/debian");
	assert_string_equal(m.security, "http://s.example/s");
	apt_mirrors_from_list("deb http://u.example/ubuntu noble main\n", &none);
	assert_null(none.main);
	assert_null(none.security);
}

static void index_of_show(void **state)
{
	struct apt_index ix __cleanup(apt_index_release) = { 0 };
	struct strbuf lines __strbuf = { 0 };

	(void)state;
	apt_index_from_show("Package: linux-source-7.3\nVersion: 7.3.4-1\nSize: 100\n"
			    "Description: a\n Package: no\nSHA256: aa\n\n"
			    "Package: half\nVersion: 1\n\n"
			    "Package: linux-source-7.2\nVersion: 7.2-1\nSHA256: bb\nSize: 7\n",
			    &lines);
	assert_string_equal(strbuf_str(&lines),
			    "linux-source-7.3 7.3.4-1 aa 100\nlinux-source-7.2 7.2-1 bb 7\n");
	assert_int_equal(apt_index_parse(strbuf_str(&lines), &ix, NULL), 0);
	assert_int_equal(ix.n, 2);
	assert_string_equal(ix.p[1].version, "7.2-1");
	assert_int_equal(ix.p[0].size_bytes, 100);
	apt_index_release(&ix);
	assert_int_equal(apt_index_parse("a b c\n", &ix, NULL), -EPROTO);
	assert_int_equal(apt_index_parse("a b c d\n", &ix, NULL), -EPROTO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(version_order),      cmocka_unit_test(version_match),
		cmocka_unit_test(mirrors_of_targets), cmocka_unit_test(mirrors_of_list),
		cmocka_unit_test(index_of_show),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

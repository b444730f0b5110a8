// SPDX-License-Identifier: GPL-2.0-or-later
/* The table of architectures: names, and what follows from the host's. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "lib/cleanup.h"
#include "runner/arch.h"
#include "tests/unit/unit.h"

static void finds_by_name(void **state)
{
	struct error e;

	(void)state;
	assert_string_equal(arch_find("x86_64", &e)->debian, "amd64");
	assert_string_equal(arch_find("arm64", &e)->machine_name, "aarch64");
	assert_null(arch_find("aarch64", &e));
	assert_string_equal(e.msg, "unknown architecture 'aarch64' (known: x86_64, arm64)");
}

static void image_has_no_folders(void **state)
{
	(void)state;
	assert_string_equal(arch_image_name(arch_find("x86_64", NULL)), "vmlinux");
	assert_string_equal(arch_image_name(arch_find("arm64", NULL)), "Image");
}

/* The host's needs no prefix, and its agent no ending; all others do. */
static void host_is_not_crossed(void **state)
{
	static const char *const names[] = { "x86_64", "arm64" };
	struct utsname u;

	(void)state;
	assert_int_equal(uname(&u), 0);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		const struct arch *a = arch_find(names[i], NULL);
		bool host = !strcmp(a->machine_name, u.machine);
		char *other __free = xasprintf("/b/agent-%s", a->name);
		char *agent __free = arch_program(a, "/b/agent");

		assert_int_equal(host, a == arch_host());
		assert_string_equal(arch_cross(a), host ? "" : a->cross);
		assert_string_equal(agent, host ? "/b/agent" : other);
	}
}

/* Each row can be built and started: nothing of it may be missing. */
static void rows_are_complete(void **state)
{
	const struct arch *a;
	size_t n = 0;

	(void)state;
	for (; (a = arch_at(n)); n++) {
		assert_true(a->make_arch && a->make_target && a->cross_packages);
		assert_true(a->qemu && a->qemu_package && a->machine && a->cpu_tcg);
		assert_non_null(strstr(a->append, "console="));
		assert_non_null(a->append_exact);
	}
	assert_true(n >= 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_by_name),
		cmocka_unit_test(image_has_no_folders),
		cmocka_unit_test(host_is_not_crossed),
		cmocka_unit_test(rows_are_complete),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

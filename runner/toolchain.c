// SPDX-License-Identifier: GPL-2.0-or-later
/* Compilers, what is missing of them, and whether they are new enough; see toolchain.h. */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cleanup.h"
#include "lib/fs.h"
#include "lib/spawn.h"
#include "runner/make.h"
#include "runner/tool.h"
#include "runner/toolchain.h"

/* A program of a toolchain and the Debian package that has it. */
struct part {
	const char *program, *package;
};

static const struct part llvm_parts[] = {
	{ "clang", "clang" },	    { "ld.lld", "lld" },	{ "llvm-ar", "llvm" },
	{ "llvm-nm", "llvm" },	    { "llvm-objcopy", "llvm" }, { "llvm-objdump", "llvm" },
	{ "llvm-readelf", "llvm" }, { "llvm-strip", "llvm" },
};

static bool is_family(const char *cc, const char *family, const char **suffix)
{
	size_t len = strlen(family);

	*suffix = cc + len;
	if (strncmp(cc, family, len))
		return false;
	if (!cc[len])
		return true;
	return cc[len] == '-' && cc[len + 1] && !cc[len + 1 + strspn(cc + len + 1, "0123456789")];
}

/* What is not there of the PARTS with their SUFFIX, each package once. */
static int want_llvm(const struct toolchain *t, struct error *e)
{
	struct strv programs __strv = { 0 };
	struct strv packages __strv = { 0 };
	struct strbuf p __strbuf = { 0 };
	struct strbuf i __strbuf = { 0 };

	for (size_t n = 0; n < ARRAY_SIZE(llvm_parts); n++) {
		char *program __free = xasprintf("%s%s", llvm_parts[n].program, t->suffix);
		char *package __free = xasprintf("%s%s", llvm_parts[n].package, t->suffix);
		char *path __free = spawn_which(program);

		if (path)
			continue;
		strv_add(&programs, program);
		if (!strv_contains(&packages, package))
			strv_add(&packages, package);
	}
	if (!programs.n)
		return 0;
	strv_for_each(&programs, it)
		strbuf_addf(&p, "%s%s", p.len ? ", " : "", *it);
	strv_for_each(&packages, it)
		strbuf_addf(&i, " %s", *it);
	return error_set(e, ENOENT, "--cc %s wants %s: apt install%s", t->name, strbuf_str(&p),
			 strbuf_str(&i));
}

/* "aarch64-linux-gnu-": the ending that Debian's packages for it have, "-aarch64-linux-gnu". */
static char *package_end(const char *cross)
{
	size_t len = strlen(cross);

	return len ? xasprintf("-%.*s", (int)len - 1, cross) : xstrdup("");
}

static int want_gnu(const struct toolchain *t, const char *cross, const char *gcc, const char *ld,
		    struct error *e)
{
	char *end __free = package_end(cross);
	char *gcc_path __free = spawn_which(gcc);
	char *ld_path __free = spawn_which(ld);

	if (gcc_path && ld_path)
		return 0;
	return error_set(e, ENOENT, "--cc %s wants %s%s%s: apt install%s%s%s%s%s", t->name,
			 gcc_path ? "" : gcc, gcc_path || ld_path ? "" : " and ", ld_path ? "" : ld,
			 gcc_path ? "" : " gcc", gcc_path ? "" : t->suffix, gcc_path ? "" : end,
			 ld_path ? "" : " binutils", ld_path ? "" : end);
}

static int find_llvm(const struct runner *r, struct toolchain *t, struct error *e)
{
	char *clang __free = xasprintf("clang%s", t->suffix);
	char *lld __free = xasprintf("ld.lld%s", t->suffix);
	int rc = want_llvm(t, e);

	strv_addf(&t->make, "LLVM=%s", *t->suffix ? t->suffix : "1");
	if (!rc)
		rc = tool_version(r, clang, &t->compiler, e);
	return rc < 0 ? rc : tool_version(r, lld, &t->linker, e);
}

static int find_gnu(const struct runner *r, struct toolchain *t, const struct arch *a,
		    struct error *e)
{
	const char *cross = arch_cross(a);
	char *gcc __free = xasprintf("%sgcc%s", cross, t->suffix);
	char *ld __free = xasprintf("%sld", cross);
	int rc = want_gnu(t, cross, gcc, ld, e);

	if (*cross)
		strv_addf(&t->make, "CROSS_COMPILE=%s", cross);
	if (*t->suffix)
		strv_addf(&t->make, "CC=%s", gcc);
	if (!rc)
		rc = tool_version(r, gcc, &t->compiler, e);
	return rc < 0 ? rc : tool_version(r, ld, &t->linker, e);
}

int toolchain_find(const struct runner *r, const char *cc, const struct arch *a,
		   struct toolchain *t, struct error *e)
{
	int rc;

	*t = (struct toolchain){ .name = xstrdup(cc) };
	t->llvm = is_family(t->name, "clang", &t->suffix);
	if (t->llvm)
		rc = find_llvm(r, t, e);
	else if (is_family(t->name, "gcc", &t->suffix))
		rc = find_gnu(r, t, a, e);
	else
		rc = error_set(e, EINVAL,
			       "no compiler '%s' (known: gcc, clang, and one of their versions "
			       "as in gcc-12, clang-19)",
			       cc);
	if (rc < 0)
		toolchain_release(t);
	return rc;
}

void toolchain_release(struct toolchain *t)
{
	free(t->name);
	free(t->compiler);
	free(t->linker);
	strv_release(&t->make);
	*t = (struct toolchain){ 0 };
}

char *toolchain_version(const char *line)
{
	int depth = 0;

	/* "gcc (Debian 12.2.0-14+deb12u1) 12.2.0": what is in brackets is the packager's */
	for (const char *p = line; *p; p++) {
		size_t len;

		depth += (*p == '(') - (*p == ')');
		if (depth > 0 || !isdigit((unsigned char)*p) || (p > line && p[-1] != ' '))
			continue;
		len = strspn(p, "0123456789.");
		if (memchr(p, '.', len))
			return xasprintf("%.*s", (int)len, p);
	}
	return NULL;
}

int toolchain_version_cmp(const char *a, const char *b)
{
	while (*a || *b) {
		char *a_end, *b_end;
		unsigned long x = strtoul(a, &a_end, 10), y = strtoul(b, &b_end, 10);

		if (x != y)
			return x < y ? -1 : 1;
		if (a_end == a && b_end == b)
			return 0;
		a = a_end + (*a_end == '.');
		b = b_end + (*b_end == '.');
	}
	return 0;
}

/* What the source says that it wants of its tools; NULL where it says nothing. */
static char *wanted_version(const struct runner *r, const struct arch *a, const char *tree,
			    const char *tool)
{
	char *script __free = xasprintf("%s/scripts/min-tool-version.sh", tree);
	struct strv argv __strv = { 0 };
	struct strv env __strv = { 0 };
	struct strbuf out __strbuf = { 0 };
	struct spawn s = {
		.argv = &argv, .env = &env, .out = &out, .timeout_s = 30, .cancel = r->cancel
	};

	if (!fs_exists(script))
		return NULL;
	strv_add(&argv, "sh");
	strv_add(&argv, script);
	strv_add(&argv, tool);
	strv_addf(&env, "ARCH=%s", a->make_arch);
	strv_addf(&env, "SRCARCH=%s", strcmp(a->make_arch, "x86_64") ? a->make_arch : "x86");
	tool_env(&env);
	if (spawn_run(&s, NULL) < 0 || !out.len)
		return NULL;
	return xasprintf("%.*s", (int)strspn(strbuf_str(&out), "0123456789."), strbuf_str(&out));
}

/* The lowest version of FAMILY that is at least WANTED: installed, or else offered by apt; 0. */
static unsigned long find_newer(const struct runner *r, const char *family, const char *prefix,
				const char *wanted, bool *installed)
{
	unsigned long least = strtoul(wanted, NULL, 10), best = 0;
	char *pattern __free = xasprintf("^%s-[0-9]+$", family);
	struct strv argv __strv = { 0 };
	struct strv lines __strv = { 0 };
	struct strbuf out __strbuf = { 0 };
	struct spawn s = { .argv = &argv, .out = &out, .timeout_s = 60, .cancel = r->cancel };

	*installed = true;
	for (unsigned long n = least; n < least + 20; n++) {
		char *name __free = xasprintf("%s%s-%lu", prefix, family, n);
		char *path __free = spawn_which(name);

		if (path)
			return n;
	}
	*installed = false;
	strv_split(&argv, "apt-cache search --names-only", " ");
	strv_add(&argv, pattern);
	if (spawn_run(&s, NULL) < 0)
		return 0;
	strv_split(&lines, strbuf_str(&out), "\n");
	strv_for_each(&lines, it) {
		unsigned long n = strtoul(*it + strlen(family) + 1, NULL, 10);

		if (n >= least && (!best || n < best))
			best = n;
	}
	return best;
}

static int too_old(const struct runner *r, const struct toolchain *t, const struct arch *a,
		   const char *have, const char *wanted, struct error *e)
{
	const char *family = t->llvm ? "clang" : "gcc";
	const char *cross = t->llvm ? "" : arch_cross(a);
	char *end __free = package_end(cross);
	char *packages __free = NULL;
	bool installed;
	unsigned long n = find_newer(r, family, cross, wanted, &installed);

	if (!n)
		return error_set(e, ENOTSUP,
				 "%s is version %s, this source wants %s or newer: install a newer "
				 "one and name it, as in --cc %s-%lu",
				 t->name, have, wanted, family, strtoul(wanted, NULL, 10));
	packages = t->llvm ? xasprintf("clang-%lu lld-%lu llvm-%lu", n, n, n)
			   : xasprintf("gcc-%lu%s", n, end);
	return error_set(e, ENOTSUP,
			 "%s is version %s, this source wants %s or newer: %s%s%s--cc %s-%lu",
			 t->name, have, wanted, installed ? "take " : "apt install ",
			 installed ? "" : packages, installed ? "" : ", then ", family, n);
}

int toolchain_check(const struct runner *r, const struct toolchain *t, const struct arch *a,
		    const char *tree, struct error *e)
{
	char *have __free = toolchain_version(t->compiler);
	char *wanted __free = wanted_version(r, a, tree, t->llvm ? "llvm" : "gcc");

	if (!have || !wanted || toolchain_version_cmp(have, wanted) >= 0)
		return 0;
	return too_old(r, t, a, have, wanted, e);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The private apt directory: see apt.h. Below CACHE/apt, or below CACHE/apt/ARCH
 * for an architecture that is not the host's:
 *
 *	sources.list apt.conf	written here, apt's own view of the world
 *	lists/ cache/ status	apt's
 *	index-ARCH		the kernel packages, one a line; its first line says
 *				which mirror setting it was made under, its
 *				mtime when the mirror was last reached
 *	tried-ARCH		its mtime says when that was last tried
 *
 * All of it is written under the lock "apt".
 */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "lib/cleanup.h"
#include "lib/fs.h"
#include "lib/spawn.h"
#include "runner/apt.h"
#include "runner/arch.h"
#include "runner/lock.h"

#define DAY_S	      (24 * 3600.0)
#define RECENT_S      600.0
#define APT_TIMEOUT_S 1800.0

static const char *const keyrings[] = { "/usr/share/keyrings/debian-archive-keyring.gpg",
					"/usr/share/keyrings/debian-archive-keyring.pgp" };

/* Where kernels of 6.12 and later live. A suite that the mirror lacks is passed over. */
static const struct suite {
	const char *name;
	bool security;
} suites[] = {
	{ "sid", false },
	{ "trixie", false },
	{ "trixie-backports", false },
	{ "trixie-security", true },
	{ "bookworm-backports", false },
	{ "bookworm-security", true },
};

/* What it takes to have apt keep to its own corner; %1$s is that corner, %2$s the
 * architecture. The
 * system's hooks and further indexes are not for these lists. */
static const char apt_conf[] = "APT::Architecture \"%2$s\";\n"
			       "#clear APT::Architectures;\n"
			       "APT::Architectures { \"%2$s\"; };\n"
			       "Dir::Etc::sourcelist \"%1$s/sources.list\";\n"
			       "Dir::Etc::sourceparts \"-\";\n"
			       "Dir::Etc::preferences \"-\";\n"
			       "Dir::Etc::preferencesparts \"-\";\n"
			       "Dir::State::lists \"%1$s/lists\";\n"
			       "Dir::State::status \"%1$s/status\";\n"
			       "Dir::Cache \"%1$s/cache\";\n"
			       "APT::Sandbox::User \"root\";\n"
			       "APT::Default-Release \"\";\n"
			       "Acquire::Languages \"none\";\n"
			       "#clear APT::Update::Pre-Invoke;\n"
			       "#clear APT::Update::Post-Invoke;\n"
			       "#clear APT::Update::Post-Invoke-Success;\n"
			       "#clear Acquire::IndexTargets::deb::DEP-11;\n"
			       "#clear Acquire::IndexTargets::deb::DEP-11-icons-small;\n"
			       "#clear Acquire::IndexTargets::deb::DEP-11-icons;\n"
			       "#clear Acquire::IndexTargets::deb::DEP-11-icons-large;\n"
			       "#clear Acquire::IndexTargets::deb::DEP-11-icons-hidpi;\n"
			       "#clear Acquire::IndexTargets::deb::Contents-deb;\n"
			       "#clear Acquire::IndexTargets::deb::CNF;\n";

/* One for each architecture: apt takes the lists of others away. */
static char *apt_dir(const struct runner *r, const char *deb_arch)
{
	const struct arch *host = arch_host();

	return host && !strcmp(host->debian, deb_arch)
		       ? xasprintf("%s/apt", r->cache_dir)
		       : xasprintf("%s/apt/%s", r->cache_dir, deb_arch);
}

static const char *mirror_env(void)
{
	const char *env = getenv("FOLIOBENCH_MIRROR");

	return env ? env : "";
}

static double age_of(const char *path)
{
	struct stat st;

	return stat(path, &st) < 0 ? 1e18 : difftime(time(NULL), st.st_mtime);
}

/* The mirror that the system itself uses: apt's own parse of its sources. */
static int mirrors_of_system(const struct runner *r, struct apt_mirrors *m, struct error *e)
{
	static const char example[] = "/usr/share/doc/apt/examples/sources.list";
	struct strv argv __strv = { 0 };
	struct strbuf out __strbuf = { 0 };
	struct spawn s = { .argv = &argv, .out = &out, .timeout_s = 60, .cancel = r->cancel };
	int rc;

	strv_add(&argv, "apt-get");
	strv_add(&argv, "indextargets");
	strv_add(&argv, "--format");
	strv_add(&argv, "$(REPO_URI) $(RELEASE)");
	rc = spawn_run(&s, e);
	if (rc == -ECANCELED || rc == -ENOENT)
		return rc;
	apt_mirrors_from_targets(strbuf_str(&out), m);
	if (m->main || !fs_exists(example))
		return 0;
	strbuf_reset(&out);
	rc = fs_read(example, &out, e);
	if (!rc)
		apt_mirrors_from_list(strbuf_str(&out), m);
	return rc;
}

static int find_mirrors(const struct runner *r, struct apt_mirrors *m, struct error *e)
{
	struct strv words __strv = { 0 };
	size_t len;
	int rc;

	strv_split(&words, mirror_env(), " \t");
	if (words.n) {
		m->main = xstrdup(words.v[0]);
		m->security = words.n > 1 ? xstrdup(words.v[1]) : NULL;
	} else {
		rc = mirrors_of_system(r, m, e);
		if (rc < 0)
			return rc;
	}
	if (!m->main)
		return error_set(e, ENOENT,
				 "apt knows no Debian mirror here: set FOLIOBENCH_MIRROR to one, "
				 "as in a sources.list");
	/* mirrors keep the security archive beside the main one, if at all */
	len = strlen(m->main);
	while (len && m->main[len - 1] == '/')
		len--;
	if (!m->security)
		m->security = xasprintf("%.*s-security", (int)len, m->main);
	return 0;
}

/* Writes what apt reads. A new sources.list makes the lists old. */
static int setup(const struct runner *r, const char *dir, const char *deb_arch, struct error *e)
{
	char *lists __free = xasprintf("%s/lists/partial", dir);
	char *archives __free = xasprintf("%s/cache/archives/partial", dir);
	char *list_path __free = xasprintf("%s/sources.list", dir);
	char *conf_path __free = xasprintf("%s/apt.conf", dir);
	char *status __free = xasprintf("%s/status", dir);
	struct apt_mirrors m __cleanup(apt_mirrors_release) = { 0 };
	struct strbuf list __strbuf = { 0 };
	struct strbuf conf __strbuf = { 0 };
	const char *key = NULL;
	int rc = find_mirrors(r, &m, e);

	if (rc < 0)
		return rc;
	for (size_t i = 0; i < ARRAY_SIZE(keyrings) && !key; i++)
		key = fs_exists(keyrings[i]) ? keyrings[i] : NULL;
	if (!key)
		return error_set(
			e, ENOENT,
			"Debian's archive keys are missing: install debian-archive-keyring");
	for (size_t i = 0; i < ARRAY_SIZE(suites); i++)
		strbuf_addf(&list, "deb [arch=%s signed-by=%s] %s %s main\n", deb_arch, key,
			    suites[i].security ? m.security : m.main, suites[i].name);
	strbuf_addf(&conf, apt_conf, dir, deb_arch);
	if (fs_mkdirs(lists, e) < 0 || (rc = fs_mkdirs(archives, e)) < 0)
		return rc ? rc : -EIO;
	rc = fs_write(list_path, list.buf, list.len, e);
	if (!rc)
		rc = fs_write(conf_path, conf.buf, conf.len, e);
	return rc < 0 ? rc : fs_write(status, "", 0, e);
}

static void apt_argv(struct strv *argv, const char *tool, const char *dir)
{
	strv_add(argv, tool);
	strv_addf(argv, "--config-file=%s/apt.conf", dir);
}

struct update {
	bool reached; /* at least one suite answered */
	char *complaint;
};

static void on_update_line(const char *line, void *data)
{
	struct update *u = data;

	if (!strncmp(line, "Get:", 4) || !strncmp(line, "Hit:", 4))
		u->reached = true;
	if (!u->complaint && (!strncmp(line, "E: ", 3) || !strncmp(line, "Err:", 4)))
		u->complaint = xstrdup(line);
}

/* Asks the archive what it has, and writes the answer to INDEX. */
static int make_index(const struct runner *r, const char *dir, const char *index, struct error *e)
{
	struct strv names_argv __strv = { 0 };
	struct strv show_argv __strv = { 0 };
	struct strv names __strv = { 0 };
	struct strbuf out __strbuf = { 0 };
	struct strbuf lines __strbuf = { 0 };
	struct spawn s = {
		.argv = &names_argv, .out = &out, .timeout_s = 120, .cancel = r->cancel
	};
	int rc;

	apt_argv(&names_argv, "apt-cache", dir);
	strv_add(&names_argv, "pkgnames");
	strv_add(&names_argv, "linux-");
	rc = spawn_run(&s, e);
	if (rc < 0)
		return rc;
	strv_split(&names, strbuf_str(&out), "\n");
	apt_argv(&show_argv, "apt-cache", dir);
	strv_add(&show_argv, "show");
	rc = 0;
	strv_for_each(&names, it) {
		bool source = !strncmp(*it, "linux-source-", 13);

		if (!source && !strstr(*it, "-cloud-"))
			continue;
		strv_add(&show_argv, *it);
		rc++;
	}
	if (!rc)
		return error_set(e, EIO, "the archive's lists name no kernel at all");
	strbuf_reset(&out);
	s.argv = &show_argv;
	rc = spawn_run(&s, e);
	if (rc < 0)
		return rc;
	strbuf_addf(&lines, "# mirror: %s\n", mirror_env());
	apt_index_from_show(strbuf_str(&out), &lines);
	return fs_write(index, lines.buf, lines.len, e);
}

/* Fetches the lists and makes the index anew; the lock is held. */
static int refresh(const struct runner *r, const char *dir, const char *deb_arch, const char *index,
		   struct error *e)
{
	char *tried __free = xasprintf("%s/tried-%s", dir, deb_arch);
	char *log __free = xasprintf("%s/apt.log", r->log_dir);
	struct strv argv __strv = { 0 };
	struct update u = { 0 };
	struct error apt_err = { 0 };
	struct spawn s = { .argv = &argv,
			   .log_path = log,
			   .on_line = on_update_line,
			   .data = &u,
			   .timeout_s = APT_TIMEOUT_S,
			   .cancel = r->cancel };
	int rc = setup(r, dir, deb_arch, e);

	if (rc < 0)
		return rc;
	runner_progress(r, "fetch", 0, 0, -1, log, "Debian's package lists");
	apt_argv(&argv, "apt-get", dir);
	strv_add(&argv, "update");
	rc = spawn_run(&s, &apt_err);
	if (rc == -ECANCELED || rc == -ENOENT) {
		free(u.complaint);
		*e = apt_err;
		return rc;
	}
	rc = fs_write(tried, "", 0, e);
	if (!rc && u.reached)
		rc = make_index(r, dir, index, e);
	else if (!rc)
		rc = error_set(e, EIO, "Debian's mirror cannot be reached: %s (log: %s)",
			       u.complaint ? u.complaint : apt_err.msg, log);
	free(u.complaint);
	return rc;
}

/* Whether INDEX was made under the mirror setting that holds now. */
static bool same_mirror(const char *text)
{
	char *first __free = xasprintf("# mirror: %s\n", mirror_env());

	return !strncmp(text, first, strlen(first));
}

int apt_index_load(const struct runner *r, const char *deb_arch, enum apt_freshness fresh,
		   struct apt_index *ix, struct error *e)
{
	char *dir __free = apt_dir(r, deb_arch);
	char *index __free = xasprintf("%s/index-%s", dir, deb_arch);
	char *tried __free = xasprintf("%s/tried-%s", dir, deb_arch);
	const double max_age = fresh == APT_DAILY ? DAY_S : RECENT_S;
	struct strbuf text __strbuf = { 0 };
	int lock __lock = -1;
	int rc;

	*ix = (struct apt_index){ 0 };
	if (fs_exists(index) && fs_read(index, &text, NULL) < 0)
		strbuf_reset(&text);
	if (!text.len || !same_mirror(text.buf) ||
	    (age_of(index) > max_age && age_of(tried) > RECENT_S)) {
		rc = lock_take(r, "apt", &lock, e);
		if (rc < 0)
			return rc;
		/* whoever had the lock may have done it */
		rc = age_of(index) < 5 ? 0 : refresh(r, dir, deb_arch, index, e);
		if (rc < 0 && (rc == -ECANCELED || !text.len || !same_mirror(text.buf)))
			return rc;
		strbuf_reset(&text);
		rc = fs_read(index, &text, e);
		if (rc < 0)
			return rc;
	}
	ix->age_s = age_of(index);
	return apt_index_parse(strbuf_str(&text), ix, e);
}

struct download {
	const struct runner *r;
	const struct apt_package *p;
	const char *log;
};

/* apt's machine-readable status: "dlstatus:1:42.5:Retrieving file 1 of 1 (3s remaining)" */
static void on_download_line(const char *line, void *data)
{
	const struct download *d = data;
	double mib = (double)d->p->size_bytes / (1024 * 1024);
	const char *percent;

	if (strncmp(line, "dlstatus:", 9))
		return;
	percent = strchr(line + 9, ':');
	if (percent)
		runner_progress(d->r, "fetch", atof(percent + 1) / 100 * mib, mib, -1, d->log,
				"%s %s", d->p->name, d->p->version);
}

/* The one .deb in DIR of that package. */
static char *find_deb(const char *dir, const char *name)
{
	DIR *d __closedir = opendir(dir);
	struct dirent *de;
	size_t len = strlen(name);

	while (d && (de = readdir(d))) {
		const char *dot = strrchr(de->d_name, '.');

		if (!strncmp(de->d_name, name, len) && de->d_name[len] == '_' && dot &&
		    !strcmp(dot, ".deb"))
			return xasprintf("%s/%s", dir, de->d_name);
	}
	return NULL;
}

int apt_download(const struct runner *r, const char *deb_arch, const struct apt_package *p,
		 const char *dir, char **path, struct error *e)
{
	char *corner __free = apt_dir(r, deb_arch);
	char *log __free = xasprintf("%s/apt.log", r->log_dir);
	struct download d = { .r = r, .p = p, .log = log };
	struct strv argv __strv = { 0 };
	struct spawn s = { .argv = &argv,
			   .cwd = dir,
			   .log_path = log,
			   .on_line = on_download_line,
			   .data = &d,
			   .timeout_s = APT_TIMEOUT_S,
			   .cancel = r->cancel };
	int lock __lock = -1;
	int rc = lock_take(r, "apt", &lock, e);

	if (rc < 0)
		return rc;
	runner_progress(r, "fetch", 0, (double)p->size_bytes / (1024 * 1024), -1, log, "%s %s",
			p->name, p->version);
	apt_argv(&argv, "apt-get", corner);
	strv_add(&argv, "-o");
	strv_add(&argv, "APT::Status-Fd=1");
	strv_add(&argv, "download");
	strv_addf(&argv, "%s=%s", p->name, p->version);
	rc = spawn_run(&s, e);
	if (rc < 0)
		return error_prefix(e, rc, "fetch %s %s (log: %s)", p->name, p->version, log);
	*path = find_deb(dir, p->name);
	if (!*path)
		return error_set(e, EIO, "apt fetched no %s (log: %s)", p->name, log);
	return 0;
}

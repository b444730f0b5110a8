// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The source "tarball:": what tar(1) unpacks, by the hash of the file. tar itself refuses to
 * write outside the folder it is given; one that would want to is refused as a whole.
 */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/cleanup.h"
#include "lib/fs.h"
#include "lib/spawn.h"
#include "runner/room.h"
#include "runner/source.h"
#include "runner/tool.h"

#define KEY "tarball-"
/* Compressed sources of C grow to 7 times that. */
#define GROWTH 9
/* Members between two words on how far it is. */
#define STEP	      1000
#define FILES_TYPICAL 96000.0

static int resolve(const struct runner *r, const struct arch *a, const char *asked,
		   struct source_id *id, struct error *e)
{
	char *path __free = source_expand_home(asked);
	char *full __free = realpath(path, NULL);
	const char *name;
	char sum[HASH_TEXT];
	struct stat st;
	int rc;

	(void)a;
	if (!*asked)
		return error_set(e, EINVAL,
				 "tarball: wants a file, as in tarball:linux-6.14.tar.xz");
	if (!full || stat(full, &st) < 0)
		return error_set(e, EINVAL, "no file '%s'", path);
	if (!S_ISREG(st.st_mode))
		return error_set(e, EINVAL, "%s is no file%s", full,
				 S_ISDIR(st.st_mode) ? " (dir: takes folders)" : "");
	rc = source_hash_file(r, full, sum, e);
	if (rc < 0)
		return rc;
	name = strrchr(full, '/') + 1;
	id->version = xstrdup(full);
	id->key = xasprintf(KEY "%.40s", sum);
	id->facts = json_pack("{s:s, s:s}", "file", name, "sha256", sum);
	return 0;
}

struct tar {
	const struct runner *r;
	const char *path;
	double members;
	bool outside; /* it wanted to write there */
	struct strbuf complaint;
};

/* tar -v writes names, tar and what decompresses for it complain with their own names in front. */
static bool is_complaint(const char *line)
{
	static const char *const who[] = { "tar: ",   "xz: ",	"gzip: ",
					   "bzip2: ", "zstd: ", "/*stdin*\\ : " };

	for (size_t i = 0; i < ARRAY_SIZE(who); i++) {
		if (!strncmp(line, who[i], strlen(who[i])))
			return true;
	}
	return false;
}

static void on_tar_line(const char *line, void *data)
{
	struct tar *t = data;

	if (is_complaint(line)) {
		/* "Removing leading `/'", "Member name contains '..'" and "Removing leading `../'"
		 */
		t->outside |= strstr(line, "Removing leading") || strstr(line, "contains '..'");
		if (!t->complaint.len || strstr(line, "No space left on device")) {
			strbuf_reset(&t->complaint);
			strbuf_addstr(&t->complaint, line);
		}
	} else if (((long)++t->members) % STEP == 0) {
		runner_progress(t->r, "unpack", t->members,
				t->members > FILES_TYPICAL ? t->members : FILES_TYPICAL, -1, NULL,
				"%s", t->path);
	}
}

static int explain(const struct tar *t, int rc, const struct error *why, struct error *e)
{
	const char *said = strbuf_str(&t->complaint);

	if (rc == -ECANCELED || rc == -ENOENT)
		return error_set(e, -rc, "%s", why->msg);
	if (t->outside)
		return error_set(e, EINVAL, "has names in it that lead out of its folder: refused");
	if (strstr(said, "No space left on device"))
		return error_set(e, ENOSPC, "no space left on the disk of %s", t->r->cache_dir);
	if (strstr(said, "Cannot exec"))
		return error_set(e, ENOENT, "the program that decompresses it is missing (%s)",
				 said);
	if (strstr(said, "does not look like a tar archive"))
		return error_set(e, EINVAL, "is no tarball");
	return error_set(e, EINVAL, "is damaged or cut off (%s)", *said ? said : why->msg);
}

static int run_tar(struct tar *t, const char *to, struct error *e)
{
	struct strv argv __strv = { 0 };
	struct strv env __strv = { 0 };
	struct error why = { 0 };
	struct spawn s = { .argv = &argv,
			   .env = &env,
			   .on_line = on_tar_line,
			   .data = t,
			   .cancel = t->r->cancel };
	int rc;

	strv_add(&argv, "tar");
	strv_add(&argv, "-xvf");
	strv_add(&argv, t->path);
	strv_add(&argv, "--force-local"); /* a colon in its name is no host */
	strv_add(&argv, "--no-same-owner");
	strv_add(&argv, "--no-same-permissions");
	strv_add(&argv, "--quoting-style=escape"); /* a newline in a name is no complaint */
	strv_add(&argv, "-C");
	strv_add(&argv, to);
	tool_env(&env);
	strv_add(&env, "TAR_OPTIONS=");
	rc = spawn_run(&s, &why);
	return rc || t->outside ? explain(t, rc, &why, e) : 0;
}

/* The one folder that everything is in, or FOLDER itself; for the caller to free. */
static char *only_folder(const char *folder)
{
	DIR *d __closedir = opendir(folder);
	char *only __free = NULL;
	size_t n = 0;
	struct dirent *de;
	struct stat st;

	while (d && (de = readdir(d))) {
		if (!strcmp(de->d_name, ".") || !strcmp(de->d_name, ".."))
			continue;
		if (n++)
			break;
		only = xasprintf("%s/%s", folder, de->d_name);
	}
	return n == 1 && !lstat(only, &st) && S_ISDIR(st.st_mode) ? take_ptr(only)
								  : xstrdup(folder);
}

static int unpack(const struct runner *r, const char *tmp, const char *tree, const void *data,
		  struct error *e)
{
	struct tar t = { .r = r, .path = data };
	char *to __free = xasprintf("%s/unpacked", tmp);
	char *top __free = NULL, *git __free = NULL;
	struct stat st;
	int rc = stat(t.path, &st) < 0 ? error_sys(e, errno, "cannot be read") : 0;

	if (!rc)
		rc = room_check(r, (uint64_t)st.st_size * GROWTH, "unpacking a kernel source", e);
	if (!rc)
		rc = fs_mkdirs(to, e);
	runner_progress(r, "unpack", 0, FILES_TYPICAL, -1, NULL, "%s", t.path);
	if (!rc)
		rc = run_tar(&t, to, e);
	strbuf_release(&t.complaint);
	if (rc)
		return rc;
	top = only_folder(to);
	/* the kernel's scripts would ask git for a version, if somebody packed that too */
	git = xasprintf("%s/.git", top);
	rc = fs_remove_tree(git, e);
	return !rc && rename(top, tree) < 0 ? error_sys(e, errno, "%s", tree) : rc;
}

static int fetch(const struct runner *r, const struct arch *a, const struct source_id *id,
		 char **dir, struct error *e)
{
	int rc = source_unpack(r, id->key, unpack, id->version, dir, e);

	(void)a;
	return error_prefix(e, rc, "%s", id->version);
}

const struct source source_tarball = {
	.name = "tarball",
	.takes_path = true,
	.summary = "tarball:FILE, a packed source (.tar, .tar.gz, .tar.xz, .tar.zst, .tar.bz2)",
	.resolve = resolve,
	.fetch = fetch,
};

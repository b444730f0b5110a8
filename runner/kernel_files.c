// SPDX-License-Identifier: GPL-2.0-or-later
/* The files of a finished kernel; see kernel_files.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/cleanup.h"
#include "lib/fs.h"
#include "runner/kernel_files.h"
#include "runner/treediff.h"

static int add_sums(const char *dir, const char *rel, json_t *sums, struct error *e)
{
	char *path __free = xasprintf("%s%s%s", dir, *rel ? "/" : "", rel);
	int fd __close = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct strv names __strv = { 0 };
	int rc = fd < 0 ? error_sys(e, errno, "%s", path) : folder_names(fd, path, &names, e);

	for (size_t i = 0; i < names.n && !rc; i++) {
		char *sub __free = xasprintf("%s%s%s", rel, *rel ? "/" : "", names.v[i]);
		char *file __free = xasprintf("%s/%s", dir, sub);
		char sum[HASH_TEXT];
		struct stat st;

		if (!strcmp(sub, KERNEL_JSON))
			continue;
		if (lstat(file, &st) < 0)
			return error_sys(e, errno, "%s", file);
		if (S_ISDIR(st.st_mode)) {
			rc = add_sums(dir, sub, sums, e);
			continue;
		}
		rc = hash_file(file, sum, e);
		if (!rc)
			json_object_set_new(sums, sub, json_string(sum));
	}
	return rc;
}

json_t *kernel_files_sums(const char *dir, struct error *e)
{
	json_t *sums __json = json_object();

	return add_sums(dir, "", sums, e) < 0 ? NULL : take_ptr(sums);
}

int kernel_files_check(const char *dir, struct error *e)
{
	char *path __free = xasprintf("%s/" KERNEL_JSON, dir);
	struct strbuf text __strbuf = { 0 };
	json_t *j __json = NULL;
	const json_t *files;
	const char *name;
	json_t *sum;
	int rc = fs_read(path, &text, e);

	if (rc < 0)
		return rc;
	j = json_parse(strbuf_str(&text), text.len, NULL);
	files = json_object_get(j, "files");
	if (!json_object_size(files))
		return error_set(e, EBADMSG, "%s: does not say what its files are", path);
	json_object_foreach((json_t *)files, name, sum) {
		char *file __free = xasprintf("%s/%s", dir, name);
		char is[HASH_TEXT];

		if (!fs_exists(file))
			return error_set(e, EBADMSG, "%s: is no longer there", file);
		rc = hash_file(file, is, e);
		if (rc < 0)
			return rc;
		if (strcmp(is, json_string_value(sum) ?: ""))
			return error_set(e, EBADMSG, "%s: is not what was built", file);
	}
	return 0;
}

int kernel_files_series(const char *dir, const struct patch_series *s, struct error *e)
{
	char *folder __free = xasprintf("%s/series", dir);
	int rc = s->n ? fs_mkdirs(folder, e) : 0;

	for (size_t i = 0; i < s->n && !rc; i++) {
		const char *name = s->p[i].name;
		/* names of files out of git format-patch have a number of their own */
		size_t digits = strspn(name, "0123456789");
		char *path = NULL;

		if (digits && name[digits] == '-')
			name += digits + 1;
		path = xasprintf("%s/%04zu-%s", folder, i + 1, name);
		rc = fs_write(path, s->p[i].text, strlen(s->p[i].text), e);
		free(path);
	}
	return rc;
}

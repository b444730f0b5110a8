// SPDX-License-Identifier: GPL-2.0-or-later
/* A file of patches: a diff, a mail or an mbox; see series_parts.h. */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "lib/cleanup.h"
#include "lib/fs.h"
#include "lib/spawn.h"
#include "runner/mailbox.h"
#include "runner/series_parts.h"

/* The largest series ever sent is a few MiB; whoever names an image is told before it is read. */
#define BYTES_MAX (64L << 20)

static const struct packer {
	const char *magic;
	size_t len;
	const char *program, *suffix;
} packers[] = {
	{ "\x1f\x8b", 2, "gzip", "gz" },
	{ "\xfd"
	  "7zXZ",
	  5, "xz", "xz" },
	{ "BZh", 3, "bzip2", "bz2" },
	{ "\x28\xb5\x2f\xfd", 4, "zstd", "zst" },
};

/* Reads until the end, or until there is more than MAX. */
static int read_some(int fd, struct strbuf *sb, size_t max, const char *path, struct error *e)
{
	char chunk[16384];
	ssize_t n = 1;

	while (n && sb->len <= max) {
		n = read(fd, chunk, sizeof(chunk));
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error_sys(e, errno, "%s", path);
		strbuf_add(sb, chunk, (size_t)n);
	}
	return 0;
}

static int unpack(const struct runner *r, const char *path, struct strbuf *text, struct error *e)
{
	const struct packer *p = NULL;
	struct strv argv __strv = { 0 };
	struct strbuf out = { 0 };
	struct spawn s = {
		.argv = &argv, .out = &out, .stdin_path = path, .timeout_s = 60, .cancel = r->cancel
	};
	int rc;

	for (size_t i = 0; i < ARRAY_SIZE(packers) && !p; i++) {
		if (text->len > packers[i].len &&
		    !memcmp(text->buf, packers[i].magic, packers[i].len))
			p = &packers[i];
	}
	if (!p)
		return 0;
	strv_add(&argv, p->program);
	strv_add(&argv, "-dc");
	rc = spawn_run(&s, e);
	strbuf_release(text);
	*text = out;
	if (rc == -ENOENT)
		return error_set(e, ENOENT, "%s: is compressed, and %s is not installed", path,
				 p->program);
	return rc < 0 ? error_prefix(e, rc, "%s", path) : 0;
}

static void drop_cr(struct strbuf *text)
{
	size_t lines = 0, ends = 0, to = 0;

	for (size_t i = 0; i < text->len; i++) {
		lines += text->buf[i] == '\n';
		ends += text->buf[i] == '\n' && i && text->buf[i - 1] == '\r';
	}
	if (!ends || ends * 10 < lines * 9) /* a patch of a file that has CRs stays as it is */
		return;
	for (size_t i = 0; i < text->len; i++) {
		if (text->buf[i] != '\r' || text->buf[i + 1] != '\n')
			text->buf[to++] = text->buf[i];
	}
	text->buf[to] = '\0';
	text->len = to;
}

static bool is_web_page(const char *text)
{
	static const char *const begins[] = { "<!doctype", "<html", "<?xml", "<head" };

	while (isspace((unsigned char)*text))
		text++;
	for (size_t i = 0; i < ARRAY_SIZE(begins); i++) {
		if (!strncasecmp(text, begins[i], strlen(begins[i])))
			return true;
	}
	return false;
}

int series_read_text(const struct runner *r, const char *path, struct strbuf *text, struct error *e)
{
	int fd __close = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	int rc;

	if (fd < 0 || fstat(fd, &st) < 0)
		return error_sys(e, errno, "%s", path);
	if (!S_ISREG(st.st_mode) && !S_ISFIFO(st.st_mode))
		return error_set(e, EINVAL, "%s: neither a file nor a folder", path);
	rc = read_some(fd, text, BYTES_MAX, path, e);
	if (!rc && S_ISREG(st.st_mode))
		rc = unpack(r, path, text, e);
	if (rc < 0)
		return rc;
	if (text->len > BYTES_MAX)
		return error_set(e, EINVAL, "%s: more than %ld MiB, which is no series of patches",
				 path, BYTES_MAX >> 20);
	if (!text->len)
		return error_set(e, EINVAL, "%s: is empty", path);
	if (memchr(text->buf, '\0', text->len))
		return error_set(e, EINVAL, "%s: is binary, neither patch nor mails", path);
	if (!strncmp(text->buf, "\xef\xbb\xbf", 3)) { /* of editors of other systems */
		memmove(text->buf, text->buf + 3, text->len - 2);
		text->len -= 3;
	}
	drop_cr(text);
	if (is_web_page(text->buf))
		return error_set(e, EINVAL,
				 "%s: is a web page: take the raw mail or the mbox.gz that the "
				 "archive offers, or b4:MESSAGE-ID",
				 path);
	return 0;
}

static int take_mails(const struct runner *r, const char *path, const char *text, bool member,
		      struct patch_series *s, struct error *e)
{
	struct mailbox mb __cleanup(mailbox_release) = { .label = path };
	const char *slash = strrchr(path, '/');
	const size_t before = s->n;
	int rc = mailbox_add(r, &mb, path, text, e);

	if (!rc && member && mb.n == 1 && mb.v[0].tag.numbered && !mb.v[0].tag.number)
		return 0;
	if (!rc)
		rc = mailbox_take(&mb, s, e);
	if (rc < 0 || s->n != before + 1 || mb.n > 1)
		return rc;
	if (strstr(path, ".patch") || strstr(path, ".diff")) {
		/* a patch that has a file of its own is called by it */
		free(s->p[before].name);
		s->p[before].name = xstrdup(slash ? slash + 1 : path);
	}
	if (member) /* that it is one of several is the rule there, and no news */
		strv_release(&s->notes);
	return 0;
}

/* git log -p: commits from the last to the first, which can be told apart no more */
static bool is_git_log(const char *text)
{
	const char *first = !strncmp(text, "commit ", 7) ? text : strstr(text, "\ncommit ");
	const char *second = first ? strstr(first + 7, "\ncommit ") : NULL;

	return second && strspn(second + 8, "0123456789abcdef") >= 7 && strstr(text, "\nAuthor:");
}

int series_file(const struct runner *r, const char *path, int strip, bool member,
		struct patch_series *s, struct error *e)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;
	struct strbuf text __strbuf = { 0 };
	struct diff d __cleanup(diff_release) = { 0 };
	int rc = series_read_text(r, path, &text, e);

	if (rc < 0)
		return rc;
	if (strip == 1 && mail_is(text.buf))
		return take_mails(r, path, text.buf, member, s, e);
	if (is_git_log(text.buf))
		return error_set(
			e, EINVAL,
			"%s: several commits as git log prints them: take git format-patch "
			"--stdout, or git:PATH@A..B",
			path);
	rc = diff_read(text.buf, strip, &d, e);
	if (rc == -ENODATA)
		return error_set(e, EINVAL, "%s: no patch in it: no diff, and no mails", path);
	if (rc < 0)
		return error_prefix(e, rc, "%s", path);
	series_add(s, 0, name, name, path, &d);
	return 0;
}

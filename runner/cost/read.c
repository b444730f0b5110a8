// SPDX-License-Identifier: GPL-2.0-or-later
/* The lines of the plugin's file; see read.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/cleanup.h"
#include "runner/cost/file.h"

/* Nothing that the plugin writes comes near; a file that is no text must not fill the memory. */
#define LINE_MAX_BYTES	  (64u << 20)
#define BANKS_MAX	  65536
#define CONTEXT_MAX_BYTES 128

/* A file in lines: each is ended by a NUL where its end of line was. */
struct lines {
	int fd;
	struct strbuf buf;
	size_t at;
};

/* 0 and the next line, NULL at the end (what is left has no end of line); or -errno. */
static int next_line(struct lines *l, char **line, struct error *e)
{
	char chunk[65536];
	size_t seen = l->at;

	*line = NULL;
	for (;;) {
		char *nl = l->buf.len > seen ? memchr(l->buf.buf + seen, '\n', l->buf.len - seen)
					     : NULL;
		ssize_t n;

		if (nl) {
			*nl = '\0';
			*line = l->buf.buf + l->at;
			l->at = (size_t)(nl + 1 - l->buf.buf);
			return strlen(*line) == (size_t)(nl - *line)
				       ? 0
				       : error_set(e, EPROTO, "not a text");
		}
		/* what was read goes before more of it comes */
		if (l->at) {
			memmove(l->buf.buf, l->buf.buf + l->at, l->buf.len - l->at);
			l->buf.len -= l->at;
			l->at = 0;
		}
		seen = l->buf.len;
		if (l->buf.len > LINE_MAX_BYTES)
			return error_set(e, EPROTO, "longer than %u bytes", LINE_MAX_BYTES);
		n = read(l->fd, chunk, sizeof(chunk));
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n ? error_sys(e, errno, "it cannot be read") : 0;
		strbuf_add(&l->buf, chunk, (size_t)n);
	}
}

static bool read_uint(const char **at, uint64_t max, unsigned int *v)
{
	uint64_t n;

	if (!cost_decimal(at, &n) || n > max)
		return false;
	*v = (unsigned int)n;
	return true;
}

/* "foliobench-cost 1 ARCH VCPUS LEVEL STACKS" */
static int read_head(struct cost_file *f, const char *line, struct error *e)
{
	static const char magic[] = "foliobench-cost ";
	struct cost_head *h = &f->head;
	unsigned int version, level, stacks;
	const char *at = line + sizeof(magic) - 1;
	size_t len;

	if (strncmp(line, magic, sizeof(magic) - 1) || !read_uint(&at, UINT32_MAX, &version))
		return error_set(e, EPROTO, "not written by the plugin");
	if (version != COST_FORMAT)
		return error_set(e, EPROTO, "of format %u, this program reads %d: build it again",
				 version, COST_FORMAT);
	at += *at == ' ';
	len = strcspn(at, " ");
	if (!len || len >= sizeof(h->arch))
		return error_set(e, EPROTO, "no architecture");
	memcpy(h->arch, at, len);
	h->arch[len] = '\0';
	if (!strcmp(h->arch, "aarch64"))
		strcpy(h->arch, "arm64");
	at += len;
	if (*at++ != ' ' || !read_uint(&at, COST_VCPU_MAX + 1, &h->vcpus) || !h->vcpus ||
	    *at++ != ' ' || !read_uint(&at, 1000, &level) || *at++ != ' ' ||
	    !read_uint(&at, 1, &stacks) || *at)
		return error_set(e, EPROTO, "a first line that is none");
	h->level = (int)level;
	h->stacks = stacks;
	return f->how->head ? f->how->head(h, f->how->data) : 0;
}

static void empty_window(struct cost_file *f)
{
	struct cost_window *w = &f->now;

	for (size_t i = 0; i < w->n_banks; i++) {
		free(w->banks[i].context);
		cost_text_put(w->banks[i].text);
	}
	w->n_banks = 0;
	w->spans = 0;
	f->n_access = 0;
	f->open = false;
}

/* "WINDOW SPANS" of a line: the window has to be the one that is open, or a later one. */
static int read_window(struct cost_file *f, const char **at, struct error *e)
{
	unsigned int number;

	if (!read_uint(at, UINT32_MAX, &number) || !number)
		return error_set(e, EPROTO, "no number of a window");
	if (f->open ? number != f->now.number : number <= f->now.number)
		return error_set(e, EPROTO, "window %u %s window %u", number,
				 f->open ? "in the middle of" : "after", f->now.number);
	f->now.number = number;
	f->open = true;
	return 0;
}

static int read_spans(const char **at, uint32_t *mask, struct error *e)
{
	uint64_t v;

	if (*(*at)++ != ' ' || !cost_hex(at, &v) || !v || v > UINT32_MAX)
		return error_set(e, EPROTO, "no spans");
	*mask = (uint32_t)v;
	return 0;
}

static bool is_context(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (text[i] < ' ' || text[i] > '~')
			return false;
	}
	return len && len <= CONTEXT_MAX_BYTES;
}

static struct cost_bank *new_bank(struct cost_file *f)
{
	struct cost_window *w = &f->now;

	if (w->n_banks == f->room) {
		f->room = f->room ? 2 * f->room : 16;
		w->banks = xrealloc(w->banks, f->room * sizeof(*w->banks));
	}
	return &w->banks[w->n_banks];
}

/* "WINDOW SPANS VCPU CONTEXT|..." */
static int read_bank(struct cost_file *f, const char *line, bool stacks, struct error *e)
{
	struct cost_bank b = { .stacks = stacks };
	const char *at = line, *bar;
	int rc = read_window(f, &at, e);

	if (!rc)
		rc = read_spans(&at, &b.mask, e);
	if (rc < 0)
		return rc;
	if (*at++ != ' ' || !read_uint(&at, f->head.vcpus - 1, &b.vcpu) || *at++ != ' ')
		return error_set(e, EPROTO, "no vCPU, or one that the machine does not have");
	bar = strchr(at, '|');
	if (!bar || !is_context(at, (size_t)(bar - at)))
		return error_set(e, EPROTO, "no context");
	if (stacks && !f->head.stacks)
		return error_set(e, EPROTO, "call stacks where there are none");
	if (f->now.n_banks == BANKS_MAX)
		return error_set(e, EPROTO, "more than %d lines of one window", BANKS_MAX);
	b.text = cost_text_get(f, bar + 1, strlen(bar + 1), stacks, e);
	if (!b.text)
		return -EPROTO;
	b.context = xasprintf("%.*s", (int)(bar - at), at);
	*new_bank(f) = b;
	f->now.n_banks++;
	if (!stacks)
		f->now.spans |= b.mask;
	return 0;
}

/* "WINDOW SPANS LOADS STORES" */
static int read_access(struct cost_file *f, const char *line, struct error *e)
{
	struct cost_access a = { 0 };
	const char *at = line;
	int rc = read_window(f, &at, e);

	if (!rc)
		rc = read_spans(&at, &a.mask, e);
	if (rc < 0)
		return rc;
	if (*at++ != ' ' || !cost_decimal(&at, &a.loads) || *at++ != ' ' ||
	    !cost_decimal(&at, &a.stores) || *at || f->n_access == BANKS_MAX)
		return error_set(e, EPROTO, "no loads and stores");
	f->access = xrealloc(f->access, (f->n_access + 1) * sizeof(a));
	f->access[f->n_access++] = a;
	return 0;
}

static int end_window(struct cost_file *f, const char *line, struct error *e)
{
	const char *at = line;
	int rc = read_window(f, &at, e);

	if (!rc && *at)
		rc = error_set(e, EPROTO, "something behind the number of a window");
	if (rc < 0)
		return rc;
	f->result->windows++;
	if (f->how->window)
		rc = f->how->window(&f->now, f->how->data);
	empty_window(f);
	return rc;
}

static int read_end(struct cost_file *f, const char *line, struct error *e)
{
	const char *at = line;
	uint64_t n;

	if (!cost_decimal(&at, &n) || *at || f->open)
		return error_set(e, EPROTO, "a last line that is none");
	if (n != f->result->windows)
		return error_set(e, EPROTO, "the last line tells of %llu windows, %lu are there",
				 (unsigned long long)n, f->result->windows);
	f->result->ended = true;
	return 0;
}

static int read_line(struct cost_file *f, const char *line, struct error *e)
{
	if (!*f->head.arch)
		return read_head(f, line, e);
	if (f->result->ended)
		return error_set(e, EPROTO, "comes after the last one");
	if (!strncmp(line, "end ", 4))
		return read_end(f, line + 4, e);
	if (line[0] && line[1] == ' ') {
		switch (line[0]) {
		case 'b':
			return cost_block_add(f, line + 2, e);
		case 'p':
			return read_bank(f, line + 2, false, e);
		case 's':
			return read_bank(f, line + 2, true, e);
		case 'v':
			return read_access(f, line + 2, e);
		case 'w':
			return end_window(f, line + 2, e);
		}
	}
	return error_set(e, EPROTO, "not a line of the plugin");
}

static void release(struct cost_file *f)
{
	empty_window(f);
	cost_blocks_release(&f->blocks);
	for (size_t i = 0; i < COST_TEXTS; i++)
		cost_text_put(f->texts[i]);
	for (size_t i = 0; i < COST_MADE; i++) {
		free(f->profiles[i].key);
		strbuf_release(&f->profiles[i].data);
		free(f->folded[i].key);
		strbuf_release(&f->folded[i].data);
	}
	free(f->access);
	free(f->now.banks);
	free(f);
}

static int read_lines(struct cost_file *f, struct lines *l, struct error *e)
{
	unsigned long number = 0;

	for (;;) {
		struct error why = { "" };
		char *line = NULL;
		int rc = next_line(l, &line, &why);

		if (!rc && !line)
			return 0;
		number++;
		if (!rc)
			rc = read_line(f, line, &why);
		/* the callbacks' errors are in their own hands */
		if (rc == -EPROTO && *why.msg) {
			f->result->broken = xasprintf("line %lu: %s", number, why.msg);
			return 0;
		}
		if (rc < 0)
			return *why.msg ? error_set(e, -rc, "%s", why.msg) : rc;
		if (f->how->cancel && *f->how->cancel)
			return error_set(e, ECANCELED, "interrupted");
	}
}

int cost_file_read(const char *path, const struct cost_reading *how,
		   struct cost_file_result *result, struct error *e)
{
	struct lines l = { .fd = open(path, O_RDONLY | O_CLOEXEC) };
	struct cost_file *f;
	int rc;

	*result = (struct cost_file_result){ 0 };
	if (l.fd < 0)
		return error_sys(e, errno, "%s", path);
	f = xcalloc(1, sizeof(*f));
	f->how = how;
	f->result = result;
	f->now.head = &f->head;
	f->now.file = f;
	rc = read_lines(f, &l, e);
	if (!rc && !*f->head.arch && !result->broken)
		result->broken = xstrdup("it is empty");
	release(f);
	strbuf_release(&l.buf);
	close(l.fd);
	return rc;
}

void cost_file_result_release(struct cost_file_result *r)
{
	free(r->broken);
	*r = (struct cost_file_result){ 0 };
}

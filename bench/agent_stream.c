// SPDX-License-Identifier: GPL-2.0-or-later
/* Where records go; see agent.h. One write(2) a line, nothing is held back. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "bench/agent.h"
#include "lib/cleanup.h"
#include "lib/fs.h"
#include "lib/units.h"

int agent_stream_open(struct agent_stream *s, const char *where, struct error *e)
{
	uint64_t fd;

	if (!strcmp(where, "-")) {
		s->fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
	} else if (!strncmp(where, "fd:", 3)) {
		if (parse_uint(where + 3, &fd) || fd > 65535)
			return error_set(e, EINVAL, "--records=%s: wants fd:NUMBER", where);
		s->fd = (int)fd;
		if (fcntl(s->fd, F_SETFD, FD_CLOEXEC) < 0)
			s->fd = -1;
	} else {
		s->fd = open(where, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	}
	return s->fd < 0 ? error_sys(e, errno, "records: %s", where) : 0;
}

int agent_stream_write(struct agent_stream *s, json_t *rec, struct error *e)
{
	struct strbuf sb __strbuf = { 0 };
	char *line __free = NULL;
	int rc;

	if (!rec) /* a string that is no UTF-8 */
		return error_set(e, EILSEQ, "records: one that is no JSON");
	line = json_line(rec);
	json_decref(rec);
	strbuf_addf(&sb, "%s\n", line);
	rc = fs_write_all(s->fd, sb.buf, sb.len);
	return rc ? error_sys(e, -rc, "records: cannot write") : 0;
}

void agent_stream_note(struct agent_stream *s, const char *level, const char *text)
{
	if (s->fd >= 0)
		agent_stream_write(
			s, json_pack("{s:s, s:s, s:s}", "t", "note", "level", level, "text", text),
			NULL);
}

int agent_stream_close(struct agent_stream *s, struct error *e)
{
	int fd = s->fd;

	s->fd = -1;
	if (fd < 0)
		return 0;
	return close(fd) < 0 ? error_sys(e, errno, "records: close") : 0;
}

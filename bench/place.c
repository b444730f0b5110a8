// SPDX-License-Identifier: GPL-2.0-or-later
/* The proof that memory is on the nodes where it is wanted; see place.h. */
#define _GNU_SOURCE
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bench/bench.h"
#include "bench/evidence.h"
#include "bench/place.h"
#include "lib/strbuf.h"

/* Pages asked for with one call. */
#define CHUNK 512

/* Adds to COUNT how many of at most CHUNK pages are on which of the nodes. 0 or -errno. */
static int count_chunk(const struct place *p, pid_t pid, const char *start, size_t n, size_t page,
		       size_t *count)
{
	const void *addr[CHUNK];
	int status[CHUNK];

	for (size_t i = 0; i < n; i++)
		addr[i] = start + i * page;
	/* without nodes to move to it moves nothing and tells where the pages are */
	if (syscall(SYS_move_pages, pid, n, addr, NULL, status, 0) < 0)
		return -errno;
	for (size_t i = 0; i < n; i++) {
		for (unsigned int k = 0; k < p->n_nodes; k++)
			count[k] += status[i] == p->nodes[k];
	}
	return 0;
}

bool place_parse(const struct place *p, const char *numa_maps, uintptr_t start, size_t *count)
{
	const char *line = numa_maps;

	memset(count, 0, p->n_nodes * sizeof(*count));
	while (line && strtoull(line, NULL, 16) != start) {
		line = strchr(line, '\n');
		line = line ? line + 1 : NULL;
	}
	if (!line || !*line)
		return false;
	for (unsigned int k = 0; k < p->n_nodes; k++) {
		char word[16];
		const char *found;

		snprintf(word, sizeof(word), " N%d=", p->nodes[k]);
		found = strstr(line, word);
		if (found && found < line + strcspn(line, "\n"))
			count[k] = strtoul(found + strlen(word), NULL, 10);
	}
	return true;
}

static int count_vma(const struct place *p, pid_t pid, const void *start, size_t *count)
{
	struct strbuf sb __strbuf = { 0 };
	int rc = evidence_proc(pid, "numa_maps", &sb, NULL);

	if (rc)
		return rc;
	return place_parse(p, strbuf_str(&sb), (uintptr_t)start, count) ? 0 : -ENOENT;
}

static int count_pages(const struct place *p, pid_t pid, const char *start, size_t n, size_t page,
		       size_t *count)
{
	int rc = 0;

	for (size_t i = 0; i < n && !rc; i += CHUNK)
		rc = count_chunk(p, pid, start + i * page, n - i < CHUNK ? n - i : CHUNK, page,
				 count);
	return rc == -ENOSYS ? count_vma(p, pid, start, count) : rc;
}

int place_judge(struct bench *b, const size_t *count, size_t n, size_t folio_pages)
{
	const struct place *p = b->place;
	double equal = 1.0 / p->n_nodes;
	double folio = (double)folio_pages / (double)n;
	double slack = folio > PLACE_SLACK * equal ? folio : PLACE_SLACK * equal;
	double worst = equal;
	int node = p->nodes[0];

	for (unsigned int k = 0; k < p->n_nodes; k++) {
		double share = (double)count[k] / (double)n;
		char name[32];

		snprintf(name, sizeof(name), "share_on_node%d", p->nodes[k]);
		bench_evidence_real(b, name, share);
		if (!k || fabs(share - equal) > fabs(worst - equal)) {
			worst = share;
			node = p->nodes[k];
		}
	}
	if (p->memory == PLACE_BOUND && worst < PLACE_MIN_SHARE)
		return bench_refuse(b, "only %.1f%% of the pages are on node %d (at least %.0f%%)",
				    100 * worst, node, 100 * PLACE_MIN_SHARE);
	if (p->memory == PLACE_SPREAD && fabs(worst - equal) > slack)
		return bench_refuse(b,
				    "%.1f%% of the pages are on node %d (interleaved over %u "
				    "nodes: %.1f%%)",
				    100 * worst, node, p->n_nodes, 100 * equal);
	return 0;
}

int place_check(struct bench *b, pid_t pid, const void *start, size_t n, size_t page,
		size_t folio_pages)
{
	size_t count[PLACE_NODES_MAX] = { 0 };
	struct place *p = b->place;
	int rc;

	if (!p || p->memory == PLACE_ANY)
		return 0;
	p->looked = true;
	rc = count_pages(p, pid, start, n, page, count);
	if (!rc)
		return place_judge(b, count, n, folio_pages);
	bench_lacks(b, "not proven: on which nodes the pages are (move_pages, numa_maps: %s)",
		    strerror(-rc));
	return 0;
}

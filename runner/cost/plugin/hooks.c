// SPDX-License-Identifier: GPL-2.0-or-later
/* The addresses that are watched; see hooks.h. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runner/cost/plugin/hooks.h"
#include "runner/cost/plugin/plugin.h"

/* Kinds as they are called in the file, in the order of enum hook_kind; the context's name. */
static const struct {
	const char *word;
	const char *context; /* NULL: none begins here */
	bool named;	     /* NAME is behind it */
} kinds[] = {
	[HOOK_IRQ] = { "irq", "irq", true },
	[HOOK_SOFTIRQ] = { "softirq", "softirq", false },
	[HOOK_SWITCH] = { "switch", NULL, false },
	[HOOK_FORK] = { "fork", NULL, false },
	[HOOK_KTHREAD] = { "kthread", "kthread", true },
	[HOOK_RETURN] = { "return", NULL, false },
	[HOOK_TRAP] = { "trap", NULL, false },
	[HOOK_PREEMPT] = { "preempt", "irq preempt", false },
	[HOOK_SCHEDULE] = { "schedule", NULL, false },
};

static struct hook *hooks;
static size_t n_hooks;

static char *join(const char *a, const char *b)
{
	size_t size = strlen(a) + strlen(b) + 2;
	char *text = plugin_alloc(1, size);

	snprintf(text, size, "%s%s%s", a, *b ? " " : "", b);
	return text;
}

/* A number in hexadecimal that WORD is whole. */
static bool parse_addr(const char *word, uint64_t *addr)
{
	char *end = NULL;

	*addr = 0;
	if (!word || !*word || *word == '-' || *word == '+' || strlen(word) > 16)
		return false;
	*addr = strtoull(word, &end, 16);
	return !*end;
}

static bool parse_hook(char *word, char **rest, unsigned int line)
{
	struct hook h = { .line = line };
	size_t k = 0;
	const char *name;

	while (k < sizeof(kinds) / sizeof(kinds[0]) && strcmp(kinds[k].word, word))
		k++;
	if (k == sizeof(kinds) / sizeof(kinds[0]))
		return false;
	h.kind = (enum hook_kind)k;
	if (!parse_addr(strtok_r(NULL, " ", rest), &h.addr) ||
	    !parse_addr(strtok_r(NULL, " ", rest), &h.end) || h.end <= h.addr)
		return false;
	name = strtok_r(NULL, " ", rest);
	/* names are written into lines that have "|" behind them */
	if (!name || strchr(name, '|') || strtok_r(NULL, " ", rest))
		return false;
	h.name = join(name, "");
	if (kinds[k].context)
		h.who.name = join(kinds[k].context, kinds[k].named ? name : "");
	hooks = plugin_grow(hooks, n_hooks + 1, sizeof(*hooks));
	hooks[n_hooks++] = h;
	return true;
}

static bool parse_line(char *text, unsigned int line, void (*func)(uint64_t addr))
{
	char *rest = NULL, *word;
	uint64_t addr;

	text[strcspn(text, "\n")] = '\0';
	word = strtok_r(text, " ", &rest);
	if (!word)
		return false;
	if (strcmp(word, "func"))
		return parse_hook(word, &rest, line);
	if (!parse_addr(strtok_r(NULL, " ", &rest), &addr) || strtok_r(NULL, " ", &rest))
		return false;
	if (func)
		func(addr);
	return true;
}

static int by_address(const void *a, const void *b)
{
	const struct hook *x = a, *y = b;

	if (x->addr != y->addr)
		return x->addr < y->addr ? -1 : 1;
	return x->line < y->line ? -1 : x->line > y->line;
}

/* One hook for one address: that of the line that came first. */
static void sort_hooks(void)
{
	size_t kept = 0;

	if (!n_hooks)
		return;
	qsort(hooks, n_hooks, sizeof(*hooks), by_address);
	for (size_t i = 0; i < n_hooks; i++) {
		uint64_t before = kept ? hooks[kept - 1].reach : 0;

		if (kept && hooks[kept - 1].addr == hooks[i].addr)
			continue;
		hooks[kept] = hooks[i];
		hooks[kept].reach = before > hooks[i].end ? before : hooks[i].end;
		kept++;
	}
	n_hooks = kept;
}

int hooks_read(const char *path, void (*func)(uint64_t addr))
{
	FILE *f = fopen(path, "re");
	char *text = NULL;
	size_t size = 0;
	unsigned int line = 0;
	int rc = 0;

	if (!f) {
		dprintf(STDERR_FILENO, "foliobench-cost: %s: %s\n", path, strerror(errno));
		return -1;
	}
	while (!rc && getline(&text, &size, f) >= 0) {
		line++;
		if (parse_line(text, line, func))
			continue;
		dprintf(STDERR_FILENO,
			"foliobench-cost: %s:%u: not a line of hooks: KIND ADDR END NAME, or "
			"func ADDR\n",
			path, line);
		rc = -1;
	}
	if (!rc && ferror(f)) {
		dprintf(STDERR_FILENO, "foliobench-cost: %s: cannot be read\n", path);
		rc = -1;
	}
	free(text);
	fclose(f);
	sort_hooks();
	return rc;
}

const struct hook *hooks_at(uint64_t addr)
{
	size_t lo = 0, hi = n_hooks;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (hooks[mid].addr <= addr)
			lo = mid + 1;
		else
			hi = mid;
	}
	for (size_t i = lo; i > 0 && hooks[i - 1].reach > addr; i--) {
		if (hooks[i - 1].end > addr)
			return &hooks[i - 1];
	}
	return NULL;
}

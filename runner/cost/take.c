// SPDX-License-Identifier: GPL-2.0-or-later
/* After the last record of a boot that was counted; see watch.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cleanup.h"
#include "lib/fs.h"
#include "runner/cost/watch.h"

struct take {
	const struct cost_taking *t;
	struct cost_samples samples; /* what T has, and where faults are handled */
	struct error *e;
	int level; /* of QEMU's plugin API; -1: not known */
	bool told; /* the sink knows of the boot */
	size_t taken;
	size_t doubtful;     /* windows that the clock contradicts, */
	char *first_doubt;   /* and what the first is about */
	char *bad;	     /* why nothing is believed, or NULL */
	unsigned int window; /* of the pieces that come now */
	const char *window_bad;
};

static int on_head(const struct cost_head *head, void *data)
{
	struct take *k = data;
	const char *arch = k->t->kernel->arch;

	k->level = head->level;
	if (strcmp(head->arch, arch ?: ""))
		return error_set(k->e, EPROTO, "%s: is of %s, the kernel of %s", k->t->path,
				 head->arch, arch ?: "nothing known");
	return 0;
}

/* "7.2.22 (Debian 1:7.2+dfsg-7)" is "7.2.22" here. */
static int tell_boot(struct take *k, char *bad)
{
	const struct cost_taking *t = k->t;
	char *qemu __free = xasprintf("%.*s (plugin API %d)", (int)strcspn(t->emulator, " "),
				      t->emulator, k->level);
	struct cost_boot b = {
		.symbols_id = t->watch->id,
		.symbols = strbuf_str(&t->watch->text),
		.arch = t->kernel->arch,
		.qemu = qemu,
	};

	k->told = true;
	k->bad = bad;
	if (!k->bad && t->watch->lacks)
		k->bad = xstrdup(t->watch->lacks);
	b.bad = k->bad;
	return t->sink->cost_boot ? t->sink->cost_boot(t->sink->data, t->id, &b, k->e) : 0;
}

static int on_piece(const struct cost_piece *piece, void *data)
{
	struct take *k = data;
	const struct cost_taking *t = k->t;
	const struct cost_part part = {
		.window = k->window,
		.span = piece->span,
		.vcpu = piece->vcpu,
		.context = piece->context,
		.id = piece->id,
		.data = piece->data,
		.size = piece->size,
		.folded = piece->folded,
		.bad = k->window_bad,
	};

	return t->sink->cost_part ? t->sink->cost_part(t->sink->data, t->id, &part, k->e) : 0;
}

static char *check(const struct take *k, const struct cost_sample *s, const struct cost_window *w)
{
	char *bad = cost_check_window(&k->samples, s, w);

	return bad ? bad : cost_window_verify(w, k->samples.fault_entry, k->t->verify);
}

static int on_window(const struct cost_window *w, void *data)
{
	struct take *k = data;
	const struct cost_sample *s = cost_samples_find(&k->samples, w->number);
	char *bad = NULL;
	int rc = 0;

	if (w->number == COST_PROOF_WINDOW)
		return tell_boot(k, cost_check_proof(w));
	if (!k->told)
		rc = tell_boot(k, xstrdup("the agent's proof is not among its windows"));
	/* a warm-up has a window, too, but no record */
	if (rc < 0 || !s)
		return rc;
	bad = check(k, s, w);
	k->window = w->number;
	k->window_bad = bad;
	k->taken++;
	rc = cost_window_pieces(w, on_piece, k);
	if (bad && !k->doubtful++)
		k->first_doubt = xasprintf("window %u: %s", w->number, bad);
	free(bad);
	return rc;
}

/* What the user should know; the store has it, too. */
static void tell_user(const struct take *k, const struct cost_file_result *res, bool whole)
{
	const struct cost_taking *t = k->t;
	const char *name = t->kernel->name;

	if (k->bad)
		runner_note(t->r, "%s: the counts of this boot are not believed: %s", name, k->bad);
	if (res->broken)
		runner_note(t->r, "%s: %s: %s; the %lu windows before it are good", name, t->path,
			    res->broken, res->windows);
	else if (k->taken < t->samples->n)
		runner_note(t->r, "%s: %zu of %zu samples have no counts%s", name,
			    t->samples->n - k->taken, t->samples->n,
			    res->ended ? "" : ", the emulator ended before it had written them");
	if (k->doubtful && !k->bad)
		runner_note(t->r, "%s: the counts of %zu of %zu samples are not believed (%s)",
			    name, k->doubtful, k->taken, k->first_doubt);
	if (!whole && !res->broken)
		runner_note(t->r, "%s: what was counted is kept in %s", name, t->path);
}

int cost_take(const struct cost_taking *t, bool *whole, struct error *e)
{
	struct take k = { .t = t, .samples = *t->samples, .e = e, .level = -1 };
	struct cost_reading how = {
		.head = on_head,
		.window = on_window,
		.data = &k,
		.cancel = t->r->cancel,
		.symbols = &t->watch->symbols,
	};
	struct cost_file_result res = { 0 };
	int rc;

	*whole = false;
	/* an emulator that did not come so far has written none */
	if (!fs_exists(t->path))
		return 0;
	cost_samples_symbols(&k.samples, t->kernel->arch, &t->watch->symbols);
	rc = cost_file_read(t->path, &how, &res, e);
	if (!rc && !k.told)
		rc = tell_boot(&k, xstrdup(res.broken ?: "no window is complete"));
	*whole = !rc && res.ended && !res.broken && !k.bad && !k.doubtful;
	if (!rc)
		tell_user(&k, &res, *whole);
	free(k.bad);
	free(k.first_doubt);
	cost_file_result_release(&res);
	return rc;
}

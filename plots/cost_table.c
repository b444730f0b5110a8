// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Counts for the screen and for mails: totals first, then the functions by what they add, then
 * what ran in between, then how often the counts were the same.
 */
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "lib/cleanup.h"
#include "plots/cost.h"
#include "plots/text.h"

#define COLUMNS	    100 /* where nobody says how many there are */
#define COLUMNS_MIN 80
#define NAME_LEAST  32 /* "  of which string iterations" and a little */
#define NAME_MOST   40
#define BESIDE	    22 /* columns that remarks need to stand beside the figures */
#define HASH_DIGITS 12

/* How one cell is laid out. */
struct sheet {
	const struct cost_cell *c;
	FILE *out;
	bool profile, all, arm64;
	int name; /* columns of the first one */
	size_t columns;
};

static size_t columns_of(const struct cost_view *v, FILE *out)
{
	struct winsize ws;
	size_t columns = v->columns;

	if (!columns && fileno(out) >= 0 && isatty(fileno(out)) &&
	    !ioctl(fileno(out), TIOCGWINSZ, &ws))
		columns = ws.ws_col;
	if (!columns)
		columns = COLUMNS;
	return columns < COLUMNS_MIN && !v->columns ? COLUMNS_MIN : columns;
}

/* Columns of a row's name and figures. */
static int figures_end(const struct sheet *s)
{
	return s->name + (s->profile ? 2 : 3) * COST_NUMBER_WIDTH;
}

/* A name that is too long has a line to itself: half a name finds nothing in a source. */
static void put_name(const struct sheet *s, const char *indent, const char *name)
{
	if (fprintf(s->out, "%s%s", indent, name) > s->name)
		fprintf(s->out, "\n%*s", s->name, "");
	else
		fprintf(s->out, "%*s", s->name - (int)(strlen(indent) + strlen(name)), "");
}

/* Blanks that are due only if something follows them on the line. */
static void put_pad(const struct sheet *s, int pad)
{
	fprintf(s->out, "%*s", pad, "");
}

/* The figures of a line. Returns the blanks that are due behind them. */
static int put_figures(const struct sheet *s, double a, double b)
{
	int pad = cost_put_number(s->out, COST_NUMBER_WIDTH, a, false);

	if (s->profile)
		return pad;
	put_pad(s, pad);
	put_pad(s, cost_put_number(s->out, COST_NUMBER_WIDTH, b, false));
	return cost_put_number(s->out, COST_NUMBER_WIDTH, b - a, true);
}

/*
 * By how much of the line's own baseline, where that says anything; of what is rare also by the
 * window, which has OPS of what the line is per.
 */
static void put_change(const struct sheet *s, int pad, double a, double b, double ops)
{
	char buf[TEXT_MAX];

	if (!s->profile && a > 0 && cost_differs(a, b)) {
		fprintf(s->out, "%*s %8s", pad, "", cost_change_text(buf, a, b));
		pad = 0;
	} else if (!s->profile) {
		pad += 9;
	}
	if (!s->profile && ops > 1 && cost_is_rare(b - a))
		fprintf(s->out, "%*s  %s a window", pad, "", cost_number(buf, (b - a) * ops, true));
	fputc('\n', s->out);
}

static void put_line(const struct sheet *s, const char *indent, const char *name, double a,
		     double b)
{
	put_name(s, indent, name);
	put_change(s, put_figures(s, a, b), a, b, s->c->baseline.ops);
}

static double kernel_of(const struct cost_side *side, enum cost_event event)
{
	return side->kernel.n[event];
}

static void put_event(const struct sheet *s, const char *indent, enum cost_event event, bool always)
{
	double a = kernel_of(&s->c->baseline, event), b = kernel_of(&s->c->patched, event);

	if (always || a > 0 || b > 0)
		put_line(s, indent, cost_events[event].text, a, b);
}

/* How many kinds of invalidations there are: one kind alone needs no line of its own. */
static void put_tlb(const struct sheet *s)
{
	put_event(s, "", COST_TLB, true);
	for (enum cost_event i = COST_TLB_PAGE; i <= COST_TLB_ALL; i++)
		put_event(s, "  ", i, false);
}

static void put_totals(const struct sheet *s)
{
	const struct cost_side *a = &s->c->baseline, *b = &s->c->patched;

	put_line(s, "", "instructions (kernel)", kernel_of(a, COST_INSNS),
		 kernel_of(b, COST_INSNS));
	if (kernel_of(a, COST_STRING) > 0 || kernel_of(b, COST_STRING) > 0)
		put_line(s, "  ", "of which string iterations", kernel_of(a, COST_STRING),
			 kernel_of(b, COST_STRING));
	put_event(s, "", COST_ATOMICS, true);
	put_tlb(s);
	put_event(s, "", COST_BARRIERS, true);
	put_event(s, "", COST_DSB, s->arm64);
	put_event(s, "", COST_LOADS, true);
	put_event(s, "", COST_STORES, true);
	put_line(s, "", "page faults", a->faults, b->faults);
	put_line(s, "", "system calls", a->syscalls, b->syscalls);
	put_name(s, "", "interrupts (a window)");
	put_change(s, put_figures(s, a->interrupts, b->interrupts), a->interrupts, b->interrupts,
		   1);
	put_line(s, "", "instructions (user)", a->user.n[COST_INSNS], b->user.n[COST_INSNS]);
	if (a->ticks > 0 || b->ticks > 0)
		put_line(s, "", "by the guest's own clock", a->ticks, b->ticks);
}

static double insns_of(const struct cost_function *f)
{
	return f ? f->c.n[COST_INSNS] : 0;
}

/* Nearly all of them are whole numbers: "1", "0.0625". */
static char *calls_text(char buf[COST_TEXT_MAX], double calls)
{
	size_t len = strlen(cost_number(buf, calls, false));

	if (len > 2 && !strcmp(buf + len - 2, ".0"))
		buf[len - 2] = '\0';
	return buf;
}

/* Of what was inlined, or begun elsewhere than at its beginning. */
static const char *uncalled(const char *name)
{
	return strstr(name, " [in ") ? "inlined" : "-";
}

/* "1", or "1 -> 0.0625" where the kernels differ in that. */
static void calls_of(const struct cost_row *r, struct strbuf *out)
{
	double a = r->baseline ? r->baseline->c.n[COST_CALLS] : 0;
	double b = r->patched ? r->patched->c.n[COST_CALLS] : 0;
	char buf[COST_TEXT_MAX];

	if (!(a > 0) && !(b > 0)) {
		strbuf_addstr(out, uncalled(r->name));
		return;
	}
	strbuf_addstr(out, calls_text(buf, a));
	if (cost_differs(a, b))
		strbuf_addf(out, " -> %s", calls_text(buf, b));
}

/* TEXT from column AT on, where the line is now, within COLUMNS. */
static void put_words(FILE *out, size_t at, size_t columns, const char *text)
{
	struct strv words __strv = { 0 };
	size_t here = at;

	strv_split(&words, text, " ");
	strv_for_each(&words, it) {
		size_t len = strlen(*it);

		if (here > at && here + 1 + len > columns) {
			fprintf(out, "\n%*s", (int)at, "");
			here = at;
		}
		here += (size_t)fprintf(out, "%s%s", here > at ? " " : "", *it);
	}
	fputc('\n', out);
}

/* Calls, then REMARK, beside the figures of a row or below them. */
static void put_beside(const struct sheet *s, int pad, const char *calls, const char *remark)
{
	size_t at = (size_t)figures_end(s) + 1;
	char *text __free = xasprintf("%s%s%s", calls, *remark ? "; " : "", remark);

	if (at + BESIDE <= s->columns || at + strlen(text) <= s->columns) {
		put_pad(s, pad + 1);
		put_words(s->out, at, s->columns, text);
	} else if (at + strlen(calls) <= s->columns) {
		fprintf(s->out, "%*s %s\n", pad, "", calls);
		text_wrapped(s->out, "        ", 8, s->columns, remark);
	} else {
		fputc('\n', s->out);
		text_wrapped(s->out, "        calls ", 8, s->columns, text);
	}
}

static void put_row(const struct sheet *s, size_t i)
{
	const struct cost_row *r = &s->c->rows[i];
	char *remark __free = cost_row_remark(r, s->c->baseline.ops);
	struct strbuf calls __strbuf = { 0 };

	calls_of(r, &calls);
	put_name(s, "  ", r->name);
	put_beside(s, put_figures(s, insns_of(r->baseline), insns_of(r->patched)),
		   strbuf_str(&calls), remark);
}

static void put_function(const struct sheet *s, size_t i, double whole)
{
	const struct cost_function *f = &s->c->baseline.v[i];
	char *remark __free = cost_events_remark(&f->c, false);
	char calls[COST_TEXT_MAX];

	put_name(s, "  ", f->name);
	put_pad(s, put_figures(s, insns_of(f), 0));
	fprintf(s->out, "%*.1f%%", COST_NUMBER_WIDTH - 1,
		whole > 0 ? 100 * insns_of(f) / whole : 0);
	put_beside(s, 0,
		   f->c.n[COST_CALLS] > 0 ? calls_text(calls, f->c.n[COST_CALLS])
					  : uncalled(f->name),
		   remark);
}

static void put_rest(const struct sheet *s, const struct cost_shown *shown)
{
	char *name __free =
		xasprintf("%zu more function%s", shown->n_rest, shown->n_rest == 1 ? "" : "s");
	char *events __free = cost_events_remark(&shown->rest, !s->profile);
	char *text __free = xasprintf("%.2g%% of the difference%s%s", 100 * shown->share,
				      *events ? "; " : "", events);

	if (!shown->n_rest)
		return;
	put_name(s, "  ", name);
	put_pad(s, put_figures(s, shown->baseline, shown->patched));
	if (s->profile)
		fprintf(s->out, "%*.2g%%%s%s\n", COST_NUMBER_WIDTH - 1, 100 * shown->share,
			*events ? " " : "", events);
	else
		put_beside(s, 0, text, "");
}

static void put_equal(const struct sheet *s, const struct cost_shown *shown)
{
	char *text __free = xasprintf("%zu without a difference", shown->n_equal);

	if (shown->n_equal && !s->profile)
		put_line(s, "  ", text, shown->equal, shown->equal);
}

static void put_functions_head(const struct sheet *s, const char *title)
{
	fputc('\n', s->out);
	put_name(s, "", title);
	if (s->profile)
		fprintf(s->out, "%*s %*s calls\n", COST_NUMBER_WIDTH - 2, "per op",
			COST_NUMBER_WIDTH + 1, "share");
	else
		fprintf(s->out, "%*s%*s%*s   calls\n", COST_NUMBER_WIDTH - 2, "baseline",
			COST_NUMBER_WIDTH, "patched", COST_NUMBER_WIDTH, "delta");
}

static void put_functions(const struct sheet *s, bool user)
{
	const struct cost_counts *a = user ? &s->c->baseline.user : &s->c->baseline.kernel;
	const struct cost_counts *b = user ? &s->c->patched.user : &s->c->patched.kernel;
	struct cost_shown shown __cleanup(cost_shown_release);

	cost_show(s->c, s->profile, user, s->all, &shown);
	if (!shown.n && !shown.n_rest) {
		if (!user)
			fprintf(s->out, "\nNo kernel function %s.\n",
				s->profile ? "is executed" : "executes anything else");
		return;
	}
	put_functions_head(s, user ? "functions of the program" : "kernel functions");
	for (size_t i = 0; i < shown.n; i++) {
		if (s->profile)
			put_function(s, shown.index[i], a->n[COST_INSNS]);
		else
			put_row(s, shown.index[i]);
	}
	put_rest(s, &shown);
	put_equal(s, &shown);
	put_line(s, "  ", user ? "all of the program" : "all kernel functions", a->n[COST_INSNS],
		 b->n[COST_INSNS]);
}

static const struct cost_apart *apart_find(const struct cost_side *side, const char *context)
{
	for (size_t i = 0; i < side->n_apart; i++) {
		if (!strcmp(side->apart[i].context, context))
			return &side->apart[i];
	}
	return NULL;
}

/* "1204.0 in 3 of 6": of each of the windows in which it was. */
static void put_apart_side(const struct sheet *s, const struct cost_side *side,
			   const struct cost_apart *a)
{
	char buf[COST_TEXT_MAX];

	if (a && a->windows)
		fprintf(s->out, "  %10s in %zu of %zu",
			cost_number(buf, a->insns * (double)side->windows / (double)a->windows,
				    false),
			a->windows, side->windows);
	else
		fprintf(s->out, "  %10s in 0 of %zu", "-", side->windows);
}

static void put_apart_row(const struct sheet *s, const char *context)
{
	const struct cost_side *a = &s->c->baseline, *b = &s->c->patched;

	put_name(s, "  ", context);
	put_apart_side(s, a, apart_find(a, context));
	if (!s->profile)
		put_apart_side(s, b, apart_find(b, context));
	fputc('\n', s->out);
}

/* What only happened in between: of no function above. */
static void put_apart(const struct sheet *s)
{
	const struct cost_side *a = &s->c->baseline, *b = &s->c->patched;

	if (!a->n_apart && (s->profile || !b->n_apart))
		return;
	fputs("\nran in between, in no figure above (instructions in each window that has it)\n",
	      s->out);
	for (size_t i = 0; i < a->n_apart; i++)
		put_apart_row(s, a->apart[i].context);
	for (size_t i = 0; !s->profile && i < b->n_apart; i++) {
		if (!apart_find(a, b->apart[i].context))
			put_apart_row(s, b->apart[i].context);
	}
}

/* "12 windows of 4096 pages over 3 boots, all identical", or how many are. */
static void windows_of(const struct sheet *s, const struct cost_side *side, struct strbuf *sb)
{
	strbuf_addf(sb, "%zu window%s of %.6g %s%s over %zu boot%s", side->windows,
		    side->windows == 1 ? "" : "s", side->ops, s->c->per, side->ops == 1 ? "" : "s",
		    side->boots, side->boots == 1 ? "" : "s");
	if (side->windows < 2)
		return;
	if (side->distinct == 1)
		strbuf_addstr(sb, ", all identical");
	else if (side->modal > 1)
		strbuf_addf(sb, ", %zu of them identical, %zu different in all", side->modal,
			    side->distinct);
	else
		strbuf_addstr(sb, ", no two identical");
}

/* The functions that vary, with the range of their instructions. */
static void varying_of(const struct cost_side *side, struct strbuf *sb)
{
	char lo[COST_TEXT_MAX], hi[COST_TEXT_MAX];
	const char *sep = ". These vary: ";

	for (size_t i = 0; i < side->n; i++) {
		const struct cost_function *f = &side->v[i];

		if (!f->varies)
			continue;
		cost_number(lo, f->lo, false);
		cost_number(hi, f->hi, false);
		if (!cost_differs(f->hi, f->lo))
			strbuf_addf(sb, "%s%s (other paths, as many)", sep, f->name);
		else if (cost_is_rare(f->hi - f->lo) || !strcmp(lo, hi))
			strbuf_addf(sb, "%s%s (by %s a window)", sep, f->name,
				    cost_number(lo, (f->hi - f->lo) * side->ops, false));
		else
			strbuf_addf(sb, "%s%s (%s to %s)", sep, f->name, lo, hi);
		sep = ", ";
	}
}

static void put_windows(const struct sheet *s, const char *role, const struct cost_side *side)
{
	struct strbuf sb __strbuf = { 0 };
	char *first __free = xasprintf("%-9s ", role);

	windows_of(s, side, &sb);
	varying_of(side, &sb);
	if (side->lost)
		strbuf_addf(&sb, ". %zu more without counts", side->lost);
	if (*side->bad)
		strbuf_addf(&sb, "%s: %s", side->lost ? "" : ". Not counted", side->bad);
	text_wrapped(s->out, first, 10, s->columns, strbuf_str(&sb));
}

/* The first column is as wide as the longest name that is shown. */
static int name_width(const struct sheet *s)
{
	size_t width = NAME_LEAST;

	for (int user = 0; user < 2; user++) {
		struct cost_shown shown __cleanup(cost_shown_release);

		cost_show(s->c, s->profile, user, s->all, &shown);
		for (size_t i = 0; i < shown.n; i++) {
			const char *name = s->profile ? s->c->baseline.v[shown.index[i]].name
						      : s->c->rows[shown.index[i]].name;
			size_t len = strlen(name) + 3;

			if (len <= NAME_MOST && len > width)
				width = len;
		}
	}
	return (int)width;
}

static void put_cell(struct sheet *s)
{
	char *title __free = cost_cell_title(s->c);
	char *per __free = cost_per_label(s->c);

	s->name = name_width(s);
	text_wrapped(s->out, "", 2, s->columns, title);
	put_name(s, "", per);
	if (s->profile)
		fprintf(s->out, "%*s\n", COST_NUMBER_WIDTH - 2, "count");
	else
		fprintf(s->out, "%*s%*s%*s   %8s\n", COST_NUMBER_WIDTH - 2, "baseline",
			COST_NUMBER_WIDTH, "patched", COST_NUMBER_WIDTH, "delta", "change");
	put_totals(s);
	put_functions(s, false);
	put_functions(s, true);
	put_apart(s);
	fputc('\n', s->out);
	put_windows(s, s->profile ? "windows" : "baseline", &s->c->baseline);
	if (!s->profile)
		put_windows(s, "patched", &s->c->patched);
}

static void put_kernel(FILE *out, const char *role, const struct cost_kernel *k, int name)
{
	fprintf(out, "%-9s %-*s  %s %.*s\n", role, name, k->name, k->release, HASH_DIGITS, k->hash);
}

static void put_head(const struct cost_comparison *c, bool profile, FILE *out)
{
	int a = (int)strlen(c->baseline.name), b = profile ? 0 : (int)strlen(c->patched.name);
	int name = a > b ? a : b;

	put_kernel(out, profile ? "kernel" : "baseline", &c->baseline, name);
	if (!profile)
		put_kernel(out, "patched", &c->patched, name);
	fprintf(out, "%-9s instructions executed on an emulated %s, run %lld: a cost, not time\n",
		"counted", c->baseline.arch, (long long)c->run_id);
}

int cost_table(const struct cost_comparison *c, const struct cost_view *v, FILE *out,
	       struct error *e)
{
	struct sheet s = {
		.out = out,
		.profile = !c->patched.name,
		.all = v->all,
		.arm64 = !strcmp(c->baseline.arch, "arm64"),
		.columns = columns_of(v, out),
	};

	put_head(c, s.profile, out);
	for (size_t i = 0; i < c->n_cells; i++) {
		s.c = &c->cells[i];
		fputc('\n', out);
		put_cell(&s);
	}
	strv_for_each(&c->warnings, it) {
		fputs(it == c->warnings.v ? "\n" : "", out);
		text_wrapped(out, "! ", 2, s.columns, *it);
	}
	return output_end(out, e);
}

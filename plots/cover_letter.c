// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The format "cover-letter": plain text of at most 75 columns to paste into a
 * mail. Made from the store alone: the same store gives the same text.
 */
#include <string.h>

#include "lib/cleanup.h"
#include "plots/cost.h"
#include "plots/format.h"
#include "plots/inside.h"
#include "plots/judged.h"
#include "plots/rows.h"
#include "plots/text.h"

#define COLUMNS 75

/* As text_wrapped(), for this format's width. */
static void put_wrapped(FILE *out, const char *first, size_t indent, const char *text)
{
	text_wrapped(out, first, indent, COLUMNS, text);
}

static void put_fact(FILE *out, const char *name, const char *text)
{
	char *first __free = xasprintf("  %-9s ", name);

	if (text && *text)
		put_wrapped(out, first, strlen(first), text);
}

/* A longer series is told by its ends: the mail that the letter goes with has all of it. */
#define PATCHES_NAMED 6

static const char *subject_of(json_t *patch)
{
	const char *subject = json_string_value(json_object_get(patch, "subject"));

	return subject ? subject : json_string_value(json_object_get(patch, "name"));
}

/* "a.patch, b.patch" of [{"name":...}] or [...]; whether there is any. */
static bool add_names(struct strbuf *sb, json_t *files)
{
	size_t i, n = json_array_size(files);
	json_t *file;

	if (n > PATCHES_NAMED) {
		const char *first = subject_of(json_array_get(files, 0));
		const char *last = subject_of(json_array_get(files, n - 1));

		strbuf_addf(sb, "%zu, from \"%s\" to \"%s\"", n, first ? first : "",
			    last ? last : "");
		return true;
	}
	json_array_foreach(files, i, file) {
		const char *name = json_string_value(
			json_is_object(file) ? json_object_get(file, "name") : file);

		if (name)
			strbuf_addf(sb, "%s%s", sb->len ? ", " : "", name);
	}
	return sb->len > 0;
}

static void put_side(FILE *out, const char *role, const struct compare_side *s)
{
	char *kernel __free = text_kernel(s);
	struct strbuf sb __strbuf = { 0 }, names __strbuf = { 0 };

	strbuf_addf(&sb, "%s: Linux %s", s->name, kernel);
	if (*s->source)
		strbuf_addf(&sb, ", from %s", s->source);
	if (*s->arch)
		strbuf_addf(&sb, ", %s", s->arch);
	if (*s->description)
		strbuf_addf(&sb, ". %s", s->description);
	if (add_names(&names, json_object_get(s->inputs, "series")))
		strbuf_addf(&sb, ". Patches: %s", strbuf_str(&names));
	put_fact(out, role, strbuf_str(&sb));
}

/* What both kernels have in common, or both, by its name in the inputs. */
static void put_input(FILE *out, const struct comparison *c, const char *name, const char *key)
{
	const char *a = json_string_value(json_object_get(c->baseline.inputs, key));
	const char *b = json_string_value(json_object_get(c->patched.inputs, key));
	char *both __free = NULL;

	if (!a || !b)
		return;
	both = strcmp(a, b) ? xasprintf("%s (baseline), %s (patched)", a, b) : xstrdup(a);
	put_fact(out, name, both);
}

/* What a configuration was made of; "" where nothing was built. Caller frees. */
static char *config_words(const struct compare_side *s)
{
	json_t *config = json_object_get(s->inputs, "config");
	const char *full = json_string_value(json_object_get(config, "full"));
	json_t *names = json_is_array(config) ? config : json_object_get(config, "fragments");
	struct strbuf sb __strbuf = { 0 };
	const char *slash = full ? strrchr(full, '/') : NULL;

	if (!add_names(&sb, names))
		return xstrdup("");
	return xasprintf("%s and %s", full ? (slash ? slash + 1 : full) : "allnoconfig",
			 strbuf_str(&sb));
}

/* Of kernels that were built: what their configurations are made of, and how they differ. */
static void put_config(FILE *out, const struct comparison *c)
{
	static const char minimal[] = "minimal, not a distribution's: ";
	char *a __free = config_words(&c->baseline);
	char *b __free = config_words(&c->patched);
	bool is_minimal = !strncmp(a, "allnoconfig", 11) || !strncmp(b, "allnoconfig", 11);
	struct strbuf sb __strbuf = { 0 };

	if (*a && !strcmp(a, b))
		strbuf_addf(&sb, "%s%s", is_minimal ? minimal : "", a);
	else if (*a || *b)
		strbuf_addf(&sb, "%s (baseline), %s (patched)%s", *a ? a : "as delivered",
			    *b ? b : "as delivered",
			    is_minimal ? "; what is built from allnoconfig is minimal" : "");
	if (c->built.fact && *c->built.fact)
		strbuf_addf(&sb, "%sThey %s", sb.len ? ". " : "", c->built.fact);
	put_fact(out, "config", strbuf_str(&sb));
}

/* What the kernels ran on, and what measured there. */
static void put_machine(FILE *out, const struct comparison *c)
{
	const char *emulator =
		json_string_value(json_object_get(c->baseline.facts, "emulator_version"));
	const char *machine = json_string_value(json_object_get(c->baseline.facts, "machine"));
	const char *cpu = json_string_value(json_object_get(c->host, "cpu"));
	const char *agent = json_string_value(json_object_get(c->baseline.hello, "agent"));
	struct strbuf sb __strbuf = { 0 };

	if (emulator)
		strbuf_addf(&sb, "QEMU %s%s%s", emulator, machine ? ", " : "",
			    machine ? machine : "");
	if (cpu && !c->exact) /* counts are the same on any */
		strbuf_addf(&sb, "%s%s", sb.len ? ", on " : "", cpu);
	put_fact(out, "machine", strbuf_str(&sb));
	if (agent) {
		char *text __free = xasprintf("by foliobench %s, %s", agent, c->when);

		put_fact(out, "measured", text);
	} else {
		put_fact(out, "measured", c->when);
	}
}

static void put_boots(FILE *out, const struct comparison *c)
{
	const struct compare_side *sides[] = { &c->baseline, &c->patched };
	char *layouts __free = text_layouts(c);
	struct strbuf sb __strbuf = { 0 };

	strbuf_addf(&sb, "%zu of the baseline, %zu of the patched kernel; medians over boots",
		    c->baseline.boots_ok, c->patched.boots_ok);
	if (layouts)
		strbuf_addf(&sb, ". %s", layouts);
	if (text_all_identical(c))
		strbuf_addstr(&sb, ". All boots of a kernel gave identical figures");
	for (size_t i = 0; i < ARRAY_SIZE(sides); i++) {
		if (sides[i]->boots_tainted + sides[i]->boots_lost)
			strbuf_addf(&sb, ". %s: %zu tainted and %zu lost boots are not counted",
				    sides[i]->name, sides[i]->boots_tainted, sides[i]->boots_lost);
	}
	put_fact(out, "boots", strbuf_str(&sb));
}

static void put_head(FILE *out, const struct comparison *c)
{
	char *title __free = xasprintf("%s compared with %s", c->patched.name, c->baseline.name);
	char *target __free = NULL;

	fprintf(out, "%s\n", title);
	for (size_t i = 0; title[i] && i < COLUMNS; i++)
		fputc('=', out);
	fputs("\n\n", out);
	put_side(out, "baseline", &c->baseline);
	put_side(out, "patched", &c->patched);
	put_input(out, c, "compiler", "compiler");
	put_config(out, c);
	if (text_emulated_time(c->unit, c->target))
		target = xasprintf("%s: an emulated machine with %u CPUs. The figures are times in "
				   "ns of the emulator: they show what the kernels do and how that "
				   "grows, not how fast a machine does it.",
				   c->target, c->cpus);
	else if (!strcmp(c->unit, "insn"))
		target = xasprintf("%s: an emulated machine whose clock counts instructions. The "
				   "figures are guest instructions: a cost, counted exactly, not "
				   "time. Less than 0.5 %% apart counts as equal, since timer "
				   "ticks fall differently in two kernels.",
				   c->target);
	else
		target = xasprintf("%s: times in %s", c->target, text_unit(c->unit));
	put_fact(out, "target", target);
	put_machine(out, c);
	put_boots(out, c);
	fputc('\n', out);
	put_wrapped(out, "", 0,
		    text_is_time(c->unit, c->target)
			    ? "Change is in cost, patched / baseline - 1: negative means that the "
			      "patched kernel is faster, or has less of it."
			    : "Change is patched / baseline - 1: negative means that the patched "
			      "kernel has less of it.");
}

/* INTERVALS: in place of how many times as much it is, which then stands by the verdict. */
static void put_row(FILE *out, const struct comparison *c, const struct row_group *g,
		    const struct compare_cell *cell, bool intervals)
{
	char a[TEXT_MAX], b[TEXT_MAX], change[TEXT_MAX], beside[TEXT_MAX] = "";
	char *verdict = judged_verdict(c, cell, intervals);
	size_t at;

	text_change(change, cell);
	if (intervals)
		judged_interval(beside, &cell->j);
	else if (cell->has_change && cell->j.unit != JUDGE_NOTHING)
		text_factor(beside, cell->change, text_is_time(cell->unit, c->target));
	text_figure(a, &cell->baseline, g->whole);
	text_figure(b, &cell->patched, g->whole);
	at = (size_t)fprintf(out, "  %-6s %*s %*s",
			     *row_folio(cell->params) ? row_folio(cell->params) : "-",
			     intervals ? 8 : 10, a, intervals ? 8 : 10, b);
	at += (size_t)fprintf(out, " %*s %*s", intervals ? 7 : 9, change, intervals ? 16 : 12,
			      beside);
	if (at + 2 + strlen(verdict) > COLUMNS) {
		free(verdict);
		verdict = judged_verdict(c, cell, false);
	}
	fprintf(out, "  %s\n", verdict);
	free(verdict);
}

/* FIRST: the first group of its case. */
static void put_group(FILE *out, const struct comparison *c, const struct row_group *g, bool first)
{
	const char *summary = c->cells[g->index[0]].case_summary;
	bool intervals = judged_group_has_interval(c, g);
	char *metric __free = text_metric(g->metric, g->unit);
	const char *better = text_better(g->better);
	char *title __free = xasprintf("%s%s%s: %s%s%s", g->case_name, *g->others ? " " : "",
				       g->others, metric, *better ? ", " : "", better);

	fputc('\n', out);
	put_wrapped(out, "", 2, title);
	if (first && *summary)
		put_wrapped(out, "  ", 2, summary);
	if (intervals)
		fprintf(out, "\n  %-6s %8s %8s %7s %16s\n", "folio", "baseline", "patched",
			"change", "95% interval");
	else
		fprintf(out, "\n  %-6s %10s %10s %9s\n", "folio", "baseline", "patched", "change");
	for (size_t i = 0; i < g->n; i++)
		put_row(out, c, g, &c->cells[g->index[i]], intervals);
}

/* "0 -> 1", or "1 on both". */
static char *transition(const struct row_group *g, const struct compare_cell *cell)
{
	char a[TEXT_MAX], b[TEXT_MAX];

	if (cell->verdict == VERDICT_WRONG)
		return xstrdup("WRONG");
	if (!cell->baseline.n_boots || !cell->patched.n_boots)
		return xstrdup("not measured on both");
	text_value(a, cell->baseline.value, g->whole);
	text_value(b, cell->patched.value, g->whole);
	return strcmp(a, b) ? xasprintf("%s -> %s", a, b) : xasprintf("%s on both", a);
}

/* One line: neighbouring sizes with the same figures together. */
static void put_evidence(FILE *out, const struct comparison *c, const struct row_group *g)
{
	char *metric __free = text_metric(g->metric, g->unit);
	struct strbuf sb __strbuf = { 0 };

	strbuf_addf(&sb, "%s%s%s, %s:", g->case_name, *g->others ? " " : "", g->others, metric);
	for (size_t i = 0; i < g->n;) {
		char *what __free = transition(g, &c->cells[g->index[i]]);
		struct strbuf sizes __strbuf = { 0 };
		size_t first = i;

		for (; i < g->n; i++) {
			const struct compare_cell *cell = &c->cells[g->index[i]];
			char *next __free = transition(g, cell);

			if (strcmp(what, next) != 0)
				break;
			strbuf_addf(&sizes, "%s%s", sizes.len ? ", " : "", row_folio(cell->params));
		}
		strbuf_addf(&sb, "%s %s", first ? ";" : "", what);
		if (sizes.len && (first || i < g->n))
			strbuf_addf(&sb, " at %s", strbuf_str(&sizes));
	}
	put_wrapped(out, "  ", 4, strbuf_str(&sb));
}

static void put_all_evidence(FILE *out, const struct comparison *c)
{
	struct rows all __rows = { 0 };
	bool begun = false;

	rows_of_comparison(c, true, &all);
	for (size_t i = 0; i < all.n; i++) {
		const struct row_group *g = &all.groups[i];

		if (g->headline || !strcmp(g->unit, c->unit))
			continue;
		if (!begun)
			fputs("\nWhat the kernels did, read from the kernels (baseline -> "
			      "patched):\n\n",
			      out);
		begun = true;
		put_evidence(out, c, g);
	}
}

static void put_caveats(FILE *out, const struct comparison *c, const struct rows *r)
{
	if (r->notes.n + r->varying.n + c->lacks.n + c->warnings.n)
		fputs("\nTo be kept in mind:\n\n", out);
	strv_for_each(&r->varying, it) {
		char *text __free = xasprintf("%s: %s", ROWS_VARYING, *it);

		put_wrapped(out, "  * ", 4, text);
	}
	strv_for_each(&r->notes, it)
		put_wrapped(out, "  * ", 4, *it);
	strv_for_each(&c->lacks, it) {
		char *text __free = xasprintf("lacks: %s", *it);

		put_wrapped(out, "  * ", 4, text);
	}
	strv_for_each(&c->warnings, it)
		put_wrapped(out, "  ! ", 4, *it);
}

/* What a reviewer asks: how many, in which order, by which test, against what. */
static void put_judged(FILE *out, const struct comparison *c, const struct rows *r)
{
	char *how __free = judged_paragraph(c, r), *lists __free = NULL;
	char *inside __free = inside_sentences(c, r);
	struct strv lines __strv = { 0 };
	size_t len;
	FILE *f = open_memstream(&lists, &len);

	if (!f)
		return;
	judged_lists(c, r, COLUMNS - 2, f);
	fclose(f);
	if (*how || *inside || len)
		fputs("\nHow it was measured and judged:\n\n", out);
	if (*how)
		put_wrapped(out, "  ", 2, how);
	if (*inside)
		put_wrapped(out, "  ", 2, inside);
	if (*how && len)
		fputc('\n', out);
	strv_split(&lines, lists, "\n");
	strv_for_each(&lines, it)
		fprintf(out, "  %s\n", *it);
}

static int write_cover_letter(const struct comparison *c, FILE *out, struct error *e)
{
	struct rows r __rows = { 0 };

	rows_of_comparison(c, false, &r);
	put_head(out, c);
	for (size_t i = 0; i < r.n; i++)
		put_group(out, c, &r.groups[i],
			  !i || strcmp(r.groups[i].case_name, r.groups[i - 1].case_name) != 0);
	put_all_evidence(out, c);
	cost_why(c, &r, COLUMNS, out);
	put_judged(out, c, &r);
	put_caveats(out, c, &r);
	if (r.fixed.n)
		fputs("\n" ROWS_FIXED ":\n\n", out);
	strv_for_each(&r.fixed, it)
		put_wrapped(out, "  ", 4, *it);
	if (*c->command) {
		fputs("\nCommand:\n\n", out);
		put_wrapped(out, "  ", 4, c->command);
	}
	return output_end(out, e);
}

const struct format format_cover_letter = {
	.name = "cover-letter",
	.summary = "plain text of at most 75 columns, to paste into a mail",
	.write = write_cover_letter,
};

// SPDX-License-Identifier: GPL-2.0-or-later
/* How figures, changes and names are written; see text.h. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "lib/cleanup.h"
#include "plots/text.h"

#define HASH_DIGITS 12

char *text_value(char buf[TEXT_MAX], double value, bool whole)
{
	double size = fabs(value);

	if ((whole || value == 0) && size < 1e15)
		snprintf(buf, TEXT_MAX, "%.0f", value);
	else if (size >= 1000)
		snprintf(buf, TEXT_MAX, "%.0f", value);
	else if (size >= 10)
		snprintf(buf, TEXT_MAX, "%.1f", value);
	else if (size >= 0.01)
		snprintf(buf, TEXT_MAX, "%.3f", value);
	else
		snprintf(buf, TEXT_MAX, "%.2g", value);
	return buf;
}

char *text_figure(char buf[TEXT_MAX], const struct series *s, bool whole)
{
	if (s->n_wrong)
		strcpy(buf, verdict_name(VERDICT_WRONG));
	else if (s->n_boots)
		text_value(buf, s->value, whole);
	else
		strcpy(buf, "-");
	return buf;
}

int text_decimals(double half)
{
	if (isnan(half))
		return 2;
	return half >= 0.02 ? 0 : half >= 0.002 ? 1 : 2;
}

char *text_percent_within(char buf[TEXT_MAX], double change, double half)
{
	double percent = change * 100, size = fabs(percent);
	int decimals = text_decimals(half), most = size >= 1000 ? 0 : size >= 1 ? 1 : 2;

	if (!isnan(half) && change >= 1)
		most = 0;

	if (decimals > most)
		decimals = most;
	/* a decrease that leaves something is not shown as one of all there was */
	if (percent < -99 && percent > -100)
		decimals = percent < -99.9 ? 2 : 1;
	if (size * pow(10, decimals) < 0.5)
		snprintf(buf, TEXT_MAX, "%.*f%%", decimals, 0.0);
	else if (size >= 1e6)
		snprintf(buf, TEXT_MAX, "%+.1e%%", percent);
	else
		snprintf(buf, TEXT_MAX, "%+.*f%%", decimals,
			 percent > -100 && percent < -99.99 ? -99.99 : percent);
	return buf;
}

char *text_percent(char buf[TEXT_MAX], double change)
{
	return text_percent_within(buf, change, NAN);
}

char *text_change(char buf[TEXT_MAX], const struct compare_cell *cell)
{
	const struct series *a = &cell->baseline, *b = &cell->patched;
	char value[TEXT_MAX];

	if (cell->has_change)
		return text_percent_within(buf, cell->change, (cell->j.hi - cell->j.lo) / 2);
	if (!a->n_boots || !b->n_boots)
		strcpy(buf, "-");
	else if (a->value == b->value)
		text_percent(buf, 0);
	else if (strlen(text_value(value, b->value, b->value == rint(b->value))) <= 4)
		snprintf(buf, TEXT_MAX, "0 -> %.4s", value);
	else
		strcpy(buf, "from 0");
	return buf;
}

bool text_is_time(const char *unit, const char *target)
{
	static const char *const times[] = { "ns", "us", "ms", "s" };

	for (size_t i = 0; i < ARRAY_SIZE(times); i++) {
		if (!strcmp(unit, times[i]))
			return !text_emulated_time("ns", target);
	}
	return false;
}

const char *text_than(double change, bool time)
{
	if (time)
		return change < 0 ? "faster" : "slower";
	return change < 0 ? "less" : "more";
}

char *text_factor(char buf[TEXT_MAX], double change, bool time)
{
	double factor = change < 0 ? 1 / (1 + change) : 1 + change;

	buf[0] = '\0';
	if (change <= -1 || !(factor >= 2))
		return buf;
	if (factor >= 1e6)
		snprintf(buf, TEXT_MAX, "%.0ex %s", factor, text_than(change, time));
	else
		snprintf(buf, TEXT_MAX, "%.*fx %s", factor >= 100 ? 0 : 1, factor,
			 text_than(change, time));
	return buf;
}

char *text_spread(char buf[TEXT_MAX], const struct series *s)
{
	double half = (s->hi - s->lo) / 2;

	if (!s->n_boots)
		snprintf(buf, TEXT_MAX, "-");
	else if (half == 0)
		snprintf(buf, TEXT_MAX, "0%%");
	else if (s->value == 0)
		snprintf(buf, TEXT_MAX, "%.3g", half);
	else
		snprintf(buf, TEXT_MAX, "%.2g%%", 100 * half / fabs(s->value));
	return buf;
}

const char *text_unit(const char *unit)
{
	return strcmp(unit, "insn") ? unit : "guest instructions";
}

/* Words of metrics' names that the kernel's people write in a way of their own. */
static const char *const spellings[][2] = {
	{ "vmpte", "VmPTE" }, { "rss", "RSS" }, { "tlb", "TLB" }, { "pte", "PTE" },
	{ "ptes", "PTEs" },   { "cow", "CoW" }, { "thp", "THP" }, { "vma", "VMA" },
};

char *text_words(const char *metric)
{
	struct strv words __strv = { 0 };
	struct strbuf sb = { 0 };

	strv_split(&words, metric, "_");
	strv_for_each(&words, it) {
		const char *word = *it;

		for (size_t i = 0; i < ARRAY_SIZE(spellings); i++) {
			if (!strcmp(word, spellings[i][0]))
				word = spellings[i][1];
		}
		strbuf_addf(&sb, "%s%s", sb.len ? " " : "", word);
	}
	return strbuf_detach(&sb);
}

char *text_metric(const char *metric, const char *unit)
{
	char *words = text_words(metric), *label;

	if (!strncmp(words, "per ", 4))
		label = xasprintf("%s %s", text_unit(unit), words);
	else
		label = xasprintf("%s (%s)", words, text_unit(unit));
	free(words);
	return label;
}

bool text_emulated_time(const char *unit, const char *target)
{
	return !strcmp(unit, "ns") && !strcmp(target, "qemu");
}

char *text_unit_line(const char *unit, const char *target, unsigned int cpus)
{
	if (text_emulated_time(unit, target))
		return xasprintf("nanoseconds (ns) of an emulator with %u CPUs: shape and "
				 "evidence, no machine's time",
				 cpus);
	if (!strcmp(unit, "insn"))
		return xstrdup(
			"guest instructions (insn): a cost, counted by the emulator, not time");
	if (!strcmp(unit, "ns"))
		return xstrdup("nanoseconds (ns)");
	return xstrdup(*unit ? unit : "unknown");
}

const char *text_better(enum better b)
{
	switch (b) {
	case BETTER_LOWER:
		return "lower is better";
	case BETTER_HIGHER:
		return "higher is better";
	default:
		return "";
	}
}

char *text_kernel(const struct compare_side *side)
{
	return xasprintf("%s%s%.*s", side->release, *side->release ? " " : "", HASH_DIGITS,
			 side->hash);
}

static void output_side(FILE *out, const struct compare_side *s, int name_width, int release_width)
{
	fprintf(out, "%-*s  %-*s%s%.*s  %zu boot%s", name_width, s->name, release_width, s->release,
		release_width ? " " : "", HASH_DIGITS, s->hash, s->boots_ok,
		s->boots_ok == 1 ? "" : "s");
	if (s->layouts > 1)
		fprintf(out, " of %zu layouts", s->layouts);
	if (s->boots_tainted)
		fprintf(out, ", %zu tainted (not counted)", s->boots_tainted);
	if (s->boots_lost)
		fprintf(out, ", %zu lost (not counted)", s->boots_lost);
	fputc('\n', out);
}

void output_sides(FILE *out, const struct text_side *sides, size_t n, int width)
{
	int name = 0, release = 0;

	for (size_t i = 0; i < n; i++) {
		int len = (int)strlen(sides[i].side->name);

		name = len > name ? len : name;
		len = (int)strlen(sides[i].side->release);
		release = len > release ? len : release;
	}
	for (size_t i = 0; i < n; i++) {
		fprintf(out, "%-*s ", width, sides[i].role);
		output_side(out, sides[i].side, name, release);
	}
}

char *text_layouts(const struct comparison *c)
{
	size_t a = c->baseline.layouts, b = c->patched.layouts;

	if (a <= 1 && b <= 1)
		return NULL;
	if (a == b)
		return xasprintf("%zu layouts of each kernel: the same code at other addresses", a);
	return xasprintf("%zu layouts of the baseline and %zu of the patched kernel: the same code "
			 "at other addresses",
			 a, b);
}

int text_all_identical(const struct comparison *c)
{
	for (size_t i = 0; i < c->n_cells; i++) {
		const struct series *a = &c->cells[i].baseline, *b = &c->cells[i].patched;

		if ((a->n_boots && !series_identical(a)) || (b->n_boots && !series_identical(b)))
			return 0;
	}
	return c->n_cells && c->baseline.boots_ok > 1 && c->patched.boots_ok > 1;
}

void text_wrapped(FILE *out, const char *first, size_t indent, size_t columns, const char *text)
{
	struct strv words __strv = { 0 };
	size_t at = (size_t)fprintf(out, "%s", first);
	bool begun = false;

	strv_split(&words, text, " \n\t");
	strv_for_each(&words, it) {
		size_t len = strlen(*it);

		if (begun && at + 1 + len > columns) {
			fprintf(out, "\n%*s", (int)indent, "");
			at = indent;
			begun = false;
		}
		at += (size_t)fprintf(out, "%s%s", begun ? " " : "", *it);
		begun = true;
	}
	fputc('\n', out);
}

char *text_cut(const char *text, size_t chars)
{
	size_t n = 0, keep = 0;

	for (size_t i = 0; text[i]; i++) {
		if (((unsigned char)text[i] & 0xc0) == 0x80)
			continue; /* goes with the character before it */
		if (++n == chars)
			keep = i;
	}
	return n > chars ? xasprintf("%.*s~", (int)keep, text) : xstrdup(text);
}

int output_end(FILE *out, struct error *e)
{
	/* an earlier write that failed has lost its errno: one more byte fails alike */
	if (fflush(out) || (ferror(out) && (fputc('\n', out) == EOF || fflush(out))))
		return error_sys(e, errno, "output");
	return ferror(out) ? error_set(e, EIO, "output: could not be written whole") : 0;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* A kernel against itself, as a table and in sentences; see calibration.h. */
#include <math.h>
#include <string.h>

#include "lib/cleanup.h"
#include "plots/calibration.h"
#include "plots/judged.h"
#include "plots/rows.h"
#include "plots/table.h"
#include "plots/text.h"

#define WIDTH 100

enum { CASE, FOLIO, PARAMS, METRIC, FIGURE, CHANGE, INTERVAL, VERDICT, REBOOT, REBUILD, COLUMNS };

static void choose_columns(const struct calibration_view *v, const struct rows *r, bool figure,
			   struct table_column columns[COLUMNS])
{
	static const struct table_column all[COLUMNS] = {
		[CASE] = { "case", "CASE" },
		[FOLIO] = { "folio", "FOLIO", TABLE_RIGHT },
		[PARAMS] = { "params", "PARAMS" },
		[METRIC] = { "metric", "METRIC" },
		[FIGURE] = { "figure", "FIGURE", TABLE_RIGHT },
		[CHANGE] = { "change", "A/A", TABLE_RIGHT },
		[INTERVAL] = { "interval", "95% INTERVAL", TABLE_RIGHT },
		[VERDICT] = { "verdict", "VERDICT" },
		[REBOOT] = { "rebooted", "REBOOTED", TABLE_RIGHT },
		[REBUILD] = { "rebuilt", "REBUILT", TABLE_RIGHT },
	};
	bool params = false, folio = false;

	memcpy(columns, all, sizeof(all));
	for (size_t i = 0; i < r->n; i++) {
		params |= *r->groups[i].others != '\0';
		folio |= *row_folio(v->c->cells[r->groups[i].index[0]].params) != '\0';
	}
	if (!params)
		columns[PARAMS].title = NULL;
	if (!folio)
		columns[FOLIO].title = NULL;
	if (v->cal->layouts < 2)
		columns[REBUILD].title = NULL;
	if (!figure)
		columns[FIGURE].title = NULL;
}

/* "0.34%", "-" where it was not measured. */
static char *floor_text(char buf[TEXT_MAX], double share)
{
	if (share < 0)
		return strcpy(buf, "-");
	snprintf(buf, TEXT_MAX, share < 0.0995 ? "%.2g%%" : "%.0f%%", share * 100);
	return buf;
}

static void add_row(struct table *t, const struct calibration_view *v, const struct row_group *g,
		    const struct compare_cell *cell, bool first)
{
	const struct cell_floor f = calibration_floor(cell);
	char *verdict __free = judged_verdict(v->c, cell, false);
	char buf[TEXT_MAX];

	table_row(t);
	if (first) {
		table_set(t, CASE, "%s", g->case_name);
		table_set(t, PARAMS, "%s", g->others);
		table_set(t, METRIC, "%s", g->metric);
	}
	table_set(t, FOLIO, "%s", row_folio(cell->params));
	table_set(t, FIGURE, "%s", text_figure(buf, &cell->baseline, g->whole));
	table_set(t, CHANGE, "%s", text_change(buf, cell));
	table_set(t, INTERVAL, "%s", judged_interval(buf, &cell->j));
	table_set(t, VERDICT, "%s", verdict);
	table_set(t, REBOOT, "%s", floor_text(buf, f.reboot));
	table_set(t, REBUILD, "%s", floor_text(buf, f.rebuild));
}

static struct table *make_table(const struct calibration_view *v, const struct rows *r, bool figure,
				struct table_column columns[COLUMNS])
{
	struct table *t;

	choose_columns(v, r, figure, columns);
	t = table_new(columns, COLUMNS);
	for (size_t i = 0; i < r->n; i++) {
		for (size_t j = 0; j < r->groups[i].n; j++)
			add_row(t, v, &r->groups[i], &v->c->cells[r->groups[i].index[j]], !j);
	}
	return t;
}

static void write_head(const struct calibration_view *v, FILE *out)
{
	const struct comparison *c = v->c;
	const struct text_side sides[] = { { "kernel", &c->baseline }, { "again", &c->patched } };
	char *unit __free = text_unit_line(c->unit, c->target, c->cpus);

	output_sides(out, sides, ARRAY_SIZE(sides), 7);
	fprintf(out, "%-7s %s, run %lld\n", "target", c->target, (long long)c->run_id);
	fprintf(out, "%-7s %s\n", "machine", c->machine);
	fprintf(out, "%-7s %s\n\n", "unit", unit);
}

/* "4.3% (1.2 to 9.8%)" */
static char *rate_text(double rate, double lo, double hi)
{
	return xasprintf("%.3g%% (%.2g to %.2g%%)", rate * 100, lo * 100, hi * 100);
}

static char *false_text(const struct false_rate *r)
{
	return rate_text((double)r->k / (double)r->n, r->lo, r->hi);
}

static char *simulated_text(uint64_t k, uint64_t n)
{
	const struct false_rate r = false_rate_of(k, n);

	return false_text(&r);
}

static const char *plural(uint64_t n)
{
	return n == 1 ? "" : "s";
}

/* A floor so wide hides what people look for. */
#define WIDE 0.1

static size_t wide_floors(const struct comparison *c)
{
	size_t n = 0;

	for (size_t i = 0; i < c->n_cells; i++) {
		const struct cell_floor f = calibration_floor(&c->cells[i]);

		n += c->cells[i].headline && (f.reboot > WIDE || f.rebuild > WIDE);
	}
	return n;
}

static void write_floors(const struct calibration_view *v, FILE *out)
{
	const size_t wide = wide_floors(v->c);
	struct strbuf sb __strbuf = { 0 };

	strbuf_addstr(&sb,
		      "REBOOTED: what booting the same image again may show, the farther end "
		      "of the 90% interval; of figures that repeat, how far boots were apart.");
	if (v->cal->layouts > 1)
		strbuf_addf(&sb,
			    " REBUILT: what one build may be from another by chance, of %u builds; "
			    "it counts where one build of each kernel is compared.",
			    2 * v->cal->layouts);
	if (v->n_floors)
		strbuf_addf(&sb,
			    " %zu floor%s of this machine stored, of all metrics; later "
			    "comparisons do not believe smaller changes.",
			    v->n_floors, plural(v->n_floors));
	if (wide)
		strbuf_addf(&sb,
			    " %zu floor%s in this table %s above 10%%, which hides most of what "
			    "one looks for: calibrate again with more --boots, or when less else "
			    "runs here.",
			    wide, plural(wide), wide == 1 ? "is" : "are");
	text_wrapped(out, "", 0, WIDTH, strbuf_str(&sb));
}

/* The verdicts of this comparison, and of its parts. */
static void write_rates(const struct calibration *cal, FILE *out)
{
	struct strbuf sb __strbuf = { 0 };
	char *rate __free = NULL;

	if (cal->exact)
		strbuf_addf(&sb,
			    "%zu cell%s with figures that repeat: %zu called different (chance has "
			    "no part in them). ",
			    cal->exact, plural(cal->exact), cal->exact_false);
	if (!cal->alone.n) {
		if (!cal->exact)
			strbuf_addstr(&sb,
				      "Too few boots: nothing could have been called different.");
		text_wrapped(out, "", 0, WIDTH, strbuf_str(&sb));
		return;
	}
	rate = false_text(&cal->alone);
	strbuf_addf(&sb,
		    "False verdicts: %llu of %llu cells that vary called different when judged one "
		    "by one, "
		    "%s; as the table judges them (adjusted) %llu.",
		    (unsigned long long)cal->alone.k, (unsigned long long)cal->alone.n, rate,
		    (unsigned long long)cal->table.k);
	text_wrapped(out, "", 0, WIDTH, strbuf_str(&sb));
}

static void write_parts(const struct calibration *cal, FILE *out)
{
	struct strbuf sb __strbuf = { 0 };
	char *rate __free = NULL;

	if (!cal->parts.n)
		return;
	rate = false_text(&cal->parts);
	strbuf_addf(
		&sb,
		"The same cut into %zu disjoint experiments of %u blocks and more: %llu of %llu "
		"cells called different, %s",
		cal->experiments, cal->least_blocks, (unsigned long long)cal->parts.k,
		(unsigned long long)cal->parts.n, rate);
	if (cal->clustering > 1.05)
		strbuf_addf(&sb,
			    "; cells of one experiment may go together, so that they count as %.0f",
			    (double)cal->parts.n / cal->clustering);
	strbuf_addstr(&sb, ".");
	text_wrapped(out, "", 0, WIDTH, strbuf_str(&sb));
}

/* Successive blocks that are alike make intervals too narrow; blocks that alternate too wide. */
static void write_serial(const struct calibration *cal, FILE *out)
{
	struct strbuf sb __strbuf = { 0 };

	if (!(fabs(cal->serial) > 2 * cal->serial_se))
		return;
	strbuf_addf(
		&sb,
		"Successive blocks are not independent here (correlation %.2f): intervals are too "
		"%s. Something changes more slowly than a block takes.",
		cal->serial, cal->serial > 0 ? "narrow" : "wide");
	text_wrapped(out, "", 0, WIDTH, strbuf_str(&sb));
}

static void write_simulated(const struct calibration_view *v, FILE *out)
{
	const struct sim_model *m = &v->cal->model;
	const struct sim_result *t = &v->table, *a = &v->alone;
	struct strbuf sb __strbuf = { 0 };
	char *alone __free = NULL;
	char *table __free = NULL;

	if (!t->experiments || !a->experiments)
		return;
	alone = simulated_text(a->any_false, a->experiments);
	table = simulated_text(t->any_false, t->experiments);
	strbuf_addf(
		&sb,
		"Of %llu simulated comparisons of this size (%u blocks; sd of a boot %.2g%%, of a "
		"block %.2g%%, the median cell's) a cell judged alone was called different in %s",
		(unsigned long long)a->experiments, m->boots, 100 * m->sd_boot, 100 * m->sd_block,
		alone);
	if (m->cells > 1)
		strbuf_addf(&sb, "; of %llu tables of %u cells %s had any false verdict",
			    (unsigned long long)t->experiments, m->cells, table);
	strbuf_addch(&sb, '.');
	text_wrapped(out, "", 0, WIDTH, strbuf_str(&sb));
}

/* What is lacking is lacking in both arms: it is said once. */
static void first_arms(const struct comparison *c, const struct strv *lines, struct strv *out)
{
	strv_for_each(lines, it) {
		if (!strstr(*it, c->patched.name))
			strv_add(out, *it);
	}
}

int calibration_table(const struct calibration_view *v, FILE *out, struct error *e)
{
	struct table_column columns[COLUMNS];
	struct table *t __table = NULL;
	struct rows r __rows = { 0 };
	struct strv lacks __strv = { 0 };
	int rc;

	rows_of_comparison(v->c, false, &r);
	t = make_table(v, &r, true, columns);
	if (table_width(t) > WIDTH) {
		/* what was measured is in foliobench compare, too */
		table_free(t);
		t = make_table(v, &r, false, columns);
	}
	write_head(v, out);
	rc = table_print(t, out, e);
	if (rc)
		return rc;
	fputc('\n', out);
	write_rates(v->cal, out);
	write_parts(v->cal, out);
	write_simulated(v, out);
	write_serial(v->cal, out);
	if (calibration_exceeds(v->cal))
		text_wrapped(out, "", 0, WIDTH,
			     "That is more than the 5% that verdicts promise: do not trust them on "
			     "this machine as it is.");
	fputc('\n', out);
	write_floors(v, out);
	first_arms(v->c, &v->c->lacks, &lacks);
	rows_remarks(&r, &lacks, &v->c->warnings, out);
	return output_end(out, e);
}

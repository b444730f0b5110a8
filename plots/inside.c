// SPDX-License-Identifier: GPL-2.0-or-later
/* What was found inside boots; see inside.h. */
#include <math.h>
#include <stdlib.h>

#include "plots/inside.h"
#include "plots/json.h"
#include "plots/text.h"

#define NAMED_MAX 4
/* Drifts below it are noise beside what is asked: the margin of "equivalent". */
#define DRIFT_SHOWN JUDGE_MARGIN

/* Cells of one kind: the first ones by name. */
struct named {
	struct strbuf names;
	size_t n;
};

/* A row as the sentences need it. */
struct inside_row {
	const char *case_name;
	json_t *params;
	const struct within *within;
};

static void add_name(struct named *k, const struct inside_row *c, const char *what)
{
	if (k->n++ >= NAMED_MAX)
		return;
	strbuf_addf(&k->names, "%s%s", k->n > 1 ? ", " : "", c->case_name);
	if (json_object_get(c->params, ROW_PARAM))
		strbuf_addf(&k->names, " %s=%s", ROW_PARAM, row_folio(c->params));
	strbuf_addf(&k->names, "%s%s", *what ? " " : "", what);
}

static void end_names(struct named *k, struct strbuf *sb)
{
	strbuf_addstr(sb, strbuf_str(&k->names));
	if (k->n > NAMED_MAX)
		strbuf_addf(sb, " and %zu more", k->n - NAMED_MAX);
	strbuf_addstr(sb, ". ");
	strbuf_release(&k->names);
}

char *inside_drift(const struct within_drift *d)
{
	double half = (d->hi - d->lo) / 2;
	char change[TEXT_MAX], lo[TEXT_MAX], hi[TEXT_MAX];

	return xasprintf("%s (%s to %s)", text_percent_within(change, d->per_boot, half),
			 text_percent_within(lo, d->lo, half),
			 text_percent_within(hi, d->hi, half));
}

char *inside_place(const struct place_effect *p, const char *unit, const char *target)
{
	double half = (p->hi - p->lo) / 2;
	char change[TEXT_MAX], lo[TEXT_MAX], hi[TEXT_MAX];

	text_percent_within(change, p->change, half);
	text_percent_within(lo, p->lo, half);
	text_percent_within(hi, p->hi, half);
	if (p->p > JUDGE_ALPHA)
		return xasprintf("Cells measured in the first %.1f s of a boot against later ones: "
				 "%s (%s to %s), which may be chance",
				 p->seconds, change, lo, hi);
	return xasprintf("Cells measured in the first %.1f s of a boot are %s than later ones: %s "
			 "(%s to %s)",
			 p->seconds, text_than(p->change, text_is_time(unit, target)), change, lo,
			 hi);
}

struct found {
	struct named unsettled, drifting;
	size_t cells, warm, most;
};

static void look_at(const struct inside_row *c, struct found *f)
{
	const struct within *w = c->within;

	f->cells++;
	f->warm += w->warmup > 0;
	f->most = w->warmup > f->most ? w->warmup : f->most;
	if (!w->settled)
		add_name(&f->unsettled, c, "");
	if (w->has_drift && w->drift_p <= JUDGE_ALPHA && fabs(w->drift.per_boot) >= DRIFT_SHOWN) {
		char *text = inside_drift(&w->drift);

		add_name(&f->drifting, c, text);
		free(text);
	}
}

/* What was FOUND, which is released. */
static char *sentences(struct found *f, const struct place_effect *place, const char *unit,
		       const char *target)
{
	struct strbuf sb = { 0 };

	if (f->warm)
		strbuf_addf(&sb,
			    "Warm-up: in %zu of %zu rows the first samples of each boot are left "
			    "out, at most %zu, by a rule that does not know the kernels. ",
			    f->warm, f->cells, f->most);
	if (f->unsettled.n) {
		strbuf_addstr(&sb, "Not settled after a quarter of the samples: ");
		end_names(&f->unsettled, &sb);
	}
	if (f->drifting.n) {
		strbuf_addstr(&sb, "Drift from the first to the last sample of a boot: ");
		end_names(&f->drifting, &sb);
	}
	if (place->known && place->p <= JUDGE_ALPHA) {
		char *text = inside_place(place, unit, target);

		strbuf_addf(&sb, "%s. ", text);
		free(text);
	}
	return strbuf_detach(&sb);
}

char *inside_sentences(const struct comparison *c, const struct rows *r)
{
	struct found f = { 0 };

	for (size_t i = 0; i < r->n; i++) {
		for (size_t j = 0; j < r->groups[i].n; j++) {
			const struct compare_cell *cell = &c->cells[r->groups[i].index[j]];

			look_at(&(struct inside_row){ cell->case_name, cell->params,
						      &cell->within },
				&f);
		}
	}
	return sentences(&f, &c->place, c->unit, c->target);
}

char *inside_summary(const struct summary *s, const struct rows *r)
{
	struct found f = { 0 };

	for (size_t i = 0; i < r->n; i++) {
		for (size_t j = 0; j < r->groups[i].n; j++) {
			const struct summary_cell *cell = &s->cells[r->groups[i].index[j]];

			look_at(&(struct inside_row){ cell->case_name, cell->params,
						      &cell->within },
				&f);
		}
	}
	return sentences(&f, &s->place, s->unit, s->target);
}

static json_t *interval(double lo, double hi, double p)
{
	return json_pack("{s:o, s:o, s:o}", "lo", json_of_number(lo), "hi", json_of_number(hi), "p",
			 json_of_number(p));
}

void inside_to_json(const struct within *w, json_t *obj)
{
	json_t *drift = NULL;

	if (w->has_drift) {
		drift = interval(w->drift.lo, w->drift.hi, w->drift.p);
		json_object_set_new(drift, "change", json_of_number(w->drift.per_boot));
		json_object_set_new(drift, "p_adjusted", json_of_number(w->drift_p));
	}
	json_object_set_new(obj, "warmup", json_integer((json_int_t)w->warmup));
	json_object_set_new(obj, "settled", json_boolean(w->settled));
	json_object_set_new(obj, "drift", drift ? drift : json_null());
}

json_t *inside_place_to_json(const struct place_effect *p)
{
	json_t *obj;

	if (!p->known)
		return json_null();
	obj = interval(p->lo, p->hi, p->p);
	json_object_set_new(obj, "change", json_of_number(p->change));
	json_object_set_new(obj, "seconds", json_real(p->seconds));
	json_object_set_new(obj, "boots", json_integer((json_int_t)p->boots));
	return obj;
}

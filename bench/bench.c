// SPDX-License-Identifier: GPL-2.0-or-later
/* What a case says of itself and of a sample; see bench.h. */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/bench.h"

static void set_why(struct bench *b, const char *fmt, va_list ap)
{
	vsnprintf(b->why.msg, sizeof(b->why.msg), fmt, ap);
}

int bench_fail(struct bench *b, int err, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	set_why(b, fmt, ap);
	va_end(ap);
	return err > 0 ? -err : err;
}

int bench_skip(struct bench *b, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	set_why(b, fmt, ap);
	va_end(ap);
	return BENCH_SKIP;
}

int bench_refuse(struct bench *b, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	set_why(b, fmt, ap);
	va_end(ap);
	return BENCH_REFUSE;
}

int bench_wrong(struct bench *b, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	set_why(b, fmt, ap);
	va_end(ap);
	return BENCH_WRONG;
}

int bench_not_permitted(struct bench *b, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	set_why(b, fmt, ap);
	va_end(ap);
	b->not_permitted = true;
	return BENCH_SKIP;
}

static bool is_listed(json_t *list, const char *text)
{
	json_t *item;
	size_t i;

	json_array_foreach(list, i, item) {
		if (!strcmp(json_string_value(item), text))
			return true;
	}
	return false;
}

void bench_lacks(struct bench *b, const char *fmt, ...)
{
	char text[400];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (!b->lacks)
		b->lacks = json_array();
	if (!is_listed(b->lacks, text))
		json_array_append_new(b->lacks, json_string(text));
}

static bool has_metric(const struct bench_case *bc, const char *name)
{
	for (const struct metric_desc *m = bc->metrics; m && m->name; m++) {
		if (!strcmp(m->name, name))
			return true;
	}
	return false;
}

/* JSON has no infinities: what is no number is null. */
static json_t *real(double value)
{
	return isfinite(value) ? json_real(value) : json_null();
}

void bench_value(struct bench *b, const char *name, double value)
{
	if (!has_metric(b->bc, name))
		abort(); /* a typo in the case */
	json_object_set_new(b->values, name, real(value));
}

void bench_value_ops(struct bench *b, const char *name, double value, uint64_t ops)
{
	bench_value(b, name, value);
	json_object_set_new(b->span_ops, name, json_integer((json_int_t)ops));
}

int bench_metric_span(const struct bench_case *bc, const struct metric_desc *metric)
{
	if (metric == bc->metrics || metric->span == COUNTED_WHOLE)
		return SPAN_RUN;
	return metric->span == COUNTED_APART ? SPAN_METRIC + (int)(metric - bc->metrics) : -1;
}

void bench_evidence_int(struct bench *b, const char *name, long long value)
{
	json_object_set_new(b->evidence, name, json_integer(value));
}

void bench_evidence_real(struct bench *b, const char *name, double value)
{
	json_object_set_new(b->evidence, name, real(value));
}

void bench_evidence_str(struct bench *b, const char *name, const char *value)
{
	json_object_set_new(b->evidence, name, json_string(value));
}

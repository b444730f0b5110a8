// SPDX-License-Identifier: GPL-2.0-or-later
/* Windows, spans, and whose the counts are; see window.h. */
#include <stdlib.h>
#include <string.h>

#include "runner/cost/plugin/blocks.h"
#include "runner/cost/plugin/devices.h"
#include "runner/cost/plugin/insn.h"
#include "runner/cost/plugin/output.h"
#include "runner/cost/plugin/plugin.h"
#include "runner/cost/plugin/stacks.h"
#include "runner/cost/plugin/window.h"

/* Counts of one window, set of open spans, vCPU, context. */
struct bank {
	const struct who *who;
	uint32_t spans;
	unsigned int vcpu;
	uint64_t *n; /* by counter */
	size_t room;
	counter_t *used; /* counters that are not 0, but for those that went back to it */
	size_t n_used, used_room;
};

/* The last values that were read of a vCPU's counters. */
struct seen {
	uint64_t *n;
	size_t room;
};

static struct bank *banks; /* N_BANKS of this window, then ones to use again */
static size_t n_banks, banks_room;
static struct seen *seen; /* by vCPU */

static bool open;
static uint32_t window, digits; /* its number; that of the next one, as far as it was sent */
static uint32_t spans;		/* open ones */
static unsigned int opened[MARK_SPANS]; /* how often: several processes may open one */
static uint64_t complete;
static counter_t loads, stores;

void window_start(void)
{
	seen = plugin_alloc(api_vcpus(), sizeof(*seen));
	output_text("foliobench-cost 1 ");
	output_text(strcmp(api_target(), "aarch64") ? api_target() : "arm64");
	output_char(' ');
	output_decimal(api_vcpus());
	output_char(' ');
	output_decimal((uint64_t)api_level());
	output_text(plugin_options.stacks ? " 1\n" : " 0\n");
	output_flush();
}

void window_verify(counter_t l, counter_t s)
{
	loads = l;
	stores = s;
}

static struct bank *bank_of(unsigned int vcpu, const struct who *who, uint32_t mask)
{
	struct bank *b;

	/* the newest first: it is mostly that one */
	for (size_t i = n_banks; i-- > 0;) {
		b = &banks[i];
		if (b->who == who && b->spans == mask && b->vcpu == vcpu)
			return b;
	}
	if (n_banks == banks_room) {
		size_t room = banks_room ? 2 * banks_room : 16;

		banks = plugin_grow(banks, room, sizeof(*banks));
		memset(banks + banks_room, 0, (room - banks_room) * sizeof(*banks));
		banks_room = room;
	}
	b = &banks[n_banks++];
	b->who = who;
	b->spans = mask;
	b->vcpu = vcpu;
	return b;
}

static void make_room(uint64_t **n, size_t *room, size_t wanted)
{
	size_t more = *room ? *room : 1 << 14;

	if (wanted <= *room)
		return;
	while (more < wanted)
		more *= 2;
	*n = plugin_grow(*n, more, sizeof(**n));
	memset(*n + *room, 0, (more - *room) * sizeof(**n));
	*room = more;
}

static void bank_add(struct bank *b, counter_t c, uint64_t n)
{
	make_room(&b->n, &b->room, (size_t)c + 1);
	if (!b->n[c]) {
		if (b->n_used == b->used_room) {
			b->used_room = b->used_room ? 2 * b->used_room : 1 << 10;
			b->used = plugin_grow(b->used, b->used_room, sizeof(*b->used));
		}
		b->used[b->n_used++] = c;
	}
	b->n[c] += n;
}

/* Empties it, so that it can be used again. */
static void bank_clear(struct bank *b)
{
	for (size_t i = 0; i < b->n_used; i++)
		b->n[b->used[i]] = 0;
	b->n_used = 0;
}

static void bank_merge(struct bank *to, struct bank *from)
{
	for (size_t i = 0; i < from->n_used; i++) {
		uint64_t n = from->n[from->used[i]];

		from->n[from->used[i]] = 0;
		if (n)
			bank_add(to, from->used[i], n);
	}
	from->n_used = 0;
}

/* Counters that are compared at once: mostly none of them has changed. */
enum { STRIDE = 32 };

static void walk_some(struct bank *b, counter_t first, const uint64_t *now, uint64_t *last,
		      size_t n)
{
	if (!memcmp(now, last, n * sizeof(*now)))
		return;
	for (size_t i = 0; i < n; i++) {
		/* less: counted ahead, and not executed yet */
		if (now[i] <= last[i])
			continue;
		if (b)
			bank_add(b, first + (counter_t)i, now[i] - last[i]);
		last[i] = now[i];
	}
}

/* Reads all counters of a vCPU; what is new goes to B (NULL: nowhere). */
static void walk(unsigned int vcpu, struct bank *b)
{
	struct seen *s = &seen[vcpu];
	size_t n;

	make_room(&s->n, &s->room, api_counters());
	for (counter_t first = 0; first < s->room; first += (counter_t)n) {
		const uint64_t *now = api_counter_row(first, vcpu, &n);
		uint64_t *last = s->n + first;

		if (!n)
			break;
		if (n > s->room - first)
			n = s->room - first;
		for (size_t i = 0; i < n; i += STRIDE)
			walk_some(b, first + (counter_t)i, now + i, last + i,
				  n - i < STRIDE ? n - i : STRIDE);
	}
}

void window_settle(unsigned int vcpu, const struct who *who)
{
	if (!spans)
		return;
	walk(vcpu, bank_of(vcpu, who, spans));
	if (plugin_options.stacks)
		stacks_settle(vcpu, spans, who);
}

void window_ahead(unsigned int vcpu, const struct who *who, counter_t c)
{
	struct seen *s = &seen[vcpu];

	if (!spans)
		return;
	make_room(&s->n, &s->room, (size_t)c + 1);
	s->n[c]++;
	bank_add(bank_of(vcpu, who, spans), c, 1);
	if (plugin_options.stacks)
		stacks_ahead(vcpu, spans, who);
}

void window_merge(const struct who *from, const struct who *to)
{
	size_t kept = 0;

	for (size_t i = 0; i < n_banks; i++) {
		if (banks[i].who == from)
			banks[i].who = to;
	}
	/* the first of each stays, the others go into it */
	for (size_t i = 0; i < n_banks; i++) {
		struct bank b = banks[i];
		size_t j = 0;

		while (j < kept && (banks[j].who != b.who || banks[j].spans != b.spans ||
				    banks[j].vcpu != b.vcpu))
			j++;
		if (j < kept) {
			bank_merge(&banks[j], &banks[i]);
			continue;
		}
		banks[i] = banks[kept];
		banks[kept++] = b;
	}
	n_banks = kept;
	if (plugin_options.stacks)
		stacks_merge(from, to);
}

/* The first bank of those that are written as one. */
static struct bank *written_with(const struct bank *b)
{
	struct bank *first = banks;

	while (first->spans != b->spans || first->vcpu != b->vcpu ||
	       strcmp(first->who->name, b->who->name))
		first++;
	return first;
}

/* What bank_correct() moves, by call stack. */
static void stacks_follow(const struct bank *b, const struct device_move *move)
{
	uint64_t addr = 0, to = 0;
	size_t begun = block_insns(move->from, &addr), done = block_insns(move->to, &to);

	if (plugin_options.stacks && begun > done)
		stacks_correct(b->vcpu, b->spans, b->who, addr, (begun - done) * move->count);
}

/* Of an instruction that accesses a device the emulator may have begun more than it executed. */
static void bank_correct(struct bank *b)
{
	struct device_move move = { 0 };
	size_t at = 0;

	for (;;) {
		struct device_counts in = { b->n, b->room, b->used, b->n_used };

		if (!devices_correct(&in, &at, &move))
			break;
		b->n[move.from] -= move.count;
		bank_add(b, move.to, move.count);
		stacks_follow(b, &move);
	}
}

static bool is_verified(counter_t c)
{
	return plugin_options.verify && (c == loads || c == stores);
}

/* Each counter once: one that was corrected to 0 and came back is there twice. */
static void write_bank(struct bank *b)
{
	char before = '|';

	for (size_t i = 0; i < b->n_used; i++) {
		if (b->n[b->used[i]] && !is_verified(b->used[i]))
			block_write(b->used[i]);
	}
	output_text("p ");
	output_decimal(window);
	output_char(' ');
	output_hex(b->spans);
	output_char(' ');
	output_decimal(b->vcpu);
	output_char(' ');
	output_text(b->who->name);
	for (size_t i = 0; i < b->n_used; i++) {
		counter_t c = b->used[i];

		if (!b->n[c] || is_verified(c) || !block_write(c))
			continue;
		output_char(before);
		output_decimal(c);
		output_char(':');
		output_decimal(b->n[c]);
		b->n[c] = 0;
		before = ' ';
	}
	output_text(before == '|' ? "|\n" : "\n");
}

static uint64_t count_in(const struct bank *b, counter_t c)
{
	return c < b->room ? b->n[c] : 0;
}

/* Accesses in each set of spans, by whomever. */
static void write_verified(void)
{
	for (size_t i = 0; i < n_banks; i++) {
		uint64_t l = 0, s = 0;
		size_t first = 0;

		while (banks[first].spans != banks[i].spans)
			first++;
		if (first < i)
			continue;
		for (size_t j = i; j < n_banks; j++) {
			if (banks[j].spans != banks[i].spans)
				continue;
			l += count_in(&banks[j], loads);
			s += count_in(&banks[j], stores);
		}
		output_text("v ");
		output_decimal(window);
		output_char(' ');
		output_hex(banks[i].spans);
		output_char(' ');
		output_decimal(l);
		output_char(' ');
		output_decimal(s);
		output_char('\n');
	}
}

static void forget_window(void)
{
	for (size_t i = 0; i < n_banks; i++)
		bank_clear(&banks[i]);
	n_banks = 0;
	if (plugin_options.stacks)
		stacks_forget();
	memset(opened, 0, sizeof(opened));
	spans = 0;
	open = false;
}

static void write_window(void)
{
	for (size_t i = 0; i < n_banks; i++) {
		struct bank *first = written_with(&banks[i]);

		if (first != &banks[i])
			bank_merge(first, &banks[i]);
	}
	for (size_t i = 0; i < n_banks; i++) {
		if (!banks[i].n_used)
			continue;
		bank_correct(&banks[i]);
		write_bank(&banks[i]);
	}
	if (plugin_options.stacks)
		stacks_write(window);
	if (plugin_options.verify)
		write_verified();
	output_text("w ");
	output_decimal(window);
	output_char('\n');
	output_flush();
	complete++;
}

/* From no span to one: what was executed until now is nobody's. */
static void begin_counting(void)
{
	for (unsigned int v = 0; v < api_vcpus(); v++) {
		walk(v, NULL);
		if (plugin_options.stacks)
			stacks_settle(v, 0, &who_task);
	}
}

static void begin_span(uint8_t span)
{
	if (!open || span >= MARK_SPANS)
		return;
	if (!spans)
		begin_counting();
	opened[span]++;
	spans |= 1U << span;
}

static void end_span(uint8_t span)
{
	if (!open || span >= MARK_SPANS || !opened[span])
		return;
	if (!--opened[span])
		spans &= ~(1U << span);
}

void window_mark(uint8_t op, uint8_t arg)
{
	switch (op) {
	case MARK_DIGIT:
		digits = digits << 4 | (arg & 15);
		break;
	case MARK_OPEN:
		forget_window(); /* one that was never closed is not complete */
		open = true;
		window = digits;
		digits = 0;
		break;
	case MARK_CLOSE:
		if (open)
			write_window();
		forget_window();
		break;
	case MARK_BEGIN:
		begin_span(arg);
		break;
	case MARK_END:
		end_span(arg);
		break;
	}
}

void window_end(void)
{
	output_text("end ");
	output_decimal(complete);
	output_char('\n');
	output_flush();
}

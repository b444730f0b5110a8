// SPDX-License-Identifier: GPL-2.0-or-later
/* Who shares, leaves and writes; see cast.h. */
#include <string.h>

#include "bench/cast.h"

static bool is(const struct param_set *params, const char *name, const char *value)
{
	return !strcmp(param_text(params, name), value);
}

static enum leave leave_of(const struct param_set *params)
{
	if (is(params, "child", "exec"))
		return LEAVE_EXEC;
	return is(params, "child", "exit") ? LEAVE_EXIT : LEAVE_UNMAP;
}

/* The child that param left names; for none and for those that name no child, the first. */
static size_t named_child(const struct param_set *params, size_t children)
{
	if (is(params, "left", "second"))
		return 1;
	return is(params, "left", "last") ? children - 1 : 0;
}

static const char *why_not(const struct param_set *params)
{
	bool child_writes = is(params, "writer", "child");
	size_t children = param_num(params, "children");

	if (is(params, "left", "second") && children < 2)
		return "left=second needs a second child: children=2";
	if (is(params, "left", "parent") && !child_writes)
		return "left=parent is about children that write: writer=child";
	if (is(params, "child", "unmap-half") && child_writes && children < 2)
		return "child=unmap-half needs a child besides the writer: children=2";
	return NULL;
}

const char *cast_from_params(const struct param_set *params, struct cast *c)
{
	bool child_writes = is(params, "writer", "child"), all = is(params, "left", "all");
	bool reverse = is(params, "end_order", "reverse"), half = is(params, "child", "unmap-half");
	size_t named;

	memset(c, 0, sizeof(*c));
	c->children = param_num(params, "children");
	c->how = leave_of(params);
	c->hold = (enum hold_kind)param_num(params, "hold");
	named = named_child(params, c->children);
	c->writer = child_writes ? (int)named : CAST_PARENT;
	c->parent_stays = child_writes && is(params, "left", "parent");
	for (size_t k = 0; k < c->children; k++) {
		size_t i = reverse ? c->children - 1 - k : k;

		if ((int)i == c->writer)
			continue;
		c->stays[i] = all || (!child_writes && !is(params, "left", "none") && i == named);
		c->halves[i] = !c->stays[i] && half;
		if (!c->stays[i])
			c->leaving[c->n_leaving++] = i;
	}
	return why_not(params);
}

bool cast_shared(const struct cast *c)
{
	bool shared = c->parent_stays;

	for (size_t i = 0; i < c->children; i++)
		shared |= c->stays[i];
	return shared;
}

bool cast_halved(const struct cast *c)
{
	for (size_t i = 0; i < c->children; i++) {
		if (c->halves[i])
			return true;
	}
	return false;
}

const char *cast_rule(const struct cast *c)
{
	/* a pinned page is copied for each child by fork() itself: nobody else maps it */
	if (c->hold == HOLD_GUP_PIN)
		return c->writer == CAST_PARENT ? "must stay in place: pinned"
						: "may reuse its own, the pin sees no write";
	if (cast_shared(c))
		return "must copy: others map it";
	if (c->hold == HOLD_PIPE)
		return "must copy the pages in pipes, may reuse others";
	if (cast_halved(c))
		return "must copy what children map, may reuse others";
	return "may reuse";
}

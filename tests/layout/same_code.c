// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Shows that two kernel images have the same functions at other addresses.
 *
 *	same_code IMAGE IMAGE
 *
 * Every function of one must be in the other, of the same size and with the same bytes, except
 * for fields that the linker fills in, which must mean the same symbol and offset. Prints
 * what it counted as JSON; exit status 1 with the functions' names if code differs.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cleanup.h"
#include "tests/layout/fields.h"

#define TOLD_MAX 20

struct tally {
	size_t functions, bytes, fields;
	size_t moved;	/* to another address */
	size_t aligned; /* otherwise, of 64 */
	size_t differ, missing;
};

static void tell(struct tally *t, const struct symbol *f, const char *what, size_t at)
{
	if (t->differ + t->missing > TOLD_MAX)
		return;
	printf("%s: %s", f->name, what);
	if (at)
		printf(" at +0x%zx", at);
	putchar('\n');
}

/*
 * The function in B that F of A is. Names of static functions are not unique: of those that
 * nobody has TAKEN, one must be the same.
 */
static void find(const struct image *a, const struct symbol *f, const struct image *b, bool *taken,
		 struct tally *t)
{
	size_t n, at = 0, first_at = 0;
	const struct symbol *g = image_named(b, f->name, &n);
	bool seen = false;

	for (size_t i = 0; i < n; i++) {
		bool *used = &taken[g + i - b->by_name];
		size_t fields = 0;

		if (*used || !g[i].code || g[i].size != f->size)
			continue;
		if (!same_code(a, f, b, &g[i], &fields, &at)) {
			first_at = seen ? first_at : at;
			seen = true;
			continue;
		}
		*used = true;
		t->functions++;
		t->bytes += f->size;
		t->fields += fields;
		t->moved += g[i].addr != f->addr;
		t->aligned += g[i].addr % 64 != f->addr % 64;
		return;
	}
	*(seen ? &t->differ : &t->missing) += 1;
	tell(t, f, seen ? "other code" : n ? "other size" : "not there", first_at);
}

static void compare(const struct image *a, const struct image *b, struct tally *t)
{
	bool *taken __free = xcalloc(b->n, sizeof(*taken));
	size_t functions = 0;

	for (size_t i = 0; i < a->n; i++) {
		if (a->by_name[i].code)
			find(a, &a->by_name[i], b, taken, t);
	}
	for (size_t i = 0; i < b->n; i++)
		functions += b->by_name[i].code != NULL;
	/* those of B that are nobody's */
	if (functions > t->functions)
		t->missing += functions - t->functions;
}

int main(int argc, char **argv)
{
	struct image a __cleanup(image_release) = { 0 };
	struct image b __cleanup(image_release) = { 0 };
	struct tally t = { 0 };
	struct error e;

	if (argc != 3) {
		fprintf(stderr, "usage: same_code IMAGE IMAGE\n");
		return 2;
	}
	if (image_open(argv[1], &a, &e) < 0 || image_open(argv[2], &b, &e) < 0) {
		fprintf(stderr, "same_code: %s\n", e.msg);
		return 2;
	}
	compare(&a, &b, &t);
	printf("{\"functions\": %zu, \"bytes\": %zu, \"fields\": %zu, \"moved\": %zu, "
	       "\"aligned_otherwise\": %zu, \"differ\": %zu, \"missing\": %zu}\n",
	       t.functions, t.bytes, t.fields, t.moved, t.aligned, t.differ, t.missing);
	return t.differ || t.missing || !t.functions;
}

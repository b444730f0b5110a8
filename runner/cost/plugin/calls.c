// SPDX-License-Identifier: GPL-2.0-or-later
/* Instructions that call and return; see calls.h. */
#include <string.h>

#include "runner/cost/plugin/api.h"
#include "runner/cost/plugin/calls.h"
#include "runner/cost/plugin/hooks.h"

static uint32_t word_of(const struct insn *in, size_t at)
{
	uint32_t w = 0;

	for (size_t i = 0; i < 4 && at + i < in->size; i++)
		w |= (uint32_t)in->bytes[at + i] << 8 * i;
	return w;
}

static enum leaves x86_leaves(const struct insn *in, uint64_t *target)
{
	const struct hook *hook;
	size_t at = 0;

	/* prefixes that calls have: cs, notrack, a REX, bnd */
	while (at + 1 < in->size && (in->bytes[at] == 0x2e || in->bytes[at] == 0x3e ||
				     in->bytes[at] == 0xf2 || in->bytes[at] >> 4 == 4))
		at++;
	if (in->bytes[at] == 0xe8 && in->size == at + 5) {
		*target = in->addr + in->size + (uint64_t)(int32_t)word_of(in, at + 1);
		return LEAVES_CALL;
	}
	if (in->bytes[at] == 0xff && (in->bytes[at + 1] >> 3 & 7) == 2)
		return LEAVES_CALL;
	if (in->size == 3 && (word_of(in, 0) & 0xffffff) == 0x070f48) /* sysretq */
		return LEAVES_TRAP;
	if (in->size != 2 || word_of(in, 0) != 0xcf48) /* iretq */
		return LEAVES_NOT;
	/* elsewhere it is used to make the CPU see new code, and goes on behind it */
	hook = hooks_at(in->addr);
	return hook && hook->kind == HOOK_RETURN ? LEAVES_TRAP : LEAVES_NOT;
}

static enum leaves arm64_leaves(const struct insn *in)
{
	uint32_t w = word_of(in, 0);

	if ((w & 0xfc000000) == 0x94000000 || (w & 0xfefff800) == 0xd63f0000 || /* bl, blr */
	    (w & 0xfefff800) == 0xd63f0800)					/* blraa... */
		return LEAVES_CALL;
	if ((w & 0xfffffbff) == 0xd69f03e0 || (w & 0xfffffbff) == 0xd69f0bff) /* eret, eretaa */
		return LEAVES_TRAP;
	return LEAVES_NOT;
}

enum leaves insn_leaves(const struct insn *in, uint64_t *target)
{
	*target = 0;
	if (in->is & INSN_RET)
		return LEAVES_RETURN;
	return strcmp(api_target(), "aarch64") ? x86_leaves(in, target) : arm64_leaves(in);
}

bool insn_drops_return(const struct insn *in)
{
	static const uint8_t lea[] = { 0x48, 0x8d, 0x64, 0x24, 0x08 }; /* lea 8(%rsp), %rsp */

	return in->size == sizeof(lea) && !memcmp(in->bytes, lea, sizeof(lea)) &&
	       strcmp(api_target(), "aarch64");
}

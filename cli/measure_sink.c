// SPDX-License-Identifier: GPL-2.0-or-later
/* What boots say goes to the store. */
#include <string.h>

#include "cli/measure.h"
#include "lib/cleanup.h"
#include "lib/fs.h"
#include "runner/hash.h"

/* "debian:" and "7.3.4-1" make "debian:7.3.4-1": what a person can ask for again. */
static void exact_source(const struct kernel *k, struct strbuf *out)
{
	size_t scheme = strcspn(k->source, ":");

	if (k->source_version && k->source[scheme])
		strbuf_addf(out, "%.*s:%s", (int)scheme, k->source, k->source_version);
	else
		strbuf_addstr(out, k->source);
}

static struct store_kernel store_kernel_of(const struct kernel *k, struct strbuf *inputs,
					   struct strbuf *config, struct strbuf *source)
{
	if (k->inputs)
		fs_read(k->inputs, inputs, NULL);
	if (k->config)
		fs_read(k->config, config, NULL);
	exact_source(k, source);
	return (struct store_kernel){
		.name = k->name,
		.hash = k->group ? k->group : k->hash,
		.arch = k->arch,
		.release = k->release,
		.source = strbuf_str(source),
		.description = k->description,
		.inputs = inputs->len ? strbuf_str(inputs) : NULL,
		.config = config->len ? strbuf_str(config) : NULL,
	};
}

static int sink_begin(void *data, const struct boot_info *info, int64_t *id, struct error *e)
{
	struct store_sink *s = data;
	struct strbuf inputs __strbuf = { 0 };
	struct strbuf config __strbuf = { 0 };
	struct strbuf source __strbuf = { 0 };
	struct store_boot b = {
		.run_id = s->run_id,
		.kernel = store_kernel_of(info->kernel, &inputs, &config, &source),
		.target = info->target,
		.block = info->block,
		.layout = info->kernel->spec.layout,
		.number = info->number,
		.console = info->console,
		.facts = info->facts,
	};

	return store_boot_begin(s->store, &b, id, e);
}

static int sink_record(void *data, int64_t id, const struct record *rec, struct error *e)
{
	struct store_sink *s = data;

	return store_record(s->store, id, rec, e);
}

static int sink_cost_boot(void *data, int64_t id, const struct cost_boot *b, struct error *e)
{
	struct store_sink *s = data;
	const struct store_cost_boot cb = {
		.symbols_id = b->symbols_id,
		.symbols = b->symbols,
		.by = b->qemu,
		.bad = b->bad,
	};

	return store_cost_boot(s->store, id, &cb, e);
}

static int sink_cost_part(void *data, int64_t id, const struct cost_part *part, struct error *e)
{
	struct store_sink *s = data;
	char folded_id[HASH_TEXT];
	struct store_cost_part cp = {
		.window = part->window,
		.span = part->span,
		.vcpu = part->vcpu,
		.context = part->context,
		.profile_id = part->id,
		.profile = part->data,
		.profile_size = part->size,
		.bad = part->bad,
	};

	if (part->folded) {
		hash_buf(part->folded, strlen(part->folded), folded_id);
		cp.folded = part->folded;
		cp.folded_id = folded_id;
	}
	return store_cost_part(s->store, id, &cp, e);
}

static int sink_end(void *data, int64_t id, const struct boot_result *res, struct error *e)
{
	struct store_sink *s = data;

	if (res->state == BOOT_OK) {
		s->ok++;
	} else {
		s->bad++;
		ui_say("boot %s: %s", boot_state_name(res->state), res->why);
	}
	return store_boot_end(s->store, id, boot_state_name(res->state), res->why, res->seconds,
			      res->first_sample_s, e);
}

struct run_sink measure_sink(struct store_sink *s)
{
	return (struct run_sink){
		.boot_begin = sink_begin,
		.record = sink_record,
		.cost_boot = sink_cost_boot,
		.cost_part = sink_cost_part,
		.boot_end = sink_end,
		.data = s,
	};
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a kernel is made of; see inputs.h. The record holds names as well, the
 * hash is over contents only: renaming a patch makes no new kernel.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cleanup.h"
#include "lib/fs.h"
#include "lib/spawn.h"
#include "runner/inputs.h"
#include "runner/module.h"
#include "runner/make.h"

/* Raised when this program comes to build differently from the same inputs. */
#define BUILDER_VERSION 3

/* The text that two configurations share exactly if they ask for the same. */
static void wants_hash(const struct config_wants *cw, char out[HASH_TEXT])
{
	struct strbuf text __strbuf = { 0 };

	for (size_t i = 0; i < cw->n; i++)
		strbuf_addf(&text, "%s=%s%s\n", cw->w[i].symbol, cw->w[i].value,
			    cw->w[i].optional ? " # optional" : "");
	hash_buf(strbuf_str(&text), text.len, out);
}

/* The lines of a whole .config that kconfig reads: its other comments are nothing to it. */
static int full_hash(const char *path, char out[HASH_TEXT], struct error *e)
{
	struct strbuf text __strbuf = { 0 };
	struct strv lines __strv = { 0 };
	struct hash *h;
	int rc = fs_read(path, &text, e);

	if (rc < 0)
		return rc;
	strv_split(&lines, strbuf_str(&text), "\r\n");
	h = hash_new();
	strv_for_each(&lines, it) {
		if (!strncmp(*it, "CONFIG_", 7) || !strncmp(*it, "# CONFIG_", 9))
			hash_add(h, *it, strlen(*it) + 1);
	}
	hash_finish(h, out);
	return 0;
}

/*
 * What the configuration is made from, by content: a comment in a fragment, or the same line
 * in another one, makes no other kernel.
 */
static int add_config(const struct config_plan *p, json_t *record, json_t *hashed, struct error *e)
{
	json_t *j __json = json_object();
	json_t *asked = json_object();
	json_t *named = json_array();
	char sum[HASH_TEXT];

	wants_hash(&p->wants, sum);
	json_object_set_new(j, "wants_sha256", json_string(sum));
	if (p->full) {
		int rc = full_hash(p->full, sum, e);

		if (rc < 0) {
			json_decref(named);
			json_decref(asked);
			return rc;
		}
		json_object_set_new(j, "full_sha256", json_string(sum));
	}
	json_object_set_new(hashed, "config", json_deep_copy(j));
	strv_for_each(&p->fragments, it) {
		const char *slash = strrchr(*it, '/');

		json_array_append_new(named, json_string(slash ? slash + 1 : *it));
	}
	for (size_t i = 0; i < p->wants.n; i++) {
		const struct config_want *w = &p->wants.w[i];

		if (w->typed)
			json_array_append_new(named, json_string(w->from));
		if (w->asked)
			json_object_set_new(asked, w->symbol, json_string(w->value));
	}
	json_object_set_new(j, "asked", asked);
	json_object_set_new(j, "fragments", named);
	json_object_set_new(j, "full", p->full ? json_string(p->full) : json_null());
	json_object_set(record, "config", j);
	return 0;
}

static void add_text(json_t *record, json_t *hashed, const char *what, const char *text)
{
	json_object_set_new(record, what, json_string(text));
	json_object_set_new(hashed, what, json_string(text));
}

/* A prebuilt kernel is taken anew when other modules are to go with it. */
static void add_modules(json_t *record, json_t *hashed)
{
	char *names __free = modules_names();

	add_text(record, hashed, "modules", names);
}

static void hash_json(const json_t *j, char out[HASH_TEXT])
{
	char *text __free = json_canonical(j);

	hash_buf(text, strlen(text), out);
}

/* A symbol that is wanted on. */
static bool wants_on(const struct config_plan *p, const char *symbol)
{
	struct strbuf text __strbuf = { 0 };
	char *line __free = xasprintf("\n%s=y\n", symbol);

	for (size_t i = 0; i < p->wants.n; i++) {
		if (!strcmp(p->wants.w[i].symbol, symbol))
			return !strcmp(p->wants.w[i].value, "y");
	}
	return p->full && !fs_read(p->full, &text, NULL) && strstr(strbuf_str(&text), line);
}

/*
 * Tools that leave their version in the configuration by being installed. A kernel that does
 * not use one does not get to see it; else its version is an input as the compiler's is.
 */
static int add_optional_tools(const struct runner *r, struct inputs *in, json_t *hashed,
			      struct error *e)
{
	static const struct {
		const char *symbol, *tool, *variable;
	} tools[] = { { "CONFIG_DEBUG_INFO_BTF", "pahole", "PAHOLE" },
		      { "CONFIG_RUST", "rustc", "RUSTC" } };

	for (size_t i = 0; i < ARRAY_SIZE(tools); i++) {
		char *version __free = NULL;
		char *path __free = spawn_which(tools[i].tool);
		int rc;

		if (!wants_on(&in->config, tools[i].symbol)) {
			strv_addf(&in->tools.make, "%s=foliobench-hides-%s", tools[i].variable,
				  tools[i].tool);
			continue;
		}
		if (!path)
			return error_set(e, ENOENT, "%s=y wants %s: apt install %s",
					 tools[i].symbol, tools[i].tool, tools[i].tool);
		rc = tool_version(r, tools[i].tool, &version, e);
		if (rc < 0)
			return rc;
		add_text(in->record, hashed, tools[i].tool, version);
	}
	return 0;
}

static int add_tools(const struct runner *r, const struct recipe *rc, const struct arch *a,
		     struct inputs *in, json_t *hashed, struct error *e)
{
	int ret = toolchain_find(r, rc->cc, a, &in->tools, e);

	if (ret < 0)
		return ret;
	json_object_set_new(in->record, "cc", json_string(rc->cc));
	add_text(in->record, hashed, "compiler", in->tools.compiler);
	add_text(in->record, hashed, "linker", in->tools.linker);
	return add_optional_tools(r, in, hashed, e);
}

static void add_series(const struct inputs *in, json_t *hashed)
{
	json_t *named = json_array(), *ids = json_array();

	for (size_t i = 0; i < in->series.n; i++) {
		const struct patch *p = &in->series.p[i];

		json_array_append_new(named, json_pack("{s:s, s:s, s:s}", "name", p->name,
						       "subject", p->subject, "id", p->id));
		json_array_append_new(ids, json_string(p->id));
	}
	json_object_set_new(in->record, "series", named);
	json_object_set_new(hashed, "series", ids);
}

static void keep_first(struct patch_series *s, unsigned int n)
{
	size_t keep = n == KERNEL_NO_PATCHES ? 0 : n;
	struct patch_series rest = { 0 };

	if (!n || keep >= s->n)
		return;
	rest.n = s->n - keep;
	rest.p = xcalloc(rest.n, sizeof(*rest.p));
	memcpy(rest.p, s->p + keep, rest.n * sizeof(*rest.p));
	s->n = keep;
	patch_series_release(&rest);
}

/* What only kernels that are built have. */
static int add_build(const struct runner *r, const struct recipe *rc, const struct arch *a,
		     const struct source_id *id, unsigned int patches, struct inputs *in,
		     json_t *hashed, struct error *e)
{
	char sum[HASH_TEXT];
	int ret = config_plan_make(r->kernels_dir, a->name, &rc->config, &in->config, e);

	if (!ret)
		ret = patch_series_load(r, &rc->series, &in->series, e);
	if (!ret)
		ret = add_tools(r, rc, a, in, hashed, e);
	if (!ret)
		ret = add_config(&in->config, in->record, hashed, e);
	if (ret < 0)
		return ret;
	keep_first(&in->series, patches);
	hash_json(hashed, sum);
	in->objects_key = xasprintf("%s_%s_%.12s", id->key, a->name, sum);
	add_series(in, hashed);
	return 0;
}

int inputs_collect(const struct runner *r, const struct recipe *rc, const struct arch *a,
		   const struct source *s, const struct source_id *id, unsigned int patches,
		   unsigned int layout, struct inputs *in, struct error *e)
{
	json_t *hashed __json = json_object();
	int ret = 0;

	*in = (struct inputs){ .record = json_object(), .layout = layout };
	json_object_set_new(in->record, "builder", json_integer(BUILDER_VERSION));
	json_object_set_new(hashed, "builder", json_integer(BUILDER_VERSION));
	json_object_set_new(in->record, "source", json_string(s->name));
	json_object_set_new(hashed, "source", json_string(s->family ? s->family : s->name));
	add_text(in->record, hashed, "key", id->key);
	add_text(in->record, hashed, "arch", a->name);
	if (id->facts)
		json_object_set(in->record, "source_facts", id->facts);
	if (s->fetch)
		ret = add_build(r, rc, a, id, patches, in, hashed, e);
	else if (rc->config.n || rc->series.n)
		ret = error_set(e, EINVAL, "%s is built already and takes no config or series",
				rc->source);
	else if (strcmp(rc->cc, RECIPE_DEFAULT_CC))
		ret = error_set(e, EINVAL, "%s is built already, --cc %s comes too late",
				rc->source, rc->cc);
	else
		add_modules(in->record, hashed);
	if (ret < 0) {
		inputs_release(in);
		return ret;
	}
	hash_json(hashed, in->group);
	if (layout) {
		json_object_set_new(in->record, "layout", json_integer(layout));
		json_object_set_new(hashed, "layout", json_integer(layout));
	}
	hash_json(hashed, in->hash);
	return 0;
}

void inputs_release(struct inputs *in)
{
	config_plan_release(&in->config);
	patch_series_release(&in->series);
	toolchain_release(&in->tools);
	json_decref(in->record);
	free(in->objects_key);
	*in = (struct inputs){ 0 };
}

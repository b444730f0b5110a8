// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * QEMU's arguments, the guest's initramfs, the facts about both. With TCG every
 * setting is here that two boots need to be identical; docs/targets.md says why
 * each is there.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cleanup.h"
#include "lib/fs.h"
#include "lib/spawn.h"
#include "runner/arch.h"
#include "runner/console.h"
#include "runner/hash.h"
#include "runner/initramfs.h"
#include "runner/plan.h"
#include "runner/qemu.h"
#include "runner/scratch.h"

/* For tests: words to put at the end of the guest's command line. */
#define APPEND_ENV "FOLIOBENCH_GUEST_APPEND"
/* And to have QEMU count accesses to memory beside the plugin, to be held against each other. */
#define VERIFY_ENV "FOLIOBENCH_COST_VERIFY"

char *qemu_version(const char *program, struct error *e)
{
	static const char before[] = "QEMU emulator version ";
	struct strv argv __strv = { 0 };
	struct strbuf out __strbuf = { 0 };
	struct spawn s = { .argv = &argv, .out = &out, .timeout_s = 10 };
	const char *text;

	strv_add(&argv, program);
	strv_add(&argv, "--version");
	if (spawn_run(&s, e))
		return NULL;
	text = strbuf_str(&out);
	if (!strncmp(text, before, strlen(before)))
		text += strlen(before);
	return xasprintf("%.*s", (int)strcspn(text, "\n"), text);
}

/* A guest as it is started: what goes on QEMU's command line. */
struct guest {
	const struct arch *arch;
	const struct qemu_options *o;
	const char *image, *initramfs, *console, *records; /* records may be NULL */
	const char *symbols;				   /* where the kernel's go; or NULL */
	const char *plugin;				   /* of TCG, with arguments; or NULL */
	char *append;					   /* owned */
};

static char *guest_append(const struct arch *a, bool exact)
{
	const char *extra = getenv(APPEND_ENV);
	struct strbuf sb = { 0 };

	strbuf_addstr(&sb, a->append);
	if (exact && *a->append_exact)
		strbuf_addf(&sb, " %s", a->append_exact);
	if (extra && *extra)
		strbuf_addf(&sb, " %s", extra);
	return strbuf_detach(&sb);
}

static void add_pair(struct strv *argv, const char *option, const char *value)
{
	strv_add(argv, option);
	strv_add(argv, value);
}

/*
 * QEMU before 8.1 gives the first CPU all instructions up to the next timer, and the others
 * none if it uses them: a lock that one of those holds is never released. So guests with
 * several CPUs run without -icount, each CPU in a thread of its own.
 */
static bool counts_instructions(const struct qemu_options *o)
{
	return o->tcg && o->cpus <= 1;
}

static void add_accel(struct strv *argv, const struct guest *g)
{
	if (!g->o->tcg) {
		add_pair(argv, "-accel", "kvm");
		add_pair(argv, "-cpu", "host");
		return;
	}
	if (counts_instructions(g->o)) {
		add_pair(argv, "-accel", "tcg");
		/* the guest's clock counts instructions; idle time passes at once */
		add_pair(argv, "-icount", "shift=0,sleep=off");
	} else {
		add_pair(argv, "-accel", "tcg,thread=multi");
	}
	add_pair(argv, "-cpu", g->arch->cpu_tcg);
	/* the guest's random numbers and its date are the same in each boot */
	add_pair(argv, "-seed", "1");
	add_pair(argv, "-rtc", "base=2024-01-01,clock=vm");
}

/* A comma in a file's name is doubled in QEMU's option lists. */
static char *option_path(const char *path)
{
	struct strbuf sb = { 0 };

	for (; *path; path++) {
		if (*path == ',')
			strbuf_addch(&sb, ',');
		strbuf_addch(&sb, *path);
	}
	return strbuf_detach(&sb);
}

/*
 * Records: a port of their own, into a plain file. A pipe or a socket would lose
 * what is in flight at power-off, and a reader that is slow would hold up the guest
 * and so change what is counted. ioeventfd=off: the device works within the guest's
 * own store instruction, not whenever another host thread gets to it.
 */
static void add_devices(struct strv *argv, const struct guest *g)
{
	char *console __free = option_path(g->console);
	char *records __free = g->records ? option_path(g->records) : NULL;
	char *symbols __free = g->symbols ? option_path(g->symbols) : NULL;

	strv_add(argv, "-chardev");
	strv_addf(argv, "file,id=console,path=%s", console);
	add_pair(argv, "-serial", "chardev:console");
	if (!records)
		return;
	strv_add(argv, "-chardev");
	strv_addf(argv, "file,id=records,path=%s", records);
	strv_add(argv, "-device");
	strv_addf(argv, "virtio-serial-pci,max_ports=%d,ioeventfd=off", symbols ? 3 : 2);
	add_pair(argv, "-device", "virtserialport,chardev=records,nr=1,name=foliobench.records");
	if (!symbols)
		return;
	strv_add(argv, "-chardev");
	strv_addf(argv, "file,id=symbols,path=%s", symbols);
	add_pair(argv, "-device", "virtserialport,chardev=symbols,nr=2,name=foliobench.symbols");
}

/*
 * CPUs and memory. Each NUMA node is a socket with an equal share of the CPUs; of the memory
 * the last one has what a division leaves over.
 */
static void add_shape(struct strv *argv, const struct guest *g)
{
	unsigned int nodes = g->o->nodes ? g->o->nodes : 1, each = g->o->cpus / nodes;
	unsigned int left = g->o->memory_mib, share = left / nodes;

	strv_add(argv, "-smp");
	if (nodes > 1)
		strv_addf(argv, "%u,sockets=%u,cores=%u,threads=1", g->o->cpus, nodes, each);
	else
		strv_addf(argv, "%u", g->o->cpus);
	strv_add(argv, "-m");
	strv_addf(argv, "%uM", g->o->memory_mib);
	for (unsigned int i = 0; i < nodes && nodes > 1; i++, left -= share) {
		strv_add(argv, "-object");
		strv_addf(argv, "memory-backend-ram,id=memory%u,size=%uM", i,
			  i + 1 < nodes ? share : left);
		strv_add(argv, "-numa");
		strv_addf(argv, "node,nodeid=%u,cpus=%u-%u,memdev=memory%u", i, i * each,
			  (i + 1) * each - 1, i);
	}
}

static void make_argv(const struct guest *g, struct strv *argv)
{
	strv_add(argv, g->arch->qemu);
	/* no more than what is asked for below: a bare machine starts fast */
	strv_add(argv, "-nodefaults");
	strv_add(argv, "-no-user-config");
	add_pair(argv, "-display", "none");
	/* a guest that reboots (panic=-1) ends */
	strv_add(argv, "-no-reboot");
	add_pair(argv, "-machine", g->arch->machine);
	add_accel(argv, g);
	if (g->plugin)
		add_pair(argv, "-plugin", g->plugin);
	add_shape(argv, g);
	add_pair(argv, "-kernel", g->image);
	add_pair(argv, "-initrd", g->initramfs);
	add_pair(argv, "-append", g->append);
	add_devices(argv, g);
}

/* The agent as /init, its plan, the kernel's modules. */
static int make_initramfs(const struct runner *r, const struct arch *a, const struct kernel *k,
			  const char *plan, const char *path, struct error *e)
{
	char *init __free = arch_program(a, plan ? r->agent_path : r->poweroff_path);
	struct initramfs fs __initramfs = { 0 };
	int rc;

	initramfs_add_dir(&fs, "dev");
	/* what the kernel opens for init's standard output, before devtmpfs is there */
	initramfs_add_chrdev(&fs, "dev/console", 0600, 5, 1);
	rc = initramfs_add_file(&fs, "init", 0755, init, e);
	if (rc)
		return error_prefix(e, rc, "initramfs");
	if (plan) {
		initramfs_add_data(&fs, "plan", 0644, plan, strlen(plan));
		initramfs_add_dir(&fs, "modules");
		strv_for_each(&k->modules, it) {
			char *name __free = plan_module_path(*it);

			rc = initramfs_add_file(&fs, name + 1, 0644, *it, e);
			if (rc)
				return error_prefix(e, rc, "initramfs");
		}
	}
	initramfs_finish(&fs);
	return fs_write(path, fs.data.buf, fs.data.len, e);
}

static json_t *describe(const struct guest *g, const struct kernel *k, const struct strv *argv)
{
	char *version __free = qemu_version(g->arch->qemu, NULL);
	char hash[HASH_TEXT] = "";
	json_t *facts = json_object();
	json_t *args = json_array();

	strv_for_each(argv, it)
		json_array_append_new(args, json_string(*it));
	json_object_set_new(facts, "emulator", json_string(g->arch->qemu));
	json_object_set_new(facts, "emulator_version", json_string(version ? version : ""));
	json_object_set_new(facts, "accel", json_string(g->o->tcg ? "tcg" : "kvm"));
	json_object_set_new(facts, "machine", json_string(g->arch->machine));
	json_object_set_new(facts, "cpu", json_string(g->o->tcg ? g->arch->cpu_tcg : "host"));
	json_object_set_new(facts, "cpus", json_integer(g->o->cpus));
	json_object_set_new(facts, "nodes", json_integer(g->o->nodes ? g->o->nodes : 1));
	json_object_set_new(facts, "memory_mib", json_integer(g->o->memory_mib));
	json_object_set_new(facts, "cmdline", json_string(g->append));
	json_object_set_new(facts, "image", json_string(k->image));
	hash_file(k->image, hash, NULL);
	json_object_set_new(facts, "image_sha256", json_string(hash));
	json_object_set_new(facts, "args", args);
	return facts;
}

/* The plugin that counts, with what it reads and writes; caller frees. */
static char *plugin_option(const struct runner *r, const struct plan *p, const struct boot_files *f)
{
	char *program __free = option_path(r->cost_path);
	char *hooks __free = option_path(f->hooks);
	char *out __free = option_path(f->cost);

	return xasprintf("%s,hooks=%s,out=%s%s%s", program, hooks, out,
			 p->stacks ? ",stacks=on" : "", getenv(VERIFY_ENV) ? ",verify=on" : "");
}

/* That instructions were counted, and by what: another plugin may count otherwise. */
static void describe_plugin(const struct runner *r, const struct plan *p, json_t *facts)
{
	char hash[HASH_TEXT] = "";

	hash_file(r->cost_path, hash, NULL);
	json_object_set_new(facts, "cost", json_true());
	json_object_set_new(facts, "cost_stacks", json_boolean(p->stacks));
	if (getenv(VERIFY_ENV))
		json_object_set_new(facts, "cost_verify", json_true());
	json_object_set_new(facts, "cost_plugin_sha256", json_string(hash));
}

/* The engine reads the file while QEMU writes it, so it has to be there first. */
static int open_records(const char *path, struct error *e)
{
	int fd = open(path, O_RDONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	return fd < 0 ? error_sys(e, errno, "%s", path) : fd;
}

int qemu_start(const struct runner *r, const struct target *t, const struct qemu_options *o,
	       const struct plan *p, const struct plan_boot *b, const struct boot_files *f,
	       struct boot_start *out, struct error *e)
{
	const struct kernel *k = &p->kernels[b->kernel];
	char *initramfs __free = xasprintf("%s/initramfs.cpio", f->scratch);
	struct qemu_options own = *o;
	struct guest g = { .o = &own,
			   .image = k->image,
			   .initramfs = initramfs,
			   .console = f->console,
			   .records = f->records };
	struct strv argv __strv = { 0 };
	struct strbuf plan __strbuf = { 0 };
	struct spawn s = { .argv = &argv, .log_path = f->log };
	char *plugin __free = NULL;
	int rc;

	own.memory_mib = p->memory_mib;
	own.cpus = p->cpus ? p->cpus : o->cpus;
	own.nodes = p->nodes;
	g.arch = arch_find(k->arch ? k->arch : "", e);
	if (!g.arch)
		return -EINVAL;
	if (!k->image)
		return error_set(e, ENOENT, "kernel %s has no image to boot", k->name);
	plan_write(p, t, b, &plan);
	rc = make_initramfs(r, g.arch, k, strbuf_str(&plan), initramfs, e);
	if (rc)
		return rc;
	g.append = guest_append(g.arch, counts_instructions(&own));
	if (p->cost && f->hooks && o->tcg)
		g.plugin = plugin = plugin_option(r, p, f);
	make_argv(&g, &argv);
	rc = open_records(f->records, e);
	if (rc >= 0) {
		out->record_fd = rc;
		out->has_console = true;
		rc = spawn_start(&s, -1, &out->pid, e);
	}
	/* after the start: the guest boots while the image is hashed */
	out->facts = describe(&g, k, &argv);
	if (plugin)
		describe_plugin(r, p, out->facts);
	free(g.append);
	return rc;
}

/* QEMU says first what is wrong; an assertion that follows says less. */
static void keep_first_line(const char *line, void *data)
{
	struct strbuf *first = data;

	if (!first->len)
		strbuf_addstr(first, line);
}

int qemu_try_kvm(const struct runner *r, const char *image, double timeout_s, struct error *e)
{
	static const struct qemu_options options = { .cpus = 1, .memory_mib = 256 };
	char dir[] = "/tmp/foliobench-kvm.XXXXXX";
	char *initramfs __free = NULL;
	char *console __free = NULL;
	struct strv argv __strv = { 0 };
	struct console seen = { 0 };
	struct strbuf said __strbuf = { 0 };
	struct guest g = { .arch = arch_host(), .o = &options, .image = image };
	struct spawn s = {
		.argv = &argv,
		.on_line = keep_first_line,
		.data = &said,
		.timeout_s = timeout_s,
		.cancel = r->cancel,
	};
	int rc;

	if (!g.arch)
		return error_set(e, EINVAL, "no kernels are known for this machine");
	if (!mkdtemp(dir))
		return error_sys(e, errno, "%s", dir);
	g.initramfs = initramfs = xasprintf("%s/initramfs.cpio", dir);
	g.console = console = xasprintf("%s/console", dir);
	g.append = guest_append(g.arch, false);
	make_argv(&g, &argv);
	rc = make_initramfs(r, g.arch, NULL, NULL, initramfs, e);
	if (!rc)
		rc = spawn_run(&s, e);
	console_poll(&seen, console);
	console_end(&seen);
	/* a panic also ends QEMU with 0 */
	if (!rc && seen.panic)
		rc = error_set(e, EIO, "%s", seen.panic);
	else if (rc == -ECHILD && said.len)
		rc = error_set(e, EIO, "%s", strbuf_str(&said));
	fs_remove_tree(dir, NULL);
	console_release(&seen);
	free(g.append);
	return rc;
}

/* How long a kernel may take to start and to print its symbols. */
#define SYMBOLS_TIMEOUT_S 300.0

/* What the agent has to say of a boot in which it measures nothing. */
static int hear_symbols_boot(const char *path, struct error *e)
{
	struct strbuf text __strbuf = { 0 };
	struct strv lines __strv = { 0 };
	char *trouble __free = NULL;
	bool hello = false;

	fs_read(path, &text, NULL);
	strv_split(&lines, strbuf_str(&text), "\n");
	strv_for_each(&lines, it) {
		struct record rec;
		const char *level;

		if (record_parse(*it, strlen(*it), &rec, NULL))
			continue;
		hello |= rec.type == RECORD_HELLO;
		level = json_string_value(json_object_get(rec.json, "level"));
		if (rec.type == RECORD_NOTE && level && !strcmp(level, "error") && !trouble)
			trouble = xstrdup(json_string_value(json_object_get(rec.json, "text")));
		record_release(&rec);
	}
	if (hello)
		return 0;
	return error_set(e, trouble ? ENOENT : EIO, "%s",
			 trouble ? trouble : "the guest ended before it had told them");
}

static char *symbols_plan(const struct kernel *k)
{
	json_t *modules = json_array();
	json_t *head __json = NULL;
	char *line __free = NULL;

	strv_for_each(&k->modules, it) {
		char *path __free = plan_module_path(*it);

		json_array_append_new(modules, json_string(path));
	}
	head = json_pack("{s:i, s:s, s:i, s:o, s:b}", "v", RECORD_VERSION, "unit", "ns", "settle_s",
			 0, "modules", modules, "symbols", 1);
	line = json_line(head);
	return xasprintf("%s\n", line);
}

/* Starts the guest, hears it, reads what it wrote. DIR is its own. */
static int run_symbols_boot(const struct runner *r, const struct kernel *k, struct guest *g,
			    const char *dir, struct strbuf *out, struct error *e)
{
	char *initramfs __free = xasprintf("%s/initramfs.cpio", dir);
	char *console __free = xasprintf("%s/console", dir);
	char *records __free = xasprintf("%s/records", dir);
	char *symbols __free = xasprintf("%s/symbols", dir);
	char *plan __free = symbols_plan(k);
	char *append __free = guest_append(g->arch, true);
	struct strv argv __strv = { 0 };
	struct console seen = { 0 };
	struct spawn s = { .argv = &argv, .timeout_s = SYMBOLS_TIMEOUT_S, .cancel = r->cancel };
	int rc = make_initramfs(r, g->arch, k, plan, initramfs, e);

	g->initramfs = initramfs;
	g->console = console;
	g->records = records;
	g->symbols = symbols;
	g->append = append;
	make_argv(g, &argv);
	if (!rc)
		rc = spawn_run(&s, e);
	console_poll(&seen, console);
	console_end(&seen);
	if (!rc && seen.panic)
		rc = error_set(e, EIO, "%s", seen.panic);
	if (!rc)
		rc = hear_symbols_boot(records, e);
	if (!rc)
		rc = fs_read(symbols, out, e);
	console_release(&seen);
	return rc;
}

int qemu_symbols(const struct runner *r, const struct kernel *k, struct strbuf *out,
		 struct error *e)
{
	const struct qemu_options options = { .tcg = true, .cpus = 1, .memory_mib = 512 };
	struct guest g = { .o = &options, .image = k->image };
	char *dir = NULL;
	int lock __close = -1;
	int rc;

	g.arch = arch_find(k->arch ? k->arch : "", e);
	if (!g.arch)
		return -EINVAL;
	if (!k->image)
		return error_set(e, ENOENT, "it has no image to boot");
	rc = scratch_create(&dir, &lock, e);
	if (rc < 0)
		return rc;
	rc = run_symbols_boot(r, k, &g, dir, out, e);
	fs_remove_tree(dir, NULL);
	free(dir);
	return rc;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* Hashes and images: what tells two kernels apart, and what must not. */
#include <elf.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lib/cleanup.h"
#include "lib/fs.h"
#include "runner/elf.h"
#include "runner/image.h"

/* A kernel in small: code, data with a banner in it, a note, a symbol table. */
struct tiny {
	Elf64_Ehdr eh;
	Elf64_Shdr sh[7];
	Elf64_Sym sym[2];
	char names[56];
	char strtab[16];
	char text[16];
	char rodata[32];
	char note[8];
};

enum { S_NULL, S_NAMES, S_TEXT, S_RODATA, S_NOTE, S_SYM, S_STR };

static Elf64_Shdr section(uint32_t name, uint32_t type, uint64_t flags, uint64_t addr, uint64_t off,
			  uint64_t size)
{
	return (Elf64_Shdr){ .sh_name = name,
			     .sh_type = type,
			     .sh_flags = flags,
			     .sh_addr = addr,
			     .sh_offset = off,
			     .sh_size = size };
}

#define PART(f) offsetof(struct tiny, f), sizeof(((struct tiny *)0)->f)

static struct tiny tiny_kernel(void)
{
	struct tiny t = { 0 };

	memcpy(t.eh.e_ident, ELFMAG, SELFMAG);
	t.eh.e_ident[EI_CLASS] = ELFCLASS64;
	t.eh.e_ident[EI_DATA] = ELFDATA2LSB;
	t.eh.e_shoff = offsetof(struct tiny, sh);
	t.eh.e_shentsize = sizeof(Elf64_Shdr);
	t.eh.e_shnum = 7;
	t.eh.e_shstrndx = S_NAMES;
	memcpy(t.names, "\0.text\0.rodata\0.notes\0.symtab\0.strtab", 38);
	memcpy(t.strtab, "\0linux_banner", 14);
	t.sh[S_NAMES] = section(0, SHT_STRTAB, 0, 0, PART(names));
	t.sh[S_TEXT] = section(1, SHT_PROGBITS, SHF_ALLOC | SHF_EXECINSTR, 0x1000, PART(text));
	t.sh[S_RODATA] = section(7, SHT_PROGBITS, SHF_ALLOC, 0x2000, PART(rodata));
	t.sh[S_NOTE] = section(15, SHT_NOTE, SHF_ALLOC, 0x3000, PART(note));
	t.sh[S_SYM] = section(22, SHT_SYMTAB, 0, 0, PART(sym));
	t.sh[S_SYM].sh_link = S_STR;
	t.sh[S_STR] = section(30, SHT_STRTAB, 0, 0, PART(strtab));
	t.sym[1] = (Elf64_Sym){ .st_name = 1, .st_value = 0x2008, .st_size = 8 };
	memset(t.text, 0x90, sizeof(t.text));
	memset(t.rodata, 'r', sizeof(t.rodata));
	return t;
}

static const char path[] = "/tmp/fb-image-test";

static void hash_of(const struct tiny *t, char out[HASH_TEXT])
{
	struct error e = { 0 };

	assert_int_equal(fs_write(path, t, sizeof(*t), NULL), 0);
	if (image_code_hash(path, out, &e) < 0)
		fail_msg("%s", e.msg);
	unlink(path);
}

static void code_and_data_count(void **state)
{
	struct tiny t = tiny_kernel();
	char was[HASH_TEXT], is[HASH_TEXT];

	(void)state;
	hash_of(&t, was);
	t.text[15] ^= 1;
	hash_of(&t, is);
	assert_string_not_equal(was, is);
	t.text[15] ^= 1;
	t.rodata[7] ^= 1; /* the byte before the banner, and the one after it */
	hash_of(&t, is);
	assert_string_not_equal(was, is);
	t.rodata[7] ^= 1;
	t.rodata[16] ^= 1;
	hash_of(&t, is);
	assert_string_not_equal(was, is);
}

static void banner_and_notes_do_not(void **state)
{
	struct tiny t = tiny_kernel();
	char was[HASH_TEXT], is[HASH_TEXT];

	(void)state;
	hash_of(&t, was);
	memset(t.rodata + 8, 'B', 8);
	memset(t.note, 'N', sizeof(t.note));
	hash_of(&t, is);
	assert_string_equal(was, is);
}

static void broken_files_are_refused(void **state)
{
	struct tiny t = tiny_kernel();
	struct elf f;

	(void)state;
	t.sh[S_NAMES].sh_offset = 1u << 30;
	fs_write(path, &t, sizeof(t), NULL);
	assert_int_equal(elf_open(path, &f, NULL), -ENOEXEC);
	t = tiny_kernel();
	t.eh.e_shoff = UINT64_MAX - 7;
	fs_write(path, &t, sizeof(t), NULL);
	assert_int_equal(elf_open(path, &f, NULL), -ENOEXEC);
	fs_write(path, &t, 10, NULL);
	assert_int_equal(elf_open(path, &f, NULL), -ENOEXEC);
	unlink(path);
	assert_int_equal(elf_open(path, &f, NULL), -ENOENT);
}

static void known_digest(void **state)
{
	char out[HASH_TEXT];

	(void)state;
	hash_buf("abc", 3, out);
	assert_string_equal(out, "ba7816bf8f01cfea414140de5dae2223"
				 "b00361a396177a9cb410ff61f20015ad");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(code_and_data_count),
		cmocka_unit_test(banner_and_notes_do_not),
		cmocka_unit_test(broken_files_are_refused),
		cmocka_unit_test(known_digest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

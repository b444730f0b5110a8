// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The newc archive that the kernel unpacks as its first root; see initramfs.h.
 * Written here rather than by libarchive: the format as we use it is one header
 * of 13 hexadecimal fields, and its bytes have to be the same each time.
 */
#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/cleanup.h"
#include "lib/fs.h"
#include "runner/initramfs.h"

struct entry {
	const char *name;
	unsigned int mode; /* type and permissions */
	unsigned int nlink;
	unsigned int major, minor; /* of a device node */
	const void *data;
	size_t len;
};

/* Names and contents start and end at multiples of four bytes. */
static void pad(struct strbuf *sb)
{
	static const char zeros[4];

	strbuf_add(sb, zeros, (4 - sb->len % 4) % 4);
}

static void add(struct initramfs *fs, const struct entry *en)
{
	size_t name_size = strlen(en->name) + 1;
	/* the trailer is the one entry without an inode of its own */
	unsigned int inode = en->mode ? ++fs->inode : 0;

	/* magic; ino, mode, uid, gid, nlink, mtime, filesize; the device's
	 * numbers; the node's own; name size; checksum (0 in this format) */
	strbuf_addf(&fs->data, "070701%08X%08X%08X%08X%08X%08X%08X", inode, en->mode, 0u, 0u,
		    en->nlink, 0u, (unsigned int)en->len);
	strbuf_addf(&fs->data, "%08X%08X%08X%08X%08X%08X", 0u, 0u, en->major, en->minor,
		    (unsigned int)name_size, 0u);
	strbuf_add(&fs->data, en->name, name_size);
	pad(&fs->data);
	if (en->len)
		strbuf_add(&fs->data, en->data, en->len);
	pad(&fs->data);
}

void initramfs_add_dir(struct initramfs *fs, const char *name)
{
	add(fs, &(struct entry){ .name = name, .mode = S_IFDIR | 0755, .nlink = 2 });
}

void initramfs_add_data(struct initramfs *fs, const char *name, unsigned int mode, const void *data,
			size_t len)
{
	add(fs, &(struct entry){ .name = name,
				 .mode = S_IFREG | (mode & 07777),
				 .nlink = 1,
				 .data = data,
				 .len = len });
}

void initramfs_add_chrdev(struct initramfs *fs, const char *name, unsigned int mode,
			  unsigned int major, unsigned int minor)
{
	add(fs, &(struct entry){ .name = name,
				 .mode = S_IFCHR | (mode & 07777),
				 .nlink = 1,
				 .major = major,
				 .minor = minor });
}

int initramfs_add_file(struct initramfs *fs, const char *name, unsigned int mode, const char *path,
		       struct error *e)
{
	struct strbuf content __strbuf = { 0 };
	int rc = fs_read(path, &content, e);

	if (rc)
		return rc;
	if (content.len > UINT32_MAX)
		return error_set(e, EFBIG, "%s: too large for an initramfs", path);
	initramfs_add_data(fs, name, mode, content.buf, content.len);
	return 0;
}

void initramfs_finish(struct initramfs *fs)
{
	add(fs, &(struct entry){ .name = "TRAILER!!!", .nlink = 1 });
}

void initramfs_release(struct initramfs *fs)
{
	strbuf_release(&fs->data);
	fs->inode = 0;
}

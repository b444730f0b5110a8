/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Growing strings and argument vectors. Running out of memory for a few bytes
 * of text ends the program (abort): no caller could do better. Both release
 * with their _release(); a zeroed struct is a valid empty one.
 */
#ifndef FB_LIB_STRBUF_H
#define FB_LIB_STRBUF_H

#include <stdarg.h>
#include <stddef.h>

struct strbuf {
	char *buf; /* NUL-terminated once anything was added, else NULL */
	size_t len;
	size_t cap;
};

void strbuf_add(struct strbuf *sb, const void *data, size_t len);
void strbuf_addstr(struct strbuf *sb, const char *s);
void strbuf_addch(struct strbuf *sb, char c);
void strbuf_addf(struct strbuf *sb, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void strbuf_vaddf(struct strbuf *sb, const char *fmt, va_list ap);
void strbuf_reset(struct strbuf *sb);
void strbuf_release(struct strbuf *sb);
/* The text, never NULL; owned by SB. */
const char *strbuf_str(const struct strbuf *sb);
/* Takes the text out (never NULL; caller frees); SB is empty afterwards. */
char *strbuf_detach(struct strbuf *sb);

struct strv {
	char **v; /* NULL-terminated once anything was added, else NULL */
	size_t n;
};

void strv_add(struct strv *s, const char *text);
void strv_addf(struct strv *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Adds each word of TEXT, split at any of SEPS; empty words are dropped. */
void strv_split(struct strv *s, const char *text, const char *seps);
int strv_contains(const struct strv *s, const char *text);
void strv_copy(struct strv *dst, const struct strv *src);
void strv_release(struct strv *s);

#define strv_for_each(s, it) for (char **it = (s)->v; it && *it; it++)

/* strdup and asprintf that cannot fail; caller frees. */
char *xstrdup(const char *s);
char *xasprintf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void *xcalloc(size_t n, size_t size);
void *xrealloc(void *p, size_t size);

#define __strbuf __attribute__((cleanup(strbuf_release)))
#define __strv	 __attribute__((cleanup(strv_release)))

#endif

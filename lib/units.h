/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Numbers as people of this field write them: 64K, 2M, 50G; 3m24s; -82.1%. */
#ifndef FB_LIB_UNITS_H
#define FB_LIB_UNITS_H

#include <stddef.h>
#include <stdint.h>

/* "64K", "2M", "1G", "55T" or plain bytes (binary multiples). 0 or -EINVAL/-ERANGE. */
int parse_size(const char *text, uint64_t *bytes);
/* A decimal number without sign or suffix. 0 or -EINVAL/-ERANGE. */
int parse_uint(const char *text, uint64_t *value);
/*
 * "1%", "0.5%" as a share: 0.01, 0.005. The sign is wanted: 0.01 alone may mean either. Decimal
 * digits with at most one point, nothing before or after. 0 or -EINVAL.
 */
int parse_share(const char *text, double *share);
/* The shortest exact form ("64K", "1536K", "4097"). BUF of at least 24 bytes; returns BUF. */
char *format_size(char *buf, size_t len, uint64_t bytes);
/* "8s", "3m24s", "1h05m". Seconds below 0 print as "?". Returns BUF. */
char *format_seconds(char *buf, size_t len, double seconds);
/* Monotonic seconds since an arbitrary start. */
double now_seconds(void);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a mail says of its own form, read from its headers as they are. git mailinfo takes
 * whatever it can from any form; here is found what had better not be taken.
 */
#ifndef FB_RUNNER_MAIL_PARTS_H
#define FB_RUNNER_MAIL_PARTS_H

#include <stdbool.h>

/* The header NAME of the mail TEXT (LF line ends), unfolded, not decoded; NULL or owned. */
char *mail_header(const char *text, const char *name);

/* Whether any of it is base64 or quoted-printable: its lines say nothing then. */
bool mail_is_encoded(const char *text);

/*
 * Why a patch in this mail would not be what was sent ("is sent as format=flowed, ..."):
 * reflowed text, HTML, an attachment that is no text, several patches. NULL if there is no
 * such reason; owned.
 */
char *mail_oddity(const char *text);

/* Whether an attachment is a patch by its type or name, whatever its encoding. */
bool mail_hides_patch(const char *text);

#endif

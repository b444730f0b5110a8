// SPDX-License-Identifier: GPL-2.0-or-later
/* Mails: what subjects say, what their form is. What git mailinfo does is tested by its use. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lib/cleanup.h"
#include "runner/mail.h"
#include "runner/mail_parts.h"

static void tags_of_subjects(void **state)
{
	static const struct {
		const char *subject, *rest;
		struct mail_tag t;
	} cases[] = {
		{ "mm: batch it", "mm: batch it", { .version = 1000 } },
		{ "[PATCH] mm: batch it", "mm: batch it", { .patch = true, .version = 1000 } },
		{ "[PATCH 3/12] mm: x", "mm: x", { false, true, 1000, true, 3, 12 } },
		{ "[PATCH v2 03/12] mm: x", "mm: x", { false, true, 2000, true, 3, 12 } },
		{ "[RFC PATCH v10 0/3] mm: x", "mm: x", { false, true, 10000, true, 0, 3 } },
		{ "[PATCH mm-unstable v3 1/2] x", "x", { false, true, 3000, true, 1, 2 } },
		{ "[PATCHv4 1/2] x", "x", { false, true, 4000, true, 1, 2 } },
		{ "[PATCH V2.1 1/2] x", "x", { false, true, 2001, true, 1, 2 } },
		{ "[patch 02/10] x", "x", { false, true, 1000, true, 2, 10 } },
		{ "[PATCH AUTOSEL 6.12 1/9] x", "x", { false, true, 1000, true, 1, 9 } },
		{ "[PATCH 6.1.y 2/3] x", "x", { false, true, 1000, true, 2, 3 } },
		{ "[linux-mm] [PATCH 1/2] x", "x", { false, true, 1000, true, 1, 2 } },
		{ "[PATCH 1/2,v3] x", "x", { false, true, 3000, true, 1, 2 } },
		{ "Re: [PATCH v2 3/9] x", "x", { true, true, 2000, true, 3, 9 } },
		{ "[list] Re: [PATCH 3/9] x", "x", { true, true, 1000, true, 3, 9 } },
		{ "AW: Re: [PATCH 3/9] x", "x", { true, true, 1000, true, 3, 9 } },
		{ "RE: x", "x", { .reply = true, .version = 1000 } },
		{ "Re[2]: x", "x", { .reply = true, .version = 1000 } },
		{ "Revert \"x\"", "Revert \"x\"", { .version = 1000 } },
		{ "remap: [x] y", "remap: [x] y", { .version = 1000 } },
		{ "[PATCH 1/2/3] x", "x", { .patch = true, .version = 1000 } },
		{ "[PATCH", "[PATCH", { .version = 1000 } },
		{ "", "", { .version = 1000 } },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct mail_tag *want = &cases[i].t;
		struct mail_tag t;
		const char *rest = mail_tag_read(cases[i].subject, &t);

		if (strcmp(rest, cases[i].rest) || t.reply != want->reply ||
		    t.patch != want->patch || t.version != want->version ||
		    t.numbered != want->numbered || t.number != want->number ||
		    t.total != want->total)
			fail_msg("\"%s\" is read as \"%s\" %d %d v%u %d %u/%u", cases[i].subject,
				 rest, t.reply, t.patch, t.version, t.numbered, t.number, t.total);
	}
}

static void what_is_a_mail(void **state)
{
	(void)state;
	assert_true(mail_is("From: a\nSubject: b\n\ntext\n"));
	assert_true(mail_is("From x Thu Jan  1 00:00:00 2026\nSubject: a\n b\n\n"));
	assert_true(mail_is("From 0123 Mon Sep 17 00:00:00 2001\nFrom: a\n\n"));
	assert_false(mail_is("diff --git a/x b/x\n"));
	assert_false(mail_is("--- a/x\n+++ b/x\n"));
	assert_false(mail_is("Words: of nobody\n\n"));
	assert_false(mail_is("commit 123\nAuthor: a\n\n"));
	assert_false(mail_is(""));
}

static void headers(void **state)
{
	static const char text[] = "From x y\nSubject: one\n two\n\tthree\nX: \n\nSubject: body\n";
	char *subject __free = mail_header(text, "subject");
	char *x __free = mail_header(text, "X");

	(void)state;
	assert_string_equal(subject, "one two three");
	assert_string_equal(x, "");
	assert_null(mail_header(text, "Y"));
	assert_null(mail_header("", "Y"));
}

static void odd(const char *text, const char *want)
{
	char *why __free = mail_oddity(text);

	if (!want)
		assert_null(why);
	else if (!why || !strstr(why, want))
		fail_msg("'%s' instead of '%s'", why ? why : "nothing", want);
}

#define MULTI "Subject: x\nContent-Type: multipart/mixed;\n boundary=\"b=1\"\n\nfor others\n--b=1\n"
#define DIFF  "diff --git a/x b/x\n"

static void forms(void **state)
{
	(void)state;
	odd("Subject: x\n\n" DIFF, NULL);
	odd("Content-Type: text/plain; charset=utf-8\n\n" DIFF, NULL);
	odd("Content-Type: text/plain; charset=utf-8; format=flowed; delsp=yes\n\n" DIFF, "flowed");
	odd("Content-Type: TEXT/PLAIN;\n\tformat=\"Flowed\"\n\n" DIFF, "flowed");
	odd("Content-Type: text/html\n\n<p>\n", "HTML");
	odd(MULTI "Content-Type: text/plain\n\nHi\n--b=1\nContent-Type: text/x-patch; "
		  "name=a.patch\n\n" DIFF "--b=1--\n",
	    NULL);
	/* what is flowed is the letter, not the patch that goes with it */
	odd(MULTI "Content-Type: text/plain; format=flowed\n\nHi\n--b=1\n"
		  "Content-Type: text/x-diff; name=a.diff\n\n" DIFF "--b=1--\n",
	    NULL);
	odd(MULTI "Content-Type: text/plain\n\n" DIFF "--b=1\n"
		  "Content-Type: application/pgp-signature\n\nxx\n--b=1--\n",
	    NULL);
	odd(MULTI "Content-Type: text/plain\n\nHi\n--b=1\nContent-Type: application/octet-stream\n"
		  "Content-Disposition: attachment; filename=\"a.patch\"\n\nxx\n--b=1--\n",
	    "(a.patch) of type application/octet-stream");
	odd(MULTI "Content-Type: text/x-patch\n\n" DIFF "--b=1\nContent-Type: text/x-patch\n\n" DIFF
		  "--b=1--\n",
	    "2 patches attached");
	odd(MULTI "Content-Type: text/plain\n\n" DIFF "--b=1\nContent-Type: text/x-patch\n\n" DIFF
		  "--b=1--\n",
	    "in its text and another one attached");
	/* a part that is itself of parts */
	odd(MULTI "Content-Type: multipart/alternative; boundary=in\n\n--in\n"
		  "Content-Type: text/plain; format=flowed\n\n" DIFF "--in--\n--b=1--\n",
	    "flowed");
}

static void encodings(void **state)
{
	(void)state;
	assert_true(mail_is_encoded("A: b\ncontent-transfer-encoding: BASE64\n\n"));
	assert_true(mail_is_encoded("A: b\nContent-Transfer-Encoding: quoted-printable\n\n"));
	assert_false(mail_is_encoded("A: b\nContent-Transfer-Encoding: 8bit\n\n"));
	assert_true(
		mail_hides_patch(MULTI "Content-Type: text/plain; name=\"x.patch\"\n\n--b=1--\n"));
	assert_false(mail_hides_patch(MULTI "Content-Type: text/plain; name=\"x.c\"\n\n--b=1--\n"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tags_of_subjects), cmocka_unit_test(what_is_a_mail),
		cmocka_unit_test(headers),	    cmocka_unit_test(forms),
		cmocka_unit_test(encodings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * totp enrol: a QR code on the terminal, then the first code as proof.  The
 * secret comes straight from the totp engine and is shown once.
 */
#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <qrencode.h>

#include "telclauded/ctl/ctl.h"
#include "telclauded/lib/util.h"

#define CODE_LEN	6

/* Two modules a character cell: upper and lower half blocks, with the quiet
 * zone of four that ISO/IEC 18004 asks for.  White on black whatever the
 * terminal's colours are, or it would be a negative on half of them. */
static void
qr_print(const char *text)
{
	static const char *const cell[4] = { "\xe2\x96\x88", "\xe2\x96\x80",
	    "\xe2\x96\x84", " " };
	QRcode	*q;
	int	 x, y, up, down, colour = isatty(STDOUT_FILENO);

	if ((q = QRcode_encodeString8bit(text, 0, QR_ECLEVEL_L)) == NULL)
		return;
#define DARK(x, y)							\
	((x) >= 0 && (y) >= 0 && (x) < q->width && (y) < q->width &&	\
	    (q->data[(y) * q->width + (x)] & 1))
	for (y = -4; y < q->width + 4; y += 2) {
		if (colour)
			fputs("\033[0;97;40m", stdout);
		for (x = -4; x < q->width + 4; x++) {
			up = DARK(x, y);
			down = DARK(x, y + 1);
			fputs(cell[up * 2 + down], stdout);
		}
		fputs(colour ? "\033[0m\n" : "\n", stdout);
	}
#undef DARK
	QRcode_free(q);
}

const char *
totp_words(int r)
{
	switch (r) {
	case TR_WRONG:
		return ("wrong code: is the clock of both devices right?");
	case TR_USED:
		return ("this code was used before; wait for the next");
	case TR_LOCKED:
		return ("too many wrong codes; wait and try again");
	case TR_NONE:
		return ("nothing is pending for this person");
	case TR_BROKEN:
		return ("the totp engine cannot read or write its file; "
		    "see the log");
	case TR_ACTIVE:
		return ("this person has a second factor already");
	case TR_FULL:
		return ("no room for another person");
	default:
		return ("the totp engine did not answer");
	}
}

/* A line's digits, blanks between them allowed; -1 when there is none, 0 when
 * they are not six. */
static int
read_code(char code[CODE_LEN + 1], int json)
{
	char	 line[128];
	size_t	 i, end, n = 0;
	int	 bad = 0;

	if (!json)
		printf("code: ");
	fflush(stdout);
	if (fgets(line, sizeof(line), stdin) == NULL ||
	    (end = strcspn(line, "\r\n")) == 0)
		return (-1);
	for (i = 0; i < end; i++)
		if (line[i] == ' ' || line[i] == '\t')
			continue;
		else if (line[i] < '0' || line[i] > '9' || n == CODE_LEN)
			bad = 1;
		else
			code[n++] = line[i];
	code[n] = '\0';
	explicit_bzero(line, sizeof(line));
	return (!bad && n == CODE_LEN);
}

/* With -j an object a line: a program answers the first with a code. */
static void
enrol_say(const struct ctl *c, const char *row, const char *user,
    const char *key, const char *value)
{
	struct buf	 b;

	if (!c->json) {
		printf("ok: %s %s\n", user, value);
		return;
	}
	buf_init(&b);
	(void)buf_printf(&b, "{\"row\":\"%s\",\"user\":", row);
	(void)buf_json_str(&b, user, strlen(user));
	(void)buf_printf(&b, ",\"%s\":", key);
	(void)buf_json_str(&b, value, strlen(value));
	if (!b.failed)
		printf("%s}\n", b.p);
	fflush(stdout);
	if (b.p != NULL)
		explicit_bzero(b.p, b.len);
	buf_free(&b);
}

static int
enrol_prove(struct ctl *c, struct client *cl, const char *user)
{
	char		 code[CODE_LEN + 1];
	uint32_t	 wait;
	int		 r, tries;

	for (tries = 0; tries < 3; tries++) {
		if ((r = read_code(code, c->json)) == -1)
			break;
		if (r == 0) {
			warnx("a code has six digits");
			continue;
		}
		r = client_confirm(cl, user, code, &wait);
		explicit_bzero(code, sizeof(code));
		if (r == TR_OK) {
			enrol_say(c, "done", user, "said", "now needs a "
			    "code; in the chat: /verify_2fa CODE");
			return (0);
		}
		if (r == TR_LOCKED)
			warnx("too many wrong codes; try again in %u s", wait);
		else
			warnx("%s", totp_words(r));
		if (r != TR_WRONG && r != TR_USED)
			break;
	}
	warnx("not enrolled; nothing has changed");
	return (1);
}

/* Whom the relay never asks about would believe to have a second factor. */
int
totp_person(const char *user)
{
	size_t	 n = strlen(user);

	if (strspn(user, "0123456789") == n)
		return (n > 0 && n <= 19 && user[0] != '0');
	return (user[0] != '-' && name_ok(user));
}

struct client *
totp_open(struct ctl *c, int *status)
{
	struct client	*cl;
	char		 why[1024];
	int		 down;

	if ((cl = client_open(c->socket, &down)) == NULL) {
		*status = down ? CTL_DOWN : 1;
		return (NULL);
	}
	if (client_goto(cl, PROC_TOTP, why, sizeof(why)) == 0)
		return (cl);
	warnx("%s: a totp block with a key in telclauded.conf starts it", why);
	client_close(cl);
	*status = 1;
	return (NULL);
}

int
cmd_totp_enrol(struct ctl *c)
{
	struct client	*cl;
	char		 uri[512], user[64];
	int		 r;

	if (!totp_person(c->argv[0])) {
		warnx("totp enrol: admin, the number of a person at Telegram, "
		    "or a linked name");
		return (CTL_USAGE);
	}
	if ((r = who_factor(c, c->argv[0], user, sizeof(user))) != 0)
		return (r);
	if ((cl = totp_open(c, &r)) == NULL)
		return (r);
	if ((r = client_enrol(cl, user, uri, sizeof(uri))) == TR_OK) {
		if (c->json)
			enrol_say(c, "secret", user, "uri", uri);
		else {
			qr_print(uri);
			printf("%s\nScan it, then type the code that is "
			    "shown.\n", uri);
		}
		explicit_bzero(uri, sizeof(uri));
		r = enrol_prove(c, cl, user);
	} else {
		warnx("%s", totp_words(r));
		r = 1;
	}
	client_close(cl);
	return (r);
}

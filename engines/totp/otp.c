/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * One-time codes by liboath.  Run by totp on seeds of its own and codes of
 * strangers.
 */
#include <string.h>

#include <liboath/oath.h>

#include "engines/totp/otp.h"
#include "telclauded/lib/util.h"

#define ISSUER	"Telclaude"

int
otp_code(const uint8_t seed[TF_SEEDLEN], uint64_t step,
    char out[OTP_DIGITS + 1])
{
	/* liboath does not write through its pointer to the secret. */
	union { const uint8_t *in; const char *out; } s = { .in = seed };

	return (oath_hotp_generate(s.out, TF_SEEDLEN, step, OTP_DIGITS, false,
	    OATH_HOTP_DYNAMIC_TRUNCATION, out) == OATH_OK ? 0 : -1);
}

uint64_t
otp_match(const uint8_t seed[TF_SEEDLEN], const char *code, uint64_t now_s)
{
	char		 want[OTP_DIGITS + 1];
	uint64_t	 now = now_s / OTP_STEP_S, step, found = 0;

	if (strlen(code) != OTP_DIGITS ||
	    strspn(code, "0123456789") != OTP_DIGITS || now <= OTP_WINDOW)
		return (0);
	/* The latest match wins, so that an older one cannot be saved up. */
	for (step = now - OTP_WINDOW; step <= now + OTP_WINDOW; step++)
		if (otp_code(seed, step, want) == 0 &&
		    mem_equal(want, code, OTP_DIGITS))
			found = step;
	explicit_bzero(want, sizeof(want));
	return (found);
}

static void
base32(const uint8_t *p, size_t n, char *out)
{
	static const char	 abc[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
	uint32_t		 bits = 0;
	unsigned		 have = 0;

	while (n > 0 || have >= 5) {
		if (have < 5) {
			bits = bits << 8 | *p++;
			have += 8;
			n--;
		}
		have -= 5;
		*out++ = abc[bits >> have & 31];
	}
	*out = '\0';
}

static int
percent(const char *s, char *out, size_t size)
{
	static const char	 hex[] = "0123456789ABCDEF";
	unsigned char		 c;

	for (; *s != '\0'; s++) {
		c = (unsigned char)*s;
		if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		    (c >= '0' && c <= '9') || strchr("-._~", c) != NULL) {
			if (size < 2)
				return (-1);
			*out++ = *s;
			size--;
			continue;
		}
		if (size < 4)
			return (-1);
		*out++ = '%';
		*out++ = hex[c >> 4];
		*out++ = hex[c & 15];
		size -= 3;
	}
	*out = '\0';
	return (0);
}

int
otp_uri(const uint8_t seed[TF_SEEDLEN], const char *user, char *out,
    size_t size)
{
	char	 secret[TF_SEEDLEN / 5 * 8 + 1];
	char	 label[3 * TF_USERLEN];
	int	 ret;

	_Static_assert(TF_SEEDLEN % 5 == 0, "base32 without padding");
	if (percent(user, label, sizeof(label)) == -1)
		return (-1);
	base32(seed, TF_SEEDLEN, secret);
	ret = str_format(out, size, "otpauth://totp/" ISSUER ":%s?secret=%s"
	    "&issuer=" ISSUER "&algorithm=SHA1&digits=%d&period=%d", label,
	    secret, OTP_DIGITS, OTP_STEP_S);
	explicit_bzero(secret, sizeof(secret));
	return (ret);
}

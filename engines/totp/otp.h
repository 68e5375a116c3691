/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Codes of RFC 6238 (SHA-1, six digits, 30 seconds) and the line a phone
 * reads them from.  Pure.
 */
#ifndef TOTP_OTP_H
#define TOTP_OTP_H

#include <stddef.h>
#include <stdint.h>

#include "engines/totp/file.h"

#define OTP_DIGITS	6
#define OTP_STEP_S	30
#define OTP_WINDOW	1

/* The step this code belongs to, within the window around now, or 0: none.
 * Looks at every step of the window whatever it finds. */
uint64_t otp_match(const uint8_t seed[TF_SEEDLEN], const char *code,
	    uint64_t now_s);
/* 0, or -1: no memory. */
int	 otp_code(const uint8_t seed[TF_SEEDLEN], uint64_t step,
	    char out[OTP_DIGITS + 1]);
/* otpauth://totp/Telclaude:USER?...; 0, or -1 when it does not fit. */
int	 otp_uri(const uint8_t seed[TF_SEEDLEN], const char *user, char *out,
	    size_t size);

#endif

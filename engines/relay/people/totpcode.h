/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Codes of the second factor that somebody wrote, on their way to the totp
 * engine and back.  Whoever asks is called back exactly once.
 */
#ifndef PEOPLE_TOTPCODE_H
#define PEOPLE_TOTPCODE_H

#include <stddef.h>
#include <stdint.h>

#include "imsg/msg.h"

struct turn;

/* result: enum totp_result.  TR_BROKEN also when nobody answers in time. */
typedef void (*totp_done)(uint64_t ctx, uint8_t result, uint32_t wait_s);

#define TOTP_WAIT_S	15	/* for an engine that restarts, or hangs */

/* Six digits and nothing else. */
int	 totp_is_code(const char *);
/*
 * t is the message that holds the code: it is deleted from its chat, its
 * writer is who tries, and it is not kept.  digest: of the one action the
 * code is for (job_action()); zero or NULL: a sign-in, good for no action.
 * done may be called before this returns.
 */
void	 totp_code(const struct turn *t, const char *code,
	    const uint8_t digest[32], totp_done done, uint64_t ctx);
/* The same; a right code ends the person's second factor. */
void	 totp_disable(const struct turn *t, const char *code, totp_done done,
	    uint64_t ctx);
/* cmdtotp.c: /disable_2fa before the gate, for its code is the proof.  Takes
 * the message over. */
void	 cmdtotp_disable(struct turn *, const char *arg);
/* What a person is told of a result; "" for TR_OK. */
const char *totp_result_text(int64_t user, uint8_t result, uint32_t wait_s,
	    char *dst, size_t size);

/* The engine's channel closed, or patience ends: all that was asked has no
 * answer, and a code may be used up. */
void	 totpcode_give_up(void);
void	 totpcode_on_result(struct link *, const struct msg_TOTP_RESULT *,
	    struct msg_meta *);

#endif

/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The byte formats around a tool process: what the parent writes into its job
 * socket, the job the relay writes behind it, and the frames the tool writes
 * to the runner.  Each end treats the other as hostile.
 */
#ifndef IMSG_JOB_H
#define IMSG_JOB_H

#include <stddef.h>
#include <stdint.h>

#include "imsg/proc.h"

/* Grant: "TCG1", u8 tool, u8 bound, 32 bytes.  The parent's, before anybody
 * else has the socket: no other tool runs, and bound, no job but that whose
 * tool (one byte), cwd, a NUL and args have this SHA-256. */
#define JOB_GRANTLEN	38

struct job_grant {
	uint8_t		 tool;
	uint8_t		 bound;
	uint8_t		 digest[32];	/* zero unless bound */
};
void	 job_grant_encode(const struct job_grant *,
	    uint8_t out[JOB_GRANTLEN]);
/* The first bytes of a job socket; 0, or -1 when they are not that. */
int	 job_grant_decode(const uint8_t *, size_t, struct job_grant *);

/* Job: "TCJ1", u8 tool, u8 tier, u32 time_ms, u32 output_max, u16 cwdlen,
 * u32 argslen, cwd, args (a JSON object).  Then the relay shuts down its
 * writing side; a job cut short is not run. */
#define JOB_HDRLEN	20
#define JOB_MAXCWD	4096
#define JOB_MAXARGS	(4u << 20)

struct job {
	uint8_t		 tool;
	uint8_t		 tier;
	uint32_t	 time_ms;
	uint32_t	 output_max;
	const char	*cwd;		/* "" : the workspace */
	uint16_t	 cwdlen;
	const char	*args;
	uint32_t	 argslen;
};
void	 job_encode_header(const struct job *, uint8_t out[JOB_HDRLEN]);
/* All bytes of a job; 0, or -1 when they are not exactly one. */
int	 job_decode(const uint8_t *, size_t, struct job *);

/* Frame: u8 type, u32 length, bytes. */
#define FRAME_HDRLEN	5
#define FRAME_MAX	16384
#define OUT_BINARY_MAX	(4u << 20)	/* an image or document, raw */
enum frame_type {
	FRAME_HEAD = 'H',	/* u8 is_error, u8 kind, mime text; first */
	FRAME_DATA = 'D',
	FRAME_END = 'E',	/* u8 error, u8 outcome, u16 n, note, cwd */
};
enum out_kind { OUT_TEXT, OUT_IMAGE, OUT_DOCUMENT, OUT_KIND_MAX };
/* How a call ended; the runner may replace RO_OK by what it saw. */
enum run_outcome { RO_OK, RO_TIMEOUT, RO_OUTPUT, RO_KILLED, RO_CRASHED,
    RO_REFUSED, RO_MEMORY, RO_MAX };

#endif

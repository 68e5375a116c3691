/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Encoding and decoding of a tool job and of the grant before it.  The parent
 * encodes the one and the relay the other; the tool process decodes, and
 * believes of the job only what the grant allows.
 */
#include <endian.h>
#include <string.h>

#include "imsg/job.h"

static const char job_magic[4] = { 'T', 'C', 'J', '1' };
static const char grant_magic[4] = { 'T', 'C', 'G', '1' };

void
job_grant_encode(const struct job_grant *g, uint8_t out[JOB_GRANTLEN])
{
	memcpy(out, grant_magic, 4);
	out[4] = g->tool;
	out[5] = g->bound != 0;
	memcpy(out + 6, g->digest, sizeof(g->digest));
}

int
job_grant_decode(const uint8_t *p, size_t len, struct job_grant *g)
{
	if (len < JOB_GRANTLEN || memcmp(p, grant_magic, 4) != 0 || p[5] > 1)
		return (-1);
	g->tool = p[4];
	g->bound = p[5];
	memcpy(g->digest, p + 6, sizeof(g->digest));
	return (0);
}

void
job_encode_header(const struct job *j, uint8_t out[JOB_HDRLEN])
{
	uint32_t	 u32;
	uint16_t	 u16;

	memcpy(out, job_magic, 4);
	out[4] = j->tool;
	out[5] = j->tier;
	u32 = htobe32(j->time_ms);
	memcpy(out + 6, &u32, 4);
	u32 = htobe32(j->output_max);
	memcpy(out + 10, &u32, 4);
	u16 = htobe16(j->cwdlen);
	memcpy(out + 14, &u16, 2);
	u32 = htobe32(j->argslen);
	memcpy(out + 16, &u32, 4);
}

int
job_decode(const uint8_t *p, size_t len, struct job *j)
{
	uint32_t	 u32;
	uint16_t	 u16;

	memset(j, 0, sizeof(*j));
	if (len < JOB_HDRLEN || memcmp(p, job_magic, 4) != 0)
		return (-1);
	j->tool = p[4];
	j->tier = p[5];
	memcpy(&u32, p + 6, 4);
	j->time_ms = be32toh(u32);
	memcpy(&u32, p + 10, 4);
	j->output_max = be32toh(u32);
	memcpy(&u16, p + 14, 2);
	j->cwdlen = be16toh(u16);
	memcpy(&u32, p + 16, 4);
	j->argslen = be32toh(u32);
	if (j->tool == TOOL_NONE || j->tool >= TOOL_MAX ||
	    j->tier == TIER_NONE || j->tier >= TIER_MAX ||
	    j->cwdlen > JOB_MAXCWD || j->argslen > JOB_MAXARGS ||
	    len - JOB_HDRLEN != (size_t)j->cwdlen + j->argslen)
		return (-1);
	j->cwd = (const char *)p + JOB_HDRLEN;
	j->args = j->cwd + j->cwdlen;
	if (memchr(j->cwd, '\0', j->cwdlen) != NULL)
		return (-1);
	return (0);
}

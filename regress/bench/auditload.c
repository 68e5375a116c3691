/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Writes an audit log of so many lines, like those of tool calls, with a seal
 * each thousand; prints its public key.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "engines/audit/line.h"
#include "engines/audit/seal.h"

static void
fill(struct msg_AUDIT_LINE *m, uint64_t seq)
{
	static const char	 what[] = "Bash make -j2 regress 2>&1 | tail -40";

	memset(m, 0, sizeof(*m));
	(void)str_copy(m->event, "tool", sizeof(m->event));
	(void)str_copy(m->tool, "Bash", sizeof(m->tool));
	(void)str_copy(m->tier, "FULL_ACCESS", sizeof(m->tier));
	m->turn = 4294967296 + seq;
	m->job = seq;
	m->chat = m->user = 123456789;
	memset(m->digest, (int)(seq & 255), sizeof(m->digest));
	m->detail.taint = what;
	m->detail.len = sizeof(what) - 1;
}

int
main(int argc, char **argv)
{
	struct msg_AUDIT_LINE	 m;
	struct buf		 b;
	uint8_t			 pub[SEAL_PUBLEN], key[SEAL_KEYLEN];
	uint8_t			 prev[AUDIT_HASHLEN] = { 0 };
	char			 hex[2 * SEAL_PUBLEN + 1];
	uint64_t		 seq, n;
	FILE			*f;

	if (argc != 3 || sodium_init() == -1 ||
	    (f = fopen(argv[2], "w")) == NULL)
		return (2);
	n = strtoull(argv[1], NULL, 10);
	crypto_sign_keypair(pub, key);
	for (seq = 1; seq <= n; seq++) {
		buf_init(&b);
		fill(&m, seq);
		if (seq % 1000 == 0 ? seal_line(&b, seq, 1700000000000 + seq,
		    prev, key) : line_format(&b, &m, seq,
		    1700000000000 + seq, prev))
			return (1);
		audit_hash(b.p, b.len - 1, prev);
		if (fwrite(b.p, 1, b.len, f) != b.len)
			return (1);
		buf_free(&b);
	}
	hex_encode(pub, sizeof(pub), hex);
	puts(hex);
	return (fclose(f) == 0 ? 0 : 1);
}

/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * A TLS server on loopback that misbehaves on request, with certificates made
 * on the spot; tests only.  It runs in a child process.
 */
#ifndef TLS_SERVER_H
#define TLS_SERVER_H

#include <sys/types.h>

#include <stdint.h>

struct tls_server {
	pid_t		 pid;
	uint16_t	 port;
	char		 ca[64];	/* path of the CA that signed it */
	char		 other[64];	/* path of one that did not */
	volatile unsigned *hits;	/* requests it has read */
};

/*
 * Serves https (tls 1) or http as the name "api.test" and 127.0.0.1.  By the
 * first part of the path:
 *   /ok		200, 5 bytes, kept alive
 *   /echo		200, the request's body
 *   /head		200, the request's head
 *   /close		200, then closes the connection without saying so
 *   /redirect		302 to a name nobody pinned
 *   /cut		half of what content-length promised
 *   /chunkcut		a chunked body without its end
 *   /slow		reads the request, never answers
 *   /idle		head, 5 bytes, silence
 *   /big		8 MiB
 *   /headers		endless header lines
 *   /retry		429, retry-after and retry-after-ms, request-id
 *   /drop		closes before the answer
 *   /gzip		six bytes that say they are gzip, header fields of all
 *			kinds
 *   /json		a message with its usage
 *   /sse		a message as a stream, 200 ms before its last part
 *   /bad		400 and an error
 *   /count		reads a body of any length and coding: its length and sum
 */
int	 tls_server_start(struct tls_server *, int tls);
void	 tls_server_stop(struct tls_server *);

#endif

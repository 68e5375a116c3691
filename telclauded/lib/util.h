/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Small things every process needs: time, bounded strings, encodings, a
 * growing buffer.  No I/O besides fd flags.
 */
#ifndef LIB_UTIL_H
#define LIB_UTIL_H

#include <sys/time.h>
#include <sys/types.h>

#include <stddef.h>
#include <stdint.h>

#define NELEM(a)	(sizeof(a) / sizeof((a)[0]))
#define MINIMUM(a, b)	((a) < (b) ? (a) : (b))
#define MAXIMUM(a, b)	((a) > (b) ? (a) : (b))

uint64_t now_ms(void);		/* CLOCK_MONOTONIC, milliseconds */
uint64_t wall_ms(void);		/* Unix time, milliseconds */
/* How far apart, whichever is later: the wall clock may be set back. */
uint64_t ms_apart(uint64_t, uint64_t);
struct timeval ms_tv(uint64_t);	/* for event_add() */

/* Copies with a NUL; -1 when it does not fit (dst is then cut). */
int	 str_copy(char *dst, const char *src, size_t size);
int	 str_format(char *dst, size_t size, const char *, ...)
	    __attribute__((format(printf, 3, 4)));	/* -1 when cut */
int	 str_isutf8(const char *, size_t);	/* strict, RFC 3629 */
/* Longest prefix of at most max bytes that does not cut a UTF-8 sequence. */
size_t	 utf8_prefix(const char *, size_t len, size_t max);
/* len without a sequence that is cut off at its end. */
size_t	 utf8_whole(const char *, size_t len);
/* UTF-16 code units of a valid UTF-8 text (what Telegram counts). */
size_t	 utf16_len(const char *, size_t);

/* What is named in the configuration and in messages, with its NUL. */
#define NAME_MAX_LEN	64
int	 name_word(const char *);	/* letters, digits, _ - . @ */
int	 name_ok(const char *);		/* of a person: and not a number */

int	 fd_nonblock(int);
int	 fd_cloexec(int);

char	*b64_encode(const void *, size_t);	/* malloc'd, or NULL */
/* Bytes written to out, or -1 (not base64, or does not fit). */
ssize_t	 b64_decode(const char *, void *out, size_t outsize);
void	 hex_encode(const void *, size_t, char *out);	/* 2n+1 bytes */

/* Compares in time that depends on n alone; 1 when equal. */
int	 mem_equal(const void *, const void *, size_t n);

/* A growing byte string; always NUL-terminated past len once used. */
struct buf {
	char	*p;
	size_t	 len;
	size_t	 cap;
	int	 failed;	/* memory ran out; later adds do nothing */
};
void	 buf_init(struct buf *);
void	 buf_free(struct buf *);		/* also wipes the struct */
int	 buf_add(struct buf *, const void *, size_t);	/* 0 or -1 */
int	 buf_puts(struct buf *, const char *);
int	 buf_printf(struct buf *, const char *, ...)
	    __attribute__((format(printf, 2, 3)));
void	 buf_drain(struct buf *, size_t);	/* drop from the front */
/* Quoted and escaped; bad UTF-8 becomes U+FFFD. */
int	 buf_json_str(struct buf *, const char *, size_t);

#endif

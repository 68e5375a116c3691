/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * How the program `fetch' ends: its exit status, which is all the tool
 * believes of it.
 */
#ifndef FETCH_END_H
#define FETCH_END_H

enum fetch_end {
	FE_OK = 0,
	FE_BROKEN = 20,		/* the program itself, not the page */
	FE_URL,			/* not an address we fetch */
	FE_PROXY,		/* the proxy cannot be reached */
	FE_REFUSED,		/* the proxy says no */
	FE_TLS,
	FE_TIME,
	FE_TRANSFER,		/* the connection broke, nonsense came */
	FE_STATUS,		/* HTTP error */
	FE_TYPE,		/* nothing to read as text */
	FE_ELSEWHERE,		/* redirect to another host */
	FE_REDIRECT,		/* redirect we do not follow */
	FE_END
};

#endif

/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Why a request was refused or a connection ended: one table for the answer
 * a client gets, the audit log and the tests.  Data only; part of egress.
 */
#ifndef EGRESS_REASON_H
#define EGRESS_REASON_H

#include "imsg/values.h"

/* Advice in which %h stands for the host and %p for a port that is not the
 * usual one. */
#define DO_ALLOW	"An administrator can add:  "			\
	"firewall { allow domain \"%h\"%p }"
#define DO_PRIVATE	"An administrator can open an address: "	\
	"see `allow private' in telclauded.conf(5)."
#define DO_FORM		"Send CONNECT host:port, or METHOD "		\
	"http://host/path, in HTTP/1.1."
#define DO_LATER	"Try again in a moment."
#define DO_NAME		"Write a host name, an IPv4 address as four "	\
	"decimal numbers, or an IPv6 address in brackets."

/*
 * R(id, status, verdict, word, phrase, advice): status 0 is never answered;
 * a phrase that begins with a small letter may follow the name it is about.
 */
#define REASON_TABLE(R)							\
R(OK, 0, SUCCESS, "ok", "", "")						\
R(SYNTAX, 400, BLOCKED, "bad-request",					\
    "this is no request that a proxy takes", DO_FORM)			\
R(HTTPS, 400, BLOCKED, "use-connect",					\
    "an https URL is reached by CONNECT", DO_FORM)			\
R(PLAIN, 400, BLOCKED, "use-plain",					\
    "port 80 is reached by plain HTTP, not by CONNECT", DO_FORM)	\
R(NAME, 400, BLOCKED, "not-a-name",					\
    "the host is not written as a name or a plain address", DO_NAME)	\
R(HOST, 400, BLOCKED, "host-differs",					\
    "the Host field is not the host of the request line", DO_FORM)	\
R(FRAMING, 400, BLOCKED, "ambiguous-length",				\
    "the length of the body can be read in two ways",			\
    "Send one Content-Length, or Transfer-Encoding: chunked alone.")	\
R(UPGRADE, 400, BLOCKED, "no-upgrade",					\
    "a plain request cannot change its protocol", "Use https.")		\
R(CHUNK, 400, BLOCKED, "bad-chunk",					\
    "the chunks of the body are malformed",				\
    "Send plain chunks, without extensions and trailer fields.")	\
R(EXPECT, 417, BLOCKED, "expectation",					\
    "nothing but 100-continue can be expected", DO_FORM)		\
R(LARGE, 431, BLOCKED, "head-too-large",				\
    "the head is over 16 KiB or 100 fields",				\
    "Send fewer or shorter fields.")					\
R(VERSION, 505, BLOCKED, "version",					\
    "this is not HTTP/1.0 or HTTP/1.1", DO_FORM)			\
R(SLOW, 408, TIMEOUT, "slow-request",					\
    "the head of the request did not come in time", DO_FORM)		\
R(DENIED, 403, BLOCKED, "not-allowed",					\
    "is not on the allowlist of this telclauded", DO_ALLOW)		\
R(PRIVATE, 403, BLOCKED, "private-address",				\
    "has only addresses that the firewall denies", DO_PRIVATE)		\
R(NOTFOUND, 502, ERROR, "no-such-name",					\
    "is not known to the name servers", "Check how the name is written.") \
R(SERVERS, 504, TIMEOUT, "name-servers",				\
    "could not be looked up: no name server answered",			\
    "Try again later; the host's network or name servers are down.")	\
R(BUSY, 503, RATE_LIMITED, "too-many-names",				\
    "must wait: too many names are asked for at once", DO_LATER)	\
R(BROKEN, 502, ERROR, "resolver",					\
    "could not be opened: the resolver or the firewall failed",		\
    "The log of telclauded says more.")					\
R(CONNECT, 502, ERROR, "connect",					\
    "took no connection at any of its addresses",			\
    "The server is down or refuses; nothing is wrong on this side.")	\
R(CONNTIME, 504, TIMEOUT, "connect-timeout",				\
    "did not answer at any of its addresses",				\
    "The server is down or far away; try again later.")			\
R(ANSWER, 502, ERROR, "bad-answer",					\
    "sent an answer that is not HTTP", "Is another port meant?")	\
R(CROWD, 503, RATE_LIMITED, "too-many-connections",			\
    "must wait: too many connections are open",				\
    "Close some, or open fewer at once.")				\
R(NOROOM, 503, ERROR, "no-room",					\
    "must wait: the tunnel is out of memory or descriptors", DO_LATER)	\
R(DRAIN, 503, ERROR, "stopping",					\
    "cannot be reached: telclauded is stopping", DO_LATER)		\
R(NOTTLS, 0, BLOCKED, "not-tls", "what followed CONNECT is no TLS", "")	\
R(HELLO, 0, BLOCKED, "bad-hello", "the ClientHello is malformed", "")	\
R(BIGHELLO, 0, BLOCKED, "hello-too-large",				\
    "the ClientHello is over 16 KiB", "")				\
R(NOSNI, 0, BLOCKED, "no-sni", "the ClientHello names no server", "")	\
R(SNI, 0, BLOCKED, "other-sni",						\
    "the ClientHello names another server", "")				\
R(ECH, 0, BLOCKED, "encrypted-hello",					\
    "the ClientHello hides the server's name", "")			\
R(NOHELLO, 0, TIMEOUT, "slow-hello",					\
    "no whole ClientHello came in time", "")				\
R(REVOKED, 0, BLOCKED, "no-longer-allowed",				\
    "the name is allowed no longer", "")				\
R(BYTES, 0, BLOCKED, "too-many-bytes",					\
    "the connection carried all it may", "")				\
R(IDLE, 0, TIMEOUT, "idle", "nothing moved for too long", "")		\
R(CUT, 0, ERROR, "client-cut", "the client cut its request short", "")	\
R(CLIENT, 0, ERROR, "client-reset", "the client broke off", "")		\
R(SERVER, 0, ERROR, "server-reset", "the server broke off", "")		\
R(OVER, 0, ERROR, "call-over", "the call ended first", "")		\
R(STOPPED, 0, ERROR, "stopped", "telclauded stopped", "")

enum reason {
#define R(id, status, verdict, word, phrase, advice)	WHY_##id,
	REASON_TABLE(R)
#undef R
	REASON_MAX
};

struct reason_row {
	int			 status;
	enum audit_verdict	 verdict;
	const char		*word;
	const char		*phrase;
	const char		*advice;
};
extern const struct reason_row reasons[REASON_MAX];

#endif

/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Writes one line of the audit log.  Run by the audit engine; the fields come
 * from the relay, which may be lying, so everything is bounded and escaped.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "engines/audit/line.h"
#include "imsg/values.h"
#include "telclauded/lib/text.h"

#define PREVIEW_MAX	100	/* characters, as the reference has it */
#define CLOCK_SLACK	2000	/* ms between the event and its line */

static const char *
verdict_name(uint8_t v)
{
	static const char *const names[AV_MAX] = {
		[AV_SUCCESS] = "success",
		[AV_BLOCKED] = "blocked",
		[AV_TIMEOUT] = "timeout",
		[AV_ERROR] = "error",
		[AV_RATE_LIMITED] = "rate_limited",
		[AV_PENDING] = "pending",
	};

	return (v < AV_MAX ? names[v] : "error");
}

static void
put_time(struct buf *b, const char *key, uint64_t ms)
{
	struct tm	 tm;
	time_t		 t = (time_t)(ms / 1000);
	char		 s[32];

	if (gmtime_r(&t, &tm) == NULL ||
	    strftime(s, sizeof(s), "%Y-%m-%dT%H:%M:%S", &tm) == 0)
		return;
	buf_printf(b, ",\"%s\":\"%s.%03uZ\"", key, s, (unsigned)(ms % 1000));
}

static void
put_str(struct buf *b, const char *key, const char *s, size_t len)
{
	if (len == 0)
		return;
	buf_printf(b, ",\"%s\":", key);
	buf_json_str(b, s, len);
}

/* The reference cuts a preview at so many characters. */
static size_t
preview_len(const char *s, size_t len)
{
	size_t	 i, chars = 0;

	for (i = 0; i < len; i++)
		if (((unsigned char)s[i] & 0xc0) != 0x80 &&
		    ++chars > PREVIEW_MAX)
			break;
	return (i);
}

/* Valid UTF-8, credentials taken out; malloc'd, or NULL. */
static char *
safe_text(struct text t, size_t *n)
{
	char	*clean, *safe;
	size_t	 len;

	if ((clean = text_utf8(t, &len)) == NULL)
		return (NULL);
	safe = line_redact(clean, len, n);
	free(clean);
	return (safe);
}

/* The first words of what was asked. */
static int
put_preview(struct buf *b, const struct msg_AUDIT_LINE *m)
{
	char	*safe;
	size_t	 n;

	if (m->preview.len == 0)
		return (0);
	if ((safe = safe_text(m->preview, &n)) == NULL)
		return (-1);
	put_str(b, "messagePreview", safe, preview_len(safe, n));
	free(safe);
	return (0);
}

static void
put_observed(struct buf *b, const struct msg_AUDIT_LINE *m)
{
	static const char *const	names[OB_MAX] = { [OB_ALLOW] = "ALLOW",
	    [OB_WARN] = "WARN", [OB_BLOCK] = "BLOCK" };

	if (m->observed == OB_NONE || m->observed >= OB_MAX)
		return;
	buf_printf(b, ",\"observerClassification\":\"%s\","
	    "\"observerConfidence\":%u.%02u", names[m->observed],
	    m->sure / 100, m->sure % 100);
}

static int
put_detail(struct buf *b, const struct msg_AUDIT_LINE *m)
{
	char	*safe;
	size_t	 n;

	if (m->detail.len == 0)
		return (0);
	if ((safe = safe_text(m->detail, &n)) == NULL)
		return (-1);
	if (m->verdict != AV_SUCCESS && m->verdict != AV_PENDING)
		put_str(b, "errorType", safe, n);
	else
		put_str(b, "detail", safe, n);
	free(safe);
	return (0);
}

static void
put_digest(struct buf *b, const char *key, const uint8_t hash[AUDIT_HASHLEN])
{
	char	 hex[2 * AUDIT_HASHLEN + 1];

	hex_encode(hash, AUDIT_HASHLEN, hex);
	buf_printf(b, ",\"%s\":\"%s\"", key, hex);
}

void
line_begin(struct buf *b, uint64_t seq, uint64_t now, const char *event)
{
	buf_printf(b, "{\"seq\":%" PRIu64, seq);
	put_time(b, "timestamp", now);
	put_str(b, "event", event, strlen(event));
}

void
line_end(struct buf *b, const uint8_t prev[AUDIT_HASHLEN])
{
	put_digest(b, "prev", prev);
	buf_puts(b, "}\n");
}

int
line_format(struct buf *b, const struct msg_AUDIT_LINE *m, uint64_t seq,
    uint64_t now, const uint8_t prev[AUDIT_HASHLEN])
{
	static const uint8_t	 none[AUDIT_HASHLEN];

	buf_printf(b, "{\"seq\":%" PRIu64, seq);
	put_time(b, "timestamp", now);
	/* Our clock counts; the sender's is kept when it says otherwise. */
	if (m->ms != 0 && (m->ms > now + CLOCK_SLACK ||
	    m->ms + CLOCK_SLACK < now))
		put_time(b, "eventTime", m->ms);
	put_str(b, "event", m->event, strlen(m->event));
	if (m->turn != 0)
		buf_printf(b, ",\"requestId\":\"turn_%" PRIu64 "\"", m->turn);
	if (m->user != 0)
		buf_printf(b, ",\"telegramUserId\":\"%" PRId64 "\"", m->user);
	if (m->chat != 0)
		buf_printf(b, ",\"chatId\":%" PRId64, m->chat);
	put_str(b, "permissionTier", m->tier, strlen(m->tier));
	buf_printf(b, ",\"outcome\":\"%s\"", verdict_name(m->verdict));
	put_str(b, "tool", m->tool, strlen(m->tool));
	if (m->job != 0)
		buf_printf(b, ",\"job\":%" PRIu64, m->job);
	if (memcmp(m->digest, none, sizeof(none)) != 0)
		put_digest(b, "digest", m->digest);
	put_observed(b, m);
	if (m->took_ms != 0)
		buf_printf(b, ",\"executionTimeMs\":%u", m->took_ms);
	if (m->microusd != 0)
		buf_printf(b, ",\"costUsd\":%" PRIu64 ".%06" PRIu64,
		    m->microusd / 1000000, m->microusd % 1000000);
	if (put_preview(b, m) == -1 || put_detail(b, m) == -1)
		return (-1);
	line_end(b, prev);
	return (b->failed ? -1 : 0);
}

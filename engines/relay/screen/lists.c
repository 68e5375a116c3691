/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Lists of words and the structure of a message.  Hints: whoever wants to get
 * around them does.  Run by the relay; pure.
 */
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdlib.h>
#include <string.h>

#include "telclauded/lib/log.h"
#include "telclauded/lib/util.h"
#include "engines/relay/screen/verdict.h"

#define LONG_CHARS	10000
#define WORD_TIMES	50
#define SHARE_PCT	30
#define SHARE_LEAST	10	/* words, before a share means something */
#define LIST_STEPS	200000	/* from each place on */
/* Some more of the line: bounded, for each place may begin a match. */
#define SOME	"[^\\n]{0,200}"

/* Anywhere, in any case. */
static const char *const dangerous[] = {
	"\\brm\\s+-(?:rf?|fr)\\s+(?:/|~/)", ">\\s*/etc/",
	"\\bchmod\\s+(?:-R\\s+)?0?777\\b", "\\bchown\\s" SOME "\\s/",
	"\\b(?:curl|wget)\\b" SOME "\\|\\s*(?:ba)?sh\\b",
	"\\$\\([^)\\n]{0,200}\\)", "`[^`\\n]{1,200}`",
	";\\s*(?:rm|chmod|chown|sudo|su)\\b", "--dangerously", "--force\\b",
	"--no-preserve-root", "\\bsudo\\s", "\\bsu\\s*$", "\\bpkexec\\b",
	"\\bignore\\s+(?:all\\s+)?previous\\s+instructions?",
	"\\bdisregard\\s+(?:all\\s+)?prior\\s+instructions?",
	"\\bforget\\s+(?:all\\s+)?your\\s+instructions?",
	"\\byou\\s+are\\s+now\\s", "\\byour\\s+new\\s+(?:role|persona|"
	"identity)\\b", "\\bsystem\\s+prompt\\b", "\\breveal\\s+your\\s+"
	"prompt\\b", "\\bcurl\\b" SOME "\\s-X\\s*(?:POST|PUT)\\b",
	"\\bnc\\s+-e\\b", "\\bnetcat\\b" SOME "\\s-e\\b",
	"\\bkill\\s+-9\\s+1\\s*$", "\\bkillall\\b", "\\bpkill\\s",
};
/* The whole text. */
static const char *const safe[] = {
	"pwd", "whoami", "date", "uptime", "ls(?:\\s+-[lahR]+)*",
	("git\\s+(?:status|branch|remote\\s+-v|log(?:\\s+--oneline"
	"(?:\\s+-\\d+)?)?)"), "(?:hi|hello|hey|thanks|thank\\s+you|ok|okay)!?",
};

static pcre2_code		*bad[NELEM(dangerous)], *good[NELEM(safe)];
static pcre2_match_data		*match_data;
static pcre2_match_context	*match_ctx;

static void
compile(pcre2_code **to, const char *const *from, size_t n, uint32_t opt)
{
	PCRE2_SIZE	at;
	size_t		i;
	int		err;

	for (i = 0; i < n; i++)
		if ((to[i] = pcre2_compile((PCRE2_SPTR)from[i],
		    PCRE2_ZERO_TERMINATED, PCRE2_CASELESS | opt, &err, &at,
		    NULL)) == NULL)
			fatalx("word list: expression %zu: error %d", i, err);
}

static void
lists_init(void)
{
	if (match_ctx != NULL)
		return;
	compile(bad, dangerous, NELEM(dangerous), 0);
	compile(good, safe, NELEM(safe), PCRE2_ANCHORED | PCRE2_ENDANCHORED);
	match_data = pcre2_match_data_create(1, NULL);
	match_ctx = pcre2_match_context_create(NULL);
	if (match_data == NULL || match_ctx == NULL)
		fatal("word lists");
	(void)pcre2_set_match_limit(match_ctx, LIST_STEPS);
}

/* One that takes too long is no ordinary text. */
static int
hits(const pcre2_code *c, const char *s, size_t n)
{
	int	rc;

	rc = pcre2_match(c, (PCRE2_SPTR)s, n, 0, 0, match_data, match_ctx);
	return (rc != PCRE2_ERROR_NOMATCH);
}

/* --- structure --------------------------------------------------------- */
/* Length of a character that nobody sees, or 0. */
static size_t
unseen(const char *p, size_t n)
{
	if (n < 3)
		return (0);
	if ((memcmp(p, "\xe2\x80", 2) == 0 && (uint8_t)p[2] >= 0x8b &&
	    (uint8_t)p[2] <= 0x8d) || memcmp(p, "\xef\xbb\xbf", 3) == 0)
		return (3);
	return (0);
}

struct word {
	const char	*p;
	size_t		 n;
	unsigned	 times;
};

static uint32_t
hash(const char *p, size_t n)
{
	uint32_t	h = 2166136261u;

	while (n-- > 0)
		h = (h ^ (uint8_t)*p++) * 16777619u;
	return (h);
}

static int
is_blank(char c)
{
	return (c == ' ' || c == '\t' || c == '\n' || c == '\r');
}

/* Does some word come too often? */
static int
repeats(const char *s, size_t len)
{
	struct word	*tab, *w;
	size_t		 i = 0, n, size = 64, words = 0;
	unsigned	 most = 0;

	while (size < len)
		size *= 2;
	if ((tab = calloc(size, sizeof(*tab))) == NULL)
		return (1);
	for (;; i += n) {
		for (; i < len && is_blank(s[i]); i++)
			;
		for (n = 0; i + n < len && !is_blank(s[i + n]); n++)
			;
		if (n == 0)
			break;
		words++;
		w = &tab[hash(s + i, n) & (size - 1)];
		while (w->p != NULL && (w->n != n || memcmp(w->p, s + i,
		    n) != 0))
			w = w + 1 == tab + size ? tab : w + 1;
		w->p = s + i;
		w->n = n;
		if (++w->times > most)
			most = w->times;
	}
	free(tab);
	return (most > WORD_TIMES || (words > SHARE_LEAST &&
	    most * 100 > words * SHARE_PCT));
}

static void
because(struct verdict *v, const char *what)
{
	size_t	n = strlen(v->why);

	(void)str_format(v->why + n, sizeof(v->why) - n, "%s%s", n > 0 ?
	    "; " : "", what);
}

static int
structure(const char *s, size_t len, size_t hidden, struct verdict *v)
{
	size_t	i, chars = 0;
	int	latin = 0, cyrillic = 0;

	for (i = 0; i < len; i++) {
		chars += ((uint8_t)s[i] & 0xc0) != 0x80;
		latin |= (s[i] | 0x20) >= 'a' && (s[i] | 0x20) <= 'z';
		cyrillic |= (uint8_t)s[i] >= 0xd0 && (uint8_t)s[i] <= 0xd3;
	}
	if (hidden > 0)
		because(v, "characters that nobody sees");
	if (repeats(s, len))
		because(v, "one word over and over");
	if (latin && cyrillic)
		because(v, "Latin and Cyrillic letters mixed");
	if (chars > LONG_CHARS)
		because(v, "very long");
	return (v->why[0] != '\0');
}

/* Looks at the text as it is seen; unseen letters break no word of a list. */
int
verdict_lists(const char *s, size_t len, struct verdict *v)
{
	return (verdict_words(s, len, s, len, v));
}

int
verdict_words(const char *s, size_t len, const char *own, size_t nown,
    struct verdict *v)
{
	char	*seen;
	size_t	 i, n = 0, k, hidden = 0;
	int	 decided = 1;

	lists_init();
	memset(v, 0, sizeof(*v));
	if ((seen = malloc(len + 1)) == NULL)
		fatal("verdict_lists");
	for (i = 0; i < len; i += k) {
		if ((k = unseen(s + i, len - i)) > 0) {
			hidden += s + i >= own && s + i < own + nown;
			continue;
		}
		k = 1;
		if (n > 0 || !is_blank(s[i]))
			seen[n++] = s[i];
	}
	while (n > 0 && is_blank(seen[n - 1]))
		n--;
	for (i = 0; i < NELEM(bad); i++)
		if (hits(bad[i], seen, n)) {
			v->class = SC_BLOCK;
			v->pct = 100;
			because(v, "a word or command of the dangerous list");
			break;
		}
	if (v->class == SC_ALLOW && structure(own, nown, hidden, v)) {
		v->class = SC_WARN;
		v->pct = 80;
	} else if (v->class == SC_ALLOW) {
		for (i = 0; i < NELEM(good) && !hits(good[i], seen, n); i++)
			;
		decided = i < NELEM(good);
		v->pct = decided ? 100 : 50;
	}
	free(seen);
	return (decided);
}

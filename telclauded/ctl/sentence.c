/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The sentences telclaudectl understands, each word abbreviable while it
 * stays unambiguous.  One table drives matching and help.
 */
#include <err.h>
#include <stdio.h>
#include <string.h>

#include "telclauded/ctl/ctl.h"

#define WORDS_MAX	3

struct sentence {
	const char	*words[WORDS_MAX];	/* literal words, then NULL */
	int		 nargs;			/* words after them; MORE */
	const char	*args;			/* how help shows those */
	const char	*help;
	int		(*run)(struct ctl *);
	int		 more;			/* so many may follow them */
};

static const struct sentence sentences[] = {
	{ { "status" }, 0, "", "how everything stands; exit 0 well, "
	    "1 degraded, 2 not running", cmd_status, 0 },
	{ { "show", "engines" }, 0, "", "each process as the kernel sees it",
	    cmd_show_engines, 0 },
	{ { "show", "firewall" }, 0, "", "what is open, until when, and what "
	    "was denied", cmd_show_firewall, 0 },
	{ { "show", "sessions" }, 0, "", "conversations",
	    cmd_show_sessions, 0 },
	{ { "show", "queue" }, 0, "", "turns that wait",
	    cmd_show_queue, 0 },
	{ { "show", "messages" }, 0, "", "what came and what goes out",
	    cmd_show_messages, 0 },
	{ { "approvals" }, 0, "", "whom I ask, and what is allowed for an "
	    "hour", cmd_approvals, 0 },
	{ { "limits" }, 0, "", "rates and ceilings: used and left",
	    cmd_limits, 0 },
	{ { "usage" }, 0, "[days]", "tokens and money by day and person",
	    cmd_usage, 1 },
	{ { "firewall", "test" }, 3, "name port scope", "may tools reach "
	    "it; exit 0 yes, 1 no", cmd_firewall_test, 0 },
	{ { "reload" }, 0, "", "read the configuration again", cmd_reload, 0 },
	{ { "selftest" }, 0, "", "try every wall again; exit 1 when one does "
	    "not hold", cmd_selftest, 0 },
	{ { "stop" }, 0, "", "end the daemon in order", cmd_stop, 0 },
	{ { "log" }, 1, "debug|info|warn|error", "least level that is logged",
	    cmd_log, 0 },
	{ { "convert" }, 1, "file", "print telclaude.json as "
	    "telclauded.conf(5)", cmd_convert, 0 },
	{ { "keygen" }, 1, "telegram|moltbook", "make the four keys of a "
	    "remote agent", cmd_keygen, 0 },
	{ { "show", "totp" }, 0, "", "who has a second factor, and who must "
	    "wait after wrong codes", cmd_show_totp, 0 },
	{ { "sessions" }, 0, "", "the same as show sessions",
	    cmd_show_sessions, 0 },
	{ { "backup" }, 0, "[file]", "the whole state in one file, made "
	    "while it runs", cmd_backup, 1 },
	{ { "restore", "--check" }, 1, "file", "would this backup open "
	    "with these keys? nothing is written", cmd_restore_check, 0 },
	{ { "restore" }, 1, "file [broken-audit]", "put a backup into an "
	    "empty state directory", cmd_restore, 1 },
	{ { "import" }, 1, "telclaude.db", "links, bans and memory of the "
	    "program this one replaces", cmd_import, 0 },
	{ { "totp", "enrol" }, 1, "user", "give a person a second factor",
	    cmd_totp_enrol, 0 },
	{ { "totp", "remove" }, 1, "user", "take it away: a lost phone",
	    cmd_totp_remove, 0 },
	{ { "totp", "import" }, 1, "file", "take over a totp-secrets.json",
	    cmd_totp_import, 0 },
	{ { "audit", "tail" }, 0, "[lines]", "the end of the audit log",
	    cmd_audit_tail, 1 },
	{ { "audit", "verify" }, 0, "[file ...] [line:hash]", "was it "
	    "changed; exit 1 names the first line", cmd_audit_verify, 4100 },
	{ { "audit", "search" }, 1, "word ...", "lines with all words, or "
	    "key=value", cmd_audit_search, 32 },
	{ { "audit", "key" }, 0, "", "the public key of its seals",
	    cmd_audit_key, 0 },
	{ { "claim" }, 0, "[code]", "look at the claim that waits, or at this "
	    "one of several", cmd_claim, 1 },
	{ { "claim", "reset" }, 0, "", "forget claims; let the bot be claimed "
	    "again", cmd_claim_reset, 0 },
	{ { "link" }, 1, "name", "make a code that ties a number to a name",
	    cmd_link, 0 },
	{ { "links" }, 0, "", "numbers and their names", cmd_links, 0 },
	{ { "unlink" }, 1, "number", "end a link", cmd_unlink, 0 },
	{ { "ban" }, 1, "id [reason]", "hear a chat or person no more",
	    cmd_ban, 64 },
	{ { "unban" }, 1, "id", "hear it again", cmd_unban, 0 },
	{ { "bans" }, 0, "", "who is not heard", cmd_bans, 0 },
	{ { "force-reauth" }, 1, "number", "ask a person for the second "
	    "factor again", cmd_reauth, 0 },
	{ { "pair" }, 0, "[name]", "make a code that lets one more chat in",
	    cmd_pair, 1 },
	{ { "pairs" }, 0, "", "chats that were let in by a code",
	    cmd_pairs, 0 },
	{ { "unpair" }, 1, "chat", "take that back", cmd_unpair, 0 },
	{ { "send" }, 2, "chat text | chat --file path [--caption text]",
	    "say something in a chat as the bot; exit 1 when it is held back",
	    cmd_send, 3 },
};
#define NSENTENCES	(sizeof(sentences) / sizeof(sentences[0]))

static int
sentence_words(const struct sentence *s)
{
	int	 n = 0;

	while (n < WORDS_MAX && s->words[n] != NULL)
		n++;
	return (n);
}

/* Do the words typed so far begin this sentence? */
static int
sentence_match(const struct sentence *s, int argc, char **argv, int exact)
{
	int	 i, n = sentence_words(s);
	size_t	 len;

	if (argc < n)
		n = argc;
	for (i = 0; i < n; i++) {
		len = strlen(argv[i]);
		if (len == 0 || strncmp(s->words[i], argv[i], len) != 0 ||
		    (exact && s->words[i][len] != '\0'))
			return (0);
	}
	return (1);
}

/* What is wrong with words that no sentence took. */
static const char *
sentence_why(int argc, char **argv, const struct sentence *found)
{
	size_t	 i;

	if (found != NULL)
		return ("wrong number of arguments");
	for (i = 0; i < NSENTENCES; i++)
		if (argc < sentence_words(&sentences[i]) &&
		    sentence_match(&sentences[i], argc, argv, 0))
			return ("there must be more words");
	return ("no such command");
}

void
sentence_help(int argc, char **argv)
{
	const struct sentence	*s;
	char			 left[64];
	size_t			 i;
	int			 any = 0;

	for (i = 0; i < NSENTENCES; i++)
		any |= sentence_match(&sentences[i], argc, argv, 0);
	fprintf(stderr, "commands:\n");
	for (i = 0; i < NSENTENCES; i++) {
		s = &sentences[i];
		if (any && !sentence_match(s, argc, argv, 0))
			continue;
		(void)snprintf(left, sizeof(left), "%s%s%s %s", s->words[0],
		    s->words[1] != NULL ? " " : "",
		    s->words[1] != NULL ? s->words[1] : "", s->args);
		fprintf(stderr, "  %-28s %s\n", left, s->help);
	}
}

static int
sentence_counted(const struct sentence *s, int argc)
{
	int	 left = argc - sentence_words(s);

	return (left >= s->nargs && left <= s->nargs + s->more);
}

/* How hard the words are looked at; a later one only when none matched. */
enum how { HOW_BOTH, HOW_EXACT, HOW_COUNTED, HOW_ANY, HOW_MAX };

static int
sentence_fits(const struct sentence *s, int argc, char **argv, enum how how)
{
	if (argc < sentence_words(s) || ((how == HOW_BOTH ||
	    how == HOW_COUNTED) && !sentence_counted(s, argc)))
		return (0);
	return (sentence_match(s, argc, argv, how == HOW_BOTH ||
	    how == HOW_EXACT));
}

/* The one that fits, or NULL; *n: how many do.  More literal words win: what
 * could be an argument is then none. */
static const struct sentence *
sentence_find(int argc, char **argv, enum how how, int *n)
{
	const struct sentence	*s, *found = NULL;
	size_t			 i;

	*n = 0;
	for (i = 0; i < NSENTENCES; i++) {
		s = &sentences[i];
		if (!sentence_fits(s, argc, argv, how) || (found != NULL &&
		    sentence_words(s) < sentence_words(found)))
			continue;
		if (found != NULL && sentence_words(s) ==
		    sentence_words(found))
			(*n)++;
		else
			*n = 1;
		found = s;
	}
	return (found);
}

int
sentence_run(struct ctl *c, int argc, char **argv)
{
	const struct sentence	*found = NULL;
	int			 n = 0, how;

	for (how = 0; how < HOW_MAX && found == NULL; how++)
		found = sentence_find(argc, argv, (enum how)how, &n);
	if (n > 1) {
		warnx("ambiguous");
		sentence_help(argc, argv);
		return (CTL_USAGE);
	}
	if (found == NULL || !sentence_counted(found, argc)) {
		warnx("%s", sentence_why(argc, argv, found));
		sentence_help(argc, argv);
		return (CTL_USAGE);
	}
	c->argc = argc - sentence_words(found);
	c->argv = argv + sentence_words(found);
	return (found->run(c));
}

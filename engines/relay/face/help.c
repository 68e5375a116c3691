/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Words of /help.  Linked by the relay; pure.
 */
#include <string.h>
#include <strings.h>

#include "telclauded/lib/util.h"
#include "engines/relay/face/face.h"

const char	help_short[] =
    "Write what you want. While I work you can write on; it waits its turn.\n"
    "/stop end what runs\n"
    "/new start afresh\n"
    "/status what runs, money, limits\n"
    "/model choose the model\n"
    "/usage today and this month\n"
    "/whoami your rights\n"
    "/approve, /deny answer what I asked\n"
    "/verify_2fa CODE when I ask who you are\n"
    "More: /help approvals \xc2\xb7 files \xc2\xb7 groups \xc2\xb7 safety "
    "\xc2\xb7 commands";

static const struct {
	const char	*word, *text;
} topics[] = {
	{ "approvals",
	    "Some tool calls wait for you. The card shows exactly what will "
	    "run: the command or the change, where, with which rights, and "
	    "whether something from outside was read before.\n"
	    "Allow once runs those bytes and nothing else. Allow for 1 h "
	    "allows that tool for you in this chat; /status lists it, /stop "
	    "and /new end it. Deny, or a message instead of a press, tells the "
	    "model no and why.\n"
	    "Who runs this machine decides what asks: `ask tool ...' in the "
	    "configuration." },
	{ "files",
	    "Send me photos and documents: I read them when your message is "
	    "let in. Sound and film I only store: I can neither hear nor see "
	    "them. What I make for you comes as a file of this chat only. An "
	    "answer too long for messages comes as answer.md.\n"
	    "Files in the workspace stay when a conversation ends with /new." },
	{ "groups",
	    "In a group I know who writes: rights, limits and approvals are "
	    "the writer's, not the group's. A topic is a chat of its own. "
	    "Answer one of my messages, or name me, when I am set to listen "
	    "only then.\n"
	    "/stop ends what runs in this topic, /stop all in all of them." },
	{ "safety",
	    "My tools run in a sandbox on that machine: they see the "
	    "workspace and what was opened for them, reach only names that "
	    "were allowed, and end with the call. I hold no keys.\n"
	    "Text from web pages, files and forwarded messages is material, "
	    "not orders; what follows it is marked on the cards that ask you. "
	    "What looks like a credential is cut out of my answers.\n"
	    "/stop ends what runs in this chat at once, /stop all what runs in "
	    "all its topics." },
	{ "commands", "" },
};

const char *
help_topic(const char *word)
{
	size_t	i;

	for (i = 0; *word != '\0' && i < NELEM(topics); i++)
		if (strcasecmp(word, topics[i].word) == 0)
			return (topics[i].text);
	return (NULL);
}

/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Edited messages.  An edit of one that waits is checked like a message and
 * then takes its place; of one that runs or ran, nothing runs again, and who
 * edited it is told once.  Run by the relay.
 */
#include <stdlib.h>
#include <string.h>

#include "telclauded/lib/util.h"
#include "engines/relay/cmd/command.h"
#include "engines/relay/face/face.h"
#include "engines/relay/face/storeface.h"
#include "engines/relay/map.h"
#include "engines/relay/out/outbox.h"
#include "engines/relay/relay.h"
#include "engines/relay/route.h"
#include "engines/relay/tg/update.h"
#include "engines/relay/turn/queue.h"
#include "engines/relay/turn/turn.h"

#define EDIT_REMEMBER	1024	/* messages whose edit was answered */

static struct map	edit_told;	/* message -> anything */

/* Once a message: people mend a sentence in several steps. */
static void
edit_keep(int64_t chat, int64_t topic, int64_t msg, int group)
{
	uint64_t	key = (uint64_t)chat * 0x9e3779b97f4a7c15ULL ^
			    (uint64_t)msg;

	if (map_get(&edit_told, key) != NULL)
		return;
	if (edit_told.n >= EDIT_REMEMBER)
		map_free(&edit_told);
	(void)map_put(&edit_told, key, &edit_told);
	outbox_say(chat, topic, group ? msg : 0, 1, "I keep to the first "
	    "version of your message: an edit does not run it again. Send it "
	    "anew if you want the new one.");
}

/* The text of one with files also says where they lie, and one that continues
 * a turn is not told by its text. */
static int
edit_fits(const struct turn *old)
{
	return (old->files == NULL && old->resumes == 0);
}

void
edit_message(const struct update *u)
{
	const char	*arg;
	struct turn	*old, *t;
	uint64_t	 id;
	int64_t		 user;
	int		 group = u->ckind != CHAT_PRIVATE;

	/* Commands, and what was never taken, have no row. */
	if ((group && relay.set->r.mention && !u->addressed) ||
	    (id = store_face_turn(u->chat, u->msg, 0, &user)) == 0 ||
	    user != u->user)
		return;
	old = queue_find(lane_get(u->chat, u->topic), id);
	if (old == NULL || !edit_fits(old) || route_unfit(u) != NULL ||
	    command_match(u->text, relay.bot_name, group, &arg) != CMD_NONE) {
		edit_keep(u->chat, u->topic, u->msg, group);
		return;
	}
	t = route_new(u, NULL, 0);
	t->edit = 1;
	context_merge(t);
	/* Telegram also tells of changes that are not the writer's. */
	if (t->len == old->len && memcmp(t->text, old->text, t->len) == 0) {
		turn_free(t);
		return;
	}
	route_step(t, STEP_CLAIM);
}

int
edit_queue(struct turn *t)
{
	struct turn	*old;
	uint64_t	 id;
	int64_t		 user;
	char		*text;
	size_t		 len;

	/* What continues a turn has its message, and is no edit of it. */
	id = t->msg <= 0 || t->resumes != 0 ? 0 :
	    store_face_turn(t->chat, t->msg, t->stored ? t->id : 0, &user);
	/* The older of the two is the message. */
	if (id == 0 || (t->stored && id > t->id))
		return (0);
	if ((old = queue_find(t->lane, id)) == NULL || !edit_fits(old))
		edit_keep(t->chat, t->topic, t->msg, t->group);
	else {
		text = old->text;
		len = old->len;
		old->text = t->text;
		old->len = t->len;
		old->own = t->own;
		old->nown = t->nown;
		old->framed = t->framed;
		old->taint |= t->taint;
		t->text = text;
		t->len = len;
		store_face_retext(id, old->text, old->len, old->taint);
		turn_say(t, "I take the new version; it still waits for its "
		    "turn.");
	}
	turn_forget(t);
	return (1);
}

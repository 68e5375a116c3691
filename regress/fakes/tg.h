/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * faketg, the Bot API: what its files share.
 */
#ifndef TG_H
#define TG_H

#include "regress/fakes/fake.h"

#define TG_TEXT_MAX	4096		/* UTF-16 units */
#define TG_ENTITIES_MAX	100

/* A refusal: HTTP status and the description the real server gives.  hard:
 * no correct client gets it, so it fails the test. */
struct tgerr {
	int	 status, hard, retry_after;
	char	 why[512];
};
void	 tgerr(struct tgerr *, int status, int hard, const char *, ...)
	    __attribute__((format(printf, 4, 5)));

/* tg.c */
extern json_t	*tg_bot;			/* User of getMe */
uint64_t	*tg_count(const char *what);	/* a named counter */
json_t		*tg_counts(void);
/* tg_method.c: the result, or NULL and *e; poll answers later: *held is 1 */
const struct tgmethod *tg_method(const char *name);
json_t	*tg_call(struct req *, const struct tgmethod *, json_t *,
	    struct tgerr *, int *held);
/* tg_check.c */
int	 tg_text_check(json_t *args, struct tgerr *, char **trimmed);
int	 tg_markup_check(const json_t *, struct tgerr *);
int	 tg_reaction_check(const json_t *, struct tgerr *);
int	 tg_commands_check(const json_t *, struct tgerr *);
/* tg_chat.c */
json_t	*tg_chat(int64_t id);			/* NULL: unknown */
json_t	*tg_chat_add(int64_t id, const char *type, const char *title);
json_t	*tg_chats(void);
json_t	*tg_message(json_t *chat, int64_t id);	/* NULL: not there */
json_t	*tg_message_add(json_t *chat, int bot, const json_t *args,
	    const char *text);
json_t	*tg_message_public(const json_t *chat, const json_t *msg);
json_t	*tg_chat_public(const json_t *chat);
/* tg_poll.c */
void	 tg_poll(struct req *, json_t *args);
int64_t	 tg_push(json_t *update);		/* steals; its number */
int	 tg_polling(void);
size_t	 tg_queued(void);
int64_t	 tg_confirmed(void);
/* tg_send.c */
json_t	*m_sendMessage(json_t *, struct tgerr *);
json_t	*m_editMessageText(json_t *, struct tgerr *);
json_t	*m_editMessageReplyMarkup(json_t *, struct tgerr *);
json_t	*m_deleteMessage(json_t *, struct tgerr *);
json_t	*m_sendMessageDraft(json_t *, struct tgerr *);
json_t	*m_setMessageReaction(json_t *, struct tgerr *);
json_t	*m_sendChatAction(json_t *, struct tgerr *);
json_t	*m_leaveChat(json_t *, struct tgerr *);
json_t	*m_answerCallbackQuery(json_t *, struct tgerr *);
void	 tg_query_open(const char *id);
json_t	*tg_send_chat(json_t *args, struct tgerr *);	/* that may be sent to */
/* tg_file.c */
json_t	*tg_file_add(const json_t *);
void	 tg_file_serve(struct req *);
json_t	*m_getFile(json_t *, struct tgerr *);
/* tg_form.c: the arguments, or NULL and why */
json_t	*tg_form(const char *type, const char *, size_t, const char **why);
/* tg_media.c */
json_t	*m_sendDocument(json_t *, struct tgerr *);
json_t	*m_sendPhoto(json_t *, struct tgerr *);
json_t	*m_sendVoice(json_t *, struct tgerr *);
json_t	*m_sendAudio(json_t *, struct tgerr *);
json_t	*m_sendVideo(json_t *, struct tgerr *);
/* tg_control.c */
json_t	*tg_control(const char *, json_t *, int *);
int	 tg_ready(json_t *, json_t **);
extern char	*tg_token;
extern int	 tg_revoked;
extern char	 tg_missing[48];		/* a method, or "" */

#endif

/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Pieces of printed configuration, each with its word before it.
 */
#ifndef CONF_CONFPUT_H
#define CONF_CONFPUT_H

#include "telclauded/conf/conf.h"
#include "telclauded/lib/util.h"

/* --- confput.c --------------------------------------------------------- */
void	 put_quoted(struct buf *, const char *);
void	 put_str(struct buf *, const char *word, const char *);
void	 put_list(struct buf *, const char *word, const struct strlist *);
void	 put_listline(struct buf *, const char *word, const struct strlist *);
void	 put_ms(struct buf *, const char *word, uint64_t);
void	 put_secs(struct buf *, const char *word, uint64_t);
void	 put_size(struct buf *, const char *word, uint64_t);
void	 put_fixed(struct buf *, const char *word, uint64_t, unsigned digits);
void	 put_decimal(struct buf *, const char *word, double);
void	 put_amount(struct buf *, const char *word, const struct amount *);
void	 put_money(struct buf *, uint64_t microusd, uint64_t tokens);
void	 put_person(struct buf *, const struct person *);
void	 put_persons(struct buf *, const struct persons *);
void	 put_secret(struct buf *, const char *word,
	    const struct conf_secret *);
/* --- printservices.c --------------------------------------------------- */
void	 put_services(struct buf *, const struct conf *);
void	 put_network(struct buf *, const struct conf *);
void	 put_media(struct buf *, const struct conf *);

#endif

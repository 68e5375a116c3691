/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The name and the version of the relay's store, for whoever judges a copy
 * of it without its statements.
 */
#ifndef STORE_STOREVER_H
#define STORE_STOREVER_H

#define STORE_FILE	"relay.db"
#define STORE_SCHEMA	2

#endif

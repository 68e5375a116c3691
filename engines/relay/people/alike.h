/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Does a text begin with what the eye takes for one of our commands?
 */
#ifndef PEOPLE_ALIKE_H
#define PEOPLE_ALIKE_H

enum alike {
	AL_NO,
	AL_WORD,		/* a slash and a word, not of ASCII */
	AL_PLAIN,		/* a command, but for blanks or punctuation */
	AL_COMMAND		/* a command, but for characters that are
				 * others, or that nobody sees */
};
/* Pure; text is valid UTF-8 that command_match() found no command in. */
enum alike	 command_alike(const char *text);

#endif

/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Codes that people type: made from the kernel's randomness, read back in any
 * case, with or without dashes, compared without telling where they differ.
 */
#ifndef PEOPLE_CODE_H
#define PEOPLE_CODE_H

#define CODE_HEX	"0123456789ABCDEF"
/* What is not mistaken for another when it is read out. */
#define CODE_CLEAR	"ABCDEFGHJKMNPQRSTUVWXYZ23456789"
#define CODE_MAX	9	/* with the NUL */

/* n letters of the alphabet, at most CODE_MAX - 1. */
void	 code_make(char *dst, const char *alphabet, unsigned n);
/* As stored: upper case, no dashes; -1: cannot be such a code. */
int	 code_read(const char *typed, const char *alphabet, unsigned n,
	    char *dst);
/* XXXXXXXX as XXXX-XXXX: at least CODE_MAX + 1 bytes. */
void	 code_show(const char *code, char *dst);
int	 code_equal(const char *, const char *);

#endif

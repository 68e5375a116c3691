/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Once it is up, an engine lets go of the code that only its start needed:
 * the loader's, constructors', parsers' of keys and trust.  What is needed
 * again comes back from the page cache.  Run by engines behind their cages.
 */
#include <sys/mman.h>

#include <link.h>
#include <string.h>
#include <unistd.h>

#include "engines/common/engine.h"

/* Relocated code would be lost: such objects keep everything. */
static int
has_textrel(const struct dl_phdr_info *o)
{
	const ElfW(Dyn)	*d = NULL;
	unsigned	 i;

	for (i = 0; i < o->dlpi_phnum; i++)
		if (o->dlpi_phdr[i].p_type == PT_DYNAMIC)
			d = (const ElfW(Dyn) *)(o->dlpi_addr +
			    o->dlpi_phdr[i].p_vaddr);
	for (; d != NULL && d->d_tag != DT_NULL; d++)
		if (d->d_tag == DT_TEXTREL ||
		    (d->d_tag == DT_FLAGS && (d->d_un.d_val & DF_TEXTREL)))
			return (1);
	return (0);
}

static int
trim_object(struct dl_phdr_info *o, size_t size, void *arg)
{
	const ElfW(Phdr)	*p;
	uintptr_t		 page = *(uintptr_t *)arg, lo, hi;
	unsigned		 i;

	(void)size;
	if (strstr(o->dlpi_name, "vdso") != NULL || has_textrel(o))
		return (0);
	for (i = 0; i < o->dlpi_phnum; i++) {
		p = &o->dlpi_phdr[i];
		if (p->p_type != PT_LOAD || (p->p_flags & PF_W))
			continue;
		lo = (o->dlpi_addr + p->p_vaddr) & ~(page - 1);
		hi = (o->dlpi_addr + p->p_vaddr + p->p_memsz) & ~(page - 1);
		/* Files of ours and the system, never written: no loss. */
		if (lo < hi)
			(void)madvise((void *)lo, hi - lo, MADV_DONTNEED);
	}
	return (0);
}

void
engine_trim(void)
{
	uintptr_t	 page = (uintptr_t)getpagesize();

	(void)dl_iterate_phdr(trim_object, &page);
}

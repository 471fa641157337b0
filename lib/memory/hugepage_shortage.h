/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * hugepage_shortage.h - why hugepages could not be allocated, as far as it can be measured.
 *
 * The kernel answers ENOMEM, ENOSPC or EFAULT (a page that populating did not get) for a pool that
 * is too small, a mount of limited size, a control group, and nodes that the process may not use.
 * Only what is measured to be short is named, each with its remedy.
 */
#ifndef MEMORY_HUGEPAGE_SHORTAGE_H
#define MEMORY_HUGEPAGE_SHORTAGE_H

#include <stddef.h>
#include <stdint.h>

#include "base/sentence.h"

/* The request that failed. */
struct hugepage_request {
	const char *root; /* as in base/procfs.h */
	uint64_t pages;
	size_t page_bytes;
	int node;	   /* -1: any */
	const char *mount; /* NULL: memfd_create() */
};

/* "32 hugepages of 2048 KiB are wanted: ..."; the pages of the failed attempt must be free again. */
void hugepage_shortage(const struct hugepage_request *request, struct sentence *sentence);

#endif

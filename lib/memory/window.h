/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * window.h - the span of virtual addresses that holds all memory of a space.
 *
 * Reserved once with PROT_NONE, aligned to 1 GiB; chunks of pages are mapped into it and reserved
 * again when they are unmapped, so that no hole is left for other mappings. Not locked: the space's lock guards
 * it.
 */
#ifndef MEMORY_WINDOW_H
#define MEMORY_WINDOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "memory/pages.h"

struct window {
	char *start;
	size_t bytes;
	uint64_t *used; /* a bit per 2 MiB granule */
};

/* Reserve @bytes (a multiple of 1 GiB), halved on ENOMEM down to 1 GiB unless @exact. 0, -ENOMEM.
 */
int window_open(struct window *window, size_t bytes, bool exact);
void window_close(struct window *window);

/*
 * Map @bytes (a multiple of 2 MiB and of the page size) at the first place that is free and aligned
 * to the page size. 0 and *va, -ENOSPC (the window is full), or as pages_map().
 */
int window_map(struct window *window, size_t bytes, const struct page_source *source, int node,
	       bool populate, void **va);

/* Release a mapped part: reserved again. 0, or -ENOMEM if the system refused (it stays as it
 * was). */
int window_unmap(struct window *window, void *va, size_t bytes);

#endif

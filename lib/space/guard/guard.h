/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * guard.h - which dma addresses belong to the space.
 *
 * The window's memory comes in aligned 2 MiB frames: a bit for each frame of the 52-bit address
 * space, 256 MiB of addresses of which only the pages that are used exist. Registered memory may
 * begin and end anywhere: it has its own map (registered.h). Writers hold the space's lock,
 * the check takes none.
 */
#ifndef SPACE_GUARD_GUARD_H
#define SPACE_GUARD_GUARD_H

#include <stdbool.h>
#include <stdint.h>

#include <padma/dma.h>
#include <padma/guard.h>

#include "space/guard/exact.h"
#include "space/guard/registered.h"

struct guard {
	uint64_t *frames;		    /* NULL: no guard */
	struct guard_exact *exact;	    /* NULL: a guard of pages */
	struct guard_registered registered; /* of a guard of pages */
	/* With the space's lock: */
	bool changed;		       /* runs were added or removed; diagnose.c clears it */
	uint64_t refusals;	       /* in total */
	uint64_t refused[GUARD_KINDS]; /* of these, by kind */
};

/* 0, -ENOMEM. @mode is not PADMA_GUARD_OFF. */
int guard_open(struct guard *guard, enum padma_guard_mode mode);
void guard_close(struct guard *guard);

/* Memory of the window: whole frames. */
void guard_add_frames(struct guard *guard, const struct padma_run *run);
void guard_remove_frames(struct guard *guard, const struct padma_run *run);

/* Add a run of registered memory: 0, -ENOMEM (nothing changed). Remove it, as it was added. */
int guard_add_registered(struct guard *guard, const struct padma_run *run);
void guard_remove_registered(struct guard *guard, const struct padma_run *run);

/* Any thread: no lock in pages mode; the space's in exact mode. */
bool guard_check(const struct guard *guard, padma_dma_t dma, size_t len);

/* report.c: exact mode's part of it. */
bool guard_exact_allows(const struct guard *guard, padma_dma_t dma, size_t len);

#endif

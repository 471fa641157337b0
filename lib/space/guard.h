/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * guard.h - which dma addresses are the space's own.
 *
 * The window's memory comes in aligned 2 MiB frames: a bit for each frame of the 52-bit address
 * space, 256 MiB of addresses of which only the pages that are used exist. Registered memory may
 * begin and end anywhere: an exact table of ranges by dma address. Writers hold the space's lock,
 * the check takes none.
 */
#ifndef SPACE_GUARD_H
#define SPACE_GUARD_H

#include <stdbool.h>
#include <stdint.h>

#include <padma/dma.h>

#include "space/run_table.h"

struct guard {
	uint64_t *frames; /* NULL: no guard */
	struct run_table foreign;
};

/* 0, -ENOMEM. */
int guard_open(struct guard *guard);
void guard_close(struct guard *guard);

/* Memory of the window: whole frames. */
void guard_add_frames(struct guard *guard, const struct padma_run *run);
void guard_remove_frames(struct guard *guard, const struct padma_run *run);

/*
 * The registered memory is now these @n runs. Two addresses of the process may be one page of
 * memory: the table holds the union. 0, -ENOMEM (the table is unchanged).
 */
int guard_set_foreign(struct guard *guard, const struct range *runs, size_t n);

bool guard_check(const struct guard *guard, padma_dma_t dma, size_t len);

#endif

/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * foreign.h - memory that padma did not allocate.
 *
 * The kernel maps whole pages and unmaps only whole MAPs, but a registration may begin and end
 * anywhere, and two of them may share a page. So a registration's partial pages at its ends are
 * MAPs of their own, counted; what lies between is one MAP. Lookups know the exact bytes.
 *
 * Writers hold the space's lock.
 */
#ifndef SPACE_FOREIGN_H
#define SPACE_FOREIGN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/sentence.h"
#include "space/backend.h"
#include "space/guard.h"
#include "space/run_table.h"

struct foreign {
	struct backend *backend;
	struct guard *guard;
	struct run_table runs; /* by virtual address; values are dma addresses */
	struct foreign_area {
		uint64_t va;
		uint64_t len;
	} * areas; /* sorted by va, disjoint */
	size_t areas_count;
	struct foreign_page {
		uint64_t va;
		unsigned int users;
	} * pages; /* partial pages, sorted */
	size_t pages_count;
	uint64_t bytes;
	bool resolved; /* what was registered before the first device */
};

/* As padma_register() and padma_unregister(), without the check against the window. */
int foreign_register(struct foreign *foreign, uint64_t va, uint64_t len);
int foreign_unregister(struct foreign *foreign, uint64_t va, uint64_t len);

/* The backend resolves now: look up everything that was registered before. */
int foreign_resolve_all(struct foreign *foreign);

/* The registration that holds @va. False where there is none. */
bool foreign_area_at(const struct foreign *foreign, uint64_t va, uint64_t *start, uint64_t *len);

/* What is the matter with the memory that is registered, where it could not be pinned (EFAULT). False:
 * nothing was found. */
bool foreign_explains(const struct foreign *foreign, struct sentence *sentence);

/* Unmap and forget everything; the backend is about to be closed. */
void foreign_close(struct foreign *foreign);

#endif

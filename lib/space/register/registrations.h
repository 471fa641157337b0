/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * registrations.h - memory of the program, registered for DMA.
 *
 * The kernel maps whole pages and unmaps only whole MAPs, but a registration may begin and end
 * anywhere, and two of them may share a page. So a registration's partial pages at its ends are
 * MAPs with reference counts; the whole pages between are one MAP. Lookups know the exact bytes.
 *
 * The cost of a registration depends on its own size only: it is recorded in a tree of all
 * registrations and in a radix tree by address (map.h); the guard has one by dma address
 * (guard/registered.h).
 *
 * Writers hold the space's lock.
 */
#ifndef SPACE_REGISTER_REGISTRATIONS_H
#define SPACE_REGISTER_REGISTRATIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/range_tree.h"
#include "base/sentence.h"
#include "space/backend.h"
#include "space/guard/guard.h"
#include "space/register/map.h"

struct registrations {
	struct backend *backend;
	struct guard *guard;
	struct registered_map map;
	struct range_tree tree; /* of struct registration, by virtual address */
	size_t count;
	size_t runs; /* of those that are resolved */
	uint64_t bytes;
};

/* Nothing registered. 0, -ENOMEM with the reason noted. */
int registrations_open(struct registrations *all, struct backend *backend, struct guard *guard);

/* Unmap and drop everything; the backend is about to be closed. All zero counts as closed. */
void registrations_close(struct registrations *all);

/* As padma_space_register() and padma_space_unregister(), without the check against the window. */
int registrations_add(struct registrations *all, uint64_t va, uint64_t len);
int registrations_remove(struct registrations *all, uint64_t va, uint64_t len);

/*
 * The backend resolves from now on: resolve what was registered before. 0, or a negative errno: what was
 * resolved stays resolved, and the next call tries the rest.
 */
int registrations_resolve(struct registrations *all);

/* Why registered memory could not be pinned (EFAULT). False if nothing was found. */
bool registrations_explain(const struct registrations *all, struct sentence *sentence);

/* The runs of what is resolved, by address. As padma_space_each_run(). */
int registrations_each_run(const struct registrations *all,
			   int (*fn)(void *ctx, const struct padma_run *run), void *ctx);

#endif

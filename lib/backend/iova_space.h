/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * iova_space.h - which dma address the memory of a space has behind an IOMMU.
 *
 * Software chooses the addresses (IOVAs) there. This table does, and remembers them: each mapping
 * has its virtual address, its length, and, once the IOMMU's own limits are known, its IOVA.
 *
 * What a good IOVA is: inside what the kernel allows; never 0, which is a failed lookup; equal to
 * the virtual address modulo 1 GiB if there is room, so that the IOMMU can use its largest
 * pages and hugepages start where theirs do; above 4 GiB, since what a later device reserves lies
 * mostly below and devices of 32 bits have nothing else; and beside the IOVA of the memory that is
 * the neighbour, so that one run goes on. The window's memory lies as the window does, from 4 GiB
 * on, if that is free.
 *
 * Knows no kernel. The space's lock guards it.
 */
#ifndef BACKEND_IOVA_SPACE_H
#define BACKEND_IOVA_SPACE_H

#include <stddef.h>
#include <stdint.h>

#include "base/range_tree.h"
#include "kernel/iommufd_uapi.h"

struct iova_mapping {
	struct range_node memory; /* its virtual addresses; first */
	struct range_node iovas;  /* of the same length; start 0: none yet */
};

struct iova_space {
	uint64_t window;
	uint64_t window_bytes;
	uint64_t window_align; /* of the window's mappings: IOVA and va are equal modulo this */
	struct range_tree mappings; /* by virtual address */
	struct range_tree used;	    /* the same by IOVA, if they have one */
	size_t count;
	struct uapi_iova_range *allowed; /* sorted, disjoint; NULL: not known, so all */
	size_t allowed_count;
};

/* Memory in [window, window + bytes) needs IOVAs that are equal to its va modulo @align. */
void iova_space_init(struct iova_space *space, uint64_t window, uint64_t bytes, uint64_t align);
void iova_space_free(struct iova_space *space);

/*
 * Note a mapping, page-aligned, without an IOVA. 0, -EINVAL (not page-aligned, empty, or past the
 * end), -EEXIST (overlaps another), -ENOMEM.
 */
int iova_space_add(struct iova_space *space, uint64_t va, uint64_t bytes);

/* Forget the mapping that starts at @va, and its IOVA. */
void iova_space_remove(struct iova_space *space, uint64_t va);

/* The mapping that holds @va, or NULL. Valid until it is removed. */
struct iova_mapping *iova_space_find(const struct iova_space *space, uint64_t va);

/* The mapping behind @mapping, or the first (NULL); NULL if there is none. */
struct iova_mapping *iova_space_next(const struct iova_space *space,
				     const struct iova_mapping *mapping);

/*
 * Give a mapping of the table, which has none, an IOVA whose last byte is not above @limit. 0, or
 * -ENOSPC if there is no such room.
 */
int iova_space_place(struct iova_space *space, struct iova_mapping *mapping, uint64_t limit);

/* The mapping has no IOVA any more. */
void iova_space_unplace(struct iova_space *space, struct iova_mapping *mapping);

/*
 * IOVAs lie only in these ranges (sorted, disjoint) from here on, and in those of every call
 * before: what was reserved once stays free. IOVAs given before stay. 0, or, with all as before, -EPROTO
 * (not sorted or not disjoint) or -ENOMEM.
 */
int iova_space_restrict(struct iova_space *space, const struct uapi_iova_range *ranges,
			size_t count);

/* All as before the first iova_space_restrict(): no limits, and no mapping has an IOVA. */
void iova_space_forget(struct iova_space *space);

#endif

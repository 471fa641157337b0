/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * prp.h - PRP entries of contiguous memory, inline (Base 2.0, 4.1.1).
 *
 * PRP1 may begin within a page; a further page is in PRP2 if it is the only one, else in a
 * list that PRP2 points to. PRP2 may point into the middle of a list, quad-word aligned, and the last
 * entry of a list's page is the address of a page of data when no more entries follow. So a transfer
 * inside one 2 MiB granule of the space's memory, or of at most 1 MiB on both sides of a granule's
 * end, points into a ready list (padma/page_list.h), and nothing is written.
 *
 * Other transfers (registered memory, a dma address alone) have their lists written: they are
 * preallocated, one per tag, and as small as the largest transfer allows, so that a list never crosses
 * a page and needs no link to another.
 */
#ifndef NVME_PRP_H
#define NVME_PRP_H

#include "queue.h"

/* Entries are written in unrolled blocks of this many: how fast a loop of a single store is depends on
 * its alignment by the linker. Entries behind a list's end are not part of it: the controller counts
 * by the length of the transfer. */
#define PRP_BLOCK	 8u
#define PRP_BLOCK_BYTES	 (PRP_BLOCK * sizeof(uint64_t))
/* Short lists of one tag and the next begin at different places of their slots, if there is
 * room, so that page-sized slots do not all compete for the same lines of the cache. */
#define PRP_COLOUR_BYTES 256u

/* The data pointer of a command (Base 2.0, 4.1.1). */
struct prps {
	uint64_t prp1;
	uint64_t prp2;
};

/* prp.c */

/* Memory on both sides of a granule's end: whether its PRPs are ready. *rest is the part behind it. */
bool prps_across(const struct padma_nvme_queue *queue, const void *buffer, uint32_t bytes,
		 struct prps *prps, struct padma_run *rest);
/* Memory of any runs: its list is written. 0, -EFAULT. */
int prp_scattered(struct padma_nvme_queue *queue, uint32_t tag, const void *buffer, size_t bytes,
		  struct prps *prps);

struct prp_list {
	uint64_t *entries;
	padma_dma_t dma;
};

PADMA_INLINE struct prp_list prp_list_of(const struct padma_nvme_queue *queue, uint32_t tag,
					 uint32_t entries)
{
	uint32_t offset = (tag * PRP_COLOUR_BYTES) & (queue->list_bytes - 1);
	uint32_t bytes =
		(entries * 8 + (uint32_t)PRP_BLOCK_BYTES - 1) & ~((uint32_t)PRP_BLOCK_BYTES - 1);
	struct prp_list list;

	offset = offset + bytes <= queue->list_bytes ? offset : 0;
	list.entries =
		(uint64_t *)(void *)(queue->lists + (size_t)tag * queue->list_bytes + offset);
	list.dma = queue->list_dmas[tag] + offset;
	return list;
}

/* How many pages a transfer touches after its first. */
PADMA_INLINE uint32_t prp_further_pages(padma_dma_t dma, uint32_t bytes)
{
	uint32_t offset = dma & (NVME_PAGE_BYTES - 1);

	return (offset + bytes - 1) >> NVME_PAGE_SHIFT;
}

PADMA_INLINE void prp_fill(uint64_t *entries, padma_dma_t page, uint32_t count)
{
	for (uint32_t at = 0; at < count; at += PRP_BLOCK) {
#pragma GCC unroll 8
		for (uint32_t i = 0; i < PRP_BLOCK; i++)
			entries[at + i] = page + (uint64_t)i * NVME_PAGE_BYTES;
		page += (uint64_t)PRP_BLOCK * NVME_PAGE_BYTES;
	}
}

/* Return: whether they are ready: memory in one granule of the space's window, and its list if needed. */
PADMA_INLINE bool prps_ready(const struct padma_nvme_queue *queue, const void *buffer,
			     uint32_t bytes, struct prps *prps)
{
	padma_dma_t dma = padma_dma_in_granule(queue->space, buffer, bytes);
	uint32_t further = prp_further_pages(dma, bytes);
	padma_dma_t list;

	if (PADMA_UNLIKELY(dma == PADMA_DMA_NONE))
		return false;
	prps->prp1 = dma;
	prps->prp2 = 0;
	if (PADMA_LIKELY(further == 0))
		return true;
	if (further == 1) {
		prps->prp2 = (dma | (NVME_PAGE_BYTES - 1)) + 1;
		return true;
	}
	if (PADMA_UNLIKELY(!queue->page_lists))
		return false;
	list = padma_page_list(queue->page_lists, buffer);
	/* The second page's entry follows that of the first. */
	prps->prp2 = list + sizeof(uint64_t);
	return PADMA_LIKELY(list != PADMA_DMA_NONE);
}

/* Return: PRP2 of a transfer that is contiguous for the device. */
PADMA_INLINE uint64_t prp2_contiguous(const struct padma_nvme_queue *queue, uint32_t tag,
				      padma_dma_t dma, uint32_t bytes)
{
	uint32_t further = prp_further_pages(dma, bytes);
	padma_dma_t page = (dma & ~(padma_dma_t)(NVME_PAGE_BYTES - 1)) + NVME_PAGE_BYTES;
	struct prp_list list;

	if (PADMA_LIKELY(further == 0))
		return 0;
	if (further == 1)
		return page;
	list = prp_list_of(queue, tag, further);
	prp_fill(list.entries, page, further);
	return list.dma;
}

#endif

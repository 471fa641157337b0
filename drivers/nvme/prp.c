// SPDX-License-Identifier: BSD-3-Clause
/* PRP entries of a buffer that is made of several runs (Base 2.0, 4.1.1). */
#include <padma/pmd/scatter.h>

#include "message.h"
#include "prp.h"

/*
 * Memory on both sides of a granule's end, wherever the two granules are, if the ready list has all its
 * entries. *rest is the part in the second granule.
 */
bool prps_across(const struct padma_nvme_queue *queue, const void *buffer, uint32_t bytes,
		 struct prps *prps, struct padma_run *rest)
{
	uintptr_t address = (uintptr_t)buffer;
	size_t before = PADMA_GRANULE_BYTES - (address & (PADMA_GRANULE_BYTES - 1));
	size_t listed = 2 * PADMA_LIST_STEP_BYTES - (address & (PADMA_LIST_STEP_BYTES - 1));
	padma_dma_t first, list;

	if (!queue->page_lists || bytes <= before || bytes > listed)
		return false;
	rest->va = (void *)(address + before);
	rest->len = bytes - before;
	rest->dma = padma_dma_in_granule(queue->space, rest->va, rest->len);
	first = padma_dma_in_granule(queue->space, buffer, before);
	list = padma_page_list(queue->page_lists, buffer);
	if (first == PADMA_DMA_NONE || rest->dma == PADMA_DMA_NONE || list == PADMA_DMA_NONE)
		return false;
	prps->prp1 = first;
	prps->prp2 = prp_further_pages(first, bytes) == 1 ? rest->dma : list + sizeof(uint64_t);
	return true;
}

/* Pages of one run into the list; the next run overwrites what is written past @count. */
static void fill_run(uint64_t *entries, padma_dma_t page, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		entries[i] = page + (uint64_t)i * NVME_PAGE_BYTES;
}

/*
 * A run that another follows ends at the end of a page, and the next begins at the start of one: the
 * space promises that dma and virtual addresses have the same offset within a page.
 */
static bool breaks_within_page(const struct padma_run *run, bool first, bool last)
{
	if (!first && (run->dma & (NVME_PAGE_BYTES - 1)))
		return true;
	return !last && ((run->dma + run->len) & (NVME_PAGE_BYTES - 1));
}

int prp_scattered(struct padma_nvme_queue *queue, uint32_t tag, const void *buffer, size_t bytes,
		  struct prps *prps)
{
	uint32_t total = prp_further_pages((uintptr_t)buffer, (uint32_t)bytes);
	struct prp_list list = prp_list_of(queue, tag, total);
	struct padma_scatter pieces = padma_scatter_of(queue->space, buffer, bytes);
	uint32_t used = 0;
	struct padma_run run = {0};
	bool first = true;

	while (padma_scatter_next(&pieces, &run)) {
		uint64_t page = run.dma & ~(uint64_t)(NVME_PAGE_BYTES - 1);
		uint32_t pages = prp_further_pages(run.dma, (uint32_t)run.len) + 1;

		/* A run ends within a page although more is needed: does another follow at all? */
		if (!padma_scatter_complete(&pieces) &&
		    padma_run(queue->space, pieces.at, 1).len == 0)
			break;
		if (breaks_within_page(&run, first, padma_scatter_complete(&pieces)))
			return fail(-EFAULT, "memory at %p changes place within a page", run.va);
		if (first) {
			prps->prp1 = run.dma;
			page += NVME_PAGE_BYTES;
			pages--;
			first = false;
		}
		if (pages > total - used)
			return fail(-EFAULT, "memory at %p has another offset on the bus", run.va);
		fill_run(list.entries + used, page, pages);
		used += pages;
	}
	if (!padma_scatter_complete(&pieces))
		return fail(-EFAULT, "%p is not memory of the space; allocate or register it",
			    (const void *)pieces.at);
	prps->prp2 = used == 0 ? 0 : used == 1 ? list.entries[0] : list.dma;
	return 0;
}

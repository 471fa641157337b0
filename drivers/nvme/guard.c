// SPDX-License-Identifier: BSD-3-Clause
/*
 * The guard: the data pointer of a command is read as the controller will read it (Base 2.0, 4.1.1),
 * and each address in it checked against the space, however it was built. A list of the space's own
 * (padma/page_list.h) is not read again: it names the pages of the memory, and is not written to.
 */
#define PADMA_PART "nvme"
#include "base/base.h"

#include "queue.h"

/* The list that PRP2 points to: it must be the tag's own. Return: NULL where it is not. */
static const uint64_t *own_list(const struct padma_nvme_queue *queue, uint32_t tag, uint64_t dma,
				size_t entries)
{
	uint64_t offset = dma - queue->list_dmas[tag];

	if (offset & 7 || offset > queue->list_bytes ||
	    entries * sizeof(uint64_t) > queue->list_bytes - offset)
		return NULL;
	if (!padma_guard_check(queue->space, dma, entries * sizeof(uint64_t)))
		return NULL;
	return (const uint64_t *)(const void *)(queue->lists + (size_t)tag * queue->list_bytes +
						offset);
}

/*
 * The pages behind the first, @bytes in all, which begins at @start and ends at @end. Pages that
 * continue one another are checked as one span.
 */
static bool pages_allowed(const struct padma_space *space, padma_dma_t start, padma_dma_t end,
			  const uint64_t *pages, size_t bytes)
{
	for (; bytes; pages++) {
		size_t part = bytes < NVME_PAGE_BYTES ? bytes : NVME_PAGE_BYTES;

		if (*pages & (NVME_PAGE_BYTES - 1))
			return false;
		if (*pages != end) {
			if (!padma_guard_check(space, start, end - start))
				return false;
			start = end = *pages;
		}
		end += part;
		bytes -= part;
	}
	return padma_guard_check(space, start, end - start);
}

bool guard_allows_span(const struct padma_nvme_queue *queue, padma_dma_t dma, size_t bytes)
{
	return padma_guard_check(queue->space, dma, bytes);
}

bool guard_allows(const struct padma_nvme_queue *queue, struct prps prps, uint32_t tag,
		  size_t bytes)
{
	size_t first = NVME_PAGE_BYTES - (prps.prp1 & (NVME_PAGE_BYTES - 1));
	const uint64_t *pages = &prps.prp2;

	if (first > bytes)
		first = bytes;
	if (bytes - first > NVME_PAGE_BYTES) {
		size_t entries = (bytes - first + NVME_PAGE_BYTES - 1) / NVME_PAGE_BYTES;

		pages = own_list(queue, tag, prps.prp2, entries);
		if (!pages)
			return false;
	}
	return pages_allowed(queue->space, prps.prp1, prps.prp1 + first, pages, bytes - first);
}

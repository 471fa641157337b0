// SPDX-License-Identifier: BSD-3-Clause
/*
 * The guard: the data pointer of a command is read as the controller will read it (Base 2.0, 4.1.1),
 * and each address in it checked against the space, however it was built. A list of the space's own
 * (padma/page_list.h) is not read again: it names the pages of the memory, and is not written to.
 */
#include <stdio.h>

#include "guard.h"
#include "message.h"

static unsigned int next_entry(const struct padma_nvme_queue *queue)
{
	return (unsigned int)(queue->tail & queue->mask);
}

/* An address that the program passed. */
static COLD int refuse_span(struct padma_nvme_queue *queue, padma_dma_t dma, size_t bytes)
{
	char driver[80];
	const struct padma_guard_entry entry = {
		.driver = driver,
		.queue = queue->qid,
		.entry = next_entry(queue),
		.dma = dma,
		.len = bytes,
	};

	snprintf(driver, sizeof(driver), "nvme %.64s", nvme_name(queue->nvme));
	padma_counter_add(&queue->guard_refused, 1);
	return padma_guard_refuse(queue->nvme->space, &entry);
}

/* A fault of the driver itself, not of an address that was passed to it. */
static COLD int refuse_entry(struct padma_nvme_queue *queue, const char *what, uint64_t address)
{
	padma_counter_add(&queue->guard_refused, 1);
	return fail(-EFAULT, "nvme %.64s, queue %u, entry %u: the guard refuses 0x%llx: %s",
		    nvme_name(queue->nvme), queue->qid, next_entry(queue),
		    (unsigned long long)address, what);
}

int guard_span(struct padma_nvme_queue *queue, padma_dma_t dma, size_t bytes)
{
	if (PADMA_LIKELY(padma_guard_check(queue->space, dma, bytes)))
		return 0;
	return refuse_span(queue, dma, bytes);
}

/* The list that PRP2 points to: it must be the tag's own. Return: NULL if it is not. */
static const uint64_t *own_list(const struct padma_nvme_queue *queue, uint32_t tag, uint64_t dma,
				size_t entries)
{
	uint64_t offset = dma - queue->list_dmas[tag];

	if (offset % sizeof(uint64_t) || offset > queue->list_bytes ||
	    entries * sizeof(uint64_t) > queue->list_bytes - offset)
		return NULL;
	return (const uint64_t *)(const void *)(queue->lists + (size_t)tag * queue->list_bytes +
						offset);
}

/*
 * The pages behind the first, @bytes in all, which begins at @start and ends at @end. Pages that
 * continue one another are checked as one span.
 */
static int check_pages(struct padma_nvme_queue *queue, padma_dma_t start, padma_dma_t end,
		       const uint64_t *pages, size_t bytes)
{
	for (; bytes; pages++) {
		size_t part = bytes < NVME_PAGE_BYTES ? bytes : NVME_PAGE_BYTES;
		int rc;

		if (*pages & (NVME_PAGE_BYTES - 1))
			return refuse_entry(queue, "a page of a transfer does not begin there",
					    *pages);
		if (*pages != end) {
			rc = guard_span(queue, start, end - start);
			if (rc)
				return rc;
			start = end = *pages;
		}
		end += part;
		bytes -= part;
	}
	return guard_span(queue, start, end - start);
}

int guard_prps(struct padma_nvme_queue *queue, struct prps prps, uint32_t tag, size_t bytes)
{
	size_t first = NVME_PAGE_BYTES - (prps.prp1 & (NVME_PAGE_BYTES - 1));
	const uint64_t *pages = &prps.prp2;

	if (first > bytes)
		first = bytes;
	if (bytes - first > NVME_PAGE_BYTES) {
		size_t entries = (bytes - first + NVME_PAGE_BYTES - 1) / NVME_PAGE_BYTES;
		int rc;

		pages = own_list(queue, tag, prps.prp2, entries);
		if (!pages)
			return refuse_entry(queue, "PRP2 is not the list of its command",
					    prps.prp2);
		rc = guard_span(queue, prps.prp2, entries * sizeof(uint64_t));
		if (rc)
			return rc;
	}
	return check_pages(queue, prps.prp1, prps.prp1 + first, pages, bytes - first);
}

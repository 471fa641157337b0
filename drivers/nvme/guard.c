// SPDX-License-Identifier: BSD-3-Clause
/*
 * The guard: a finished command is read as the controller will read it (Base 2.0, 4.1.1), and each
 * address in it checked against the space, however it was built.
 */
#define PADMA_PART "nvme"
#include "base/base.h"

#include "queue.h"

/* A span of pages that continue one another, checked as one. */
struct span {
	padma_dma_t dma;
	size_t bytes;
};

static bool span_add(const struct padma_space *space, struct span *span, padma_dma_t dma,
		     size_t bytes)
{
	bool allowed = true;

	if (span->bytes && dma == span->dma + span->bytes) {
		span->bytes += bytes;
		return true;
	}
	if (span->bytes)
		allowed = padma_guard_check(space, span->dma, span->bytes);
	*span = (struct span){dma, bytes};
	return allowed;
}

/* The list that PRP2 points to: it must be the tag's own. Return: NULL where it is not. */
static const uint64_t *own_list(const struct padma_nvme_queue *queue, uint32_t tag, uint64_t dma,
				size_t entries)
{
	uint64_t offset = dma - queue->requests[tag].list_dma;

	if (offset & 7 || offset > queue->list_bytes ||
	    entries * sizeof(uint64_t) > queue->list_bytes - offset)
		return NULL;
	if (!padma_guard_check(queue->space, dma, entries * sizeof(uint64_t)))
		return NULL;
	return (const uint64_t *)(const void *)(queue->lists + (size_t)tag * queue->list_bytes +
						offset);
}

bool guard_allows(const struct padma_nvme_queue *queue, const struct nvme_command *command,
		  uint32_t tag, size_t bytes)
{
	size_t first = NVME_PAGE_BYTES - (command->prp1 & (NVME_PAGE_BYTES - 1));
	const uint64_t *pages = &command->prp2;
	struct span span = {0};

	if (bytes == 0)
		return command->prp1 == 0 && command->prp2 == 0;
	if (first > bytes)
		first = bytes;
	span_add(queue->space, &span, command->prp1, first);
	bytes -= first;
	if (bytes > NVME_PAGE_BYTES) {
		size_t entries = (bytes + NVME_PAGE_BYTES - 1) / NVME_PAGE_BYTES;

		pages = own_list(queue, tag, command->prp2, entries);
		if (!pages)
			return false;
	}
	for (; bytes; pages++) {
		size_t part = bytes < NVME_PAGE_BYTES ? bytes : NVME_PAGE_BYTES;

		if ((*pages & (NVME_PAGE_BYTES - 1)) ||
		    !span_add(queue->space, &span, *pages, part))
			return false;
		bytes -= part;
	}
	return padma_guard_check(queue->space, span.dma, span.bytes);
}

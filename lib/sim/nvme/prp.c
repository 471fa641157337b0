// SPDX-License-Identifier: BSD-3-Clause
/*
 * PRP entries and lists (Base 4.1.1): from the two pointers of a command to the pieces of host
 * memory that it means, with every rule on their alignment checked.
 */
#include <stdlib.h>
#include <string.h>

#include "controller.h"

/* Entries of a list read in one DMA. */
#define LIST_CHUNK 128u

static uint16_t append(struct dma_list *list, uint64_t pa, uint64_t bytes)
{
	struct dma_segment *last = list->count ? &list->segments[list->count - 1] : NULL;

	if (last && last->pa + last->bytes == pa) {
		last->bytes += bytes;
		return STATUS_SUCCESS;
	}
	if (list->count == list->capacity) {
		unsigned int capacity = list->capacity ? 2 * list->capacity : 32;
		struct dma_segment *grown =
			realloc(list->segments, capacity * sizeof(*list->segments));

		if (!grown)
			return STATUS_INTERNAL_ERROR;
		list->segments = grown;
		list->capacity = capacity;
	}
	list->segments[list->count++] = (struct dma_segment){.pa = pa, .bytes = bytes};
	return STATUS_SUCCESS;
}

/* An entry after the first: a whole page, or the end of the data; its offset must be 0. */
static uint16_t map_page(struct controller *controller, struct dma_list *list, uint64_t entry,
			 uint64_t *left)
{
	uint64_t bytes = *left < controller->page_bytes ? *left : controller->page_bytes;

	if (entry & (controller->page_bytes - 1))
		return STATUS_PRP_OFFSET_INVALID | STATUS_DNR;
	*left -= bytes;
	return append(list, entry, bytes);
}

/* @count entries at @at, all of them pages of data. */
static uint16_t map_entries(struct controller *controller, struct dma_list *list, uint64_t at,
			    uint64_t count, uint64_t *left)
{
	uint64_t entries[LIST_CHUNK];

	while (count) {
		uint64_t n = count < LIST_CHUNK ? count : LIST_CHUNK;

		if (padma_sim_dma_read(controller->function, at, entries, n * sizeof(entries[0])))
			return STATUS_DATA_TRANSFER_ERROR;
		for (uint64_t i = 0; i < n; i++) {
			uint16_t status = map_page(controller, list, entries[i], left);

			if (status)
				return status;
		}
		at += n * sizeof(entries[0]);
		count -= n;
	}
	return STATUS_SUCCESS;
}

/*
 * A PRP list starts anywhere in its page, quad-word aligned. Where it reaches the page's end and
 * more than one entry is still to come, the last entry points to the next list, which starts at the
 * beginning of a page.
 */
static uint16_t map_list(struct controller *controller, struct dma_list *list, uint64_t at,
			 uint64_t left)
{
	uint64_t page = controller->page_bytes;

	if (at & 7)
		return STATUS_PRP_OFFSET_INVALID | STATUS_DNR;
	for (;;) {
		uint64_t places = (page - (at & (page - 1))) / sizeof(uint64_t);
		uint64_t needed = (left + page - 1) / page;
		uint16_t status;

		if (needed <= places)
			return map_entries(controller, list, at, needed, &left);
		status = map_entries(controller, list, at, places - 1, &left);
		if (status)
			return status;
		at += (places - 1) * sizeof(uint64_t);
		if (padma_sim_dma_read(controller->function, at, &at, sizeof(at)))
			return STATUS_DATA_TRANSFER_ERROR;
		if (at & (page - 1))
			return STATUS_PRP_OFFSET_INVALID | STATUS_DNR;
	}
}

uint16_t sim_nvme_map(struct controller *controller, const struct nvme_command *command,
		      uint64_t bytes, struct dma_list *list)
{
	uint64_t page = controller->page_bytes;
	uint64_t first = page - (command->prp1 & (page - 1));
	uint16_t status;

	list->count = 0;
	/* The first entry may start anywhere in its page, dword aligned. */
	if (command->prp1 & 3)
		return STATUS_PRP_OFFSET_INVALID | STATUS_DNR;
	if (first > bytes)
		first = bytes;
	status = append(list, command->prp1, first);
	bytes -= first;
	/* PRP2: reserved, the second page, or a pointer to a list (Base figure "Data Pointer"). */
	if (status || bytes == 0)
		return status;
	if (bytes <= page)
		return map_page(controller, list, command->prp2, &bytes);
	return map_list(controller, list, command->prp2, bytes);
}

uint16_t sim_nvme_to_host(struct controller *controller, const struct dma_list *list,
			  const void *from)
{
	const char *at = from;

	for (unsigned int i = 0; i < list->count; i++) {
		const struct dma_segment *segment = &list->segments[i];

		if (padma_sim_dma_write(controller->function, segment->pa, at, segment->bytes))
			return STATUS_DATA_TRANSFER_ERROR;
		at += segment->bytes;
	}
	return STATUS_SUCCESS;
}

uint16_t sim_nvme_from_host(struct controller *controller, const struct dma_list *list, void *to)
{
	char *at = to;

	for (unsigned int i = 0; i < list->count; i++) {
		const struct dma_segment *segment = &list->segments[i];

		if (padma_sim_dma_read(controller->function, segment->pa, at, segment->bytes))
			return STATUS_DATA_TRANSFER_ERROR;
		at += segment->bytes;
	}
	return STATUS_SUCCESS;
}

/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * floor.h - a lower bound on the cost of a command: what no NVMe driver can omit, without a single
 * check.
 *
 * It looks up the buffer's dma address, writes 64 bytes into a ring, takes and releases a tag, stores
 * and calls the callback, reads the phase of a completion, and rings the doorbell once per batch.
 * Rings, requests and tags are in memory of the same kind and size as the driver's; data pointers of
 * more than two pages come from the space's page lists. floor_answer() writes the controller's part,
 * the completion entries, and is not timed.
 *
 * Everything is inlined into the timed loop, which a library's function cannot be.
 */
#ifndef BENCH_FLOOR_H
#define BENCH_FLOOR_H

#include <padma/barrier.h>
#include <padma/nvme.h>
#include <padma/page_list.h>
#include <padma/space.h>

struct floor_command {
	uint64_t words[8];
};

struct floor_request {
	padma_nvme_done done;
	void *ctx;
	uint64_t unused[2]; /* as large as the driver's */
};

struct floor {
	struct padma_space *space;
	const struct padma_page_lists *lists;
	struct floor_command *sq;
	uint32_t (*cq)[4];
	struct floor_request *requests;
	uint16_t *free;
	uint32_t free_count;
	uint32_t mask;
	uint32_t tail;
	uint32_t head;
	uint32_t phase;
	uint32_t answered; /* the controller's: commands answered so far */
	uint32_t doorbell;
};

/* Rings for @qd commands. Return: 0, or a negative errno; floor_close() is allowed after either. */
int floor_open(struct floor *floor, struct padma_space *space, unsigned int qd);
void floor_close(struct floor *floor);
/* The controller completes all that is in the ring. */
void floor_answer(struct floor *floor);

PADMA_INLINE uint64_t floor_prp2(const struct floor *floor, const void *buffer, uint64_t dma,
				 uint32_t bytes)
{
	uint32_t further = (uint32_t)((dma & 4095) + bytes - 1) >> 12;

	if (further > 1)
		return padma_page_list(floor->lists, buffer) + 8;
	return further ? (dma | 4095) + 1 : 0;
}

PADMA_INLINE void floor_put(struct floor *floor, uint8_t opcode, uint32_t nsid, const void *buffer,
			    uint64_t lba, uint32_t lbas, uint32_t bytes, padma_nvme_done done,
			    void *ctx)
{
	uint64_t dma = padma_dma(floor->space, buffer);
	uint32_t tag = floor->free[--floor->free_count];
	uint64_t *words = floor->sq[floor->tail++ & floor->mask].words;

	words[0] = (uint64_t)nsid << 32 | tag << 16 | opcode;
	words[1] = 0;
	words[2] = 0;
	words[3] = dma;
	words[4] = floor_prp2(floor, buffer, dma, bytes);
	words[5] = lba;
	words[6] = lbas - 1;
	words[7] = 0;
	floor->requests[tag].done = done;
	floor->requests[tag].ctx = ctx;
}

PADMA_INLINE void floor_ring(struct floor *floor)
{
	padma_mmio_write32_after_stores(&floor->doorbell, floor->tail & floor->mask);
}

/* Return: how many were completed. */
PADMA_INLINE unsigned int floor_poll(struct floor *floor)
{
	unsigned int count = 0;

	for (;; count++) {
		const uint32_t *entry = floor->cq[floor->head];
		uint32_t word = padma_load32_acquire(&entry[3]);
		const struct floor_request *request = &floor->requests[word & 0xffff];

		if (word >> 16 != floor->phase)
			return count;
		floor->free[floor->free_count++] = (uint16_t)word;
		floor->head = (floor->head + 1) & floor->mask;
		if (floor->head == 0)
			floor->phase ^= 1;
		request->done(request->ctx, 0, 0);
	}
}

#endif

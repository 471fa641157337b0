/* SPDX-License-Identifier: BSD-3-Clause */
/* demo_dma.h - an image into a namespace by DMA, back by DMA, and every byte compared. */
#ifndef APPS_PADMA_DEMO_DMA_H
#define APPS_PADMA_DEMO_DMA_H

#include <stddef.h>
#include <stdint.h>

struct dma_report {
	size_t bytes;
	size_t page_bytes;
	size_t runs; /* that the two buffers were resolved to */
	size_t longest_run;
	size_t shortest_run;
	uint64_t queries;   /* of GET_PA, for them */
	double write_mib_s; /* end to end, flush included */
	double read_mib_s;
	uint64_t commands;
};

/*
 * Write the file @image to the simulated controller @device by DMA, flush, read it back into other
 * buffers, compare every byte, shut the controller down. @space_seed scatters the physical memory.
 * Return: the exit code, after complaining.
 */
int dma_round_trip(const char *image, const char *device, uint64_t space_seed,
		   struct dma_report *report);

#endif

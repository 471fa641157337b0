/* SPDX-License-Identifier: BSD-3-Clause */
/* dma.h - copy an image to a namespace by DMA, back by DMA, and compare every byte. */
#ifndef DEMO_DMA_H
#define DEMO_DMA_H

#include <stddef.h>
#include <stdint.h>

#include <padma/space.h>

struct dma_report {
	size_t bytes;
	char backend[16]; /* of the space */
	char backend_why[512];
	size_t page_bytes;
	struct padma_run *layout; /* the runs of the two buffers */
	size_t runs;
	size_t longest_run;
	size_t shortest_run;
	uint64_t queries;   /* of GET_PA, for them */
	double write_mib_s; /* end to end, flush included */
	double read_mib_s;
	uint64_t commands;
};

struct dma_trip {
	const char *image; /* a file of whole blocks */
	const char
		*device;  /* a PCI address or a simulated device; its namespace 1 is overwritten */
	const char *back; /* a file for what was read back, or NULL */
	uint64_t space_seed; /* scatters the physical memory of a simulated machine */
};

/*
 * Write the image to the device by DMA, flush, read it back into other buffers, compare every byte,
 * shut the controller down. Nothing is written if the namespace is too small.
 * Return: the exit code, after complaining (unless interrupted). The report covers the steps that
 * were done; call dma_report_free() in any case.
 */
int dma_round_trip(const struct dma_trip *trip, struct dma_report *report);

void dma_report_free(struct dma_report *report);

#endif

/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * padma/alloc.h - the heap of a space
 *
 * Memory for buffers and rings: any size, with the constraints of real devices. It is virtually
 * contiguous; for the device it consists of as many runs as padma_run() finds, unless one run was
 * requested. The bookkeeping is kept apart from the memory, where no device can overwrite it.
 *
 * Threading: any thread, under one lock per space. Hot paths take objects from pools
 * (padma/pool.h).
 */
#ifndef PADMA_ALLOC_H
#define PADMA_ALLOC_H

#include <padma/dma.h>
#include <padma/export.h>
#include <padma/space.h>

PADMA_BEGIN_DECLS

/* Fill with zeros. */
#define PADMA_ALLOC_ZERO       (1u << 0)
/* One run: contiguous for the device. */
#define PADMA_ALLOC_CONTIGUOUS (1u << 1)
/* On the NUMA node given, and no other. */
#define PADMA_ALLOC_ON_NODE    (1u << 2)

/**
 * struct padma_alloc_params - constraints; all zero is none
 * @align_bytes: alignment of the virtual and (up to 2 MiB) of the dma address, a power of two;
 *	0 for 64
 * @boundary_bytes: the memory crosses no multiple of this in dma addresses, a power of two not
 *	below the size; 0 for none. Implies one run
 * @dma_mask: highest dma address allowed for any byte; 0 for any. Behind an IOMMU it is met on
 *	demand, else from the low arena (struct padma_space_params) or by chance
 * @node: NUMA node, with PADMA_ALLOC_ON_NODE. A block counts as on the node on which the kernel
 *	reports its pages (move_pages(2)), whether or not a node was given when it was mapped
 * @flags: PADMA_ALLOC_*
 */
struct padma_alloc_params {
	size_t align_bytes;
	size_t boundary_bytes;
	padma_dma_t dma_mask;
	int node;
	unsigned int flags;
};

/* private: padma_space_alloc() with the size that the caller was compiled with */
PADMA_API int padma_space_alloc_sized(struct padma_space *space, size_t bytes, size_t params_bytes,
				      const struct padma_alloc_params *params, void **va);

/**
 * padma_space_alloc() - allocate memory for DMA
 * @space: the space
 * @bytes: at least 1
 * @params: constraints, or NULL for none; read during the call only
 * @va: set to the memory, which the caller owns until padma_space_free()
 *
 * Maps more memory into the space if the heap has too little; a call that fails keeps none of it. In a
 * space whose backend cannot resolve addresses before a device is attached, memory can be allocated
 * before, but not with constraints on its dma address.
 *
 * Return: 0, or -EINVAL (parameters), -E2BIG (padma/params.h), -ENOMEM (no more pages, or the window is full), -ERANGE (there
 * is memory, but none that meets the constraints), -ENXIO (constraints on an address that is not
 * known yet).
 */
PADMA_INLINE int padma_space_alloc(struct padma_space *space, size_t bytes,
				   const struct padma_alloc_params *params, void **va)
{
	return padma_space_alloc_sized(space, bytes, sizeof(struct padma_alloc_params), params, va);
}

/**
 * padma_space_free() - free memory to the heap of its space
 * @space: the space it is from
 * @va: as returned by padma_space_alloc(); NULL is allowed and does nothing
 *
 * Return: 0, or -EINVAL if @va is not the start of allocated memory (a double free, for one);
 * the heap is not changed then.
 */
PADMA_API int padma_space_free(struct padma_space *space, void *va);

PADMA_END_DECLS

#endif

/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * padma/page_list.h - ready lists of the pages of a space's memory
 *
 * Devices that take a buffer as a list of pages (NVMe's PRP lists, for one) need a list for each
 * transfer, and writing it costs more than all the rest of a command. But the pages of a 2 MiB
 * granule have the same addresses as long as the granule is there: one list of all 512 is made when
 * the memory comes, and a transfer inside the granule points into it:
 *
 *     granule   | page 0 | page 1 | ...                     | page 511 |
 *     its list  | dma 0  | dma 1  | ... 8 bytes each          | dma 511  |    4096 bytes, page-aligned
 *                   ^ padma_page_list(lists, address in page 0)
 *
 * The lists take 0.2 % of the memory, are memory of the space themselves (in whole hugepages: 2 MiB
 * hold the lists of 1 GiB), and are made only in a space that was asked for them. The program can
 * read and not write them.
 *
 * Threading: padma_page_lists() from any thread; the lookup takes no lock. A granule's list is there
 * before its memory is handed out, and stays until the memory goes back to the system.
 */
#ifndef PADMA_PAGE_LIST_H
#define PADMA_PAGE_LIST_H

#include <stddef.h>
#include <stdint.h>

#include <padma/dma.h>
#include <padma/export.h>
#include <padma/space.h>

PADMA_BEGIN_DECLS

/* The pages of the lists: those of NVMe's CC.MPS 0, whatever the machine's. */
#define PADMA_LIST_PAGE_SHIFT 12

/* private: what the inlined lookup reads; frozen as long as the space is open */
struct padma_page_lists {
	uintptr_t window;
	size_t window_bytes;
	const uint64_t *lists; /* per granule: the dma address of its list; 0: it has none */
};

/**
 * padma_page_lists() - have a space keep lists of its pages
 * @space: the space
 *
 * From now on: for the memory that it has, and for what it gets. Memory that finds no room for its
 * list has none: a driver writes its own then. A space of 1 GiB pages takes 2 MiB hugepages for the
 * lists, and has none where there are none.
 *
 * Return: the lists, owned by the space until padma_space_close(); NULL without memory for their
 * table.
 */
PADMA_API const struct padma_page_lists *padma_page_lists(struct padma_space *space);

/**
 * padma_page_list() - where a page stands in the list of its granule
 * @lists: the lists
 * @va: an address in the page
 *
 * The entries of the granule's further pages follow it, up to the end of the granule, and not
 * farther.
 *
 * Return: the dma address of the 8 bytes that hold the page's dma address; PADMA_DMA_NONE where there
 * is no list: outside of the space's own memory, or where it could not be made.
 */
PADMA_INLINE padma_dma_t padma_page_list(const struct padma_page_lists *lists, const void *va)
{
	uintptr_t offset = (uintptr_t)va - lists->window;
	uint64_t list;

	if (PADMA_UNLIKELY(offset >= lists->window_bytes))
		return PADMA_DMA_NONE;
	/* Acquire: who finds the list finds its entries. */
	list = __atomic_load_n(&lists->lists[offset >> PADMA_GRANULE_SHIFT], __ATOMIC_ACQUIRE);
	if (PADMA_UNLIKELY(list == 0))
		return PADMA_DMA_NONE;
	offset = (offset & (PADMA_GRANULE_BYTES - 1)) >> PADMA_LIST_PAGE_SHIFT;
	return list + offset * sizeof(uint64_t);
}

PADMA_END_DECLS

#endif

/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * padma/page_list.h - ready lists of the pages of a space's memory
 *
 * Devices that take a buffer as a list of pages (NVMe's PRP lists, for one) need a list for each
 * transfer, and writing it costs more than all the rest of a command. But pages have the same
 * addresses as long as they are there: lists of 512 pages, 2 MiB of memory, are made when the memory
 * comes, one from each MiB on, and a transfer points into the one of its first byte:
 *
 *     memory    | MiB 0         | MiB 1         | MiB 2         | ...
 *     list 0    | 256 entries   , 256 entries   |                         4096 bytes, page-aligned
 *     list 1                    | 256 entries   , 256 entries   |
 *                                      ^ padma_page_list(lists, address in MiB 1)
 *
 * So up to 1 MiB has all its entries in one list wherever it begins, also where it goes on in another
 * granule with an address of its own.
 *
 * The lists take 0.4 % of the memory, are memory of the space themselves (in whole hugepages: 2 MiB
 * hold the lists of 512 MiB), and are made only in a space that was asked for them. The program can
 * read and not write them.
 *
 * Threading: padma_page_lists() from any thread; the lookup takes no lock. A list is there before its
 * memory is handed out, and stays until the memory goes back to the system.
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
/* From one list's first page to that of the next, and as much memory again is in it. */
#define PADMA_LIST_STEP_SHIFT 20
#define PADMA_LIST_STEP_BYTES ((size_t)1 << PADMA_LIST_STEP_SHIFT)

/* private: what the inlined lookup reads; frozen as long as the space is open */
struct padma_page_lists {
	uintptr_t window;
	size_t window_bytes;
	const uint64_t *lists; /* per MiB: the dma address of its list; 0: it has none */
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
 * padma_page_list() - where a page stands in its list
 * @lists: the lists
 * @va: an address in the page
 *
 * The entries of the pages behind it follow, as far as the MiB after that of @va goes and memory of
 * the space is there.
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
	list = __atomic_load_n(&lists->lists[offset >> PADMA_LIST_STEP_SHIFT], __ATOMIC_ACQUIRE);
	if (PADMA_UNLIKELY(list == 0))
		return PADMA_DMA_NONE;
	offset = (offset & (PADMA_LIST_STEP_BYTES - 1)) >> PADMA_LIST_PAGE_SHIFT;
	return list + offset * sizeof(uint64_t);
}

PADMA_END_DECLS

#endif

/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * padma/page_list.h - prebuilt lists of the pages of a space's memory
 *
 * Devices that take a buffer as a list of pages (NVMe's PRP lists, for example) need a list for each
 * transfer, and writing it costs more than the rest of the command. But pages keep their
 * addresses: lists of 512 pages, 2 MiB of memory, are written when the memory is mapped, one
 * starting at each MiB, and a transfer points into the one that holds its first byte:
 *
 *     memory    | MiB 0         | MiB 1         | MiB 2         | ...
 *     list 0    | 256 entries   , 256 entries   |                         4096 bytes, page-aligned
 *     list 1                    | 256 entries   , 256 entries   |
 *                                      ^ padma_page_list(lists, address in MiB 1)
 *
 * So a transfer of up to 1 MiB has all its entries in one list wherever it begins, even if it crosses into
 * a granule that is not contiguous with the first.
 *
 * The lists take 0.4 % of the memory, are memory of the space themselves (in whole hugepages: 2 MiB
 * hold the lists of 512 MiB), and exist only in a space that was asked for them. The program can
 * read but not write them.
 *
 * Threading: padma_page_lists() from any thread; the lookup takes no lock. A list exists before its
 * memory is handed out, and until that memory is returned to the system.
 */
#ifndef PADMA_PAGE_LIST_H
#define PADMA_PAGE_LIST_H

#include <stddef.h>
#include <stdint.h>

#include <padma/dma.h>
#include <padma/export.h>
#include <padma/space.h>

PADMA_BEGIN_DECLS

/* Lists are of 4 KiB pages (NVMe's CC.MPS 0), whatever the machine's page size. */
#define PADMA_LIST_PAGE_SHIFT 12
/* From one list's first page to the next one's; each list covers twice that. */
#define PADMA_LIST_STEP_SHIFT 20
#define PADMA_LIST_STEP_BYTES ((size_t)1 << PADMA_LIST_STEP_SHIFT)

/* private: what the inlined lookup reads; frozen as long as the space is open */
struct padma_page_lists {
	uintptr_t window;
	size_t window_bytes;
	const uint64_t *lists; /* per MiB: the dma address of its list; 0: it has none */
};

/**
 * padma_page_lists() - make a space keep lists of its pages
 * @space: the space
 *
 * From now on, for the memory that it has and for what it maps later. If there is no room for a list,
 * that memory has none: a driver writes its own then. A space of 1 GiB pages takes 2 MiB hugepages for
 * the lists, and keeps no lists if there are none.
 *
 * Return: the lists, owned by the space until padma_space_close(); NULL without memory for their
 * table.
 */
PADMA_API const struct padma_page_lists *padma_page_lists(struct padma_space *space);

/**
 * padma_page_list() - look up a page's entry in its list
 * @lists: the lists
 * @va: an address in the page
 *
 * The entries of the pages after it follow, up to the end of the next MiB or of the space's memory.
 *
 * Return: the dma address of the 8 bytes that hold the page's dma address; PADMA_DMA_NONE if there
 * is no list: outside the space's own memory, or because there was no room for it.
 */
PADMA_INLINE padma_dma_t padma_page_list(const struct padma_page_lists *lists, const void *va)
{
	uintptr_t offset = (uintptr_t)va - lists->window;
	uint64_t list;

	if (PADMA_UNLIKELY(offset >= lists->window_bytes))
		return PADMA_DMA_NONE;
	/* Acquire: a list is written before it is published. */
	list = __atomic_load_n(&lists->lists[offset >> PADMA_LIST_STEP_SHIFT], __ATOMIC_ACQUIRE);
	if (PADMA_UNLIKELY(list == 0))
		return PADMA_DMA_NONE;
	offset = (offset & (PADMA_LIST_STEP_BYTES - 1)) >> PADMA_LIST_PAGE_SHIFT;
	return list + offset * sizeof(uint64_t);
}

PADMA_END_DECLS

#endif

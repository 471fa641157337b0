/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * map.h - from an address of registered memory to its dma address and run.
 *
 * A radix tree over the virtual address:
 *
 *     root[va >> 30] -> 512 granules of 2 MiB -> 512 pages of 4 KiB -> 4096 bytes
 *
 * Granules and pages are entries like those of the window's table: the dma address, and beside it
 * how far the run goes on. A granule that is part of one run ends the search; only one that is not
 * has a table of pages, and only a page that registrations fill in part has bits for its bytes
 * (struct partial_page). An entry is
 *
 *     0           nothing is registered here (no memory has dma address 0)
 *     bit 63 = 0  the dma address of its first byte
 *     bit 63 = 1  a link to what is below it (recycler.h)
 *
 * The cost of a change depends on the registration's own pages (or granules if it is contiguous), not on
 * what else is registered. An entry only changes from 0 to a value and back, so a reader that sees it
 * change reports that nothing is there, which was true for a moment. Readers take no lock, never wait
 * and never retry.
 *
 * Tables of pages and partial pages are recycled; tables of granules, 8 KiB for each GiB in which
 * something was ever registered, stay until the map is closed.
 */
#ifndef SPACE_REGISTER_MAP_H
#define SPACE_REGISTER_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <padma/space.h>

#include "space/register/page_bits.h"
#include "space/register/recycler.h"

struct registered_map {
	const struct padma_space_entry **root; /* struct padma_space.registered */
	struct recycler tables;
	struct recycler pages;
};

/* A page that is not all of one registration. */
struct partial_page {
	struct recycled head;
	uint32_t
		users; /* registrations with bytes in it: its MAP's reference count; the writer's */
	uint64_t dma;  /* 0: not resolved yet */
	struct page_bits bits;
};

/* 0, -ENOMEM with the reason noted. */
int registered_map_open(struct registered_map *map);
void registered_map_close(struct registered_map *map);

/* Whether the map can hold addresses below @end. */
bool registered_map_reaches(uint64_t end);

/*
 * Writers: enter [va, va + bytes), empty whole pages, as a run that starts at @dma. @more: the next
 * entry may continue it. 0, or -ENOMEM with the reason noted; part of it may be entered then:
 * registered_map_clear() removes it.
 */
int registered_map_set(struct registered_map *map, uint64_t va, uint64_t dma, uint64_t bytes,
		       bool more);

/* Writers: remove [va, va + bytes), whole pages. */
void registered_map_clear(struct registered_map *map, uint64_t va, uint64_t bytes);

/* Writers: find the partial page at @va, or NULL; add one without users, or NULL with the reason
 * (-ENOMEM) noted; remove it. */
struct partial_page *registered_map_page(const struct registered_map *map, uint64_t va);
struct partial_page *registered_map_add_page(struct registered_map *map, uint64_t va);
void registered_map_drop_page(struct registered_map *map, uint64_t va);

/* Any thread: as padma_dma() and padma_run(). */
padma_dma_t registered_map_dma(const struct registered_map *map, uint64_t va);
struct padma_run registered_map_run(const struct registered_map *map, uint64_t va, size_t len);

#endif

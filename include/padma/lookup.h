/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * padma/lookup.h - dma addresses of memory, looked up on the hot path
 *
 * The inlined part of a space: what a driver needs in order to fill descriptors. padma/space.h, which
 * opens spaces, includes it; a file of a driver that only submits may include this alone.
 *
 * All memory that padma allocates for a space is inside one span of virtual addresses, the window, so
 * that a lookup is a bounds check, a shift, a load and an add:
 *
 *     va ---- minus window ----> offset ---- >> 21 ----> entries[] = { dma, run_bytes }
 *                                       \--- & 2 MiB - 1 ---> added to dma
 *
 * The granule is 2 MiB whatever the page size. A granule without memory has bit 63 of its entry
 * set. Memory from elsewhere is registered, and found in a radix tree over its address:
 *
 *     va ---- >> 30 ----> registered[] ---- >> 21 ----> { dma, run_bytes }, as above; or, if 2 MiB
 *                                                       are not one run, a table of its 4 KiB pages
 *
 * Threading: any thread. Lookups take no lock and never wait. Looking up memory that another thread frees
 * or unregisters at the same time is a bug of the program, as with free().
 */
#ifndef PADMA_LOOKUP_H
#define PADMA_LOOKUP_H

#include <stddef.h>
#include <stdint.h>

#include <padma/dma.h>
#include <padma/export.h>

PADMA_BEGIN_DECLS

/* Raised when struct padma_space or its entries change; checked by padma_space_open(). */
#define PADMA_SPACE_ABI 2u

/* private: 16 bytes, so that a lookup of an address and its run touches one cache line */
struct padma_space_entry {
	uint64_t dma;	    /* of the granule's first byte; bit 63: no memory here */
	uint64_t run_bytes; /* from the granule's first byte to the end of its run */
};

/* private: the frozen part of a space that the inlined lookups read */
struct padma_space {
	uintptr_t window;
	size_t window_bytes;
	const struct padma_space_entry *entries;
	/* Registered memory: for each GiB of addresses below 2^48 the entries of its granules, or NULL.
	 * In these, 0 is a granule without memory, and bit 63 sends the lookup into the library. */
	const struct padma_space_entry *const *registered;
};

/* private: the radix over the addresses of registered memory */
#define PADMA_REGISTERED_BITS  48
#define PADMA_REGISTERED_SHIFT 30

/* private: lookups of registered memory; padma_dma_page() if its granule is not one run */
PADMA_API padma_dma_t padma_dma_page(const struct padma_space *space, const void *va);
PADMA_API struct padma_run padma_run_registered(const struct padma_space *space, const void *va,
						size_t len);

/* private: padma_dma() outside the window */
PADMA_INLINE padma_dma_t padma_dma_registered(const struct padma_space *space, const void *va)
{
	uintptr_t at = (uintptr_t)va;
	const struct padma_space_entry *granules;
	uint64_t dma;

	if (at >> PADMA_REGISTERED_BITS)
		return PADMA_DMA_NONE;
	/* Acquire: a table was empty when it was published. */
	granules =
		__atomic_load_n(&space->registered[at >> PADMA_REGISTERED_SHIFT], __ATOMIC_ACQUIRE);
	if (!granules)
		return PADMA_DMA_NONE;
	dma = __atomic_load_n(
		&granules[(at >> PADMA_GRANULE_SHIFT) &
			  (((size_t)1 << (PADMA_REGISTERED_SHIFT - PADMA_GRANULE_SHIFT)) - 1)]
			 .dma,
		__ATOMIC_RELAXED);
	if ((int64_t)dma <= 0)
		return padma_dma_page(space, va);
	return dma + (at & (PADMA_GRANULE_BYTES - 1));
}

/**
 * padma_dma() - the dma address of a byte
 * @space: the space
 * @va: any address
 *
 * Return: the dma address, or PADMA_DMA_NONE if @va is not memory of the space.
 */
PADMA_INLINE padma_dma_t padma_dma(const struct padma_space *space, const void *va)
{
	uintptr_t offset = (uintptr_t)va - space->window;
	uint64_t dma;

	if (PADMA_UNLIKELY(offset >= space->window_bytes))
		return padma_dma_registered(space, va);
	/* Relaxed: nothing else is read, and the address does not change while the memory is owned. */
	dma = __atomic_load_n(&space->entries[offset >> PADMA_GRANULE_SHIFT].dma, __ATOMIC_RELAXED);
	if (PADMA_UNLIKELY(dma >> 63))
		return PADMA_DMA_NONE;
	return dma + (offset & (PADMA_GRANULE_BYTES - 1));
}

/**
 * padma_dma_in_granule() - the dma address of memory inside one granule of the window
 * @space: the space
 * @va: any address
 * @len: bytes, at least 1
 *
 * The same as padma_run() for most small buffers, in fewer steps: the memory of a granule is
 * contiguous.
 *
 * Return: the dma address of [va, va + len), which is contiguous; PADMA_DMA_NONE if it is not
 * memory of the window or crosses into the next granule: call padma_run() then.
 */
PADMA_INLINE padma_dma_t padma_dma_in_granule(const struct padma_space *space, const void *va,
					      size_t len)
{
	uintptr_t offset = (uintptr_t)va - space->window;
	size_t within = offset & (PADMA_GRANULE_BYTES - 1);
	uint64_t dma;
	size_t end;

	if (PADMA_UNLIKELY(offset >= space->window_bytes ||
			   __builtin_add_overflow(within, len, &end) || end > PADMA_GRANULE_BYTES))
		return PADMA_DMA_NONE;
	dma = __atomic_load_n(&space->entries[offset >> PADMA_GRANULE_SHIFT].dma, __ATOMIC_RELAXED);
	if (PADMA_UNLIKELY(dma >> 63))
		return PADMA_DMA_NONE;
	return dma + within;
}

/**
 * padma_run() - the contiguous memory that starts at an address, in constant time
 * @space: the space
 * @va: any address
 * @len: bytes, at least 1: the longest run wanted
 *
 * Return: the run from @va on, not longer than @len; .len is 0 and .dma PADMA_DMA_NONE if @va is
 * not memory of the space.
 */
PADMA_INLINE struct padma_run padma_run(const struct padma_space *space, const void *va, size_t len)
{
	uintptr_t offset = (uintptr_t)va - space->window;
	const struct padma_space_entry *entry;
	struct padma_run run;
	uint64_t dma, left;
	size_t within;

	if (PADMA_UNLIKELY(offset >= space->window_bytes))
		return padma_run_registered(space, va, len);
	entry = &space->entries[offset >> PADMA_GRANULE_SHIFT];
	within = offset & (PADMA_GRANULE_BYTES - 1);
	/* Acquire: the length was stored before the address. */
	dma = __atomic_load_n(&entry->dma, __ATOMIC_ACQUIRE);
	left = __atomic_load_n(&entry->run_bytes, __ATOMIC_RELAXED) - within;
	run.va = (void *)(uintptr_t)va;
	if (PADMA_UNLIKELY(dma >> 63)) {
		run.dma = PADMA_DMA_NONE;
		run.len = 0;
		return run;
	}
	run.dma = dma + within;
	run.len = left < len ? left : len;
	return run;
}

/**
 * padma_for_each_run() - the runs of a buffer, in order
 * @run: a struct padma_run variable, set to each run
 * @space: the space
 * @start: the buffer's address
 * @bytes: its length in bytes
 *
 * Stops at memory that is not the space's: afterwards run.va is the address where it stopped, and
 * (char *)run.va == (char *)start + bytes if all of the buffer was visited.
 *
 *     padma_for_each_run(run, space, buffer, bytes)
 *             total += run.len;
 */
#define padma_for_each_run(run, space, start, bytes)                                               \
	for ((run) = padma_run_step((space), (start), (const char *)(start) + (bytes));            \
	     (run).len != 0; (run) = padma_run_step((space), (char *)(run).va + (run).len,         \
						    (const char *)(start) + (bytes)))

/* private: a step of padma_for_each_run() */
PADMA_INLINE struct padma_run padma_run_step(const struct padma_space *space, const void *va,
					     const void *end)
{
	struct padma_run done = {(void *)(uintptr_t)va, PADMA_DMA_NONE, 0};

	if (va == end)
		return done;
	return padma_run(space, va, (size_t)((const char *)end - (const char *)va));
}

PADMA_END_DECLS

#endif

/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * padma/space.h - DMA address spaces and the PA cache
 *
 * A space is an IOAS (or its stand-in), the memory mapped into it, and a table of the dma addresses
 * of that memory: the PA cache. All memory that padma allocates for a space lies inside one span of
 * virtual addresses, the window, so that a lookup is a bounds check, a shift, a load and an add:
 *
 *     va ---- minus window ----> offset ---- >> 21 ----> entries[] = { dma, run_bytes }
 *                                       \--- & 2 MiB - 1 ---> added to dma
 *
 * The granule is 2 MiB whatever the page size. A granule without memory has bit 63 of its entry
 * set. Memory from elsewhere is registered, and found in a radix over its address:
 *
 *     va ---- >> 30 ----> registered[] ---- >> 21 ----> { dma, run_bytes }, as above; or, where 2 MiB
 *                                                       are not one run, a table of its 4 KiB pages
 *
 * Threading: every function may be called from any thread. Lookups take no lock and never wait; an
 * address may be looked up by whoever was handed the memory. What is freed or unregistered while
 * another thread still uses it is that program's mistake, as with free().
 */
#ifndef PADMA_SPACE_H
#define PADMA_SPACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <padma/dma.h>
#include <padma/export.h>
#include <padma/guard.h>

PADMA_BEGIN_DECLS

/* Raised when struct padma_space or its entries change; checked by padma_space_open(). */
#define PADMA_SPACE_ABI 2u

/* private: 16 bytes, so that a lookup of an address and its run touches one cache line */
struct padma_space_entry {
	uint64_t dma;	    /* of the granule's first byte; bit 63: nothing here */
	uint64_t run_bytes; /* from the granule's first byte to the end of its run */
};

/* private: the frozen part of a space that the inlined lookups read */
struct padma_space {
	uintptr_t window;
	size_t window_bytes;
	const struct padma_space_entry *entries;
	/* Registered memory: for each GiB of addresses below 2^48 the entries of its granules, or NULL.
	 * In these, 0 is a granule without memory, and bit 63 says that the library knows more. */
	const struct padma_space_entry *const *registered;
};

/* private: the radix over the addresses of registered memory */
#define PADMA_REGISTERED_BITS  48
#define PADMA_REGISTERED_SHIFT 30

/* How the simulated machine lays out its physical memory. */
enum padma_sim_layout {
	PADMA_SIM_SCATTERED, /* short runs here and there: what a machine that has run for a while
				gives */
	PADMA_SIM_ORDERED,   /* one frame after the other */
	PADMA_SIM_REVERSED,  /* each frame below the one before */
	PADMA_SIM_RANDOM,    /* each frame anywhere */
};

/* Which form of the GET_PA ioctl the simulated kernel speaks (docs/architecture.md, "Two forms").
 */
enum padma_sim_get_pa {
	PADMA_SIM_GET_PA_MERGED, /* IOMMU_IOAS_NOIOMMU_GET_PA of Linux 7.3: length in and out */
	PADMA_SIM_GET_PA_V4,	 /* IOMMU_IOAS_GET_PA as posted in 2026-04: length out only */
};

/**
 * struct padma_sim_params - the machine behind a space of the backend "sim"
 * @layout: how frames follow one another
 * @seed: of the random choices; 0 for a fixed default
 * @lowest_dma: no frame lies below this address, in bytes, 2 MiB aligned; 0 for 16 MiB
 * @get_pa: the form of the ioctl
 * @late_attach: pin nothing and answer EOPNOTSUPP until the first device attaches, as the kernel
 *	does; otherwise the machine behaves as if one were attached from the start
 * @lazy: do not populate and pin memory: for measuring lookups over more memory than there is
 */
struct padma_sim_params {
	enum padma_sim_layout layout;
	uint64_t seed;
	padma_dma_t lowest_dma;
	enum padma_sim_get_pa get_pa;
	bool late_attach;
	bool lazy;
};

/**
 * struct padma_space_params - what a space is to be; all zero is a good default
 * @backend: "noiommu" (real devices without an IOMMU, Linux 7.3), "iommu" (real devices behind one,
 *	Linux 6.6), "pagemap" (as noiommu on older kernels, where nothing pins the memory:
 *	docs/noiommu.md), "sim" (simulated devices), or NULL for the first that works, in this order;
 *	a device and its space must be of one kind
 * @window_bytes: virtual addresses to reserve, in bytes, rounded up to 1 GiB; 0 for 64 GiB, halved
 *	while the system refuses it, down to 1 GiB
 * @page_bytes: page size, in bytes: 2 MiB or 1 GiB, or 4 KiB with the sim backend; 0 for 2 MiB
 *	hugepages, or (sim only) ordinary pages where no hugepages can be had
 * @chunk_bytes: memory is mapped in chunks of at least this many bytes; 0 for 16 MiB
 * @hugetlbfs: directory of a hugetlbfs mount to take the pages from; NULL for memfd_create()
 * @low_bytes: bytes of memory below @low_dma_mask to set aside for devices that cannot address
 *	more, when the space is opened, or with its first device where addresses are not known
 *	before; 0 for none. Behind an IOMMU it can be had without: the backend "iommu" maps more
 *	memory at such addresses when it is allocated
 * @low_dma_mask: the highest dma address of that memory, for example 0xffffffff
 * @guard: check every dma address that a driver puts into a descriptor, and how exactly (padma/guard.h)
 * @sim: the simulated machine, for the backend "sim"
 */
struct padma_space_params {
	const char *backend;
	size_t window_bytes;
	size_t page_bytes;
	size_t chunk_bytes;
	const char *hugetlbfs;
	size_t low_bytes;
	padma_dma_t low_dma_mask;
	enum padma_guard_mode guard;
	struct padma_sim_params sim;
};

/* private: padma_space_open() with the layout that the caller was compiled against */
PADMA_API int padma_space_open_abi(unsigned int abi, size_t params_bytes,
				   const struct padma_space_params *params,
				   struct padma_space **space);

/**
 * padma_space_open() - make a DMA address space
 * @params: what it is to be, or NULL for the defaults; read during the call only
 * @space: set to the space, which the caller owns until padma_space_close()
 *
 * Reserves the window; maps no memory but the low arena.
 *
 * Return: 0, or -EINVAL (parameters), -ENOMEM (no window, or no memory for the low arena), -ENODEV
 * (no backend works here), -ENOENT, -EACCES, -EPERM, -ENOTTY, -EOPNOTSUPP (the backend that was
 * asked for does not work here; padma_last_error() says what it lacks; also where the kernel's pages
 * are not of 4 KiB), -EPROTO (the library is of another version than the headers), -ERANGE
 * (no memory below @low_dma_mask could be found).
 */
PADMA_INLINE int padma_space_open(const struct padma_space_params *params,
				  struct padma_space **space)
{
	return padma_space_open_abi(PADMA_SPACE_ABI, sizeof(struct padma_space_params), params,
				    space);
}

/**
 * padma_space_close() - give everything back
 * @space: the space; NULL is allowed
 *
 * All its devices must be closed, its pools destroyed, and nothing of its memory used any more.
 *
 * Return: 0, or -EBUSY while devices are attached or being closed, or a pool is alive, which
 * padma_last_error() names (the space stays as it is).
 */
PADMA_API int padma_space_close(struct padma_space *space);

/* private: lookups of registered memory; padma_dma_page() where its granule is not one run */
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
	/* Acquire: entries were empty when their table came. */
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
 * Return: the dma address, or PADMA_DMA_NONE where @va is not memory of the space.
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
 * What padma_run() would answer for most small buffers, in fewer steps: the memory of a granule is
 * contiguous.
 *
 * Return: the dma address of [va, va + len), which is contiguous; PADMA_DMA_NONE where it is not
 * memory of the window, or goes on in the next granule: padma_run() tells what it is then.
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
 * @len: bytes, at least 1: the most to answer
 *
 * Return: the run from @va on, not longer than @len; .len is 0 and .dma PADMA_DMA_NONE where @va is
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
	/* Acquire: an entry that has its address has its length. */
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
 * Stops early at memory that the space does not know: afterwards run.va is the address where it
 * stopped, and (char *)run.va == (char *)start + bytes when all of the buffer was seen.
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

/**
 * padma_space_register() - let devices use memory that padma did not allocate
 * @space: the space
 * @va: its address, of any alignment
 * @len: bytes, at least 1
 *
 * The pages that hold it are mapped into the IOAS (and pinned by it); lookups and the guard know
 * exactly [va, va + len). A page that two registrations share is mapped once. Registrations must
 * not overlap. Where no device is attached yet and the backend cannot resolve addresses, lookups
 * answer PADMA_DMA_NONE until the first device is. The backend "pagemap" cannot pin: it locks the pages
 * (mlock()), and unregistering unlocks them, whoever had locked them before.
 *
 * Return: 0, or -EINVAL (empty, wraps, or inside the window), -EEXIST (overlaps a registration),
 * -EFAULT (not memory, or not writable), -ENOMEM (memory is short, or more than may be locked),
 * -ENOSPC (the IOMMU allows no more dma addresses), -EPERM, -EIO (no dma address is to be had, or
 * none that can be right).
 */
PADMA_API int padma_space_register(struct padma_space *space, void *va, size_t len);

/**
 * padma_space_unregister() - take registered memory back
 * @space: the space
 * @va: as registered
 * @len: as registered
 *
 * No device may be using it: without an IOMMU an unmap stops nothing on the wire.
 *
 * Return: 0, or -ENOENT where exactly this was not registered.
 */
PADMA_API int padma_space_unregister(struct padma_space *space, void *va, size_t len);

/**
 * padma_space_trim() - give unused chunks back to the system
 * @space: the space
 *
 * Memory goes back only by this call, and never while a device may still write to it.
 *
 * Return: bytes given back, or -EBUSY while a device of the space has bus mastering on.
 */
PADMA_API int64_t padma_space_trim(struct padma_space *space);

/**
 * padma_space_each_run() - all runs of a space, window first, then registered memory
 * @space: the space
 * @fn: called with each run, below the space's lock: it may look addresses up, but call no other
 *	function of the space; a non-zero answer ends the walk
 * @ctx: handed to @fn
 *
 * Return: 0, or what @fn answered.
 */
PADMA_API int padma_space_each_run(struct padma_space *space,
				   int (*fn)(void *ctx, const struct padma_run *run), void *ctx);

/**
 * struct padma_space_info - a space in numbers
 * @backend: its name, static
 * @why: why this backend was taken, one sentence, owned by the space
 * @page_bytes: bytes per page; 4096 where ordinary pages stand in for hugepages
 * @window: the window's first byte
 * @window_bytes: its length in bytes
 * @mapped_bytes: bytes mapped into the IOAS from the window
 * @page_list_bytes: of these, bytes that hold page lists (padma/page_list.h)
 * @allocated_bytes: of @mapped_bytes, bytes handed out, with the heap's rounding
 * @registered_bytes: bytes registered
 * @runs: how many runs the mapped memory of the window makes
 * @registered_runs: how many runs the registered memory makes
 * @queries: GET_PA calls so far; of the backend "iommu", lookups in its own table instead
 * @map_ns: time spent in MAP so far, in ns
 * @resolve_ns: time spent resolving so far, in ns
 * @devices: how many devices are attached
 * @guard: the mode of the guard
 * @guard_refused: how often padma_guard_refuse() was called
 */
struct padma_space_info {
	const char *backend;
	const char *why;
	size_t page_bytes;
	void *window;
	size_t window_bytes;
	size_t mapped_bytes;
	size_t page_list_bytes;
	size_t allocated_bytes;
	size_t registered_bytes;
	size_t runs;
	size_t registered_runs;
	uint64_t queries;
	uint64_t map_ns;
	uint64_t resolve_ns;
	unsigned int devices;
	enum padma_guard_mode guard;
	uint64_t guard_refused;
};

/**
 * padma_space_info() - a space in numbers
 * @space: the space
 * @info: filled
 */
PADMA_API void padma_space_info(struct padma_space *space, struct padma_space_info *info);

PADMA_END_DECLS

#endif

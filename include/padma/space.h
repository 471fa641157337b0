/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * padma/space.h - DMA address spaces and the PA cache
 *
 * A space is an IOAS (or its stand-in), the memory mapped into it, and a table of the dma addresses
 * of that memory: the PA cache, which padma/lookup.h reads.
 *
 * Threading: every function may be called from any thread.
 */
#ifndef PADMA_SPACE_H
#define PADMA_SPACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <padma/dma.h>
#include <padma/export.h>
#include <padma/guard.h>
#include <padma/lookup.h>

PADMA_BEGIN_DECLS

struct padma_sim_params;

/**
 * struct padma_space_params - how to set up a space; all zero is a good default
 * @backend: "noiommu" (real devices without an IOMMU, Linux 7.3), "iommu" (real devices behind one,
 *	Linux 6.6), "pagemap" (as noiommu on older kernels, where nothing pins the memory:
 *	docs/noiommu.md), "sim" (simulated devices), or NULL for the first that works, in this order;
 *	a device and its space must be of one kind
 * @window_bytes: virtual addresses to reserve, in bytes, rounded up to 1 GiB; 0 for 64 GiB, halved
 *	while the system refuses it, down to 1 GiB
 * @page_bytes: page size, in bytes: 2 MiB or 1 GiB, or 4 KiB with the sim backend; 0 for 2 MiB
 *	hugepages, or (sim only) ordinary pages if no hugepages are free
 * @chunk_bytes: memory is mapped in chunks of at least this many bytes; 0 for 16 MiB
 * @hugetlbfs: directory of a hugetlbfs mount to take the pages from; NULL for memfd_create()
 * @low_bytes: bytes of memory below @low_dma_mask to set aside for devices that cannot address
 *	more: when the space is opened, or with its first device if addresses are not known
 *	before; 0 for none. Behind an IOMMU none is needed: the backend "iommu" maps
 *	memory at such addresses on demand
 * @low_dma_mask: the highest dma address of that memory, for example 0xffffffff
 * @guard: check every dma address that a driver puts into a descriptor, and how exactly (padma/guard.h)
 * @sim: the simulated machine, for the backend "sim" (padma/sim.h), read during the call only; NULL for
 *	its defaults
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
	const struct padma_sim_params *sim;
};

/* private: padma_space_open() with the layout and the size that the caller was compiled with */
PADMA_API int padma_space_open_sized(unsigned int abi, size_t params_bytes,
				     const struct padma_space_params *params,
				     struct padma_space **space);

/**
 * padma_space_open() - open a DMA address space
 * @params: how to set it up, or NULL for the defaults; read during the call only
 * @space: set to the space, which the caller owns until padma_space_close()
 *
 * Reserves the window; maps no memory but @low_bytes.
 *
 * Return: 0, or -EINVAL (parameters), -ENOMEM (no window, or no memory for @low_bytes), -ENODEV
 * (no backend works here), -ENOENT, -EACCES, -EPERM, -ENOTTY, -EOPNOTSUPP (the requested
 * backend does not work here; padma_last_error() says what it lacks; also if the kernel's pages
 * are not of 4 KiB), -EPROTO (the inlined lookups of the program do not fit this library), -E2BIG
 * (padma/params.h), -ERANGE (no memory below @low_dma_mask could be found).
 */
PADMA_INLINE int padma_space_open(const struct padma_space_params *params,
				  struct padma_space **space)
{
	return padma_space_open_sized(PADMA_SPACE_ABI, sizeof(struct padma_space_params), params,
				      space);
}

/**
 * padma_space_close() - close a space and release its resources
 * @space: the space; NULL is allowed
 *
 * All its devices and pools must be closed, and none of its memory in use.
 *
 * Return: 0, or -EBUSY while devices are attached or being closed, or a pool is open, which
 * padma_last_error() names (the space stays as it is).
 */
PADMA_API int padma_space_close(struct padma_space *space);

/**
 * padma_space_register() - let devices use memory that padma did not allocate
 * @space: the space
 * @va: its address, of any alignment
 * @len: bytes, at least 1
 *
 * The pages that hold it are mapped into the IOAS (and pinned by it); lookups and the guard know
 * exactly [va, va + len). A page that two registrations share is mapped once. Registrations must
 * not overlap. If the backend cannot resolve addresses before a device is attached, lookups
 * return PADMA_DMA_NONE until then. The backend "pagemap" cannot pin: it locks the pages
 * (mlock()), and unregistering unlocks them, even if the program had locked them itself.
 *
 * Return: 0, or -EINVAL (empty, wraps, or inside the window), -EEXIST (overlaps a registration),
 * -EFAULT (not memory, or not writable), -ENOMEM (memory is short, or more than may be locked),
 * -ENOSPC (the IOMMU allows no more dma addresses), -EPERM, -EIO (the backend returned no dma address, or
 * an invalid one).
 */
PADMA_API int padma_space_register(struct padma_space *space, void *va, size_t len);

/**
 * padma_space_unregister() - end a registration
 * @space: the space
 * @va: as registered
 * @len: as registered
 *
 * No device may be using it: without an IOMMU an unmap stops nothing on the wire.
 *
 * Return: 0, or -ENOENT (exactly this range is not registered).
 */
PADMA_API int padma_space_unregister(struct padma_space *space, void *va, size_t len);

/**
 * padma_space_trim() - return unused chunks to the system
 * @space: the space
 *
 * Memory is returned only by this call, and never while a device may still write to it.
 *
 * Return: bytes returned, or -EBUSY while a device of the space has bus mastering on.
 */
PADMA_API int64_t padma_space_trim(struct padma_space *space);

/**
 * padma_space_each_run() - call a function for each run of a space, window first, then registered memory
 * @space: the space
 * @fn: called with each run, below the space's lock: it may look addresses up, but call no other
 *	function of the space; a non-zero return ends the walk
 * @ctx: passed to @fn
 *
 * Return: 0, or what @fn returned.
 */
PADMA_API int padma_space_each_run(struct padma_space *space,
				   int (*fn)(void *ctx, const struct padma_run *run), void *ctx);

/**
 * struct padma_space_info - figures of a space
 * @backend: its name, static
 * @why: why this backend was chosen, one sentence, owned by the space
 * @page_bytes: bytes per page; 4096 if ordinary pages stand in for hugepages
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

/* private: padma_space_info() with the size that the caller was compiled with */
PADMA_API void padma_space_info_sized(struct padma_space *space, size_t info_bytes,
				      struct padma_space_info *info);

/**
 * padma_space_info() - get the figures of a space
 * @space: the space
 * @info: filled
 */
PADMA_INLINE void padma_space_info(struct padma_space *space, struct padma_space_info *info)
{
	padma_space_info_sized(space, sizeof(struct padma_space_info), info);
}

PADMA_END_DECLS

#endif

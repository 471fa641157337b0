/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * padma/guard.h - the guard: the IOMMU that the machine does not have, in software
 *
 * A driver asks the guard about each dma address that it puts into a descriptor, before the doorbell:
 *
 *     if (!padma_guard_check(space, dma, len)) {
 *             const struct padma_guard_entry entry = {"mynic eth0", queue, index, dma, len};
 *
 *             return padma_guard_refuse(space, &entry);
 *     }
 *
 * The mode is chosen when the space is opened (struct padma_space_params):
 *
 *     PADMA_GUARD_OFF    everything passes
 *     PADMA_GUARD_PAGES  memory of the space passes: the hugepages of its window whole, registered
 *                        memory to the byte. A few loads, no lock: for production
 *     PADMA_GUARD_EXACT  only memory that is handed out passes, and only inside one piece of it: a block
 *                        from padma_space_alloc() to its last byte, an object of a pool between get and
 *                        put, a registration. So a freed block, an object that is back in its pool and
 *                        the bytes of a neighbour are refused. For debugging: each check takes the
 *                        space's lock, and all pools of the space check puts (padma/pool.h)
 *
 * What the guard cannot see: memory that is freed while a command that passed is still in flight.
 */
#ifndef PADMA_GUARD_H
#define PADMA_GUARD_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>

#include <padma/dma.h>
#include <padma/export.h>

PADMA_BEGIN_DECLS

struct padma_space;

/* What a space's guard lets pass, see above. */
enum padma_guard_mode {
	PADMA_GUARD_OFF,
	PADMA_GUARD_PAGES,
	PADMA_GUARD_EXACT,
};

/**
 * padma_guard_check() - whether a device may be given this memory
 * @space: the space
 * @dma: first byte
 * @len: bytes, at least 1
 *
 * Any thread. In the mode PADMA_GUARD_EXACT it takes the space's lock: not from a callback of
 * padma_space_each_run().
 *
 * Return: true if [dma, dma + len) is memory of the space, as its mode defines it; always true in a
 * space without a guard.
 */
PADMA_API bool padma_guard_check(const struct padma_space *space, padma_dma_t dma, size_t len);

/**
 * struct padma_guard_entry - what a driver was about to give to a device
 * @driver: driver and device, for the message: "nvme 0000:00:04.0"
 * @queue: number of the queue
 * @entry: place of the descriptor in its ring
 * @dma: first byte
 * @len: bytes
 */
struct padma_guard_entry {
	const char *driver;
	unsigned int queue;
	unsigned int entry;
	padma_dma_t dma;
	size_t len;
};

/* private: padma_guard_refuse() with the size that the caller was compiled with */
PADMA_API int padma_guard_refuse_sized(struct padma_space *space, size_t entry_bytes,
				       const struct padma_guard_entry *entry);

/**
 * padma_guard_refuse() - report what padma_guard_check() refused
 * @space: the space
 * @entry: what was refused; read during the call only
 *
 * Finds what the address is next to, counts the refusal (guard_refused of struct padma_space_info), and notes a
 * sentence for padma_last_error(). The sentence is logged as an error the 1st, 2nd, 4th, 8th time and so on for each kind of
 * mistake: a program that repeats one does not flood the log.
 * Any thread; takes the space's lock.
 *
 * Return: -EFAULT.
 */
PADMA_INLINE int padma_guard_refuse(struct padma_space *space,
				    const struct padma_guard_entry *entry)
{
	(void)padma_guard_refuse_sized(space, sizeof(struct padma_guard_entry), entry);
	/* The constant lets the compiler see that a caller's result stays unset only when the call fails. */
	return -EFAULT;
}

/**
 * padma_guard_mode() - get the mode of a space's guard
 * @space: the space
 *
 * Return: the mode; it does not change.
 */
PADMA_API enum padma_guard_mode padma_guard_mode(const struct padma_space *space);

PADMA_END_DECLS

#endif

/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * padma/pmd/handoff.h - bounded rings that hand objects from thread to thread
 *
 * For pipelines: one thread receives packets, others work on them, one sends. What is handed over is
 * pointers, in order, many at a time. As DPDK's rte_ring: bounded, in bulk, for one or many producers
 * and consumers, of a power of two or any other size.
 *
 *     padma_handoff_open(1000, PADMA_HANDOFF_MANY_CONSUMERS, &ring);
 *     n = padma_handoff_put(ring, objects, 32);            as many as fit
 *     n = padma_handoff_put_exactly(ring, objects, 32);    all of them or none
 *     n = padma_handoff_take(ring, objects, 32);           as many as there are
 *     n = padma_handoff_take_exactly(ring, objects, 32);   so many or none
 *     padma_handoff_close(ring);
 *
 * Nothing blocks, and no thread waits for another: between a ring's ends there are only loads, stores
 * and, at an end that several threads use, a compare-and-swap. A thread that is preempted in the
 * middle of a call delays only those objects that it has claimed, and what comes behind them.
 *
 * Order: objects that one thread puts are taken in the same order; with several consumers, each of
 * them takes a part of that order. What a thread wrote before it put an object (release) is seen by
 * the thread that takes it (acquire).
 *
 * Threading: any thread may put and take, with one exception: without PADMA_HANDOFF_MANY_PRODUCERS
 * one thread at a time puts, without PADMA_HANDOFF_MANY_CONSUMERS one at a time takes. An end that
 * changes hands needs synchronisation of the program's.
 */
#ifndef PADMA_PMD_HANDOFF_H
#define PADMA_PMD_HANDOFF_H

#include <stddef.h>

#include <padma/export.h>

PADMA_BEGIN_DECLS

/* Several threads put at the same time. */
#define PADMA_HANDOFF_MANY_PRODUCERS (1u << 0)
/* Several threads take at the same time. */
#define PADMA_HANDOFF_MANY_CONSUMERS (1u << 1)

/* The most objects that a ring may hold. */
#define PADMA_HANDOFF_MAX	     (1u << 30)

struct padma_handoff;

/**
 * padma_handoff_open() - make a ring
 * @entries: how many objects it holds, exactly: 1 to PADMA_HANDOFF_MAX
 * @flags: PADMA_HANDOFF_*
 * @handoff: set to the ring, which the caller owns until padma_handoff_close()
 *
 * It takes 8 bytes for each entry, 16 with any flag, rounded up to a power of two of entries.
 *
 * Return: 0, or -EINVAL, -ENOMEM.
 */
PADMA_API int padma_handoff_open(unsigned int entries, unsigned int flags,
				 struct padma_handoff **handoff);

/**
 * padma_handoff_close() - free a ring
 * @handoff: the ring; NULL is allowed. No thread uses it any more
 *
 * Return: 0, or -EBUSY if there are objects in it, which would be lost: take them first. The ring
 * stays as it is then.
 */
PADMA_API int padma_handoff_close(struct padma_handoff *handoff);

/**
 * padma_handoff_put() - hand over as many objects as fit
 * @handoff: the ring
 * @objects: pointers of any value, NULL too; the first ones are put
 * @n: how many
 *
 * Return: how many were put, 0 to @n. The others stay the caller's.
 */
PADMA_API unsigned int padma_handoff_put(struct padma_handoff *handoff, void *const *objects,
					 unsigned int n);

/**
 * padma_handoff_put_exactly() - hand over all objects, or none
 * @handoff: the ring
 * @objects: pointers of any value
 * @n: how many
 *
 * Return: @n, or 0 if there is no room for all.
 */
PADMA_API unsigned int padma_handoff_put_exactly(struct padma_handoff *handoff,
						 void *const *objects, unsigned int n);

/**
 * padma_handoff_take() - receive as many objects as there are
 * @handoff: the ring
 * @objects: filled
 * @n: how many at most
 *
 * Return: how many were taken, 0 to @n; they are the caller's now.
 */
PADMA_API unsigned int padma_handoff_take(struct padma_handoff *handoff, void **objects,
					  unsigned int n);

/**
 * padma_handoff_take_exactly() - receive so many objects, or none
 * @handoff: the ring
 * @objects: filled
 * @n: how many
 *
 * Return: @n, or 0 if there are fewer.
 */
PADMA_API unsigned int padma_handoff_take_exactly(struct padma_handoff *handoff, void **objects,
						  unsigned int n);

/**
 * padma_handoff_count() - how many objects are in a ring
 * @handoff: the ring
 *
 * Any thread. While others put and take it is a moment old.
 *
 * Return: 0 to the number of entries.
 */
PADMA_API unsigned int padma_handoff_count(const struct padma_handoff *handoff);

/**
 * padma_handoff_capacity() - how many objects a ring can hold
 * @handoff: the ring
 *
 * Return: @entries of padma_handoff_open().
 */
PADMA_API unsigned int padma_handoff_capacity(const struct padma_handoff *handoff);

PADMA_END_DECLS

#endif

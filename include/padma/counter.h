/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * padma/counter.h - statistics that cost one add
 *
 * A counter has one writer: the thread that owns the queue it belongs to. The write is a plain
 * load, add and store (no lock prefix); any thread may read it at any time and sees some recent
 * value.
 */
#ifndef PADMA_COUNTER_H
#define PADMA_COUNTER_H

#include <stdint.h>

#include <padma/export.h>

PADMA_BEGIN_DECLS

struct padma_counter {
	/* private: */
	uint64_t value;
};

/**
 * padma_counter_add() - count (the owner's thread only)
 * @counter: the counter
 * @n: how much to add
 */
PADMA_INLINE void padma_counter_add(struct padma_counter *counter, uint64_t n)
{
	uint64_t now = __atomic_load_n(&counter->value, __ATOMIC_RELAXED);

	__atomic_store_n(&counter->value, now + n, __ATOMIC_RELAXED);
}

/**
 * padma_counter_read() - a counter's value (any thread)
 * @counter: the counter
 *
 * Return: the count, at most a moment old.
 */
PADMA_INLINE uint64_t padma_counter_read(const struct padma_counter *counter)
{
	return __atomic_load_n(&counter->value, __ATOMIC_RELAXED);
}

PADMA_END_DECLS

#endif

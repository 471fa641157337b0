/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * padma/counter.h - statistics that cost one add, and their names
 *
 * A counter has one writer: the thread that owns the queue it belongs to. The write is a plain
 * load, add and store (no lock prefix); any thread may read it at any time and sees some recent
 * value.
 *
 * A driver names its counters once for each queue, and every tool finds them, also those of a
 * driver outside the tree:
 *
 *     static const struct padma_counter_name names[] = {
 *             {"packets", offsetof(struct queue, packets)},
 *             {"errors", offsetof(struct queue, errors)},
 *     };
 *     const struct padma_counter_set set = {
 *             .name = padma_device_name(device),
 *             .part = "rx 0",
 *             .base = queue,
 *             .names = names,
 *             .count = 2,
 *     };
 *
 *     rc = padma_counters_register(&set, &queue->counters);
 *     ...
 *     padma_counters_unregister(queue->counters);
 *
 * padma_counters_get() reads all of them; padma_stats_serve() (padma/stats.h) publishes them to
 * `padma stats`.
 */
#ifndef PADMA_COUNTER_H
#define PADMA_COUNTER_H

#include <stddef.h>
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

/* Room for the name of a set and of a counter, the NUL included. */
#define PADMA_COUNTER_SET_BYTES	 96
#define PADMA_COUNTER_NAME_BYTES 32

/**
 * struct padma_counter_name - one counter of a structure
 * @name: lower case letters, digits and '_', for example "doorbells"; less than
 *	PADMA_COUNTER_NAME_BYTES
 * @offset: of its struct padma_counter in the structure, in bytes
 *
 * Both members are all that it will have: arrays of it are part of the ABI.
 */
struct padma_counter_name {
	const char *name;
	size_t offset;
};

/**
 * struct padma_counter_set - the counters of one thing, for example of a queue
 * @name: what they belong to, usually padma_device_name(); not empty
 * @part: which part of that, for example "queue 1", or NULL. The set is called "@name @part", in
 *	which @name is cut if there is no room (PADMA_COUNTER_SET_BYTES) and control characters become
 *	'?'. Sets may have the same name
 * @base: the structure that they are in
 * @names: their names, each one once
 * @count: how many; 1 to 1024
 */
struct padma_counter_set {
	const char *name;
	const char *part;
	const void *base;
	const struct padma_counter_name *names;
	unsigned int count;
};

struct padma_counters;

/* private: padma_counters_register() with the size that the caller was compiled with */
PADMA_API int padma_counters_register_sized(size_t set_bytes, const struct padma_counter_set *set,
					    struct padma_counters **counters);

/**
 * padma_counters_register() - make counters visible to tools
 * @set: what is counted; @set, its @name and its @part are read during the call only. The
 *	counters at @base and the array @names stay the caller's, and in place until
 *	padma_counters_unregister()
 * @counters: set to the registration, which the caller owns until padma_counters_unregister()
 *
 * Not for hot paths: once per queue. Counting costs the same, registered or not.
 *
 * Threading: any thread.
 *
 * Return: 0, or -EINVAL (no name, the name of a counter, the count), -E2BIG (@set is of newer headers and has more than
 * this library knows), -ENOMEM.
 */
PADMA_INLINE int padma_counters_register(const struct padma_counter_set *set,
					 struct padma_counters **counters)
{
	return padma_counters_register_sized(sizeof(struct padma_counter_set), set, counters);
}

/**
 * padma_counters_unregister() - unregister counters, before their memory is freed
 * @counters: the registration, gone afterwards; NULL is allowed
 *
 * When it returns they are not read any more.
 *
 * Threading: any thread.
 */
PADMA_API void padma_counters_unregister(struct padma_counters *counters);

/**
 * struct padma_counter_value - a counter as padma_counters_get() finds it
 * @set: the name of its set
 * @name: its own
 * @value: its count
 */
struct padma_counter_value {
	char set[PADMA_COUNTER_SET_BYTES];
	char name[PADMA_COUNTER_NAME_BYTES];
	uint64_t value;
};

/* private: padma_counters_get() with the size that the caller was compiled with */
PADMA_API unsigned int
padma_counters_get_sized(size_t value_bytes, struct padma_counter_value *values, unsigned int room);

/**
 * padma_counters_get() - read all registered counters
 * @values: filled: set by set in the order of their registration, each in the order of its names.
 *	May be NULL if @room is 0
 * @room: how many there is room for
 *
 * Counting continues meanwhile: the values are not an atomic snapshot.
 *
 * Threading: any thread. Registering waits for it.
 *
 * Return: how many are registered, more than @room if some did not fit.
 */
PADMA_INLINE unsigned int padma_counters_get(struct padma_counter_value *values, unsigned int room)
{
	return padma_counters_get_sized(sizeof(struct padma_counter_value), values, room);
}

PADMA_END_DECLS

#endif
